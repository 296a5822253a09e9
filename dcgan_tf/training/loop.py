"""Which pictures each step shows, and the compiled loop over steps."""

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
import tensorflow as tf

from dcgan_tf.common.pixels import to_floats
from dcgan_tf.config import Config
from dcgan_tf.data.stored import Pixels, StoredPixels
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.model.replicas import mean_of_replicas, part_of

LOGS = ("g_loss", "d_loss", "real_score", "fake_score")  # the columns of what `compile_steps` returns


def batch_indices(config: Config, count: int, start: int, steps: int) -> np.ndarray:
    """Return which of `count` pictures each step shows, int32 `[steps, batch_size]`.

    Every picture is shown once before any is shown again, each time in a new order. The order follows from the seed
    and the step, so that a resumed run sees what an uninterrupted one would.
    """
    places = np.arange(start * config.batch_size, (start + steps) * config.batch_size, dtype=np.int64)
    rounds = places // count
    orders = {number: _order(config.seed, int(number), count) for number in np.unique(rounds)}
    picked = [orders[number][place] for number, place in zip(rounds, places % count, strict=True)]
    return np.array(picked, dtype=np.int32).reshape(steps, config.batch_size)


@lru_cache(maxsize=2)  # of the rounds at hand: drawing that of a large set takes longer than a step
def _order(seed: int, number: int, count: int) -> np.ndarray:
    """Return the order of pictures in a round."""
    return np.random.default_rng([seed, number]).permutation(count)


def compile_steps(
    model: DCGAN, pixels: Pixels | tf.Tensor, numbers: np.ndarray | None = None
) -> Callable[[np.ndarray], tf.Tensor]:
    """Return a function that trains on rows of indices `[steps, batch]` and returns logs `[steps, 4]`.

    `numbers` are the classes of the pictures, int32 `[n]`, where the model has classes.

    On several devices, `indices` are the rows of this process: each of its devices takes an equal part of them.

    The loop over steps and the picking of pictures from the uint8 array run inside the graph, so that Python costs
    nothing per step. XLA, where the model uses it, compiles the step and not the loop, whose length varies. Of pictures
    on disk, those of a call are read before it.
    """
    classes = np.zeros(len(pixels), np.int32) if numbers is None else numbers
    train_step = tf.function(model.train_step, jit_compile=True) if model.jit_compile else model.train_step
    if model.distribute_strategy.num_replicas_in_sync > 1:
        train_step = _on_all_devices(model)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], tf.int32),
            tf.TensorSpec([None, *pixels.shape[1:]], tf.uint8),
            tf.TensorSpec([None], tf.int32),
        ]
    )
    def run_steps(indices: tf.Tensor, pixels: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        steps = tf.shape(indices)[0]
        logs = tf.TensorArray(tf.float32, size=steps, element_shape=[len(LOGS)])
        for step in tf.range(steps):
            chosen = indices[step]
            result = train_step((to_floats(tf.gather(pixels, chosen)), tf.gather(classes, chosen)))
            logs = logs.write(step, tf.stack([result[name] for name in LOGS]))
        return logs.stack()

    if isinstance(pixels, StoredPixels):

        def read_and_run(indices: np.ndarray) -> tf.Tensor:
            chosen = indices.ravel()
            places = np.arange(chosen.size, dtype=np.int32).reshape(indices.shape)
            return run_steps(places, pixels[chosen], classes[chosen])

        return read_and_run
    return partial(run_steps, pixels=tf.constant(pixels), classes=tf.constant(classes))


def _on_all_devices(model: DCGAN) -> Callable[[tuple[tf.Tensor, tf.Tensor]], dict[str, tf.Tensor]]:
    """Return a step that shares the rows of this process among its devices, and returns the logs of the whole batch."""
    strategy = model.distribute_strategy
    devices = len(strategy.extended.worker_devices)  # of this process

    def own_step(pictures: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
        device = tf.distribute.get_replica_context().replica_id_in_sync_group % devices
        logs = model.train_step((part_of(pictures, devices, device), part_of(classes, devices, device)))
        return mean_of_replicas(tf.stack([logs[name] for name in LOGS]))

    def step(batch: tuple[tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        logs = strategy.experimental_local_results(strategy.run(own_step, args=batch))[0]
        return dict(zip(LOGS, tf.unstack(logs, len(LOGS)), strict=True))

    return step


def memory_owner() -> str:
    """Return the owner of the memory that a step needs, "GPU" or "machine"."""
    return "GPU" if tf.config.get_visible_devices("GPU") else "machine"


def fitting_batch(train_on: Callable[[tf.Tensor], tf.Tensor], config: Config, devices: int = 1) -> str:
    """Return the error message for a step that did not fit in memory, with a smaller batch size that does.

    The model cannot be used afterwards: trying batch sizes trains it.
    """
    batch = config.batch_size // 2
    advice = "Not even 2 fit: train again with a smaller `image_size` or narrower networks in another `folder`."
    while batch >= 2 and batch % devices == 0:
        try:
            train_on(np.zeros((1, batch), np.int32))
            advice = f"A `batch_size` of {batch} fits: train again with that in another `folder`."
            break
        except tf.errors.ResourceExhaustedError:
            batch //= 2
    return f"A `batch_size` of {config.batch_size} does not fit in the memory of this {memory_owner()}. {advice}"
