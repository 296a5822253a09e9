"""Which devices train a run together: GPUs of this machine, and processes on several.

TensorFlow's variable TF_CONFIG names the processes of a run ("workers") and which of them this one is; see
tensorflow.org/guide/distributed_training#TF_CONFIG. Worker 0 writes the run folder.
"""

import json
import os
import signal
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.output import tell
from dcgan_tf.common.signals import handling
from dcgan_tf.common.text import shown, why

if TYPE_CHECKING:
    import tensorflow as tf

LEAST_ROWS = 16  # of a batch for each GPU, where the machine chooses how many share it
REPEATABLE_XLA = "--xla_gpu_deterministic_ops"
EXAMPLE = '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'


class Place(NamedTuple):
    """The place of this process among the workers of a run."""

    index: int = 0
    count: int = 1


def this_place(environment: Mapping[str, str] = os.environ) -> Place:
    """Return the place that TF_CONFIG gives this process; the only one without it.

    Raises `DcganError` for a TF_CONFIG that is not of workers, of which one may be called the chief.
    """
    text = environment.get("TF_CONFIG", "").strip()
    try:
        config = json.loads(text or "{}")
        cluster, task = config.get("cluster") or {}, config.get("task") or {}
        workers = [(kind, number) for kind in ("chief", "worker") for number, _ in enumerate(cluster.get(kind, ()))]
        if not workers:
            if cluster:
                raise LookupError
            return Place()
        return Place(workers.index((task["type"], int(task["index"]))), len(workers))
    except (ValueError, LookupError, TypeError, AttributeError):
        raise DcganError(
            f"`TF_CONFIG` in the environment should name the workers and this one, as in {EXAMPLE}. "
            f"Received: {shown(text)}."
        ) from None


@lru_cache(maxsize=1)  # a process can join only once
def join_workers() -> "tf.distribute.Strategy | None":
    """Wait for the other workers of TF_CONFIG and return the strategy of all; None where there are no others.

    Ctrl-C while it waits ends the process: nothing has begun yet. Raises `DcganError` if this worker's port cannot be
    had, or TensorFlow has computed something before: then it is too late to join.
    """
    place = this_place()
    if place.count == 1:
        return None
    import tensorflow as tf

    tell(f"Worker {place.index} of {place.count}: waiting until all have started.")
    tf.get_logger().setLevel("WARNING")  # otherwise it tells of every operation that adds up over workers
    try:
        with handling(signal.SIG_DFL, "SIGINT"):  # TensorFlow's waiting does not return to Python to hear it
            return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        raise DcganError(
            "A worker of `TF_CONFIG` should join the others before TensorFlow computes anything: call "
            "`dcgan_tf.notebook.prepare()` first, in a new process."
        ) from error
    except tf.errors.OpError as error:
        raise DcganError(
            f"This worker of `TF_CONFIG` cannot join the others: {why(error)}. Check that its address is one of "
            "this machine, with a free port."
        ) from error


def compute_repeatably() -> None:
    """Let GPUs add up in the same order each time, as "same seed, same pictures" needs; processors do anyway.

    That costs speed, which was not measured (`benchmarks/gpu` does). See
    tensorflow.org/api_docs/python/tf/config/experimental/enable_op_determinism; XLA has a flag of its own, which it
    reads when it first compiles.
    """
    import tensorflow as tf

    if not tf.config.get_visible_devices("GPU"):
        return
    flags = os.environ.get("XLA_FLAGS", "").split()
    if not any(flag.startswith(REPEATABLE_XLA) for flag in flags):
        os.environ["XLA_FLAGS"] = " ".join([*flags, f"{REPEATABLE_XLA}=true"])
    tf.config.experimental.enable_op_determinism()


def check_gpus() -> None:
    """Raise `DcganError` if TensorFlow sees a GPU but cannot compute on it, as with cards newer than its wheels."""
    import tensorflow as tf

    for gpu in tf.config.list_logical_devices("GPU"):
        try:
            with tf.device(gpu.name):
                tf.matmul(tf.ones([2, 2]), tf.ones([2, 2])).numpy()
        except tf.errors.OpError as error:
            raise DcganError(
                f"TensorFlow {tf.__version__} sees {gpu.name} but cannot compute on it: {why(error)}. Install a newer "
                "TensorFlow and NVIDIA driver, or set CUDA_VISIBLE_DEVICES=-1 to train on the processor."
            ) from error


def open_strategy(devices: int | str, batch_size: int) -> "tf.distribute.Strategy":
    """Return TensorFlow's strategy for a run on so many devices of this machine, or "auto", or on all workers.

    Without GPUs the devices are TensorFlow's logical processors, one unless a program makes more. Raises `DcganError`
    if there are too few devices, or a batch cannot be shared equally.
    """
    import tensorflow as tf

    workers = join_workers()
    if workers is not None:
        _check_share(batch_size, workers.num_replicas_in_sync, "all devices of the workers")
        return workers
    gpus = tf.config.list_logical_devices("GPU")
    found = gpus or tf.config.list_logical_devices("CPU")
    if devices == "auto":
        fitting = [n for n in range(1, len(gpus) + 1) if batch_size % n == 0 and batch_size // n >= LEAST_ROWS]
        devices = max(fitting, default=1)
    if devices > len(found):
        kind = "GPUs" if gpus else "devices"
        raise DcganError(
            f"`devices` should be at most the number of {kind} that TensorFlow sees, {len(found)}. Received: {devices}."
        )
    _check_share(batch_size, devices, "`devices`")
    if devices == 1:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy([device.name for device in found[:devices]])


def _check_share(batch_size: int, devices: int, of_what: str) -> None:
    if batch_size % devices:
        raise DcganError(
            f"`batch_size` should be a multiple of {of_what}, {devices}, which share each batch. "
            f"Received: {batch_size}."
        )
