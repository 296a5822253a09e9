"""What tests compare of two runs."""

from pathlib import Path

import numpy as np

from dcgan_tf.run.checkpoint import checkpoint_paths

TIMES = ("seconds", "img_per_s")


def weights(folder: Path) -> dict[str, np.ndarray]:
    """Return every array of the newest checkpoint, and none of its times."""
    with np.load(checkpoint_paths(folder)[0]) as saved:
        return {name: saved[name] for name in saved.files if name != "about"}


def same_weights(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    """Return whether all arrays are equal, bit for bit."""
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def timeless(history: list[dict[str, float]]) -> list[dict[str, float]]:
    """Return the records without what depends on the clock."""
    return [{name: value for name, value in record.items() if name not in TIMES} for record in history]


def grids(folder: Path) -> dict[str, bytes]:
    """Return the files of the grids of samples, by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / "samples").glob("*.png"))}
