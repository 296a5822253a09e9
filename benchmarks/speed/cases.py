"""What is measured: the sizes and widths of the networks, the ways of training them, and what makes ours fast."""

from dcgan_tf import Config

BATCH_SIZE = 64
CASES = {
    "28x28x1, width 64": Config(image_size=28, channels=1, generator_width=64, discriminator_width=64),
    "64x64x3, width 32": Config(image_size=64, channels=3, generator_width=32, discriminator_width=32),
    "64x64x3, width 64": Config(image_size=64, channels=3, generator_width=64, discriminator_width=64),
    "100x100x3, width 32": Config(image_size=100, channels=3, generator_width=32, discriminator_width=32),
}
PEERS = {
    "ours": "this library, precision chosen by the processor",
    "ours float32": "this library, float32",
    "ours bfloat16": "this library, bfloat16",
    "tutorial": "the TensorFlow DCGAN tutorial's step, float32, TensorFlow's own settings",
    "tutorial, oneDNN": "the same with oneDNN on, which TensorFlow leaves off on processors without AVX-512",
    "keras-io": "the keras.io DCGAN example's step through fit, float32, TensorFlow's own settings",
    "torch float32": "the PyTorch DCGAN example's step, channels last, float32",
    "torch bfloat16": "the same under bfloat16 autocast",
}

# Our step with one thing changed, and what it is then.
INGREDIENTS = {
    "ours": "everything as it is",
    "ours, passes apart": "a backward pass through D for each network",
    "ours, batch together": "real and generated pictures through D as one batch",
    "ours, Keras normalization": "Keras's batch normalization",
    "ours, Keras convolution": "kernel gradients by oneDNN's convolutions (as without AMX anyway)",
    "ours, Keras leaky": "Keras's leaky ReLU",
    "ours, Keras Adam": "Keras's Adam",
    "ours, step by step": "a call from Python for each step",
    "ours, oneDNN off": "oneDNN off",
    "ours, all of these": "all of the above but the batch together",
    "ours, XLA": "the step compiled by XLA",
    "ours, one thread": "a single thread for each operation, two operations at once",
    "ours, no augmentation": "no augmentation: what it costs",
    "ours, no averaging": "no averaged generator: what it costs",
}

# What the environment of a process holds besides: TensorFlow reads these when it is imported.
SETTINGS = {
    "tutorial, oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "1"},
    "ours, oneDNN off": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "ours, all of these": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "ours, one thread": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "2"},
}
