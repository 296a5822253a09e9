"""A call of `train` at work: the model, where it stands, what is due next and what is written when."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from dcgan_tf import render
from dcgan_tf.checkpoint import checkpoint_path, load_checkpoint, save_checkpoint
from dcgan_tf.config import Config
from dcgan_tf.errors import DcganError, TrainingInterrupted
from dcgan_tf.files import write_atomically
from dcgan_tf.gan import generate_pictures
from dcgan_tf.images import ImageSet
from dcgan_tf.kid_curve import KidCurve
from dcgan_tf.latent import draw_latents
from dcgan_tf.machine import Execution, describe_machine
from dcgan_tf.progress import Progress
from dcgan_tf.runs import BEST, HISTORY, KID_CURVE, LAST, Run, append_record, create_run, now, rewind, update_run
from dcgan_tf.signals import StopRequest
from dcgan_tf.steps import LOGS, batch_indices, build_model, compile_steps, steps_between, total_steps

CALL_SECONDS = 0.5  # of training in one call of the compiled function: short enough for a live bar and Ctrl-C


def is_finished(config: Config, kimg_done: float, seconds: float) -> bool:
    """Return whether a run has reached its kimg, or its minutes where it has such a bound."""
    return kimg_done >= total_steps(config) * config.batch_size / 1000 or (0 < config.minutes * 60 <= seconds)


def describe_computing(precision: str, xla: bool) -> str:
    """Return in words what the draws and roundings of a step depend on."""
    return f"{precision} compiled by XLA" if xla else precision


@dataclass
class Clock:
    """The time of training, over all calls: how much is done and how fast it goes."""

    seconds: float
    rate: float = 0.0  # steps a second, smoothed

    def add(self, steps: int, seconds: float, *, first: bool) -> None:
        """Count a call; the first one's speed says nothing, since it holds the compiling."""
        self.seconds += seconds
        if not first:
            self.rate = steps / seconds if self.rate == 0 else 0.8 * self.rate + 0.2 * steps / seconds


