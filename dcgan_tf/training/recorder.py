"""`Recorder`: what training writes into the run folder, and what it reads back when a run goes on."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import check_space, numbered, remove
from dcgan_tf.common.machine import Execution, describe_change, describe_machine
from dcgan_tf.common.output import tell
from dcgan_tf.config import Config
from dcgan_tf.data.images import ImageSet
from dcgan_tf.data.survey import ALIKE, diversity
from dcgan_tf.draw.grids import MOST_NAMED, grid_shape, save_grid
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.model.latent import draw_latents, with_classes
from dcgan_tf.model.predict import generate_pictures
from dcgan_tf.model.saved_models import save_model
from dcgan_tf.run.checkpoint import Standing, assign, load_checkpoint, networks_of, save_checkpoint
from dcgan_tf.run.info import now
from dcgan_tf.run.records import HISTORY, KID_CURVE, write_records
from dcgan_tf.run.run import BEST, LAST, Run, new_run, too_short, update_run
from dcgan_tf.run.start import ANOTHER, Start
from dcgan_tf.training import health
from dcgan_tf.training.best import KidCurve, best_point, settle_best
from dcgan_tf.training.loop import LOGS
from dcgan_tf.training.progress import Progress
from dcgan_tf.training.schedule import Schedule, is_finished

HISTORY_SECONDS = 1.0  # between writes of history.jsonl, which always write the whole file


class Recorder:
    """The state of a run, and the files of the run folder."""

    def __init__(
        self,
        config: Config,
        images: ImageSet,
        folder: Path,
        model: DCGAN,
        schedule: Schedule,
        check_owner: Callable[[], None],
    ) -> None:
        """Prepare for a run; `check_owner` raises `DcganError` once the folder is no longer ours."""
        self.config, self.images, self.folder = config, images, folder
        self.model, self.schedule, self.check_owner = model, schedule, check_owner
        self.step = 0
        self.standing = Standing()
        self.pending = np.zeros((0, len(LOGS)), np.float32)  # logs of the steps since the last record
        self.rows = config.class_names[:MOST_NAMED]
        self.fixed_inputs = _fixed_inputs(config, len(self.rows))
        self.real_diversity = diversity(images.spread(500))
        self.kid: KidCurve | None = None  # built when it is first needed

    def begin(self, run: Run | None, start: Start | None, execution: Execution) -> None:
        """Resume `run` at its newest whole checkpoint, or create the first files of a new run, from `start` or anew."""
        environment = describe_machine(execution)
        if run is not None:
            self._resume(run)
            if change := describe_change(run.info["environment"], environment):
                tell(change)
        record = start.record if start else None
        self.run = run or new_run(self.folder, self.config, self.images, environment, record)
        if start is not None:
            self._take_over(start)
        self.run = update_run(
            self.run,
            state="training",
            finished=None,
            environment=environment,
            error=None,
            warnings=[each for each in self.run.info.get("warnings") or [] if each["step"] <= self.step],
            best=settle_best(self.run, best_point(self.standing.kid_curve), self.config),
        )
        self._rewind()
        if self.step == 0:
            title = f"{self.images.title}: {len(self.images)} real pictures, some of them"
            save_grid(self.folder / "real.png", self.images.spread(grid_shape(self.config.shape)[2]), title)
            self.draw_samples()
        check_space(self.folder, self._space())

    def _space(self) -> float:
        """Return about how many bytes the rest of the run adds: checkpoints, generators and grids.

        A file is written beside the one that it replaces, so each needs room once more.
        """
        checkpoint, generator = (
            sum(each.numpy().nbytes for each in variables)
            for variables in (self.model.state().values(), self.model.ema_generator.variables)
        )
        there = len(list((self.folder / "checkpoint").glob("*.npz")))
        grids = [path.stat().st_size for _, path in numbered(self.folder / "samples", ".png")]
        left = max(0, self.schedule.end - self.step) / self.schedule.sample_steps
        left = min(left, 1) if self.config.minutes else left  # how many grids they allow is not known beforehand
        return max(1, 4 - there) * checkpoint + 2 * generator + left * max(grids, default=0)

    def _take_over(self, start: Start) -> None:
        """Set the networks to those of the start, and save them: whatever happens to it, this run can go on.

        Before run.json is written, which is restored from the checkpoint if the process dies in between. The steps, and
        with them the half-life of the average, begin at 0: a long one from the first step would hold on to the earlier
        pictures (kiwis from kiwis of other colours, 32x32, 12 kimg, two seeds: KID 0.53 instead of 0.40).
        """
        assign(start.path, start.networks, networks_of(self.model.state()), ANOTHER)
        self.standing.info = self.run.info
        save_checkpoint(self.folder, 0, self.model.state(), self.standing, self.pending)

    def _resume(self, run: Run) -> None:
        """Load the newest whole checkpoint; a run that was killed before its first one starts again.

        A run with a start has one from the beginning.
        """
        found = load_checkpoint(self.folder, self.model.state())
        if found is None and (run.kimg_done > 0 or run.info.get("start")):
            raise DcganError(
                f"{self.folder / 'checkpoint'} holds no checkpoint, although this run has reached {run.kimg_done:g} "
                "kimg. Put it back, or delete the run's folder to start over."
            )
        self.standing, self.pending = found or (self.standing, self.pending)
        self.step = int(self.model.steps_done.numpy())
        if self.step > self.schedule.end:  # the run was killed before it wrote run.json
            raise too_short(self.folder, self.config, self.kimg)

    def _rewind(self) -> None:
        """Reset the records and samples/ to those of an uninterrupted run at this step.

        Files from after the checkpoint are removed, since those steps are trained again; so is the last grid of an
        earlier, shorter run, if it lies between the regular steps.
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

    def add(self, logs: np.ndarray, is_finite: Callable[[], bool]) -> None:
        """Count the steps of `logs`, float32 `[steps, k]`; raises `DcganError` if a loss or weight is not finite.

        Nothing is written then, so the last checkpoint stays valid.
        """
        if found := health.find_broken(logs, is_finite):
            what, steps = found
            self.step += steps
            raise DcganError(health.not_finite(self.config, what, self.step, self.folder))
        self.step += len(logs)
        self.pending = np.concatenate([self.pending, logs])

    def record(self) -> dict[str, float]:
        """Return the record of history.jsonl for the steps since the last one: means over them."""
        means = dict(zip(LOGS, self.pending.astype(np.float64).mean(axis=0).tolist(), strict=True))
        rate = self.schedule.rate * self.config.batch_size
        times = {"seconds": round(self.standing.seconds, 3), "img_per_s": round(rate, 1)}
        return {"step": self.step, "kimg": self.kimg} | means | times

    def write_due(self, display: Progress) -> None:
        """Write what is due at this step, and warn if training goes wrong."""
        self.check_owner()
        if self.step % self.schedule.log_steps == 0:
            self.standing.history.append(self.record())
            self.pending = self.pending[:0]
            if time.perf_counter() - self.history_written_at >= HISTORY_SECONDS:
                self.write_history()
            self.warn("won", health.discriminator_won(self.config, self.standing.history), display)
        if self.step % self.schedule.sample_steps == 0:
            variety = diversity(self.draw_samples())
            self.standing.diversity.append(variety / max(self.real_diversity, 1e-9))
            if self.real_diversity >= ALIKE:  # otherwise a collapse cannot be detected
                self.warn("collapse", health.collapse(self.config, self.standing.diversity, self.kimg), display)
            display.show(self.run, self.standing)
        if self.schedule.score_steps and self.step % self.schedule.score_steps == 0:
            self._score()

    def warn(self, kind: str, message: str, display: Progress) -> None:
        """Show a warning and keep it in run.json, once per run and kind."""
        known = self.run.info["warnings"]
        if message and kind not in [warning.get("kind") for warning in known]:
            warning = {"kind": kind, "step": self.step, "kimg": self.kimg, "message": message}
            self.run = update_run(self.run, warnings=[*known, warning])
            display.note(message)

    def mark_failed(self, message: str) -> None:
        """Note in the run folder at which step training failed and why, if it can still be written to."""
        error = {"step": self.step, "kimg": self.kimg, "message": message}
        try:
            self.check_owner()
            self.run = update_run(self.run, state="failed", error=error)
            self.write_history()
        except DcganError as obstacle:
            tell(f"The failure could not be noted in the run: {obstacle}")

    def write_history(self, *last: dict[str, float]) -> None:
        """Write history.jsonl: the regular records, and that of the last step if it is not one of them."""
        write_records(self.folder, HISTORY, [*self.standing.history, *last])
        self.history_written_at = time.perf_counter()

    def draw_samples(self) -> np.ndarray:
        """Save a grid of the averaged generator's pictures of the fixed inputs, and return the pictures."""
        pictures = generate_pictures(self.model.ema_generator, self.fixed_inputs)
        title = f"{self.images.title}: generated, {self.kimg:.1f} kimg"
        save_grid(self.folder / "samples" / f"{self.step:06d}.png", pictures, title, names=self.rows)
        return pictures

    def _score(self) -> None:
        """Add a point to the KID curve, and keep the averaged generator if it is the best so far."""
        if self.kid is None:
            self.kid = KidCurve(self.config, self.images)
            self.run = update_run(self.run, ruler=self.kid.scale())
        point = {"step": self.step, "kimg": self.kimg} | self.kid.measure(self.model.ema_generator)
        self.standing.kid_curve.append(point)
        write_records(self.folder, KID_CURVE, self.standing.kid_curve)
        if best_point(self.standing.kid_curve) is point:
            self.save("training")  # first, so that there is a checkpoint to restore the best from
            save_model(self.folder / BEST, self.model.ema_generator)
            self.run = update_run(self.run, best=point)

    def finish(self) -> None:
        """Write the last grid, if it is not a regular one, and the final state."""
        if self.finished and self.step % self.schedule.sample_steps:
            self.draw_samples()
        self.save("finished" if self.finished else "interrupted")

    def save(self, state: str) -> None:
        """Write the checkpoint, the averaged generator, history.jsonl and run.json."""
        self.check_owner()
        is_last = state == "finished" and self.step % self.schedule.log_steps
        self.write_history(*([self.record()] if is_last else []))
        save_model(self.folder / LAST, self.model.ema_generator)
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


def _fixed_inputs(config: Config, rows: int) -> np.ndarray:
    """Return the inputs of the grids, float32: `rows` classes, a row each, of the same latents; or latents alone."""
    columns, _, count = grid_shape(config.shape)
    if not rows:
        return draw_latents(count, config.latent_dim, config.seed)
    latents = draw_latents(columns, config.latent_dim, config.seed)
    return with_classes(np.tile(latents, (rows, 1)), np.repeat(np.arange(rows), columns), config.classes)
