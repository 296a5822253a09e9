"""Writing files so that a reader, or the next run, never meets half of one, and nothing whole is lost for it."""

import errno
import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import why

PARTIAL = re.compile(r"\.partial-(\d+)-\d+-.+")  # the process and thread that write it, and the file that it becomes

# What keeps a file from being written, and what helps.
NO_SPACE = "the disk is full", "Free some space and run the same again; what is there already stays as it is"
ELSEWHERE = "name another folder (with make: RUN=...)"
NO_RIGHT = "nothing may be written there", ELSEWHERE
IN_THE_WAY = "a file lies where its folder should be", f"Move that away, or {ELSEWHERE}"
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
    """Within the block, turn what the operating system has against writing `path` into one `DcganError`.

    `elsewhere` is what to do where another place would help, if that is not to name another folder.
    """
    try:
        yield
    except OSError as error:
        raise explain(path, error, elsewhere) from error


def explain(path: Path, error: OSError, elsewhere: str = ELSEWHERE) -> DcganError:
    """Return the sentence for what keeps `path` from being written."""
    unknown = why(error), "See to the disk and run the same again"
    reason, advice = OBSTACLES.get(error.errno, unknown)
    advice = advice.replace(ELSEWHERE, elsewhere)
    return DcganError(f"{path} should be written, but {reason}. {advice[:1].upper()}{advice[1:]}.")


def partial_path(path: Path) -> Path:
    """Return where this thread writes what is to become `path`: beside it, and of the same ending."""
    return path.with_name(f".partial-{os.getpid()}-{threading.get_ident()}-{path.name}")


def write_atomically(path: Path, write: Callable[[Path], object], elsewhere: str = ELSEWHERE) -> Path:
    """Call `write` with a path beside `path`, then put the finished file in its place; return `path`.

    The file beside keeps the ending of `path`, because writers choose the format by it, and has process and thread in
    its name, so that two never write into one. Its content is on the disk before it gets its name: after a power cut
    there is the old file or the new one. Raises `DcganError`, as `explaining` does, where it cannot be written; the old
    one stays.
    """
    beside = partial_path(path)
    with explaining(path, elsewhere):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(beside)
            _put_on_disk(beside, os.O_RDWR)
            beside.replace(path)
            if os.name == "posix":  # elsewhere, folders cannot be opened
                _put_on_disk(path.parent, os.O_RDONLY)
        finally:
            beside.unlink(missing_ok=True)
    return path


def _put_on_disk(path: Path, flags: int) -> None:
    """Wait until the content of a file, or the names in a folder, would outlast a power cut."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str, elsewhere: str = ELSEWHERE) -> Path:
    """Write a text file; what is no Unicode (parts of odd file names) as Python, and JSON, escape it."""
    return write_atomically(
        path, lambda beside: beside.write_text(text, encoding="utf-8", errors="backslashreplace"), elsewhere
    )


def write_json(path: Path, value: object) -> Path:
    """Write `value` as indented JSON."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def numbered(folder: Path, ending: str) -> list[tuple[int, Path]]:
    """Return the files in a folder whose names are a number and an ending, by number; "4 (copy).png" is none."""
    found = [path for path in folder.glob(f"*{ending}") if path.stem.isdecimal() and path.is_file()]
    return sorted((int(path.stem), path) for path in found)


def remove(path: Path) -> None:
    """Remove a file, unless it is gone already."""
    with explaining(path):
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what processes that are no more had half written at any depth below `folder`."""
    for path in folder.rglob(".partial-*"):
        name = PARTIAL.fullmatch(path.name)
        if name and not _is_alive(int(name[1])):
            remove(path)


def _is_alive(process: int) -> bool:
    """Return whether there is another process of this number; where that cannot be asked, there is."""
    if process == os.getpid():  # of a namesake that is no more, as containers have: this one is only beginning
        return False
    if os.name != "posix":  # elsewhere, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):  # somebody else's, or no number of a process
        return True
    return True
