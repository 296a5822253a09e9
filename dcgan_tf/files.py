"""Writing files so that a reader, or the next run, never meets half of one, and nothing whole is lost for it."""

import errno
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dcgan_tf.errors import DcganError

PARTIAL = re.compile(r"\.partial-(\d+)-.+")  # the process that writes it, and the file that it is to become

# What keeps a file from being written, and what helps.
NO_SPACE = "the disk is full", "Free some space and run the same again; what is there already stays as it is"
NO_RIGHT = "nothing may be written there", "Name another folder (with make: RUN=...)"
IN_THE_WAY = "a file lies where its folder should be", "Move that away, or name another folder (with make: RUN=...)"
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
def explaining(path: Path) -> Iterator[None]:
    """Within the block, turn what the operating system has against writing `path` into one `DcganError`."""
    try:
        yield
    except OSError as error:
        reason, advice = OBSTACLES.get(
            error.errno,
            (error.strerror or " ".join(str(error).split())[:200], "See to the disk and run the same again"),
        )
        raise DcganError(f"{path} should be written, but {reason}. {advice}.") from error


def write_atomically(path: Path, write: Callable[[Path], object]) -> Path:
    """Call `write` with a path beside `path`, then put the finished file in its place; return `path`.

    The file beside keeps the ending of `path`, because writers choose the format by it, and has the process in its
    name, so that two never write into one. Its content is on the disk before it gets its name: after a power cut
    there is the old file or the new one. Raises `DcganError` where it cannot be written; the old one stays.
    """
    beside = path.with_name(f".partial-{os.getpid()}-{path.name}")
    with explaining(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(beside)
            with beside.open("rb+") as file:
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a text file."""
    return write_atomically(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_json(path: Path, value: object) -> Path:
    """Write `value` as indented JSON."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def remove_leftovers(folder: Path) -> None:
    """Remove what processes that are no more had half written at any depth below `folder`."""
    for path in folder.rglob(".partial-*"):
        name = PARTIAL.fullmatch(path.name)
        if name and not _is_alive(int(name[1])):
            with explaining(path):
                path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    """Return whether there is a process of this number; where that cannot be asked, there is."""
    if os.name != "posix":  # elsewhere, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's, or no number of a process
        return True
    return True
