"""The whole training state in one file, `checkpoint/<step>.npz`; the last two and that of the best are kept.

NumPy's format, read without pickle: opening a checkpoint never runs code from it. The file's last 64 bytes (a zip
file's comment) are the SHA-256 of everything before them, which shows whether it is damaged.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import numbered, remove, write_atomically
from dcgan_tf.common.output import tell
from dcgan_tf.common.text import why
from dcgan_tf.config import Config
from dcgan_tf.run.records import of_today

if TYPE_CHECKING:
    import keras

FORMAT = 1  # of the file; grows when an older version could not read it any more
DIGEST = 64  # hexadecimal digits of SHA-256
NETWORKS = ("generator/", "discriminator/", "ema_generator/")  # the names that their weights begin with
START_OVER = "Delete the run's folder to start over."


@dataclass
class Standing:
    """The state of a run besides its variables; raises `ValueError` for values of the wrong type."""

    seconds: float = 0.0  # of training
    history: list[dict[str, float]] = field(default_factory=list)  # the regular records
    kid_curve: list[dict[str, float]] = field(default_factory=list)
    diversity: list[float] = field(default_factory=list)  # of each grid of the fixed latents, see health.py
    info: dict[str, Any] = field(default_factory=dict)  # run.json, to restore it if it is lost

    def __post_init__(self) -> None:
        lists = (self.history, self.kid_curve, self.diversity)
        is_right = isinstance(self.seconds, int | float) and isinstance(self.info, dict)
        is_right = is_right and all(isinstance(each, list) for each in lists)
        if not is_right or not all(isinstance(record, dict) for record in [*self.history, *self.kid_curve]):
            raise ValueError("the state of its run has wrong types")
        self.kid_curve = [of_today(point) for point in self.kid_curve]


def checkpoint_paths(folder: Path) -> list[Path]:
    """Return the checkpoints of the run in `folder`, the newest first."""
    return [path for _, path in reversed(numbered(folder / "checkpoint", ".npz"))]


def path_at(folder: Path, step: int) -> Path:
    """Return where the run in `folder` keeps its state at `step`."""
    return folder / "checkpoint" / f"{step:08d}.npz"


def save_checkpoint(
    folder: Path,
    step: int,
    state: Mapping[str, "keras.Variable"],
    standing: Standing,
    pending_logs: np.ndarray,
    best: int | None = None,
) -> None:
    """Write the training state at `step` and the logs `[steps, k]` since the last record; remove old checkpoints.

    The one before and that of the step `best` are kept. Others are removed once the new one is written, also those of
    later steps: the run did not resume from them, so they are damaged.
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
            file.writelines([content, digest])

    write_atomically(path_at(folder, step), write)
    found = numbered(folder / "checkpoint", ".npz")
    before = max((each for each, _ in found if each < step), default=step)
    for each, path in found:
        if each not in (step, before, best):
            remove(path)


def load_checkpoint(folder: Path, state: Mapping[str, "keras.Variable"]) -> tuple[Standing, np.ndarray] | None:
    """Load the newest whole checkpoint into the variables; return the run's state and the pending logs.

    Returns None if there is no checkpoint. A damaged one is skipped, with a line that says so.
    Raises `DcganError` if all are damaged, or one is of another model or of a newer version.
    """
    found = newest_whole(folder)
    if found is None:
        return None
    path, arrays, standing = found
    pending_logs = arrays.pop("pending_logs")
    assign(path, arrays, state)
    return standing, pending_logs


