"""How good and how new generated pictures are: numpy on arrays."""

import numpy as np

BLOCK = 1024  # pictures compared at once, so that memory stays bounded


def nearest_pictures(pictures: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each picture, the index of the nearest of `others` and its distance.

    Both are uint8 `[n, height, width, channels]` of one size. The distance is the root mean square difference
    of pixels, in shades (0 to 255).
    """
    flat = pictures.reshape(len(pictures), -1).astype(np.float32)
    own = np.square(flat).sum(1)
    best = np.full(len(flat), np.inf, np.float32)
    indices = np.zeros(len(flat), np.int64)
    for start in range(0, len(others), BLOCK):
        block = others[start : start + BLOCK].reshape(-1, flat.shape[1]).astype(np.float32)
        # |a - b|^2 = |a|^2 + |b|^2 - 2ab, without an array of all differences
        squares = own[:, None] + np.square(block).sum(1)[None, :] - 2 * flat @ block.T
        nearest = squares.argmin(1)
        least = squares[np.arange(len(flat)), nearest]
        indices = np.where(least < best, nearest + start, indices)
        best = np.minimum(best, least)
    return indices, np.sqrt(np.maximum(best, 0) / flat.shape[1])
