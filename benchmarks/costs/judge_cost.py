"""What judging costs: a point of the KID curve beside the training between two, and `evaluate` after training."""

import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import tensorflow as tf

from benchmarks.shared.options import parser_of
from benchmarks.shared.processes import peak_mib
from benchmarks.shared.report import write_results
from benchmarks.shared.timing import seconds_of
from dcgan_tf import Config, ImageSet, evaluate, train
from dcgan_tf.common.machine import this_execution
from dcgan_tf.model.build import build_model
from dcgan_tf.training.best import KidCurve
from dcgan_tf.training.loop import batch_indices, compile_steps

PRESETS = {"kiwi": Config.preset("kiwi"), "vehicles": Config.preset("vehicles")}
PICTURES = {"kiwi": 466, "vehicles": 1000}  # Fruits-360 has 466 of kiwis; a point compares with 1,000 at most
UNSEEN = 156
ROUNDS, STEPS = 5, 40


def random_set(config: Config, count: int, seed: int) -> ImageSet:
    """Return pictures of noise: what is in them does not change what they cost."""
    shape = (count, config.image_size, config.image_size, config.channels)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return ImageSet(pixels, tuple(f"{index}.png" for index in range(count)), ("",) * count, (), "noise")


def curve_cost(config: Config, pictures: int) -> dict[str, float]:
    """Return the seconds of a point, of the training between two points, and the share, in turns of both."""
    images = random_set(config, pictures, seed=0)
    model = build_model(config, this_execution("auto"))
    run_steps, judge = compile_steps(model, tf.constant(images.pixels)), KidCurve(config, images)
    indices = batch_indices(config, len(images), 0, STEPS)
    run_steps(indices[:1]).numpy()
    judge.measure(model.ema_generator)
    between = config.score_kimg * 1000 / config.batch_size / STEPS
    trained, judged = [], []
    for _ in range(ROUNDS):
        trained.append(between * seconds_of(lambda: run_steps(indices).numpy()))
        judged.append(seconds_of(lambda: judge.measure(model.ema_generator)))
    shares = [point / (point + training) for point, training in zip(judged, trained, strict=True)]
    return {
        "point_s": statistics.median(judged),
        "training_between_s": statistics.median(trained),
        "share": statistics.median(shares),
    }


def evaluate_seconds(config: Config, pictures: int) -> float:
    """Return the seconds of `evaluate` by default, features of real pictures and the ruler computed anew."""
    images, unseen = random_set(config, pictures, seed=0), random_set(config, UNSEEN, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        run = train(replace(config, kimg=0.1), images, Path(folder), progress="none")
        os.environ["XDG_CACHE_HOME"] = folder  # nothing is cached yet
        return seconds_of(lambda: evaluate(run, images, unseen))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the presets, print and write."""
    parser = parser_of("costs.judge_cost", __doc__)
    parser.add_argument("--presets", nargs="*", default=list(PRESETS), choices=list(PRESETS), metavar="PRESET")
    parser.add_argument("--pictures", type=int, default=50_000, help="of which features are kept in memory")
    options = parser.parse_args(arguments)
    rows = {}
    for name in options.presets:
        preset, pictures = PRESETS[name], PICTURES[name]
        rows[name] = curve_cost(preset, pictures) | {"evaluate_s": evaluate_seconds(preset, pictures)}
        print(f"{name}: {', '.join(f'{key} {value:.3g}' for key, value in rows[name].items())}", flush=True)
    memory = {"pictures": options.pictures, "mib": peak_mib("features", options.pictures)}
    print(f"Features of {options.pictures:,} pictures: {memory['mib']:.0f} MiB")
    write_results(options.results, "judge_cost", {"rounds": ROUNDS, "presets": rows, "memory": memory})


if __name__ == "__main__":
    main()
