"""How long a run will take on this machine, before it starts."""

import time
from pathlib import Path

import numpy as np
import tensorflow as tf

from dcgan_tf.config import Config
from dcgan_tf.machine import choose_precision, processor_flags, usable_cores
from dcgan_tf.runs import load_run
from dcgan_tf.steps import build_model, compile_steps

TIMED_STEPS = 3


def describe_duration(config: Config, folder: Path) -> str:
    """Return a clause on how long training will take from where the run in `folder` stands, and on what."""
    done = load_run(folder).kimg_done if (folder / "run.json").is_file() else 0.0
    left = config.kimg - done
    if left <= 0:
        return f"already trained in {folder}: the pictures are drawn again"
    precision, reason = choose_precision(config.precision, processor_flags())
    minutes = left * 1000 / measure_rate(config, precision) / 60
    if config.minutes:
        minutes = min(minutes, config.minutes)
    going_on = f"going on from {done:.1f}, " if done else ""
    length = f"about {minutes:.0f} minutes" if minutes >= 1.5 else "about a minute"
    return f"{going_on}{length} of training on {usable_cores()} cores in {precision} ({reason})"


def measure_rate(config: Config, precision: str) -> float:
    """Return the pictures a second that training steps of this configuration reach here, on random pictures."""
    shape = (config.batch_size, config.image_size, config.image_size, config.channels)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    run_steps = compile_steps(build_model(config, precision), tf.constant(pixels))
    indices = np.tile(np.arange(config.batch_size, dtype=np.int32), (TIMED_STEPS, 1))
    run_steps(indices[:1]).numpy()  # compiles
    started = time.monotonic()
    run_steps(indices).numpy()
    return TIMED_STEPS * config.batch_size / (time.monotonic() - started)
