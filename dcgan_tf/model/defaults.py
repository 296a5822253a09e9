"""Keras's defaults, whatever ~/.keras/keras.json or the calling program has set."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

FLOATS, PICTURES = "float32", "channels_last"


@contextmanager
def usual_defaults() -> Iterator[None]:
    """Let Keras build float32 and channels_last in the block, then restore what was set.

    For parts that cannot be told: optimizers' learning rates and scales, and the networks of `keras.applications`.
    """
    floats, pictures, policy = keras.config.floatx(), keras.config.image_data_format(), keras.config.dtype_policy()
    keras.config.set_floatx(FLOATS)
    keras.config.set_image_data_format(PICTURES)
    keras.config.set_dtype_policy(FLOATS)
    try:
        yield
    finally:
        keras.config.set_floatx(floats)
        keras.config.set_image_data_format(pictures)
        keras.config.set_dtype_policy(policy)
