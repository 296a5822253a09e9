"""The pictures of a step, the same wherever they are drawn."""

from collections.abc import Sequence

import numpy as np


def real_pictures(batch: int, shape: Sequence[int]) -> np.ndarray:
    """Return random pictures, float32 `[batch, height, width, channels]` in [-1, 1]."""
    return np.random.default_rng(0).uniform(-1, 1, (batch, *shape)).astype(np.float32)
