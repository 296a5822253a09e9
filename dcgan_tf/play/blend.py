"""Making what a generator drew meet what is known, without a seam."""

import numpy as np
import tensorflow as tf

TOLERANCE = 1e-5  # of the residual, as a share of where it began


def blend(generated: np.ndarray, known: np.ndarray, missing: np.ndarray, downscale: int) -> np.ndarray:
    """Return the generated pictures, moved so that they equal what is known where it is known.

    Where the known pictures are smaller the difference is enlarged by bicubic interpolation, and they equal it nearly.

    In the holes the difference at their rims goes on as smoothly as can be, so that the generated gradients stay and no
    seam shows (Perez et al. 2003, "Poisson image editing").

    Args:
        generated: float32 `[n, size, size, channels]` in [-1, 1].
        known: float32 `[n, size / downscale, size / downscale, channels]` in [-1, 1].
        missing: bool `[n, size / downscale, size / downscale, 1]`, True where nothing is known.
        downscale: the factor by which the known pictures are smaller.

    Returns:
        float32 `[n, size, size, channels]`, which may leave [-1, 1] a little.
    """
    difference = membrane(known - shrink(generated, downscale), missing)
    if downscale > 1:
        size = generated.shape[1:3]
        difference = np.asarray(tf.image.resize(difference, size, method="bicubic"))
    return generated + difference


def shrink(pictures: tf.Tensor | np.ndarray, downscale: int) -> tf.Tensor | np.ndarray:
    """Return pictures `[n, height, width, channels]` reduced by a whole factor, each pixel the mean of a block."""
    return tf.nn.avg_pool2d(pictures, downscale, downscale, "VALID") if downscale > 1 else pictures


def membrane(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return the values, float `[n, height, width, channels]`, with holes filled as smoothly as can be.

    In a hole each value is the mean of its neighbours (Laplace's equation); where all is missing, 0. By conjugate
    gradients, for all pictures and channels at once.
    """
    hole = np.broadcast_to(missing, values.shape).astype(np.float64)
    fixed = np.where(hole > 0, 0.0, values)
    inside = _neighbours(np.ones_like(fixed))

    def laplacian(field: np.ndarray) -> np.ndarray:
        return hole * (inside * field - _neighbours(field))

    field = np.zeros_like(fixed)
    residual = hole * _neighbours(fixed)
    along, energy = residual.copy(), _dot(residual, residual)
    goal = TOLERANCE**2 * energy
    for _ in range(10 * sum(values.shape[1:3])):
        if (energy <= goal).all():
            break
        moved = laplacian(along)
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
    """Return the product of each picture's channels with the other's, `[n, 1, 1, channels]`."""
    return (one * other).sum(axis=(1, 2), keepdims=True)
