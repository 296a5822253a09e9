"""Writing a picture set on all cores: the whole set or nothing."""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.folders import publishing

MARKER = "rendered.json"
SUFFIXES = (".jpg", ".png")
Task = Callable[[Path], None]  # writes some of the pictures into a given folder


def write_set(folder: str | Path, recipe: dict[str, object], tasks: Sequence[Task], pictures: int) -> Path:
    """Fill `folder` with the pictures that `tasks` draw, unless it already holds them; return it.

    `recipe` determines the pictures, `pictures` is their number; both are kept in the marker file. An older rendered
    set is replaced. Raises `DcganError` if `folder` holds other files.
    """
    target = Path(folder).expanduser()
    marker = recipe | {"pictures": pictures}
    if _read_marker(target) == marker and _count(target) == pictures:
        return target
    _check_free(target)
    with publishing(target) as draft:
        _run(tasks, draft)
        (draft / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
    return target


def _run(tasks: Sequence[Task], folder: Path) -> None:
    # Threads, not processes: numpy and Pillow release the lock for most of the work. A forked process may hang beside
    # TensorFlow, and a spawned one would run the user's script again if it has no main guard.
    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        list(pool.map(lambda task: task(folder), tasks))  # raises what a task has raised
    finally:
        pool.shutdown(cancel_futures=True)


def _read_marker(folder: Path) -> dict[str, object]:
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def _count(folder: Path) -> int:
    return sum(1 for suffix in SUFFIXES for _ in folder.glob(f"*/**/*{suffix}"))


def _check_free(folder: Path) -> None:
    """Raise `DcganError` if `folder` holds anything but a rendered set, which may be replaced."""
    if folder.exists() and not folder.is_dir():
        raise DcganError(f"{folder} is a file. Name another `folder`.")
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    known = _read_marker(folder).get("pictures")
    # Some pictures of an older set may be missing, but nothing may have been added.
    own = isinstance(known, int) and _count(folder) == len(files) - 1 <= known
    if files and not own:
        raise DcganError(f"{folder} holds other files than rendered pictures. Name another `folder`.")
