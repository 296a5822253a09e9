"""Peak memory of a short training in a process of its own: `python -m benchmarks.costs.peak_memory PICTURES`."""

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from dcgan_tf import Config, ImageSet, train


def training_peak_mib(count: int) -> float:
    """Train a little on `count` random pictures of 64x64 and return the peak of this process's memory."""
    pixels = np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    names = tuple(f"{number}.jpg" for number in range(count))
    images = ImageSet(pixels=pixels, files=names, labels=("",) * count, skipped=(), folder="random")
    with tempfile.TemporaryDirectory() as folder:
        train(Config(kimg=0.3), images, Path(folder) / "run", progress="none")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(training_peak_mib(int(sys.argv[1])))
