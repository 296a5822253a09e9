"""Pictures as they are shown, uint8, and as networks take them, float32 in [-1, 1]."""

import numpy as np


def to_floats(pictures: np.ndarray) -> np.ndarray:
    """Return uint8 pictures as float32 in [-1, 1]."""
    return pictures.astype(np.float32) / 127.5 - 1.0


def to_pixels(pictures: np.ndarray) -> np.ndarray:
    """Return float pictures in [-1, 1], or a little beyond, as uint8."""
    return np.clip(np.rint((pictures + 1.0) * 127.5), 0, 255).astype(np.uint8)
