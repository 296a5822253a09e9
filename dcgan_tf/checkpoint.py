"""The whole training state in one file, `checkpoint/<step>.npz`; the last two and that of the best are kept.

NumPy's format, read without pickle: opening a checkpoint never runs code from it. The file's last 64 bytes (a zip
file's comment) are the SHA-256 of all before them, by which a damaged one is told.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import keras
import numpy as np

from dcgan_tf.errors import DcganError
from dcgan_tf.files import write_atomically

FORMAT = 1  # of the file; grows when an older version could not read it any more
DIGEST = 64  # hexadecimal digits of SHA-256
KEPT = 2  # checkpoints beside the best: the last, and one in case that the last is damaged
# What NumPy, JSON and `Standing` make of bytes that are no checkpoint.
DAMAGE = (ValueError, KeyError, TypeError, EOFError, RecursionError, zipfile.BadZipFile)


@dataclass
class Standing:
    """What a run knows beside its variables."""

    seconds: float = 0.0  # of training
    history: list[dict[str, float]] = field(default_factory=list)  # the regular records
    kid_curve: list[dict[str, float]] = field(default_factory=list)
    diversity: list[float] = field(default_factory=list)  # of each grid of the fixed latents, see health.py


def checkpoint_paths(folder: Path) -> list[Path]:
    """Return the checkpoints of the run in `folder`, the newest first."""
    return sorted((folder / "checkpoint").glob("[0-9]*.npz"), reverse=True)


def save_checkpoint(
    folder: Path,
    step: int,
    state: Mapping[str, keras.Variable],
    standing: Standing,
    pending_logs: np.ndarray,
    best: int | None = None,
) -> None:
    """Write the training state at `step` and the logs `[steps, k]` since the last record; drop what is not kept.

    `best` is the step of the best generator. Older checkpoints are there until the new one is whole.
    """
    arrays = {name: np.asarray(variable) for name, variable in state.items()}
    about = json.dumps({"format": FORMAT} | asdict(standing))
    buffer = io.BytesIO()
    np.savez(buffer, about=np.frombuffer(about.encode(), np.uint8), pending_logs=pending_logs, **arrays)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = bytes(DIGEST)  # room for the digest
    content = buffer.getbuffer()[:-DIGEST]
    digest = hashlib.sha256(content).hexdigest().encode()

    def write(beside: Path) -> None:
        with beside.open("wb") as file:
            file.write(content)
            file.write(digest)

    write_atomically(folder / "checkpoint" / f"{step:08d}.npz", write)
    for path in checkpoint_paths(folder)[KEPT:]:
        if int(path.stem) != best:
            path.unlink()


def load_checkpoint(folder: Path, state: Mapping[str, keras.Variable]) -> tuple[Standing, np.ndarray] | None:
    """Set every variable as the newest whole checkpoint has it; return where it stood, and the pending logs.

    None without a checkpoint. One that is damaged is passed over, with a line that says so.
    Raises `DcganError` where none is whole, or one is of another model or of a newer version.
    """
    paths = checkpoint_paths(folder)
    damaged = ""
    for path in paths:
        try:
            arrays, standing = read_checkpoint(path)
        except DcganError:  # whole, but of a newer version
            raise
        except (*DAMAGE, OSError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or str(error)
            print(f"{path} is damaged ({reason}); it is passed over for the checkpoint before it.", flush=True)
            damaged = damaged or reason
            continue
        pending_logs = arrays.pop("pending_logs")
        _assign(path, arrays, state)
        return standing, pending_logs
    if paths:
        raise DcganError(
            f"{paths[0].parent} should hold a whole checkpoint of dcgan-tf, but all {len(paths)} are damaged, the "
            f"newest because: {damaged}. Delete the run's folder to start over."
        )
    return None


def read_checkpoint(path: Path) -> tuple[dict[str, np.ndarray], Standing]:
    """Return the arrays of a checkpoint and where it stood; raises one of DAMAGE or OSError unless it is whole."""
    content = memoryview(path.read_bytes())
    if hashlib.sha256(content[:-DIGEST]).hexdigest().encode() != content[-DIGEST:]:
        raise ValueError("its checksum does not fit its content")
    with np.load(io.BytesIO(content), allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    about = json.loads(arrays.pop("about").tobytes())
    if not isinstance(about, dict) or not isinstance(written := about.pop("format", None), int):
        raise ValueError("it does not say what it holds")
    if written > FORMAT:
        raise DcganError(
            f"{path} should be of checkpoint format {FORMAT} or lower, which this version of dcgan-tf reads. Received: "
            f"{written}, of a newer one. Update with `pip install -U dcgan-tf`, or name another folder."
        )
    return arrays, Standing(**about)


def _assign(path: Path, arrays: dict[str, np.ndarray], state: Mapping[str, keras.Variable]) -> None:
    """Set the variables, once it is sure that all of them are there."""
    if _required({name: array.shape for name, array in arrays.items()}) != _required(
        {name: tuple(variable.shape) for name, variable in state.items()}
    ):
        raise DcganError(
            f"{path} should hold the variables of this configuration, but holds others. "
            "Delete the run's folder to start over."
        )
    for name in arrays.keys() & state.keys():
        state[name].assign(arrays[name])


def _required(shapes: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """Return the entries that every precision has: a run begun in float16 may go on in another, and the reverse."""
    return {name: shape for name, shape in shapes.items() if not name.startswith("loss_scale/")}
