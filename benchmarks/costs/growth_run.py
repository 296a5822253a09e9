"""A short run of `benchmarks.costs.growth` in a process of its own; prints what it took as JSON."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.costs.peak_memory import peak_mib
from dcgan_tf import Config, load_images, train

KIMG = 3.0


def main(photos: Path, cache: str, kept: Path) -> None:
    """Load the photos, train a little, and print the seconds, the speed and the peak of memory."""
    begun = psutil.Process().create_time()
    images = load_images(photos, image_size=64, channels=3, cache=cache, cache_folder=kept)
    loaded = time.time()
    with tempfile.TemporaryDirectory() as folder:
        config = Config.preset("kiwi", {"kimg": KIMG, "log_kimg": 0.2, "sample_kimg": KIMG, "score_kimg": 0.0})
        run = train(config, images, Path(folder) / "run", progress="none", pictures=False)
        speeds = [record["img_per_s"] for record in run.history][1:]
    found = {
        "load_s": loaded - begun,
        "before_training_s": time.time() - begun - run.info["seconds"],
        "img_per_s": statistics.median(speeds),
        "peak_mib": peak_mib(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
