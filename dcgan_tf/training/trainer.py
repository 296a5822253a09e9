"""`Trainer`: the loop of one call of `train`."""

import time
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from dcgan_tf.common.errors import DcganError, TrainingInterrupted
from dcgan_tf.common.machine import Execution
from dcgan_tf.common.signals import StopRequest, stop_request
from dcgan_tf.config import Config
from dcgan_tf.data.classes import class_numbers
from dcgan_tf.data.images import ImageSet
from dcgan_tf.data.stored import StoredPixels
from dcgan_tf.model.build import build_model
from dcgan_tf.run.run import Run
from dcgan_tf.run.start import Start
from dcgan_tf.training import health
from dcgan_tf.training.doctor import alike_note
from dcgan_tf.training.loop import batch_indices, compile_steps, fitting_batch
from dcgan_tf.training.progress import Progress
from dcgan_tf.training.recorder import Recorder
from dcgan_tf.training.schedule import CALL_SECONDS, Schedule
from dcgan_tf.training.workers import Team


class Trainer:
    """Alternates between a compiled function of about half a second of steps and writing the files that are due."""

    def __init__(
        self,
        config: Config,
        images: ImageSet,
        folder: Path,
        run: Run | None,
        start: Start | None,
        execution: Execution,
        team: Team,
        check_owner: Callable[[], None],
    ) -> None:
        """Build the model, and resume `run` at its checkpoint or begin a new one, from `start` or anew."""
        self.config, self.images, self.team = config, images, team
        with team.strategy.scope():
            self.model = build_model(config, execution)
        self.schedule = Schedule(config)
        self.recorder = Recorder(config, images, folder, self.model, self.schedule, check_owner)
        self.recorder.begin(run, start, execution)
        team.share(self.model.state().values(), config, images)

    def train(self, progress: str) -> Run:
        """Train to the end, or until asked to stop; raises `TrainingInterrupted` then, with everything saved."""
        recorder = self.recorder
        with stop_request() as stop, Progress(progress, self.config.kimg, recorder.kimg) as display:
            try:
                recorder.warn("alike", alike_note(self.images), display)
                display.show(recorder.run, recorder.standing)
                self._run_steps(display, stop)
                recorder.finish()
                display.show(recorder.run, recorder.standing, last=True)
            except Exception as error:  # noted in the run folder, and raised again
                recorder.mark_failed(str(error))
                raise
        if not recorder.finished:
            raise TrainingInterrupted(
                f"Stopped at {recorder.kimg:.1f} of {self.config.kimg:g} kimg; everything is saved in "
                f"{recorder.folder}. Run the same again to go on from there."
            )
        if stop.received:
            raise TrainingInterrupted(f"Stopped just as training had finished; it is saved in {recorder.folder}.")
        return recorder.run

    def _run_steps(self, display: Progress, stop: StopRequest) -> None:
        """Train until finished or stopped."""
        recorder, schedule = self.recorder, self.schedule
        numbers = class_numbers(self.images, self.config.class_names)
        train_on = compile_steps(self.model, self.images.pixels, numbers)
        is_finite = health.finite_check(list(self.model.state().values()))
        saved_at, first = time.perf_counter(), True
        _, stopped = self.team.agree(recorder.standing.seconds, stop.received)
        while not recorder.finished and not stopped:
            steps = schedule.steps_to_next_event(recorder.step)
            indices = batch_indices(self.config, len(self.images), recorder.step, steps)
            if isinstance(self.images.pixels, StoredPixels):  # those of about the next call
                self.images.pixels.prepare(batch_indices(self.config, len(self.images), recorder.step + steps, steps))
            started = time.perf_counter()
            try:
                logs = self.team.run(train_on, indices)
            except tf.errors.ResourceExhaustedError as error:
                if self.team.place.count > 1:  # the others cannot try smaller batches with this one
                    raise
                raise DcganError(fitting_batch(train_on, self.config, self.team.devices)) from error
            seconds, stopped = self.team.agree(time.perf_counter() - started, stop.received)

            recorder.standing.seconds += seconds
            schedule.add(steps, seconds, first=first)
            recorder.add(logs, is_finite)
            seconds_left = schedule.seconds_left(recorder.step, recorder.standing.seconds)
            display.update(recorder.kimg, seconds_left, recorder.record(), last=recorder.finished)
            recorder.write_due(display)
            first = False

            # Two calls early, so that no more than the interval is lost if a call takes longer.
            early = 2 * max(CALL_SECONDS, seconds)
            if time.perf_counter() - saved_at + early >= self.config.checkpoint_minutes * 60:
                recorder.save("training")
                saved_at = time.perf_counter()
