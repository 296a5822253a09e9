"""How good pictures get in the same time: this library's recipe, the same without each ingredient, and its peers.

Every cell (set, recipe, seed) is trained for twice `--minutes` of one core's processor time, which is what `--minutes`
of two cores are worth, and kept in `--folder` with its settings and machine: the benchmark goes on where it stopped,
and a cell whose settings have changed since is trained anew. Small generators are kept beside the results, in half
precision: a cell of one of these is drawn again, not trained, so that another judge can be tried anywhere.

With `--tuning` all cells learn from four fifths of the training photos and are judged by the rest, so that no choice
sees what is reported on; they are written to `tuning.json`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Queue

import numpy as np

from benchmarks.quality.cell import UNTRAINED, draw
from benchmarks.quality.recipes import ABLATIONS, RECIPES, build, is_of_today, settings_of
from benchmarks.quality.scores import describe, generator_path, key, score_cells, write, write_rows
from benchmarks.shared.generators import GENERATOR, restore_generator
from benchmarks.shared.options import add_picture_options, parser_of
from benchmarks.shared.processes import ROOT, command
from benchmarks.shared.report import read_results
from benchmarks.shared.sets import CORES, SETS, load
from dcgan_tf import DcganError
from dcgan_tf.common.files import write_json
from dcgan_tf.judge.features import load_features

# Trained with every seed that is asked for, others with the first.
SEEDED = ("ours", "first", "second", "ours, classes='false'", "ours, precision='bfloat16', classes='false'")


def cell_folder(root: Path, set_name: str, recipe: str, seed: int, seconds: float, *, tuning: bool) -> Path:
    """Return where a cell is kept."""
    part = f"{'tuning' if tuning else 'report'} {seconds:g}s"
    return root / set_name / part / recipe / str(seed)


def train_cells(jobs: list[list[str]], cores: list[int]) -> int:
    """Train cells, one on each of the cores at a time, as each becomes free; return how many failed."""
    free: Queue[int] = Queue()
    for core in cores:
        free.put(core)

    def train(job: list[str]) -> bool:
        core = free.get()
        print(f"Core {core}: {' '.join(job[:3])}", flush=True)
        try:
            done = subprocess.run(
                command("benchmarks.quality.cell", *job), check=False, capture_output=True, text=True, cwd=ROOT,
                env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}, preexec_fn=lambda: pin(core),
            )  # fmt: skip
        finally:
            free.put(core)
        if done.returncode:
            print(f"Cell {' '.join(job[:3])} failed; the next call tries it again:\n{done.stderr[-2000:]}")
        return done.returncode != 0

    with ThreadPoolExecutor(len(cores)) as pool:
        return sum(pool.map(train, jobs))


def pin(core: int) -> None:
    """Keep this process to one core, where the system can (Linux)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what is asked for; a feature network that cannot be used ends the program before anything is trained."""
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    parser = parser_of("quality", __doc__)
    add_picture_options(parser, "quality")
    parser.add_argument(
        "--sets", nargs="*", default=["apples", "vehicles", "apples 100x100"], choices=list(SETS), metavar="SET"
    )
    parser.add_argument("--recipes", nargs="*", default=[*RECIPES, *ABLATIONS], metavar="RECIPE")
    parser.add_argument("--minutes", type=float, help=f"of {CORES} cores, for each cell; the set's own unless given")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0], help=f"of {', '.join(SEEDED)}")
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--features", nargs="*", default=["imagenet", "random"], help="networks to score by")
    parser.add_argument("--cores", type=int, nargs="*", default=usable[:CORES])
    parser.add_argument("--only-score", action="store_true", help="train nothing")
    options = parser.parse_args(arguments)
    try:
        for recipe in options.recipes:
            settings_of(recipe, SETS[options.sets[0]].config)
    except (DcganError, TypeError, ValueError) as error:  # what each kind of misspelling raises
        parser.error(f"--recipes: {error}")
    try:
        for network in options.features:
            load_features(network)
    except DcganError as error:
        parser.error(f"--features: {error}")
    return options


def cells_of(options: argparse.Namespace) -> list[tuple[Path, list[str]]]:
    """Return the folder of each cell that is asked for, and what its process is told."""
    cells = []
    for name in options.sets:
        chosen = SETS[name]
        seconds = 60.0 * CORES * (options.minutes or chosen.minutes)
        ours = settings_of("ours", chosen.config)
        for recipe in options.recipes:
            if recipe in ABLATIONS and settings_of(recipe, chosen.config) == ours:
                continue  # it changes nothing of this preset
            for seed in options.seeds if recipe in SEEDED else options.seeds[:1]:
                folder = cell_folder(options.folder, name, recipe, seed, seconds, tuning=options.tuning)
                job = [recipe, name, str(seed), str(seconds), str(options.data), str(folder)]
                cells.append((folder, job + ["--tuning"] * options.tuning))
    return cells


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is missing, score everything, print and write the tables and the pictures."""
    options = parse_options(arguments)
    cells = cells_of(options)
    if not options.tuning:
        for folder, (recipe, name, seed, seconds, *_) in cells:
            if not is_kept(folder):
                restore_cell(folder, (name, recipe, int(seed), float(seconds)), options)
    missing = [job for folder, job in cells if not is_kept(folder)]
    failed = train_cells(missing, options.cores) if missing and not options.only_score else 0
    finished = [folder for folder, _ in cells if is_kept(folder)]
    rows = score_cells(finished, options.data, options.features)
    for name in options.sets:
        print(describe(name, [row for row in rows if row["set"] == name], options.features), flush=True)
    if options.tuning:
        write_rows(rows, options.results, "tuning")
    else:
        write(rows, finished, options.results)
    if failed:
        sys.exit(f"{failed} cells failed, see above.")


def restore_cell(folder: Path, asked: tuple[str, str, int, float], options: argparse.Namespace) -> None:
    """Draw the pictures of a cell again, if its generator lies beside the results and is of today's settings."""
    name, recipe, seed, _ = asked
    generator = generator_path(options.results, *asked)
    rows = read_results(options.results, "quality").get("rows", [])
    row = next((row for row in rows if key(row) == (*asked, False) and is_of_today(row)), None)
    if row is None or not generator.is_file():
        return
    print(f"Restored: {recipe} {name} {seed}, from {generator}", flush=True)
    trainer = build(recipe, replace(SETS[name].config, seed=seed), load(name, options.data, tuning=False)[0])
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "untrained.npy", trainer.sample(min(UNTRAINED, SETS[name].scored), 1))
    restore_generator(trainer.generator, generator)
    draw(trainer, folder, SETS[name].scored)
    shutil.copyfile(generator, folder / GENERATOR)
    kept = ("set", "recipe", "seed", "seconds", "tuning", "kimg", "steps", "settings", "machine")
    write_json(folder / "cell.json", {field: row[field] for field in kept})


def is_kept(folder: Path) -> bool:
    """Return whether a cell is there whole, and of the settings that its recipe has today."""
    path = folder / "cell.json"
    return path.is_file() and is_of_today(json.loads(path.read_text()))


if __name__ == "__main__":
    main()
