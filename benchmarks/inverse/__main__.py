"""How well `invert` finds photos again that no training saw, beside plain ways to do the same.

Trains a preset on each set and gives `invert` a part of held-out photos: all of each, all but its centre, one half, or
a picture of a quarter of its size. Judged by the peak signal-to-noise ratio (where pixels were missing, if any were)
and by the distance from the photo in the features of a network.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from benchmarks.inverse.table import OURS
from benchmarks.inverse.tasks import BASELINES, Task, baseline, feature_distances, ours, psnr, tasks_of
from benchmarks.shared.options import add_picture_options, parser_of
from benchmarks.shared.report import file_stem, machine, read_results, write_results
from benchmarks.shared.sets import SETS, load
from benchmarks.shared.sheets import paste
from dcgan_tf import ImageSet, Run, train
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.draw.grids import draw_grid
from dcgan_tf.judge.features import FeatureNetwork, load_features

SHOWN = 8  # photos in the picture


def measure(
    run: Run, training: ImageSet, photos: np.ndarray, network: FeatureNetwork, *, plain_alone: bool
) -> tuple[list[dict], dict]:
    """Return a row for each way of each task, and what each made, by task and way."""
    rows, made = [], {}
    for name, task in tasks_of(photos).items():
        found = {} if plain_alone else {OURS: ours(run, task)}
        found |= {way: baseline(way, task, training.pixels) for way in BASELINES[name]}
        made[name] = (task, {way: pictures for way, pictures in found.items() if pictures is not None})
        for way, pictures in made[name][1].items():
            row = judge(task, pictures, photos, network) | {"task": name, "way": way}
            rows.append(row)
            print(f"{name}, {way}: {row['psnr']:.2f} dB, distance {row['distance']:.2f}", flush=True)
    return rows, made


def judge(task: Task, pictures: np.ndarray, photos: np.ndarray, network: FeatureNetwork) -> dict[str, float]:
    """Return the mean scores of what one way made, and their standard errors over the photos."""
    scores = {"psnr": psnr(pictures, photos, task.mask), "distance": feature_distances(network, pictures, photos)}
    errors = {f"{name}_error": float(each.std() / np.sqrt(len(each))) for name, each in scores.items()}
    return {name: float(each.mean()) for name, each in scores.items()} | errors


def draw_table(title: str, photos: np.ndarray, made: dict) -> Image.Image:
    """Return a picture of what was given and what each way made of it, a column a photo."""
    shown = evenly_spread(len(photos), SHOWN)
    rows = [("held-out pictures", photos)]
    for name, (task, ways) in made.items():
        if task.mask is not None or task.downscale > 1:
            given = task.given.repeat(task.downscale, axis=1).repeat(task.downscale, axis=2)
            rows.append((f"{name}: given", given))
        rows += [(f"{name}: {way}", pictures) for way, pictures in ways.items()]
    strips = [draw_grid(pictures[shown], f"{title}, {text}", columns=SHOWN) for text, pictures in rows]
    return paste(strips, columns=1)


def one_cell(name: str, seed: int, options: argparse.Namespace) -> list[dict]:
    """Train, or take up, the run of a set and seed, measure it, write the picture, and return the rows."""
    training, held_out = load(name, options.data, tuning=False)
    config = replace(SETS[name].config, seed=seed)
    run = train(config, training, options.folder / name / f"seed {seed}", progress="lines")
    photos = held_out.pixels[evenly_spread(len(held_out), options.photos)]
    network = load_features(options.features)
    rows, made = measure(run, training, photos, network, plain_alone=options.plain_ways)
    # Pictures with photos in them stay where they were made.
    place = options.folder if SETS[name].photos else options.results
    if not options.plain_ways:
        place.mkdir(parents=True, exist_ok=True)
        draw_table(name, photos, made).save(place / f"{file_stem('inverse', name)}.png")
    common = {"set": name, "seed": seed, "photos": len(photos), "kimg": run.kimg_done, "features": network.name}
    return [common | row | {"git_commit": machine()["git_commit"]} for row in rows]


def key(row: dict) -> tuple:
    """Return what tells one row from another."""
    return row["set"], row["seed"], row["task"], row["way"]


def in_order(row: dict) -> tuple:
    """Return by what rows are sorted: the way of this library first in each task."""
    ways = (OURS, *BASELINES[row["task"]])
    return row["set"], row["seed"], list(BASELINES).index(row["task"]), ways.index(row["way"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the sets and seeds that are asked for; keep what is known of others."""
    parser = parser_of("inverse", __doc__)
    add_picture_options(parser, "inverse")
    parser.add_argument("--sets", nargs="*", default=["apples", "vehicles"], choices=list(SETS), metavar="SET")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    parser.add_argument("--plain-ways", action="store_true", help="measure them alone, and keep what is known of ours")
    parser.add_argument("--photos", type=int, default=64, help="held-out photos")
    parser.add_argument("--features", default="random", help="network to measure distances by")
    options = parser.parse_args(arguments)
    for seed in options.seeds:
        for name in options.sets:
            rows = one_cell(name, seed, options)
            kept = read_results(options.results, "inverse").get("rows", [])  # now: another process may have added some
            found = {key(row): row for row in kept + rows}
            write_results(options.results, "inverse", {"rows": sorted(found.values(), key=in_order)})


if __name__ == "__main__":
    main()
