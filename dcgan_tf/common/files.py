"""Writing files atomically: a reader finds the old file or the new one, never half of one."""

import errno
import json
import math
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import why

PARTIAL = re.compile(r"\.partial-(\d+)-\d+-.+")  # process, thread and final name

# By error number: why a file cannot be written, and what to do.
NO_SPACE = "the disk is full", "Free some space and run the same again; nothing that was written is lost"
ELSEWHERE = "name another `folder`"
NO_RIGHT = "you have no permission to write there", ELSEWHERE
IN_THE_WAY = "there is a file where its folder should be", f"Move it away, or {ELSEWHERE}"
OBSTACLES = {
    errno.ENOSPC: NO_SPACE,
    errno.EDQUOT: ("the quota of this disk is used up", NO_SPACE[1]),
    errno.EROFS: ("the disk is read-only", NO_RIGHT[1]),
    errno.EACCES: NO_RIGHT,
    errno.EPERM: NO_RIGHT,
    errno.EEXIST: IN_THE_WAY,
    errno.ENOTDIR: IN_THE_WAY,
}


@contextmanager
def explaining(path: Path, elsewhere: str = ELSEWHERE) -> Iterator[None]:
    """Turn an `OSError` in the block into a `DcganError` about writing `path`.

    `elsewhere` is the advice if another place would help.
    """
    try:
        yield
    except OSError as error:
        raise explain(path, error, elsewhere) from error


def explain(path: Path, error: OSError, elsewhere: str = ELSEWHERE) -> DcganError:
    """Return the error that says why `path` cannot be written and what to do."""
    unknown = why(error), "Check the disk and run the same again"
    reason, advice = OBSTACLES.get(error.errno, unknown)
    advice = advice.replace(ELSEWHERE, elsewhere)
    return DcganError(f"{path} cannot be written: {reason}. {advice[:1].upper()}{advice[1:]}.")


def partial_path(path: Path) -> Path:
    """Return the temporary file in which this thread writes `path`: in the same folder, with the same ending."""
    return path.with_name(f".partial-{os.getpid()}-{threading.get_ident()}-{path.name}")


def write_atomically(path: Path, write: Callable[[Path], object], elsewhere: str = ELSEWHERE) -> Path:
    """Call `write` with a temporary path, then move the finished file to `path`; return `path`.

    The temporary path has the ending of `path`, because writers choose the format by it, and holds the numbers of
    process and thread, so that no two write the same file. The content is flushed to disk before the move, so a power
    cut leaves the old file or the new one. Raises `DcganError` if it cannot be written; the old file stays.
    """
    beside = partial_path(path)
    with explaining(path, elsewhere):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(beside)
            _put_on_disk(beside, os.O_RDWR)
            beside.replace(path)
            with suppress(OSError):  # of Windows and of some shares, which refuse folders
                _put_on_disk(path.parent, os.O_RDONLY)
        finally:
            beside.unlink(missing_ok=True)
    return path


def _put_on_disk(path: Path, flags: int) -> None:
    """Wait until the content of a file, or the names in a folder, would survive a power cut."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str, elsewhere: str = ELSEWHERE) -> Path:
    """Write a text file; characters that are not valid Unicode (from odd file names) are escaped as in Python."""
    return write_atomically(
        path, lambda beside: beside.write_text(text, encoding="utf-8", errors="backslashreplace"), elsewhere
    )


def write_json(path: Path, value: object) -> Path:
    """Write `value` as indented JSON."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def check_space(folder: Path, needed: float, elsewhere: str = ELSEWHERE) -> None:
    """Raise `DcganError` if the disk of a folder, which need not exist yet, has fewer than `needed` bytes free.

    `elsewhere` is the advice if another place would help.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    disk = shutil.disk_usage(there)
    if disk.total and disk.free < needed:  # some network disks tell nothing
        raise DcganError(
            f"What is written into {folder} needs about {math.ceil(needed / 1e6):,} MB, and the disk has only "
            f"{disk.free / 1e6:,.1f} MB free. Free some space and run the same again, or {elsewhere}."
        )


def numbered(folder: Path, ending: str) -> list[tuple[int, Path]]:
    """Return the files in a folder whose names are numbers, in order; "4 (copy).png" is left out."""
    found = [path for path in folder.glob(f"*{ending}") if path.stem.isdecimal() and path.is_file()]
    return sorted((int(path.stem), path) for path in found)


def remove(path: Path) -> None:
    """Remove a file if it exists."""
    with explaining(path):
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files of dead processes at any depth below `folder`."""
    for path in folder.rglob(".partial-*"):
        name = PARTIAL.fullmatch(path.name)
        if name and not _is_alive(int(name[1])):
            remove(path)


def _is_alive(process: int) -> bool:
    """Return whether another process with this PID runs; True if the system cannot tell."""
    if process == os.getpid():  # a dead process with our PID, common in containers: we have written nothing yet
        return False
    if os.name != "posix":  # elsewhere, signal 0 would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's, or not a possible number
        return True
    return True
