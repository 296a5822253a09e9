"""How long `dcgan-tf doctor` takes for many photos, in a process of its own, the files being in memory."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.shared.options import parser_of
from benchmarks.shared.processes import ROOT, command
from benchmarks.shared.report import write_results
from benchmarks.shared.timing import seconds_of

SIZES = ((100, 100), (400, 300))  # width and height, pixels


def write_photos(folder: Path, count: int, size: tuple[int, int]) -> None:
    """Write JPEGs of soft coloured spots with some noise, all different."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    noise = generator.normal(0, 6, (2 * size[1], 2 * size[0], 1))
    for number in range(count):
        spots = Image.fromarray(generator.integers(0, 256, (6, 6, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
        row, column = generator.integers(0, (size[1], size[0]))
        pixels = spots + noise[row : row + size[1], column : column + size[0]]
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{number:05d}.jpg")


def children_seconds() -> float:
    """Return the processor's time that finished processes of this one took."""
    times = os.times()
    return times.children_user + times.children_system


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write the seconds by the size of the photos."""
    parser = parser_of("costs.doctor", __doc__)
    parser.add_argument("--photos", type=int, default=10_000, help="how many are examined")
    options = parser.parse_args(arguments)
    rows = []
    for width, height in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            photos = Path(folder) / "photos"
            write_photos(photos, options.photos, (width, height))
            line = command("dcgan_tf", "doctor", photos)
            before = children_seconds()
            seconds = seconds_of(lambda line=line: subprocess.run(line, check=True, capture_output=True, cwd=ROOT))
            used = children_seconds() - before  # on a busy machine, it says more
        rows.append({"photos": options.photos, "width": width, "height": height, "seconds": seconds, "core_s": used})
        print(f"{options.photos:,} photos of {width}x{height}: {seconds:.1f} s, {used:.1f} s of one core")
    write_results(options.results, "doctor", {"rows": rows})


if __name__ == "__main__":
    main()
