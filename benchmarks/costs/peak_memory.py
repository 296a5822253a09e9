"""Peak memory in a process of its own: `python -m benchmarks.costs.peak_memory training|features PICTURES`.

It is read from /proc, so this runs on Linux alone.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from dcgan_tf import Config, ImageSet, train
from dcgan_tf.judge.features import BATCH, load_features


def training_peak_mib(count: int) -> float:
    """Train a little on `count` random pictures of 64x64 and return the peak of this process's memory."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    names = tuple(f"{number}.jpg" for number in range(count))
    images = ImageSet(pixels=pixels, files=names, labels=("",) * count, skipped=(), folder="random")
    with tempfile.TemporaryDirectory() as folder:
        train(Config(kimg=0.3), images, Path(folder) / "run", progress="none")
    return peak_mib()


def features_mib(count: int) -> float:
    """Return by how much the peak grows when features of `count` pictures of 28x28 are computed, after a first batch.

    The network and TensorFlow itself are there before, and are not counted.
    """
    pixels = np.random.default_rng(0).integers(0, 256, (count, 28, 28, 1), dtype=np.uint8)
    network = load_features()
    network(pixels[: 2 * BATCH])
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew: loading TensorFlow and weights had its own
    before = peak_mib()
    network(pixels)
    return peak_mib() - before


def peak_mib() -> float:
    """Return the peak of this process's resident memory so far; `getrusage` would count the parent's too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


MEASURED = {"training": training_peak_mib, "features": features_mib}

if __name__ == "__main__":
    print(MEASURED[sys.argv[1]](int(sys.argv[2])))
