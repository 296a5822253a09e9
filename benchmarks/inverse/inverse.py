"""How well `invert` finds photos again that no training saw, beside plain ways to do the same.

Trains the presets on the sets of `quality.py` and on the built-in sets, and gives each task parts of held-out photos:
all of it, all but its centre, one half, or a picture of a quarter of its size. Judged by the peak signal-to-noise ratio
(where pixels were missing, if any were) and by the distance from the photo in the features of a network.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.inverse.tasks import BASELINES, Task, baseline, feature_distances, ours, psnr, tasks_of
from benchmarks.shared.report import RESULTS, file_stem, machine, write_results
from benchmarks.shared.sets import SETS, load
from dcgan_tf import Config, ImageSet, Run, train
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.data.sets import find_fruit, find_vehicles, load_split
from dcgan_tf.draw.grids import draw_grid
from dcgan_tf.judge.features import FeatureNetwork, load_features

OURS = "this library"
BUILT_IN = {"built-in kiwis": Config.preset("kiwi"), "built-in vehicles": Config.preset("vehicles")}
SHOWN = 8  # photos in the picture


def load_set(name: str, data: Path, folder: Path) -> tuple[Config, ImageSet, ImageSet]:
    """Return a set's preset, what to train on, and the pictures kept apart."""
    if name not in BUILT_IN:
        return SETS[name].config, *load(name, data, tuning=False)
    # Drawn below the folder of the runs, whatever photos lie in data/.
    folders = find_fruit("", root=folder) if name == "built-in kiwis" else find_vehicles("", root=folder)
    config, resize = BUILT_IN[name], "crop" if name == "built-in kiwis" else "stretch"  # as the notebooks do
    return config, *load_split(folders, image_size=config.image_size, channels=config.channels, resize=resize)


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
    width = max(strip.width for strip in strips)
    sheet = Image.new("RGB", (width, sum(strip.height for strip in strips)), (250, 250, 250))
    for index, strip in enumerate(strips):
        sheet.paste(strip, (0, sum(each.height for each in strips[:index])))
    return sheet


def one_cell(name: str, seed: int, options: argparse.Namespace) -> list[dict]:
    """Train, or take up, the run of a set and seed, measure it, write the picture, and return the rows."""
    config, training, held_out = load_set(name, options.data, options.folder)
    folder = options.folder / name / f"seed {seed}"
    run = train(replace(config, seed=seed), training, folder, progress="lines")
    photos = held_out.pixels[evenly_spread(len(held_out), options.photos)]
    network = load_features(options.features)
    rows, made = measure(run, training, photos, network, plain_alone=options.plain_ways)
    # Pictures with photos in them stay where they were made; those of the built-in sets may be shown.
    place = RESULTS if name in BUILT_IN else options.folder
    if not options.plain_ways:
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


def main() -> None:
    """Measure the sets and seeds that are asked for; keep what is known of others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=["apples", "vehicles"], metavar="SET")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0])
    parser.add_argument("--plain-ways", action="store_true", help="measure them alone, and keep what is known of ours")
    parser.add_argument("--photos", type=int, default=64, help="held-out photos")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--features", default="../shared/features/photo32.keras")
    parser.add_argument("--folder", type=Path, default=Path("outputs/inverse"), help="where the runs are kept")
    options = parser.parse_args()
    for seed in options.seeds:
        for name in options.sets:
            rows = one_cell(name, seed, options)
            path = RESULTS / "inverse.json"  # read now: another process may have added its set since
            kept = json.loads(path.read_text())["rows"] if path.is_file() else []
            found = {key(row): row for row in kept + rows}
            write_results("inverse", {"rows": sorted(found.values(), key=in_order)})


if __name__ == "__main__":
    main()
