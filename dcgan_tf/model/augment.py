"""Differentiable augmentation: the same random changes for real and generated pictures.

With few training images the discriminator soon memorizes each of them; random changes prevent it. Generated pictures
are changed in the same way, so the generator does not learn the changes (Zhao et al. 2020, arXiv 2006.10738). All
functions take and return float `[n, height, width, channels]` in about [-1, 1], the colours of RGBA multiplied by their
alpha, and depend only on their seed (int32 `[2]`).
"""

from dataclasses import dataclass, fields

import numpy as np
import tensorflow as tf

from dcgan_tf.common.pixels import RGBA, to_floats, to_pixels
from dcgan_tf.config import Config
from dcgan_tf.model.replicas import batch_size, own_rows


@dataclass(frozen=True)
class Augment:
    """What changes and how strongly; a strength of 0 (or False) means never. Call it with a batch to change it."""

    color: float = 0.0  # strength of brightness, saturation and contrast, 0 to 1
    translation: float = 0.0  # largest shift as a share of the side
    flip: bool = False  # mirror half of the pictures left to right
    cutout: float = 0.0  # side of the blanked square as a share of the picture's side
    probability: float = 1.0  # that a picture changes in colour, position and cutout

    @classmethod
    def from_config(cls, config: Config) -> "Augment":
        """Return the augmentation of a configuration."""
        return cls(**{spec.name: getattr(config, f"augment_{spec.name}") for spec in fields(cls)})

    def __call__(self, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Return the batch with each picture changed by its own random draws.

        `probability` does not apply to flips: the generator should learn both directions.
        """
        color, move, mirror, hole, choice = tf.unstack(tf.random.experimental.stateless_split(seed, 5))
        if self.flip:
            images = flip(images, mirror)
        changed = images
        if self.color:
            changed = recolor(changed, self.color, color)
        if self.translation:
            changed = translate(changed, self.translation, move)
        if self.cutout:
            changed = cut_out(changed, self.cutout, hole)
        if self.probability == 1.0:
            return changed
        chosen = _draw(images, [None, 1, 1, 1], choice) < self.probability
        return tf.where(chosen, changed, images)


def _draw(
    images: tf.Tensor, shape: list[int | None], seed: tf.Tensor, *bounds: float, dtype: tf.DType = tf.float32
) -> tf.Tensor:
    """Return uniform draws, in [0, 1) unless `bounds` are given; None in `shape` stands for the number of images."""
    axis = shape.index(None)
    whole = [*shape[:axis], batch_size(images), *shape[axis + 1 :]]
    return own_rows(tf.random.stateless_uniform(whole, seed, *(bounds or (0, 1)), dtype), axis)


def augment_pictures(pictures: np.ndarray, augment: Augment) -> np.ndarray:
    """Return augmented pictures for viewing; both are uint8 `[n, height, width, channels]`."""
    return to_pixels(augment(tf.constant(to_floats(pictures)), tf.constant([0, 0])).numpy())


def recolor(images: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Change brightness (by up to 0.5 of [-1, 1]), saturation (0 to 2 times) and contrast (0.5 to 1.5 times).

    The alpha of RGBA stays.
    """
    if images.shape[-1] == RGBA:
        alpha = images[..., 3:]
        opacity = (alpha + 1.0) / 2.0
        # Colours in [-1, 1] times opacity: transparent pixels are 0, and add nothing to the mean.
        colors = _recolored(images[..., :3] + 1.0 - opacity, strength, seed, opacity)
        return tf.concat([colors - 1.0 + opacity, alpha], -1)
    return _recolored(images, strength, seed)


def _recolored(images: tf.Tensor, strength: float, seed: tf.Tensor, opacity: tf.Tensor | None = None) -> tf.Tensor:
    """Return the changed colours; `opacity`, `[n, height, width, 1]`, is what they are multiplied by, if anything."""
    count, height, width, channels = tf.shape(images)[0], *images.shape[1:]
    draws = _draw(images, [3, None, 1, 1], seed, -0.5, 0.5, dtype=images.dtype) * strength
    brightness, saturation, contrast = draws[0], 1.0 + 2.0 * draws[1], 1.0 + draws[2]
    # One matrix and one offset per picture do all three; three passes over all pixels take three times as long.
    mean = tf.reduce_mean(images, axis=[1, 2, 3])[:, None, None]
    mixing = contrast * (saturation * tf.eye(channels, dtype=images.dtype) + (1.0 - saturation) / channels)
    colors = tf.reshape(images, [count, height * width, channels])
    if opacity is None:
        changed = tf.matmul(colors, mixing) + (mean * (1.0 - contrast) + brightness)
    else:
        mean /= tf.reduce_mean(opacity, axis=[1, 2, 3])[:, None, None] + 1e-3
        offset = mean * (1.0 - contrast) + brightness
        changed = tf.matmul(colors, mixing) + offset * tf.reshape(opacity, [count, height * width, 1])
    return tf.reshape(changed, [count, height, width, channels])


def translate(images: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Shift each picture by whole pixels, up to `share` of its side, and fill the gap with its edge.

    Edge pixels, not zeros: black borders would appear in generated pictures (lucidrains/stylegan2-pytorch#147).
    """
    for axis, own_seed in zip((1, 2), tf.unstack(tf.random.experimental.stateless_split(seed, 2)), strict=True):
        images = tf.gather(images, _shifted(images, images.shape[axis], share, own_seed), axis=axis, batch_dims=1)
    return images


def _shifted(images: tf.Tensor, size: int, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Return which rows (or columns) of each picture stand where in the shifted one, int32 `[n, size]`."""
    furthest = int(size * share + 0.5)
    shifts = _draw(images, [None, 1], seed, -furthest, furthest + 1, dtype=tf.int32)
    return tf.clip_by_value(tf.range(size)[None, :] + shifts, 0, size - 1)


def flip(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirror each picture left to right with probability one half."""
    chosen = _draw(images, [None, 1, 1, 1], seed) < 0.5
    return tf.where(chosen, tf.reverse(images, axis=[2]), images)


def cut_out(images: tf.Tensor, share: float, seed: tf.Tensor) -> tf.Tensor:
    """Blank a box, `share` of each side and centred anywhere in the picture: mid-gray, or transparent in RGBA."""
    height, width = images.shape[1], images.shape[2]
    centre = _draw(images, [2, None, 1], seed)
    inside_rows = tf.abs(tf.range(height, dtype=tf.float32) + 0.5 - centre[0] * height) < share * height / 2
    inside_columns = tf.abs(tf.range(width, dtype=tf.float32) + 0.5 - centre[1] * width) < share * width / 2
    hole = inside_rows[:, :, None, None] & inside_columns[:, None, :, None]
    return tf.where(hole, tf.constant(-1.0 if images.shape[-1] == RGBA else 0.0, images.dtype), images)
