"""What is measured: the sizes and widths of the networks, and the ways of training them."""

from dcgan_tf import Config

BATCH_SIZE = 64
CASES = {
    "28x28x1, width 64": Config(image_size=28, channels=1, generator_width=64, discriminator_width=64),
    "64x64x3, width 32 (kiwi)": Config(image_size=64, channels=3, generator_width=32, discriminator_width=32),
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
