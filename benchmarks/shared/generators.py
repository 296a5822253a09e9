"""Generators of benchmarks, kept small: another judge can look at their pictures later without training again."""

from pathlib import Path

import keras
import numpy as np

GENERATOR = "generator.npz"  # of a cell, at its end


def save_generator(generator: keras.Model, path: Path) -> None:
    """Write the weights in half precision, which changes pictures by a shade here and there."""
    np.savez_compressed(path, *[each.astype(np.float16) for each in generator.get_weights()])


def restore_generator(generator: keras.Model, path: Path) -> None:
    """Set the weights to those that `save_generator` wrote."""
    with np.load(path) as kept:
        generator.set_weights([kept[name].astype(np.float32) for name in kept.files])
