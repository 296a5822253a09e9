"""The whole training state in one file: `checkpoint/state.npz`, arrays by variable name.

NumPy's format, read without pickle: opening a checkpoint never runs code from it.
"""

import io
import zipfile
from pathlib import Path

import keras
import numpy as np

from dcgan_tf.errors import DcganError
from dcgan_tf.files import write_atomically


def checkpoint_path(folder: Path) -> Path:
    """Return where the run in `folder` keeps its training state."""
    return folder / "checkpoint" / "state.npz"


def save_checkpoint(folder: Path, state: dict[str, keras.Variable], seconds: float, pending_logs: np.ndarray) -> None:
    """Write the training state, the seconds of training and the logs `[steps, k]` since the last record.

    The old checkpoint is there until the new one is whole.
    """
    arrays = {name: np.asarray(variable) for name, variable in state.items()}
    buffer = io.BytesIO()
    np.savez(buffer, seconds=seconds, pending_logs=pending_logs, **arrays)
    write_atomically(checkpoint_path(folder), lambda beside: beside.write_bytes(buffer.getbuffer()))


def load_checkpoint(folder: Path, state: dict[str, keras.Variable]) -> tuple[float, np.ndarray]:
    """Set every variable to its saved value and return the seconds of training and the pending logs.

    Raises `DcganError` where the file is damaged or belongs to another model.
    """
    path = checkpoint_path(folder)
    try:
        with np.load(path, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
        seconds, pending_logs = float(arrays.pop("seconds")), arrays.pop("pending_logs")
    except OSError as error:
        raise DcganError(f"{path} should be readable, but is not: {error.strerror or error}.") from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DcganError(
            f"{path} should be a checkpoint of dcgan-tf, but it is damaged ({error}). "
            "Delete the run's folder to start over."
        ) from error
    if _required({name: array.shape for name, array in arrays.items()}) != _required(
        {name: tuple(variable.shape) for name, variable in state.items()}
    ):
        raise DcganError(
            f"{path} should hold the variables of this configuration, but holds others. "
            "Delete the run's folder to start over."
        )
    for name in arrays.keys() & state.keys():
        state[name].assign(arrays[name])
    return seconds, pending_logs


def _required(shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return the entries that every precision has: a run begun in float16 may go on in another, and the reverse."""
    return {name: shape for name, shape in shapes.items() if not name.startswith("loss_scale/")}