def newest_whole(folder: Path, remedy: str = START_OVER) -> tuple[Path, dict[str, np.ndarray], Standing] | None:
    """Return the path, arrays and state of the newest whole checkpoint; None if there is no checkpoint.

    Raises `DcganError`, which ends with `remedy`, if all are damaged; also if one is of a newer version.
    """
    paths = checkpoint_paths(folder)
    damaged = ""
    for path in paths:
        try:
            return path, *read_checkpoint(path)
        except DcganError:  # whole, but of a newer version
            raise
        except MemoryError as error:
            raise DcganError(f"There is not enough memory to read {path}. Close other programs.") from error
        except Exception as error:  # noqa: BLE001 - a damaged file raises all kinds of errors
            reason = why(error)
            tell(f"{path} is damaged ({reason}): the one before it is used.")
            damaged = damaged or reason
    if paths:
        raise DcganError(
            f"All {len(paths)} checkpoints in {paths[0].parent} are damaged, the newest because: {damaged}. {remedy}"
        )
    return None


def read_checkpoint(path: Path) -> tuple[dict[str, np.ndarray], Standing]:
    """Return the arrays of a checkpoint and the run's state; raises all kinds of errors if it is damaged."""
    content = memoryview(path.read_bytes())
    if hashlib.sha256(content[:-DIGEST]).hexdigest().encode() != content[-DIGEST:]:
        raise ValueError("its checksum does not match")
    with np.load(io.BytesIO(content), allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    about = json.loads(arrays.pop("about").tobytes())
    if not isinstance(about, dict) or not isinstance(written := about.pop("format", None), int):
        raise ValueError("it does not state its format")
    if written > FORMAT:
        raise DcganError(
            f"{path} was written by a newer version of dcgan-tf: its format is {written}, and this one reads {FORMAT}. "
            "Update dcgan-tf, or name another `folder`."
        )
    if arrays["pending_logs"].ndim != 2:
        raise ValueError("its logs are not a table")
    return arrays, Standing(**about)


def weights_of(arrays: dict[str, np.ndarray], part: str) -> list[np.ndarray]:
    """Return the weights of one network in a checkpoint's arrays, e.g. "ema_generator", in Keras's order."""
    return [arrays[name] for name in sorted(arrays) if name.startswith(f"{part}/")]


def networks_of(named: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a checkpoint's arrays, or of `DCGAN.state`, that belong to a network and not to an optimizer."""
    return {name: value for name, value in named.items() if name.startswith(NETWORKS)}


def assign(
    path: Path, arrays: dict[str, np.ndarray], state: Mapping[str, "keras.Variable"], remedy: str = START_OVER
) -> None:
    """Set the variables to the arrays of the checkpoint at `path`.

    Raises `DcganError`, which ends with `remedy`, unless these are the same by name, shape and kind.
    """
    saved = {name: (array.shape, array.dtype.kind) for name, array in arrays.items()}
    wanted = {name: (tuple(variable.shape), np.asarray(variable).dtype.kind) for name, variable in state.items()}
    if _required(saved) != _required(wanted):
        raise DcganError(f"{path} holds the variables of another configuration. {remedy}")
    for name in arrays.keys() & state.keys():
        state[name].assign(arrays[name])


def _required(entries: dict[str, object]) -> dict[str, object]:
    """Return the entries that every precision has: a run begun in float16 may go on in another, and vice versa."""
    return {name: entry for name, entry in entries.items() if not name.startswith("loss_scale/")}


def load_discriminator(folder: Path, config: Config) -> "keras.Model":
    """Return the discriminator of the run in `folder`, float pictures in [-1, 1] to float32 logits `[n, 1]`.

    Raises `DcganError` if there is no whole checkpoint: nothing else holds it.
    """
    from dcgan_tf.model.layers import fast_layers
    from dcgan_tf.model.networks import build_discriminator

    found = newest_whole(folder)
    if found is None:
        raise DcganError(
            f"There is no checkpoint in {folder / 'checkpoint'}, and nothing else stores the discriminator. Copy that "
            "folder too when you move a run, or train it again."
        )
    path, arrays, _ = found
    model = build_discriminator(config, kit=fast_layers(matmul_gradients=False))
    weights = weights_of(arrays, "discriminator")
    if [each.shape for each in weights] != [tuple(each.shape) for each in model.weights]:
        raise DcganError(f"{path} holds another run's discriminator. Train the run again.")
    model.set_weights(weights)
    return model
