"""Whether bfloat16 trains as float32 does: losses, gradients and pictures of the same training in both.

What differs between precisions is to be read against what differs between seeds.
"""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.shared.options import folder, parser_of
from benchmarks.shared.processes import ROOT
from benchmarks.shared.report import write_results
from benchmarks.shared.sheets import paste
from dcgan_tf import Config, ImageSet, load_images, train
from dcgan_tf.common.machine import Execution
from dcgan_tf.common.pixels import to_floats
from dcgan_tf.data.sets import find_vehicles, load_split
from dcgan_tf.draw.grids import draw_grid
from dcgan_tf.model.build import build_model
from dcgan_tf.model.train_step import gradients
from dcgan_tf.run.checkpoint import load_checkpoint
from dcgan_tf.run.run import Run
from dcgan_tf.training.loop import LOGS

PRECISIONS = ("float32", "bfloat16")


def late_losses(run: Run) -> dict[str, float]:
    """Return the means of the logs over the last quarter of a run."""
    late = run.history[-max(1, len(run.history) // 4) :]
    return {name: statistics.mean(record[name] for record in late) for name in LOGS}


def gradients_in(run: Run, precision: str, images: ImageSet) -> list[np.ndarray]:
    """Return the gradients of G and of D, each in one vector, computed in `precision` at the end of a run."""
    model = build_model(run.config, Execution(precision))
    load_checkpoint(run.folder, model.state())
    real = tf.constant(to_floats(images.pixels[:64]))
    latents = tf.random.stateless_normal([64, run.config.latent_dim], [1, 2])
    both = gradients(model, real, tf.zeros([64, 0]), latents, tf.constant([1, 2]))[:2]
    return [np.concatenate([np.ravel(each) for each in part]) for part in both]


def gradient_cosines(run: Run, images: ImageSet) -> dict[str, float]:
    """Return the cosines between the gradients in both precisions, of G and of D."""
    pairs = zip(*(gradients_in(run, precision, images) for precision in PRECISIONS), strict=True)
    cosines = [float(one @ other / np.linalg.norm(one) / np.linalg.norm(other)) for one, other in pairs]
    return {"generator_cosine": cosines[0], "discriminator_cosine": cosines[1]}


def compare(config: Config, images: ImageSet, sheet: Path) -> list[dict[str, object]]:
    """Train in both precisions, save the grids of the same latents side by side, and return a row for each."""
    runs, rows = {}, []
    with tempfile.TemporaryDirectory() as place:  # a finished run of an older step must not be taken for this one
        for precision in PRECISIONS:
            settings = replace(config, precision=precision)
            runs[precision] = train(settings, images, Path(place) / precision, progress="none")
            rows.append({"seed": config.seed, "precision": precision} | late_losses(runs[precision]))
        rows[-1] |= gradient_cosines(runs["float32"], images)
        paste([draw_grid(run.generate(64, seed=0), precision) for precision, run in runs.items()]).save(sheet)
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, compare, print and write."""
    parser = parser_of("costs.precision", __doc__)
    parser.add_argument("--data", default="", help="folder of pictures; the built-in vehicles unless given")
    parser.add_argument("--kimg", type=float, default=20.0, help="length of each training")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--folder", type=folder, default=ROOT / "outputs" / "precision", help="where the grids go")
    options = parser.parse_args(arguments)
    preset = replace(Config.preset("vehicles"), kimg=options.kimg)
    if options.data:
        images = load_images(options.data, image_size=preset.image_size, channels=preset.channels)
    else:
        folders = find_vehicles(root=ROOT)
        images, _ = load_split(folders, image_size=preset.image_size, channels=preset.channels)
    options.folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in range(options.seeds):
        rows += compare(replace(preset, seed=seed), images, options.folder / f"side_by_side_{seed}.png")
        for row in rows[-2:]:
            print(" | ".join(f"{name} {value:.4g}" if name != "precision" else value for name, value in row.items()))
    write_results(options.results, "precision", {"data": images.title, "kimg": options.kimg, "rows": rows})


if __name__ == "__main__":
    main()
