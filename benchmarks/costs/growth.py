"""What many pictures cost: time before training, speed and memory of runs from memory and from disk, 64x64 in colour.

Each run is a process of its own, with the settings of the kiwis and nothing judged. Memory is what a run takes at its
peak beyond the run in memory on the fewest pictures, which is mostly TensorFlow.
"""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.costs.doctor import write_photos
from benchmarks.shared.options import parser_of
from benchmarks.shared.processes import ROOT, command
from benchmarks.shared.report import write_results

COUNTS = (500, 10_000, 50_000, 200_000)
SIZE = (64, 64)  # of the photos, as JPEG


def measure(photos: Path, cache: str, kept: Path) -> dict[str, float]:
    """Return what a run takes in a process of its own."""
    line = command("benchmarks.costs.growth_run", photos, cache, kept)
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and write a row for each number of pictures and each way of keeping them."""
    parser = parser_of("costs.growth", __doc__)
    parser.add_argument("--pictures", type=int, nargs="*", default=COUNTS)
    parser.add_argument("--folder", type=Path, help="where the photos are written; a temporary folder unless given")
    options = parser.parse_args(arguments)
    rows = []
    for count in sorted(options.pictures):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            photos, kept = Path(folder) / "photos", Path(folder) / "cache"
            write_photos(photos, count, SIZE)
            for name, cache in {"memory": "memory", "disk, packed first": "disk", "disk": "disk"}.items():
                rows.append({"pictures": count, "kept": name, **measure(photos, cache, kept)})
                rows[-1]["beyond_mib"] = rows[-1]["peak_mib"] - rows[0]["peak_mib"]
                print(json.dumps(rows[-1]), flush=True)
    write_results(options.results, "growth", {"rows": rows})


if __name__ == "__main__":
    main()
