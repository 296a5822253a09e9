"""One cell of the quality benchmark in a process of its own: train a recipe on a set with a seed, keep its pictures.

`python -m benchmarks.quality.cell RECIPE SET SEED SECONDS DATA FOLDER [--tuning]`. The time is the processor's, over
all its cores, and training's alone, so that what else a shared machine does takes nothing from a recipe.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.shared.report import machine
from benchmarks.shared.sets import SETS, load
from benchmarks.shared.timing import train_for
from dcgan_tf.common.files import write_json
from dcgan_tf.common.quiet import import_tensorflow

if TYPE_CHECKING:
    from benchmarks.quality.recipes import Trainer

UNTRAINED = 500  # pictures from before training, at most
BY_CLASS, EACH = "by_class.npy", 200  # pictures of each class, of recipes that make them on request
KEPT = (5, 10, 20, 50, 100)  # kimg at which the generator is kept too, for the examination of judges


def train(options: argparse.Namespace) -> dict[str, object]:
    """Train for the time, keep pictures from before and after, and return what was reached."""
    from benchmarks.quality import recipes  # imports TensorFlow
    from benchmarks.shared.generators import GENERATOR, save_generator

    images, _ = load(options.set, options.data, tuning=options.tuning)
    preset, scored = replace(SETS[options.set].config, seed=options.seed), SETS[options.set].scored
    trainer = recipes.build(options.recipe, preset, images)
    np.save(options.folder / "untrained.npy", trainer.sample(min(UNTRAINED, scored), 1))
    marks = {1000 * kimg // trainer.batch_size: f"generator_{kimg}_kimg.npz" for kimg in KEPT}  # by step
    for step in train_for(trainer.train, options.seconds, marks):
        if step in marks:
            save_generator(trainer.generator, options.folder / marks[step])
    draw(trainer, options.folder, scored)
    save_generator(trainer.generator, options.folder / GENERATOR)
    kimg = step * trainer.batch_size / 1000
    return {"kimg": kimg, "steps": step, "settings": recipes.settings_of(options.recipe, preset)}


def draw(trainer: "Trainer", folder: Path, scored: int) -> None:
    """Write the pictures of a trained cell that are judged."""
    np.save(folder / "pictures.npy", trainer.sample(scored, 1))
    if classes := len(trainer.class_counts):
        np.save(folder / BY_CLASS, np.stack([trainer.sample(EACH, 1, number) for number in range(classes)]))


def main() -> None:
    """Train one cell; cell.json is written last, so that a cell with one is whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe")
    parser.add_argument("set", choices=list(SETS))
    parser.add_argument("seed", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tuning", action="store_true")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "cell.json").unlink(missing_ok=True)  # of a recipe that has changed since
    import_tensorflow()
    about = {"machine": machine()}  # now: the clone may be at another commit when training has ended
    asked = {name: getattr(options, name) for name in ("recipe", "set", "seed", "seconds", "tuning")}
    write_json(options.folder / "cell.json", asked | train(options) | about)


if __name__ == "__main__":
    main()
