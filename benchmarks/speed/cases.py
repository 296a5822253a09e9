"""What is measured: the sizes and widths of the networks, the ways of training them, and what makes ours fast."""

from dataclasses import replace

from dcgan_tf import Config


def networks(side: int, width: int, channels: int = 3, batch_size: int = 64) -> Config:
    """Return the settings of a case: all that decides how long a step takes."""
    shape = {"image_size": side, "channels": channels, "batch_size": batch_size}
    return Config(**shape, generator_width=width, discriminator_width=width)


KIWI = Config.preset("kiwi")
CASES = {
    "28x28x1, width 64": networks(28, 64, channels=1),
    "64x64x3, width 32": networks(64, 32),
    "64x64x3, width 64": networks(64, 64),
    "100x100x3, width 32": networks(100, 32),
    "vehicles preset": Config.preset("vehicles"),
    "kiwi preset": KIWI,
    "100x100x3, kiwi preset": replace(KIWI, image_size=100),
    "128x128x3, kiwi preset": replace(KIWI, image_size=128),
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
    "lightweight-gan": "lightweight-gan's own trainer and networks, made to run on a processor",
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

# Ways to compute in bfloat16 on a processor, for `precision_choice.py`.
PRECISIONS = {
    "ours float32": "float32",
    "ours float32, reduced": "float32 with oneDNN's reduced math mode: no casts, products in bfloat16",
    "ours bfloat16": "bfloat16, the kernel gradients of `layers.matmul_pays` as matrix products",
    "ours bfloat16, oneDNN gradients": "bfloat16, all kernel gradients by oneDNN's convolutions",
}

LAYER_PARTS = ("forward", "input gradient", "kernel gradient")

# What the environment of a process holds besides: TensorFlow reads these when it is imported.
SETTINGS = {
    "ours float32, reduced": {"TF_SET_ONEDNN_FPMATH_MODE": "BF16"},
    "tutorial, oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "1"},
    "ours, oneDNN off": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "ours, all of these": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "ours, one thread": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "2"},
}
