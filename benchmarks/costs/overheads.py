"""What a run costs beside its training steps: import, decoding, sampling, GIF, memory: `make bench`.

Each figure is a median over fresh processes, but for those that one process measures over and over.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.shared.report import write_results

PHOTOS = 10_000
ROUNDS = 5


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def import_seconds() -> dict[str, float]:
    """Return the seconds of importing TensorFlow and Keras, and those that the library adds."""
    frameworks, ours = [], []
    for _ in range(ROUNDS):
        for statement, found in (("", frameworks), ("; from dcgan_tf import train, load_images", ours)):
            command = [sys.executable, "-c", f"import tensorflow, keras{statement}"]
            found.append(seconds_of(lambda command=command: subprocess.run(command, check=True, capture_output=True)))
    added = [both - alone for both, alone in zip(ours, frameworks, strict=True)]
    return {"import_frameworks_s": statistics.median(frameworks), "import_added_s": statistics.median(added)}


def write_photos(folder: Path, count: int) -> None:
    """Write `count` JPEGs of 100x100 under names of their own: 16 built-in kiwis over and over."""
    from dcgan_tf.data.rendered import render_kiwis

    sources = sorted(render_kiwis(folder / "kiwis", training=16, test=0).rglob("*.jpg"))
    contents = [source.read_bytes() for source in sources]
    (folder / "photos").mkdir()
    for number in range(count):
        (folder / "photos" / f"{number:06d}.jpg").write_bytes(contents[number % len(contents)])


def decoding(folder: Path) -> dict[str, float]:
    """Return the photos a second that `load_images` reads, 100x100 JPEGs to 64x64 RGB, the files being in memory."""
    from dcgan_tf import load_images

    write_photos(folder, PHOTOS)

    def load() -> None:
        load_images(folder / "photos", image_size=64, channels=3)

    load()
    return {"decoded_photos_per_s": PHOTOS / statistics.median(seconds_of(load) for _ in range(ROUNDS))}


def drawing(folder: Path) -> dict[str, float]:
    """Return the pictures a second that the averaged generator makes, and the seconds of a GIF of 50 frames."""
    from dcgan_tf import Config
    from dcgan_tf.draw.film import save_gif
    from dcgan_tf.draw.grids import draw_grid
    from dcgan_tf.model.latent import draw_latents
    from dcgan_tf.model.networks import build_generator
    from dcgan_tf.model.predict import generate_pictures

    config, count = Config.preset("kiwi"), 1024
    generator, latents = build_generator(config), draw_latents(count, config.latent_dim, seed=0)
    pictures = generate_pictures(generator, latents)
    rate = count / statistics.median(seconds_of(lambda: generate_pictures(generator, latents)) for _ in range(ROUNDS))
    sheets = [draw_grid(pictures[start : start + 36], "kimg") for start in range(0, 50 * 16, 16)]
    gif = statistics.median(
        seconds_of(lambda: save_gif(folder / "progress.gif", sheets, milliseconds=100)) for _ in range(ROUNDS)
    )
    return {"sampled_pictures_per_s": rate, "gif_of_50_frames_s": gif}


def memory() -> dict[str, float]:
    """Return how many times its own size each picture in training takes, from two processes with few and many."""
    peaks = {count: float(_apart("training", str(count))) for count in (1_000, 40_000)}
    added_mib = (peaks[40_000] - peaks[1_000]) / (39_000 * 64 * 64 * 3 / 2**20)
    return {"peak_mib_of_1000_pictures": peaks[1_000], "bytes_per_pixel_byte": added_mib}


def training_peak_mib(count: int) -> float:
    """Train a little on `count` random pictures of 64x64 and return the peak of this process's memory."""
    import numpy as np

    from dcgan_tf import Config, ImageSet, train

    pixels = np.random.default_rng(0).integers(0, 256, (count, 64, 64, 3), dtype=np.uint8)
    names = tuple(f"{number}.jpg" for number in range(count))
    images = ImageSet(pixels=pixels, files=names, labels=("",) * count, skipped=(), folder="random")
    with tempfile.TemporaryDirectory() as folder:
        train(Config(kimg=0.3), images, Path(folder) / "run", progress="none")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def whole_run(kimg: float) -> dict[str, float]:
    """Return the share of a headless run's wall time that its training steps take; the built-in set is drawn before."""
    root = Path(__file__).parents[2]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "dcgan_tf", "run", "kiwi", f"KIMG={kimg}", f"RUN={folder}/run"]
        wall = seconds_of(lambda: subprocess.run(command, check=True, cwd=root, capture_output=True))
        seconds = json.loads((Path(folder) / "run" / "run.json").read_text())["seconds"]
    return {"run_kimg": kimg, "run_wall_s": wall, "run_training_s": seconds, "run_training_share": seconds / wall}


def _apart(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.costs.overheads", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]


def main() -> None:
    """Measure everything, print and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=["training"], help=argparse.SUPPRESS)
    parser.add_argument("count", nargs="?", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--kimg", type=float, default=100.0, help="length of the whole run, in kimg")
    options = parser.parse_args()
    if options.part:
        print(training_peak_mib(options.count))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = import_seconds() | decoding(Path(folder)) | drawing(Path(folder)) | memory() | whole_run(options.kimg)
    for name, value in found.items():
        print(f"{name:28} {value:,.2f}")
    write_results("overheads", found)


if __name__ == "__main__":
    main()
