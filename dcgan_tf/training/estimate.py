"""An estimate of how long a run will take on this machine.

A separate process measures the speed (`python -m dcgan_tf.training.estimate`), so that the caller does not hold memory
of TensorFlow or of a GPU while another process trains.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from dcgan_tf.common.errors import DamagedError, DcganError
from dcgan_tf.config import Config
from dcgan_tf.run.run import load_run
from dcgan_tf.training.schedule import is_finished

TIMED_STEPS = 3
NO_MEMORY = 3  # exit status of a measurement that ran out of memory


def describe_duration(config: Config, folder: Path) -> str:
    """Return a clause that says how long the run in `folder` will take to its end, and on which device.

    A run that is not finished is measured for that, which takes about ten seconds.
    """
    kimg, seconds = _done(folder)
    how_far = _how_far(config, folder, kimg, seconds)
    if is_finished(config, kimg, seconds):
        return how_far
    speed = measure_in_process(config)
    minutes = (config.kimg - kimg) * 1000 / speed["img_per_s"] / 60
    if config.minutes:
        minutes = min(minutes, config.minutes - seconds / 60)
    resuming = f"{how_far}, " if kimg else ""
    length = f"about {minutes:.0f} minutes" if minutes >= 1.5 else "about a minute"
    return f"{resuming}{length} of training on {speed['device']} in {speed['precision']} ({speed['reason']})"


def describe_progress(config: Config, folder: Path) -> str:
    """Return a clause that says how far the run in `folder` is."""
    return _how_far(config, folder, *_done(folder))


def _how_far(config: Config, folder: Path, kimg: float, seconds: float) -> str:
    if is_finished(config, kimg, seconds):
        return f"already trained in {folder}; only the pictures are drawn again"
    return f"resuming at {kimg:.1f}" if kimg else "from the start"


def _done(folder: Path) -> tuple[float, float]:
    """Return the kimg and the seconds that the run in `folder` has trained; zeros where there is none."""
    try:
        run = load_run(folder) if (folder / "run.json").is_file() else None
    except DamagedError:  # training restores it
        run = None
    return (run.kimg_done, run.info["seconds"]) if run else (0.0, 0.0)


def measure_in_process(config: Config) -> dict[str, object]:
    """Return `measure` of another process; raises `DcganError` with the last line that it printed if it fails."""
    command = [sys.executable, "-m", "dcgan_tf.training.estimate", json.dumps(config.to_dict())]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode < 0:
        raise DcganError(
            f"A first step of training with these settings was killed (signal {-done.returncode}), perhaps because "
            "memory ran out. Lower `batch_size` or `image_size`, or close other programs."
        )
    if done.returncode == NO_MEMORY:
        raise DcganError(done.stderr.strip().splitlines()[-1])
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["no message"]
        raise DcganError(f"A first step of training with these settings failed: {words[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def measure(config: Config) -> dict[str, object]:
    """Return `img_per_s` of training steps on random pictures, and `device`, `precision` and `reason`."""
    import tensorflow as tf

    from dcgan_tf.common.devices import check_gpus, compute_repeatably, open_strategy
    from dcgan_tf.common.machine import name_device, this_execution
    from dcgan_tf.model.build import build_model
    from dcgan_tf.training.loop import compile_steps, fitting_batch

    compute_repeatably()
    strategy = open_strategy(config.devices, config.batch_size)
    check_gpus()
    execution = this_execution(config.precision, strategy.num_replicas_in_sync)
    shape = (config.batch_size, *config.shape)
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    with strategy.scope():
        model = build_model(config, execution)
    run_steps = compile_steps(model, tf.constant(pixels))
    indices = np.tile(np.arange(config.batch_size, dtype=np.int32), (TIMED_STEPS, 1))
    try:
        run_steps(indices[:1]).numpy()  # compiles
        started = time.monotonic()
        run_steps(indices).numpy()
    except tf.errors.ResourceExhaustedError:
        print(fitting_batch(run_steps, config, execution.devices), file=sys.stderr)
        sys.exit(NO_MEMORY)
    rate = TIMED_STEPS * config.batch_size / (time.monotonic() - started)
    how = {"precision": execution.precision, "reason": execution.reason}
    return {"img_per_s": rate, "device": name_device()} | how


if __name__ == "__main__":
    try:
        print(json.dumps(measure(Config.from_dict(json.loads(sys.argv[1])))))
    except DcganError as problem:
        sys.exit(str(problem))
