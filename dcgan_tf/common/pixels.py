"""Pixels as uint8, for people, and as float32 in [-1, 1], for networks; arrays and tensors alike.

The last axis has 1 channel (gray), 3 (RGB) or 4 (RGBA). As uint8, RGBA has straight alpha, as in PNG files. For
networks, colours are multiplied by their alpha: a mean of neighbours then takes no colour from transparent pixels,
which would darken edges, and invisible colours need not be learned.
"""

from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PIL import ImageColor

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown

if TYPE_CHECKING:
    import tensorflow as tf

Pictures = TypeVar("Pictures", np.ndarray, "tf.Tensor")

COLORS = {1: "gray", 3: "RGB", 4: "RGBA"}  # by channels
RGBA = 4
HALF_RANGE = 127.5  # shades (of 255) in one unit of a float picture


def to_floats(pictures: Pictures) -> Pictures:
    """Return uint8 pictures as float32 in [-1, 1], the colours of RGBA multiplied by their alpha."""
    if isinstance(pictures, np.ndarray):
        shades = pictures.astype(np.float32)
        if shades.shape[-1] == RGBA:
            shades[..., :3] *= shades[..., 3:] / 255.0
        return shades / HALF_RANGE - 1.0
    import tensorflow as tf

    shades = tf.cast(pictures, tf.float32)
    if shades.shape[-1] == RGBA:
        shades = tf.concat([shades[..., :3] * (shades[..., 3:] / 255.0), shades[..., 3:]], -1)
    return shades / HALF_RANGE - 1.0


def to_pixels(pictures: Pictures) -> Pictures:
    """Return float pictures in [-1, 1], or a little beyond, as uint8; transparent pixels of RGBA are all 0."""
    if isinstance(pictures, np.ndarray):
        shades = (pictures + 1.0) * HALF_RANGE
        if shades.shape[-1] == RGBA:
            alpha = np.minimum(shades[..., 3:], 255.0)
            shades[..., :3] *= (alpha > 0.5) * 255.0 / np.maximum(alpha, 0.5)
        return np.clip(np.rint(shades), 0, 255).astype(np.uint8)
    import tensorflow as tf

    shades = (pictures + 1.0) * HALF_RANGE
    if shades.shape[-1] == RGBA:
        alpha = tf.minimum(shades[..., 3:], 255.0)
        colors = shades[..., :3] * (tf.cast(alpha > 0.5, shades.dtype) * 255.0 / tf.maximum(alpha, 0.5))
        shades = tf.concat([colors, alpha], -1)
    return tf.cast(tf.clip_by_value(tf.round(shades), 0.0, 255.0), tf.uint8)


def premultiplied(pictures: np.ndarray) -> np.ndarray:
    """Return uint8 pictures, the colours of RGBA multiplied by their alpha, so that equal looks have equal numbers."""
    if pictures.shape[-1] != RGBA:
        return pictures
    colors = np.rint(pictures[..., :3] * (pictures[..., 3:] / np.float32(255)))
    return np.concatenate([colors.astype(np.uint8), pictures[..., 3:]], -1)


def on_background(pictures: np.ndarray, background: str | np.ndarray) -> np.ndarray:
    """Return uint8 pictures, RGBA as RGB on a colour or on other pixels `[..., 3]`; the others as they are."""
    if pictures.shape[-1] != RGBA:
        return pictures
    ground = ImageColor.getrgb(background) if isinstance(background, str) else background
    alpha = pictures[..., 3:] / np.float32(255)
    return np.rint(pictures[..., :3] * alpha + np.asarray(ground, np.float32) * (1 - alpha)).astype(np.uint8)


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
