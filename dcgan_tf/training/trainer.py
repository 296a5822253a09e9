"""A call of `train` at work: the model, where it stands, what is due next and what is written when."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf

from dcgan_tf.common.errors import DcganError, TrainingInterrupted
from dcgan_tf.common.files import numbered, remove, write_atomically
from dcgan_tf.common.machine import Execution, describe_change, describe_machine
from dcgan_tf.common.signals import StopRequest, stop_request
from dcgan_tf.config import Config
from dcgan_tf.data.images import ImageSet
from dcgan_tf.draw.grids import grid_shape, save_grid
from dcgan_tf.model.build import build_model
from dcgan_tf.model.latent import draw_latents
from dcgan_tf.model.predict import generate_pictures
from dcgan_tf.run.checkpoint import Standing, load_checkpoint, save_checkpoint
from dcgan_tf.run.info import now
from dcgan_tf.run.records import HISTORY, KID_CURVE, write_records
from dcgan_tf.run.run import LAST, Run, create_run, update_run
from dcgan_tf.training import health
from dcgan_tf.training.best import KidCurve, best_point, save_best, settle_best
from dcgan_tf.training.loop import LOGS, batch_indices, compile_steps, fitting_batch
from dcgan_tf.training.progress import Progress
from dcgan_tf.training.schedule import CALL_SECONDS, Schedule, is_finished

HISTORY_SECONDS = 1.0  # between writings of history.jsonl, which is written whole


class Session:
    """One call of `train`: the model, where it stands and what is due next."""

    def __init__(
        self,
        config: Config,
        images: ImageSet,
        folder: Path,
        run: Run | None,
        how: Execution,
        check_owner: Callable[[], None],
    ) -> None:
        """Build the model and start a new run, or take up an old one at its checkpoint.

        `check_owner` raises `DcganError` once the folder is no longer this run's.
        """
        self.config, self.images, self.folder, self.check_owner = config, images, folder, check_owner
        self.model = build_model(config, how)
        self.fixed_latents = draw_latents(grid_shape(config.image_size)[2], config.latent_dim, config.seed)
        self.judge: KidCurve | None = None  # built when it is first asked
        self.real_diversity = health.diversity(images.spread(500))
        self.schedule = Schedule(config)
        self.standing, self.pending = Standing(), np.zeros((0, len(LOGS)), np.float32)  # logs since the last record
        if run is not None:
            self.standing, self.pending = self.take_up(run)
        self.step = int(self.model.steps_done.numpy())
        self.run = run if run is not None else create_run(folder, config, images, describe_machine(how))
        self.begin(how)
        self.rewind()
        if self.step == 0:
            title = f"{images.title}: {len(images)} real pictures, some of them"
            save_grid(folder / "real.png", images.spread(len(self.fixed_latents)), title)
            self.draw_samples()

    def begin(self, how: Execution) -> None:
        """Say in run.json that the run is trained, and what holds at the step where it is taken up."""
        if change := describe_change(self.run.info["environment"], how):
            print(change, flush=True)
        self.run = update_run(
            self.run,
            state="training",
            finished=None,
            environment=describe_machine(how),
            error=None,
            warnings=[each for each in self.run.info.get("warnings") or [] if each["step"] <= self.step],
            best=settle_best(self.run, best_point(self.standing.kid_curve), self.config),
        )

    def take_up(self, run: Run) -> tuple[Standing, np.ndarray]:
        """Load the newest whole checkpoint; a run that was killed before its first one starts anew."""
        found = load_checkpoint(self.folder, self.model.state())
        if found is None and run.kimg_done > 0:
            raise DcganError(
                f"{self.folder / 'checkpoint'} should hold a checkpoint of this run at {run.kimg_done:g} kimg, but "
                "holds none. Put it back, or delete the run's folder to start over."
            )
        reached = int(self.model.steps_done.numpy())
        if reached > self.schedule.end:  # which run.json did not know, as the run died in between
            raise DcganError(
                f"`kimg` should be at least what the run in {self.folder} has reached, "
                f"{reached * self.config.batch_size / 1000:g}. Received: {self.config.kimg:g}. Name another folder "
                "(with make: RUN=...) for a shorter run."
            )
        return found or (self.standing, self.pending)

    def rewind(self) -> None:
        """Make the records and samples/ what an unbroken run holds at this step.

        What came after the checkpoint goes, since it is trained again; so does what an earlier end wrote between the
        regular steps.
        """
        self.write_history()
        if self.schedule.score_steps:
            write_records(self.folder, KID_CURVE, self.standing.kid_curve)
        for step, path in numbered(self.folder / "samples", ".png"):
            if step > self.step or step % self.schedule.sample_steps:
                remove(path)

    @property
    def kimg(self) -> float:
        """Return the thousands of real pictures shown."""
        return self.step * self.config.batch_size / 1000

    @property
    def finished(self) -> bool:
        """Return whether the run has reached its end."""
        return is_finished(self.config, self.kimg, self.standing.seconds)

    def train(self, progress: str) -> Run:
        """Train to the end, or until asked to stop."""
        display = Progress(progress, self.config.kimg, self.kimg)
        with stop_request() as stop:
            try:
                self.run_steps(display, stop)
                if self.finished and self.step % self.schedule.sample_steps:
                    self.draw_samples()
                self.save("finished" if self.finished else "interrupted")
            except Exception as error:  # whatever it was, the run folder says so; raised again below
                self.mark_failed(str(error))
                raise
            finally:
                display.close()
        if stop.received and self.finished:
            raise TrainingInterrupted(f"Stopped just as training had finished; all of it is saved in {self.folder}.")
        if not self.finished:
            raise TrainingInterrupted(
                f"Stopped at {self.kimg:.1f} of {self.config.kimg:g} kimg; all of it is saved in {self.folder}. "
                "Run the same again to go on from there."
            )
        return self.run

    def run_steps(self, display: Progress, stop: StopRequest) -> None:
        """Train call by call, writing what is due between them, until finished or stopped."""
        train_on = compile_steps(self.model, tf.constant(self.images.pixels))
        is_finite = health.finite_check(list(self.model.state().values()))
        saved_at, first = time.perf_counter(), True
        while not self.finished and not stop.received:
            steps = self.schedule.steps_to_next_event(self.step)
            started = time.perf_counter()
            try:
                logs = train_on(batch_indices(self.config, len(self.images), self.step, steps)).numpy()
            except tf.errors.ResourceExhaustedError as error:
                raise DcganError(fitting_batch(train_on, self.config)) from error
            seconds = time.perf_counter() - started
            self.standing.seconds += seconds
            self.schedule.add(steps, seconds, first=first)
            self.check_finite(logs, is_finite)
            self.step, first = self.step + steps, False
            self.pending = np.concatenate([self.pending, logs])
            seconds_left = self.schedule.seconds_left(self.step, self.standing.seconds)
            display.update(self.kimg, seconds_left, self.record(), last=self.finished)
            self.write_due(display)
            # Ahead by two calls, so that not more than the interval is lost where the machine falters.
            ahead = 2 * max(CALL_SECONDS, seconds)
            if time.perf_counter() - saved_at + ahead >= self.config.checkpoint_minutes * 60:
                self.save("training")
                saved_at = time.perf_counter()

    def write_due(self, display: Progress) -> None:
        """Write what is due at this step, and warn of what has gone wrong."""
        self.check_owner()
        if self.step % self.schedule.log_steps == 0:
            self.standing.history.append(self.record())
            self.pending = self.pending[:0]
            if time.perf_counter() - self.history_written_at >= HISTORY_SECONDS:
                self.write_history()
            self.warn("won", health.discriminator_won(self.config, self.standing.history), display)
        if self.step % self.schedule.sample_steps == 0:
            shown = health.diversity(self.draw_samples())
            self.standing.diversity.append(shown / max(self.real_diversity, 1e-9))
            if self.real_diversity >= health.ALIKE:
                self.warn("collapse", health.collapse(self.config, self.standing.diversity, self.kimg), display)
        if self.schedule.score_steps and self.step % self.schedule.score_steps == 0:
            self.score()

    def warn(self, kind: str, message: str, display: Progress) -> None:
        """Show a warning and keep it in run.json, once a run for each kind."""
        known = self.run.info["warnings"]
        if message and kind not in [warning.get("kind") for warning in known]:
            warning = {"kind": kind, "step": self.step, "kimg": self.kimg, "message": message}
            self.run = update_run(self.run, warnings=[*known, warning])
            display.note(message)

    def check_finite(self, logs: np.ndarray, is_finite: Callable[[], bool]) -> None:
        """Raise `DcganError` where a loss or a weight is no number any more; the last checkpoint stays as it is."""
        found = health.find_broken(logs, is_finite)
        if found:
            what, steps = found
            self.step += steps
            raise DcganError(health.not_finite(self.config, what, self.step, self.folder))

    def mark_failed(self, message: str) -> None:
        """Say in the run folder at which step training failed and why, as far as it can still be written to."""
        error = {"step": self.step, "kimg": self.kimg, "message": message}
        try:
            self.check_owner()
            self.run = update_run(self.run, state="failed", error=error)
            self.write_history()
        except DcganError as obstacle:
            print(f"The failure could not be noted in the run: {obstacle}", flush=True)

    def write_history(self, *last: dict[str, float]) -> None:
        """Write history.jsonl: the regular records, and that of the last step where it is not one of them."""
        write_records(self.folder, HISTORY, [*self.standing.history, *last])
        self.history_written_at = time.perf_counter()

    def record(self) -> dict[str, float]:
        """Return the record of history.jsonl for the steps since the last: means over them."""
        means = dict(zip(LOGS, self.pending.astype(np.float64).mean(axis=0).tolist(), strict=True))
        rate = self.schedule.rate * self.config.batch_size
        times = {"seconds": round(self.standing.seconds, 3), "img_per_s": round(rate, 1)}
        return {"step": self.step, "kimg": self.kimg} | means | times

    def draw_samples(self) -> np.ndarray:
        """Save the grid of the fixed latents as they look now, and return its pictures."""
        pictures = generate_pictures(self.model.ema_generator, self.fixed_latents)
        title = f"{self.images.title}: generated, {self.kimg:.1f} kimg"
        save_grid(self.folder / "samples" / f"{self.step:06d}.png", pictures, title)
        return pictures

    def score(self) -> None:
        """Add a point to the KID curve, and keep the averaged generator if it is the lowest so far."""
        if self.judge is None:
            self.judge = KidCurve(self.config, self.images)
        kid = self.judge.measure(self.model.ema_generator)
        version = self.judge.network.version
        point = {"step": self.step, "kimg": self.kimg, "kid_random": kid, "features_version": version}
        self.standing.kid_curve.append(point)
        write_records(self.folder, KID_CURVE, self.standing.kid_curve)
        if best_point(self.standing.kid_curve) is point:
            self.save("training")  # first, so that there is a checkpoint to restore the best from
            save_best(self.folder, self.model.ema_generator)
            self.run = update_run(self.run, best=point)

    def save(self, state: str) -> None:
        """Write the checkpoint, the averaged generator and where the run stands."""
        self.check_owner()
        is_last = state == "finished" and self.step % self.schedule.log_steps
        self.write_history(*([self.record()] if is_last else []))
        write_atomically(self.folder / LAST, self.model.ema_generator.save)
        changes = {
            "state": state,
            "finished": now() if state == "finished" else None,
            "kimg_done": self.kimg,
            "seconds": round(self.standing.seconds, 3),
        }
        self.standing.info = self.run.info | changes
        best = best_point(self.standing.kid_curve)
        best_step = int(best["step"]) if best else None
        save_checkpoint(self.folder, self.step, self.model.state(), self.standing, self.pending, best_step)
        self.run = update_run(self.run, **changes)