class Session:
    """One call of `train`: the model, where it stands and what is due next."""

    def __init__(self, config: Config, images: ImageSet, folder: Path, run: Run | None, how: Execution) -> None:
        """Build the model and start a new run, or take up an old one at its checkpoint."""
        self.config, self.images, self.folder = config, images, folder
        self.model = build_model(config, how)
        self.fixed_latents = draw_latents(render.grid_shape(config.image_size)[2], config.latent_dim, config.seed)
        self.judge: KidCurve | None = None  # built when it is first asked
        self.end = total_steps(config)
        resumed = run is not None and checkpoint_path(folder).is_file()
        seconds, self.pending = 0.0, np.zeros((0, len(LOGS)), np.float32)  # logs since the last record
        if resumed:
            seconds, self.pending = load_checkpoint(folder, self.model.state())
        self.clock = Clock(seconds)
        self.step = int(self.model.steps_done.numpy())
        machine = describe_machine(how)
        self.run = run if run is not None else create_run(folder, config, images, machine)
        self.log_steps = steps_between(config.log_kimg, config.batch_size)
        self.sample_steps = steps_between(config.sample_kimg, config.batch_size)
        self.score_steps = steps_between(config.score_kimg, config.batch_size) if config.score_kimg else 0
        regular = {HISTORY: self.log_steps} | ({KID_CURVE: self.score_steps} if self.score_steps else {})
        rewind(folder, self.step, regular, self.sample_steps)
        if self.step == 0:
            title = f"{images.title}: {len(images)} real pictures, some of them"
            render.save_grid(folder / "real.png", images.spread(len(self.fixed_latents)), title)
            self.draw_samples()
        before = self.run.info["environment"]
        began_in = describe_computing(before["precision"], before.get("xla", False))
        goes_on = describe_computing(how.precision, how.jit_compile)
        if began_in != goes_on:
            print(f"The run began in {began_in}; it goes on in {goes_on}, so that its end depends on where it stopped.")
        self.run = update_run(self.run, state="training", finished=None, environment=machine)

    @property
    def kimg(self) -> float:
        """Return the thousands of real pictures shown."""
        return self.step * self.config.batch_size / 1000

    @property
    def finished(self) -> bool:
        """Return whether the run has reached its end."""
        return is_finished(self.config, self.kimg, self.clock.seconds)

    def train(self, progress: str) -> Run:
        """Train to the end, or until asked to stop."""
        display = Progress(progress, self.config.kimg, self.kimg)
        with StopRequest() as stop:
            try:
                self.run_steps(display, stop)
            except Exception:
                self.run = update_run(self.run, state="failed")
                raise
            finally:
                display.close()
            if self.finished:
                self.write_end()
            self.save("finished" if self.finished else "interrupted")
        if not self.finished:
            raise TrainingInterrupted(
                f"Stopped at {self.kimg:.1f} of {self.config.kimg:g} kimg; all of it is saved in {self.folder}. "
                "Run the same again to go on from there."
            )
        return self.run

    def run_steps(self, display: Progress, stop: StopRequest) -> None:
        """Train call by call, writing what is due between them, until finished or stopped."""
        train_on = compile_steps(self.model, tf.constant(self.images.pixels))
        saved_at, first = time.monotonic(), True
        while not self.finished and not stop.received:
            steps = self.steps_to_next_event()
            started = time.monotonic()
            logs = train_on(batch_indices(self.config, len(self.images), self.step, steps)).numpy()
            self.clock.add(steps, time.monotonic() - started, first=first)
            self.step, first = self.step + steps, False
            self.check_finite(logs)
            self.pending = np.concatenate([self.pending, logs])
            display.update(self.kimg, self.seconds_left(), self.record(), last=self.finished)
            if self.step % self.log_steps == 0:
                append_record(self.folder, HISTORY, self.record())
                self.pending = self.pending[:0]
            if self.step % self.sample_steps == 0:
                self.draw_samples()
            if self.score_steps and self.step % self.score_steps == 0:
                self.score()
            if time.monotonic() - saved_at >= self.config.checkpoint_minutes * 60:
                self.save("training")
                saved_at = time.monotonic()

    def check_finite(self, logs: np.ndarray) -> None:
        """Raise `DcganError` where a loss is no number any more; the last checkpoint stays as it is."""
        if not np.isfinite(logs).all():
            raise DcganError(
                f"The losses should be finite, but one was not after step {self.step} ({self.kimg:.1f} kimg); the last "
                f"checkpoint in {self.folder} is kept. Train anew with a lower learning_rate in another folder "
                f"(with make: LEARNING_RATE={self.config.learning_rate / 2:g} RUN=...)."
            )

    def write_end(self) -> None:
        """Write the record and the grid of the last step, where it is not a regular one."""
        if self.step % self.log_steps:
            append_record(self.folder, HISTORY, self.record())
        if self.step % self.sample_steps:
            self.draw_samples()

    def steps_to_next_event(self) -> int:
        """Return how many steps to train in one call: about half a second's worth, but not past anything due."""
        steps = max(1, min(64, round(self.clock.rate * CALL_SECONDS)))
        for every in (self.log_steps, self.sample_steps, self.score_steps):
            steps = min(steps, every - self.step % every) if every else steps
        return min(steps, self.end - self.step)

    def record(self) -> dict[str, float]:
        """Return the record of history.jsonl for the steps since the last: means over them."""
        means = dict(zip(LOGS, self.pending.astype(np.float64).mean(axis=0).tolist(), strict=True))
        rate = self.clock.rate * self.config.batch_size
        times = {"seconds": round(self.clock.seconds, 3), "img_per_s": round(rate, 1)}
        return {"step": self.step, "kimg": self.kimg} | means | times

    def seconds_left(self) -> float:
        """Return the seconds until `kimg` or `minutes` is reached, whichever comes first."""
        left = (self.end - self.step) / self.clock.rate if self.clock.rate else math.inf
        if self.config.minutes:
            left = min(left, self.config.minutes * 60 - self.clock.seconds)
        return left

    def draw_samples(self) -> None:
        """Save the grid of the fixed latents as they look now."""
        pictures = generate_pictures(self.model.ema_generator, self.fixed_latents)
        title = f"{self.images.title}: generated, {self.kimg:.1f} kimg"
        render.save_grid(self.folder / "samples" / f"{self.step:06d}.png", pictures, title)

    def score(self) -> None:
        """Add a point to the KID curve, and keep the averaged generator if it is the lowest so far."""
        if self.judge is None:
            self.judge = KidCurve(self.config, self.images)
        kid = self.judge.measure(self.model.ema_generator)
        version = self.judge.network.version
        point = {"step": self.step, "kimg": self.kimg, "kid_random": kid, "features_version": version}
        # Points of another version of the network, from a run begun before, cannot be compared.
        comparable = [before for before in self.run.kid_curve if before.get("features_version") == version]
        is_best = all(kid < before["kid_random"] for before in comparable)
        if is_best:
            write_atomically(self.folder / BEST, self.model.ema_generator.save)
            self.run = update_run(self.run, best=point)
        append_record(self.folder, KID_CURVE, point)
        if is_best:
            self.save("training")  # so that no checkpoint is older than the best that lies beside it

    def save(self, state: str) -> None:
        """Write the checkpoint, the averaged generator and where the run stands."""
        write_atomically(self.folder / LAST, self.model.ema_generator.save)
        save_checkpoint(self.folder, self.model.state(), self.clock.seconds, self.pending)
        self.run = update_run(
            self.run,
            state=state,
            finished=now() if state == "finished" else None,
            kimg_done=self.kimg,
            seconds=round(self.clock.seconds, 3),
        )
