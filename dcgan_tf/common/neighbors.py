"""The nearest neighbor of each row among others, with bounded memory."""

import numpy as np

BLOCK = 512  # rows compared at once


def nearest(rows: np.ndarray, others: np.ndarray, *, itself: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each row of `rows` `[n, ...]`, the index of the nearest of `others` `[m, ...]` and its distance.

    Takes integers or floats; with `itself`, both are the same set, and a row is not its own neighbor. Memory is bounded
    at any n and m: `others` are read in slices. The distances, float64, are computed from differences, so that they are
    exactly 0 for a copy.
    """
    found = [
        _nearest_block(rows[start : start + BLOCK], others, start if itself else None)
        for start in range(0, len(rows), BLOCK)
    ]
    return np.concatenate([indices for indices, _ in found]), np.concatenate([distances for _, distances in found])


def _nearest_block(block: np.ndarray, others: np.ndarray, start: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return `nearest` of some rows; `start` is where they lie in `others`, if they are part of them."""
    rows = _flat(block)
    best = np.full(len(rows), np.inf, np.float32)
    indices = np.zeros(len(rows), np.int64)
    squares = np.einsum("ij,ij->i", rows, rows)
    for first in range(0, len(others), BLOCK):
        columns = _flat(others[first : first + BLOCK])
        # |a - b|^2 = |a|^2 + |b|^2 - 2ab, without an array of all differences
        found = squares[:, None] + np.einsum("ij,ij->i", columns, columns)[None, :] - 2 * (rows @ columns.T)
        if start is not None and start == first:  # both loops use the same blocks of the same set
            np.fill_diagonal(found, np.inf)
        closest = found.argmin(1)
        least = found[np.arange(len(rows)), closest]
        indices = np.where(least < best, closest + first, indices)
        best = np.minimum(best, least)
    differences = rows - _flat(others[indices])
    return indices, np.sqrt(np.einsum("ij,ij->i", differences, differences, dtype=np.float64))


def _flat(rows: np.ndarray) -> np.ndarray:
    return rows.reshape(len(rows), -1).astype(np.float32)
