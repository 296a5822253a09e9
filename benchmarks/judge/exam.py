"""Which judge puts pictures in the order in which people would? Real ones, changed more and more.

One half of a set is compared with the other half, changed. A judge passes a ladder if each step is further away than
the one before. Beside the ladders stand changes that nobody sees, as shares of the distance of a blur of one pixel.
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np

from benchmarks.judge.changes import FAINT, LADDERS, gaussian_blur
from benchmarks.judge.judges import features_of, judges
from benchmarks.shared.options import add_picture_options, parser_of
from benchmarks.shared.report import table, write_results
from benchmarks.shared.sets import SETS, load
from dcgan_tf import ImageSet
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.judge.features import FeatureNetwork
from dcgan_tf.judge.metrics import fid, squared_mmd

MOST = 500  # pictures of each half
DISTANCES = {"KID": squared_mmd, "FD": fid}


def rank_correlation(values: Sequence[float]) -> float:
    """Return Spearman's correlation of values with their places: 1 where each is above the one before."""
    ranks = np.argsort(np.argsort(values))
    return float(np.corrcoef(ranks, np.arange(len(values)))[0, 1])


def halves_of(images: ImageSet) -> tuple[np.ndarray, np.ndarray]:
    """Return two halves of a set in random order, of equal length."""
    order = np.random.default_rng(0).permutation(evenly_spread(len(images), 2 * MOST))
    half = len(order) // 2
    return images.pixels[order[:half]], images.pixels[order[half : 2 * half]]


def examine(network: FeatureNetwork, halves: tuple[np.ndarray, np.ndarray]) -> dict[str, object]:
    """Return the distances of each step of each ladder, their rank correlation, and what faint changes cost."""
    started = time.perf_counter()
    real = features_of(network, halves[0])
    seconds = time.perf_counter() - started
    unchanged = features_of(network, halves[1])
    steps = {
        ladder.name: [unchanged, *(features_of(network, change(halves[1])) for _, change in ladder.steps)]
        for ladder in LADDERS
    }
    faint = {name: features_of(network, change(halves[1])) for name, change in FAINT}
    blurred = features_of(network, gaussian_blur(1.0)(halves[1]))
    row: dict[str, object] = {"n": len(real), "milliseconds_a_picture": 1000 * seconds / len(real)}
    for kind, distance in DISTANCES.items():
        ladders = {name: [distance(real, each) for each in found] for name, found in steps.items()}
        floor, unit = ladders["blur"][0], distance(real, blurred)
        row[kind] = {
            "ladders": ladders,
            "rank_correlation": {name: rank_correlation(found) for name, found in ladders.items()},
            "faint": {name: (distance(real, each) - floor) / (unit - floor) for name, each in faint.items()},
        }
    return row


def describe(rows: dict[str, dict[str, dict]], kind: str) -> str:
    """Return the table of all judges: the mean rank correlation of each ladder over the sets, and of faint changes."""
    heads = ["judge", *(ladder.name for ladder in LADDERS), *(name for name, _ in FAINT), "ms a picture"]
    lines = []
    for judge, sets in rows.items():
        found = [row[kind] for row in sets.values()]
        orders = [min(each["rank_correlation"][ladder.name] for each in found) for ladder in LADDERS]
        faint = [max(each["faint"][name] for each in found) for name, _ in FAINT]
        cost = np.median([row["milliseconds_a_picture"] for row in sets.values()])
        lines.append(
            [judge, *(f"{value:.2f}" for value in orders), *(f"{value:.2f}" for value in faint), f"{cost:.1f}"]
        )
    return table(heads, lines)


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what is asked for."""
    parser = parser_of("judge.exam", __doc__)
    add_picture_options(parser, "judge")
    known = [name for name in SETS if name != "tiny"]
    parser.add_argument("--sets", nargs="*", default=known, choices=list(SETS), metavar="SET")
    parser.add_argument("--judges", nargs="*", default=list(judges()), choices=list(judges()), metavar="JUDGE")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Examine each judge on each set, print the table and write the results."""
    options = parse_options(arguments)
    sets = {name: halves_of(load(name, options.data, tuning=True)[0]) for name in options.sets}
    rows: dict[str, dict[str, dict]] = {}
    for judge in options.judges:
        network = judges()[judge]()
        rows[judge] = {name: examine(network, halves) for name, halves in sets.items()}
        print(f"{judge}: done", flush=True)
    for kind in DISTANCES:
        print(f"\n## {kind}\n\n{describe(rows, kind)}", flush=True)
    write_results(options.results, "judges", {"rows": rows})


if __name__ == "__main__":
    main()
