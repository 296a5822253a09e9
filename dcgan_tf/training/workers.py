"""Training one run by several processes: what they tell each other, and what all but the first do.

Each call of the compiled steps has to do the same number of steps everywhere, so worker 0 decides, by its clock.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.common.devices import this_place
from dcgan_tf.common.errors import DcganError, WorkerDone
from dcgan_tf.common.machine import Execution
from dcgan_tf.common.output import tell
from dcgan_tf.common.signals import stop_request
from dcgan_tf.config import Config
from dcgan_tf.data.classes import class_numbers
from dcgan_tf.data.images import ImageSet
from dcgan_tf.model.build import build_model
from dcgan_tf.training.loop import batch_indices, compile_steps
from dcgan_tf.training.schedule import Schedule, is_finished

# What TensorFlow raises where another worker has ended.
LOST = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.InternalError,
)


class Team:
    """The workers of a run. Where there is one, it agrees with itself at no cost."""

    def __init__(self, strategy: tf.distribute.Strategy) -> None:
        self.strategy = strategy
        self.place = this_place()
        self._total = tf.function(self._add_up, reduce_retracing=True)
        self.devices = strategy.num_replicas_in_sync // self.place.count  # of this process

    def agree(self, number: float, flag: bool) -> tuple[float, bool]:
        """Return worker 0's number, and whether the flag of any worker is set."""
        if self.place.count == 1:
            return number, flag
        total = self._sum(np.array([0.0 if self.place.index else number, flag], np.float64))
        return float(total[0]), bool(total[1])

    def share(self, variables: Iterable[keras.Variable], config: Config, images: ImageSet) -> None:
        """Set the variables to those of worker 0; raises `DcganError` if it has other settings or pictures."""
        if self.place.count == 1:
            return
        variables = list(variables)
        mine = _digest(config, images)
        values = [mine, *(np.atleast_1d(np.asarray(variable)) for variable in variables)]
        bits = np.concatenate([each.reshape(-1).view(np.int32) for each in values])  # whose sum with 0 is exact
        bits = self._sum(np.zeros_like(bits) if self.place.index else bits)
        first, *parts = np.split(bits, np.cumsum([each.nbytes // 4 for each in values])[:-1])
        if not np.array_equal(first, mine):
            raise DcganError(
                f"All workers should have the same settings and pictures. Received: others in worker "
                f"{self.place.index} than in worker 0."
            )
        if self.place.index:
            for variable, value, part in zip(variables, values[1:], parts, strict=True):
                variable.assign(part.view(value.dtype).reshape(variable.shape))

    def run(self, train_on: Callable[[np.ndarray], tf.Tensor], indices: np.ndarray) -> np.ndarray:
        """Train on this worker's part of each row of `indices`, `[steps, batch]`; return the logs `[steps, 4]`."""
        with self._answering():
            return train_on(np.split(indices, self.place.count, axis=1)[self.place.index]).numpy()

    def _sum(self, values: np.ndarray) -> np.ndarray:
        """Return the sum over all workers."""
        with self._answering():
            return self._total(tf.constant(values)).numpy()

    def _add_up(self, values: tf.Tensor) -> tf.Tensor:
        """Return the sum over all workers, of whose devices the first speaks."""

        def of_device() -> tf.Tensor:
            context = tf.distribute.get_replica_context()
            speaks = context.replica_id_in_sync_group % self.devices == 0
            return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.where(speaks, values, tf.zeros_like(values)))

        return self.strategy.experimental_local_results(self.strategy.run(of_device))[0]

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Raise `DcganError` if another worker has ended."""
        try:
            yield
        except LOST as error:
            if self.place.count == 1:
                raise
            raise DcganError(
                "Another worker no longer answers. Start all workers again: they go on from the last checkpoint."
            ) from error


def _digest(config: Config, images: ImageSet) -> np.ndarray:
    """Return a number, int32 `[8]`, that other settings or pictures change."""
    text = json.dumps(config.to_dict()) + images.sha256
    return np.frombuffer(hashlib.sha256(text.encode()).digest(), np.int32)


def follow(config: Config, images: ImageSet, strategy: tf.distribute.Strategy, execution: Execution) -> None:
    """Train along with worker 0, from its state on, and write nothing.

    Raises `WorkerDone` at the end of training, which is when it has stopped, too; `DcganError` if it is lost.
    """
    team = Team(strategy)
    name = f"Worker {team.place.index} of {team.place.count}"
    _, complete = team.agree(0.0, flag=False)
    if complete:
        raise WorkerDone(f"{name}: there is nothing left to train.")
    with strategy.scope():
        model = build_model(config, execution)
    team.share(model.state().values(), config, images)
    tell(f"{name} trains along; worker 0 shows how it goes, and writes the run.")
    train_on = compile_steps(model, images.pixels, class_numbers(images, config.class_names))
    schedule, step = Schedule(config), int(model.steps_done.numpy())
    with stop_request() as stop:
        seconds, stopped = team.agree(0.0, stop.received)
        first = True
        while not stopped and not is_finished(config, step * config.batch_size / 1000, seconds):
            steps = schedule.steps_to_next_event(step)
            team.run(train_on, batch_indices(config, len(images), step, steps))
            step += steps
            taken, stopped = team.agree(0.0, stop.received)
            seconds += taken
            schedule.add(steps, taken, first=first)
            first = False
    raise WorkerDone(f"{name}: training has ended; worker 0 has the run.")
