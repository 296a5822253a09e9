"""The training step of any checkout in a process of its own: `python -m benchmarks.speed.checkouts FOLDER SETTINGS`.

`FOLDER` holds the `dcgan_tf` that is measured, of this commit or of an earlier one; `SETTINGS` are fields of its
`Config` as JSON, of which those that it does not know are left out.
"""

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np

from benchmarks.speed.worker import answer

PICTURES = 466  # as many as Fruits-360 has of kiwis
# Where the functions are that a step is made of.
NOW = {
    "this_execution": "dcgan_tf.common.machine",
    "build_model": "dcgan_tf.model.build",
    "compile_steps": "dcgan_tf.training.loop",
    "batch_indices": "dcgan_tf.training.loop",
}
FLAT = {  # until commit 3768e42
    "this_execution": "dcgan_tf.machine",
    "build_model": "dcgan_tf.steps",
    "compile_steps": "dcgan_tf.steps",
    "batch_indices": "dcgan_tf.steps",
}


def build(checkout: Path, settings: dict[str, object]) -> Callable[[int], None]:
    """Return the function that trains for a number of steps as `train` does, by the library in a folder."""
    sys.path.insert(0, str(checkout))
    import dcgan_tf

    if Path(dcgan_tf.__file__).parents[1] != checkout:
        raise SystemExit(f"{checkout} holds no dcgan_tf.")
    import tensorflow as tf

    homes = NOW if (checkout / "dcgan_tf" / "training" / "loop.py").is_file() else FLAT
    parts = {name: getattr(importlib.import_module(home), name) for name, home in homes.items()}
    known = {field.name for field in fields(dcgan_tf.Config)}
    config = dcgan_tf.Config(**{name: value for name, value in settings.items() if name in known})
    model = parts["build_model"](config, parts["this_execution"](config.precision))
    shape = (PICTURES, config.image_size, config.image_size, config.channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    run_steps = parts["compile_steps"](model, tf.constant(pixels))
    done = 0

    def train(steps: int) -> None:
        nonlocal done
        run_steps(parts["batch_indices"](config, PICTURES, done, steps)).numpy()
        done += steps

    return train


if __name__ == "__main__":
    answer(lambda: build(Path(sys.argv[1]), json.loads(sys.argv[2])))
