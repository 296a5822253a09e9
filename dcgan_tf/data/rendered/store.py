"""Writing a whole picture set or nothing: drawn beside its folder on all cores, then renamed into place."""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.folders import publishing

MARKER = "rendered.json"
SUFFIXES = (".jpg", ".png")


def write_set(
    folder: str | Path, recipe: dict[str, str | int], tasks: Sequence[Callable[[Path], int]], pictures: int
) -> Path:
    """Fill `folder` with the pictures that `tasks` draw, unless it already holds the set of this `recipe`.

    recipe: what determines the pictures, kept in the marker file. tasks: each writes some pictures below the
    folder that it is given and returns how many. pictures: how many they are together. A folder that holds an
    older rendered set, and nothing else, is replaced. Raises DcganError if `folder` holds anything else.
    """
    target = Path(folder).expanduser()
    marker = recipe | {"pictures": pictures}
    if _holds(target, marker):
        return target
    _check_free(target)
    with publishing(target, "choose another folder") as draft:
        _run(tasks, draft, pictures)
        (draft / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
    return target


def _run(tasks: Sequence[Callable[[Path], int]], folder: Path, pictures: int) -> None:
    # Threads, not processes: numpy and Pillow let go of the lock for most of the work, a fork beside
    # TensorFlow may hang, and a spawned process would run a script that has no main guard once more.
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        drawn = sum(pool.map(lambda task: task(folder), tasks))
    finally:
        pool.shutdown(cancel_futures=True)
    if drawn != pictures:
        raise RuntimeError(f"{drawn} pictures were drawn, {pictures} were planned")


def _read_marker(folder: Path) -> dict[str, object] | None:
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return marker if isinstance(marker, dict) else None


def _pictures(folder: Path) -> int:
    return sum(1 for suffix in SUFFIXES for _ in folder.glob(f"*/**/*{suffix}"))


def _holds(folder: Path, marker: dict[str, str | int]) -> bool:
    return _read_marker(folder) == marker and _pictures(folder) == marker["pictures"]


def _check_free(folder: Path) -> None:
    """Raise DcganError if drawing into `folder` would remove anything but a rendered set."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise DcganError(f"folder should be a folder, but {folder} is a file; choose another folder.")
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    marker = _read_marker(folder) or {}
    # An older set may lack pictures, but has none added.
    known = marker.get("pictures")
    own = isinstance(known, int) and _pictures(folder) == len(files) - 1 <= known
    if files and not own:
        raise DcganError(
            f"folder should be new, empty or hold rendered pictures alone, but {folder} holds other files;"
            " choose another folder."
        )
