"""Pixels as uint8, for people, and as float32 in [-1, 1], for networks; arrays and tensors alike."""

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown

if TYPE_CHECKING:
    import tensorflow as tf

Pictures = TypeVar("Pictures", np.ndarray, "tf.Tensor")

HALF_RANGE = 127.5  # shades (of 255) in one unit of a float picture


def to_floats(pictures: Pictures) -> Pictures:
    """Return uint8 pictures as float32 in [-1, 1]."""
    if isinstance(pictures, np.ndarray):
        return pictures.astype(np.float32) / HALF_RANGE - 1.0
    import tensorflow as tf

    return tf.cast(pictures, tf.float32) / HALF_RANGE - 1.0


def to_pixels(pictures: Pictures) -> Pictures:
    """Return float pictures in [-1, 1], or a little beyond, as uint8."""
    if isinstance(pictures, np.ndarray):
        return np.clip(np.rint((pictures + 1.0) * HALF_RANGE), 0, 255).astype(np.uint8)
    import tensorflow as tf

    return tf.cast(tf.clip_by_value(tf.round((pictures + 1.0) * HALF_RANGE), 0.0, 255.0), tf.uint8)


def evenly_spread(length: int, count: int) -> np.ndarray:
    """Return up to `count` of the indices from 0 to `length` - 1, evenly spread, the first and the last among them."""
    return np.linspace(0, length - 1, min(count, length)).astype(int)


def check_pictures(pictures: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise `DcganError` unless these are uint8 pictures `[n, *shape]`."""
    received = f"{pictures.dtype} {list(pictures.shape)}" if isinstance(pictures, np.ndarray) else shown(pictures)
    if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8 or pictures.shape[1:] != tuple(shape):
        raise DcganError(
            f"`pictures` should be a NumPy array of uint8 pictures [n, {', '.join(map(str, shape))}]. Received: "
            f"{received}. Read them by load_images with the run's image_size and channels."
        )
