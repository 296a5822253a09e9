"""The averaged generator where its KID was lowest: `best.keras`, which follows from the curve alone."""

from collections.abc import Sequence
from pathlib import Path

import keras

from dcgan_tf.checkpoint import path_at, read_checkpoint, weights_of
from dcgan_tf.config import Config
from dcgan_tf.errors import DcganError, why
from dcgan_tf.files import remove, write_atomically
from dcgan_tf.networks import build_generator
from dcgan_tf.records import comparable
from dcgan_tf.runs import BEST, Run
from dcgan_tf.saved_models import open_model

Point = dict[str, float]


def best_point(curve: Sequence[Point]) -> Point | None:
    """Return the lowest comparable point, the first of several, or None without any."""
    return min(comparable(curve), key=lambda point: point["kid_random"], default=None)


def save_best(folder: Path, generator: keras.Model) -> None:
    """Write best.keras."""
    write_atomically(folder / BEST, generator.save)


def settle_best(run: Run, point: Point | None, config: Config) -> Point | None:
    """Make best.keras the generator at `point`, the best until where the run is taken up, and return the point.

    A later one, from a life that was lost, goes; a lost or damaged one comes back from its checkpoint. Where that is
    gone too there is none, which is said, until KID is lower again.
    """
    path = run.folder / BEST
    if point is None:
        remove(path)
        return None
    if run.info.get("best") == point and _opens(path):
        return point
    source = path_at(run.folder, int(point["step"]))
    try:
        arrays, _ = read_checkpoint(source)
        generator = build_generator(config)
        generator.set_weights(weights_of(arrays, "ema_generator"))
    except Exception as error:  # noqa: BLE001 - as `newest_whole`: whatever comes for a damaged file
        print(f"{path} is lost and cannot be restored from {source} ({why(error)}): it is kept anew at a lower KID.")
        remove(path)
        return None
    save_best(run.folder, generator)
    print(f"{path} is restored from {source}.", flush=True)
    return point


def _opens(path: Path) -> bool:
    """Return whether there is a model in the file; the reason why not is of no use, since it is written anew."""
    try:
        open_model(path)
    except DcganError:
        return False
    return True
