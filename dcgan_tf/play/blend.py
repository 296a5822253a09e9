"""Seamless blending of generated pictures with known pixels."""

import numpy as np
import tensorflow as tf

TOLERANCE = 1e-5  # of the residual, relative to its initial value


def blend(generated: np.ndarray, known: np.ndarray, missing: np.ndarray, downscale: int) -> np.ndarray:
    """Return the generated pictures, changed so that they equal the known pixels where there are any.

    In holes, the difference at the edges continues smoothly; this keeps the generated gradients and leaves no seam
    (Perez et al. 2003, "Poisson image editing"). If the known pictures are smaller, the difference is enlarged by
    bicubic interpolation, and the result matches them only approximately.

    Args:
        generated: float32 `[n, height, width, channels]` in [-1, 1].
        known: float32 `[n, height / downscale, width / downscale, channels]` in [-1, 1].
        missing: bool `[n, height / downscale, width / downscale, 1]`, True in the holes.
        downscale: the factor by which the known pictures are smaller.

    Returns:
        float32 `[n, height, width, channels]`, in [-1, 1] or slightly beyond.
    """
    difference = membrane(known - shrink(generated, downscale), missing)
    if downscale > 1:
        difference = np.asarray(tf.image.resize(difference, generated.shape[1:3], method="bicubic"))
    return generated + difference


def shrink(pictures: tf.Tensor | np.ndarray, downscale: int) -> tf.Tensor | np.ndarray:
    """Return pictures `[n, height, width, channels]` reduced by a whole factor; each pixel is the mean of a block."""
    return tf.nn.avg_pool2d(pictures, downscale, downscale, "VALID") if downscale > 1 else pictures


def membrane(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return the values, float `[n, height, width, channels]`, with holes filled as smoothly as possible.

    In a hole each value is the mean of its neighbours (Laplace's equation), or 0 if all values are missing. Solved by
    conjugate gradients for all pictures and channels at once.
    """
    hole = np.broadcast_to(missing, values.shape).astype(np.float64)
    fixed = np.where(hole > 0, 0.0, values)
    inside = _neighbours(np.ones_like(fixed))
    field = np.zeros_like(fixed)
    residual = hole * _neighbours(fixed)
    along, energy = residual.copy(), _dot(residual, residual)
    goal = TOLERANCE**2 * energy
    for _ in range(10 * sum(values.shape[1:3])):
        if (energy <= goal).all():
            break
        moved = hole * (inside * along - _neighbours(along))
        step = energy / np.maximum(_dot(along, moved), 1e-30)
        field += step * along
        residual -= step * moved
        before, energy = energy, _dot(residual, residual)
        along = residual + energy / np.maximum(before, 1e-30) * along
    return (fixed + field).astype(np.float32)


def _neighbours(field: np.ndarray) -> np.ndarray:
    """Return the sum of the up to four neighbours of each pixel of `[n, height, width, channels]`."""
    padded = np.pad(field, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]


def _dot(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the dot product of each channel of each picture with the other's, `[n, 1, 1, channels]`."""
    return (one * other).sum(axis=(1, 2), keepdims=True)
