"""How the cost grows with image size, width and number of pictures."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.costs.overheads import write_photos
from benchmarks.shared.options import parser_of
from benchmarks.shared.report import write_results
from benchmarks.shared.timing import median_seconds
from benchmarks.speed.cases import networks
from benchmarks.speed.limits import step_flops
from dcgan_tf.config import Config

SIZES = (28, 48, 64, 100, 128, 192, 256)
WIDTHS = (16, 32, 64)
COUNTS = (500, 5_000, 50_000)
ROUNDS = 5


def speed(config: Config) -> float:
    """Return the median images a second of training steps, after those that compile."""
    from benchmarks.speed.tensorflow_peers import ours
    from dcgan_tf.common.machine import this_execution

    train = ours(config, this_execution("auto"))
    return 2 * config.batch_size / median_seconds(lambda: train(2), ROUNDS)


def speeds(sizes: Sequence[int]) -> list[dict[str, float]]:
    """Return a row for each image size at width 32 and for each width at 64x64: images/s, GFLOP an image, TFLOP/s."""
    grid = [(size, 32) for size in sizes] + [(64, width) for width in WIDTHS if width != 32 and 64 in sizes]
    rows = []
    for size, width in grid:
        config = networks(size, width)
        rate, flops = speed(config), step_flops(config)
        row = {"image_size": size, "width": width, "img_per_s": rate, "gflop_per_image": flops / 1e9}
        rows.append(row | {"tflops": rate * flops / 1e12})
        show(rows[-1])
    return rows


def start_up_seconds(folder: Path, count: int) -> dict[str, float]:
    """Return the seconds from a folder of `count` 100x100 JPEGs to the first step done, and those of reading it."""
    from dcgan_tf import Config, load_images, train

    write_photos(folder, count)
    started = time.perf_counter()
    images = load_images(folder / "photos", image_size=64, channels=3)
    read = time.perf_counter() - started
    train(Config(kimg=0.032), images, folder / "run", progress="none")
    row = {"pictures": count, "reading_s": read, "to_first_step_and_end_s": time.perf_counter() - started}
    show(row)
    return row


def show(row: dict[str, float]) -> None:
    """Print a row."""
    print(" | ".join(f"{name} {value:.3g}" for name, value in row.items()), flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write both tables."""
    parser = parser_of("costs.scaling", __doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="image sizes, in pixels a side")
    parser.add_argument("--counts", type=int, nargs="*", default=COUNTS, help="numbers of pictures")
    options = parser.parse_args(arguments)
    rows = speeds(options.sizes)
    starts = []
    for count in options.counts:
        with tempfile.TemporaryDirectory() as folder:
            starts.append(start_up_seconds(Path(folder), count))
    write_results(options.results, "scaling", {"speeds": rows, "starts": starts})


if __name__ == "__main__":
    main()
