"""Locks on run folders, for one process at a time; the operating system releases them if the process dies."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import explaining
from dcgan_tf.common.output import tell

# Held while training, while a notebook is executed, and while a sweep goes on.
TRAINING, NOTEBOOK, SWEEP = ".lock", ".notebook.lock", ".sweep.lock"
DOING = {TRAINING: "is training in", NOTEBOOK: "is running a notebook into", SWEEP: "is running a sweep in"}


@contextmanager
def owned(folder: Path, name: str = TRAINING) -> Iterator[Callable[[], None]]:
    """Lock a run folder until the block or the process ends; the folder is created if it is missing.

    Yields a function that raises `DcganError` once the folder has been deleted or replaced. Raises `DcganError` if
    another process, or another thread of this one, holds the lock, or the folder cannot be written.
    """
    path = folder / name
    owner = path.with_name(f"{name}.owner")  # a file of its own: some file systems keep state in the lock itself
    lock = filelock.FileLock(path, timeout=0)
    with explaining(path):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise DcganError(_in_use(folder, name, owner)) from error
        except NotImplementedError:
            tell(f"The disk of {folder} supports no locks: make sure that nothing else trains there.")
    try:
        with explaining(owner):
            folder.mkdir(parents=True, exist_ok=True)
            owner.write_text(f"{os.getpid()}\n", encoding="utf-8")
        mine = owner.stat().st_ino
        yield lambda: _check_there(folder, owner, mine)
    finally:
        with suppress(OSError):  # the folder or its disk may be gone; a number left behind does no harm
            owner.unlink(missing_ok=True)
        lock.release()


def _check_there(folder: Path, owner: Path, mine: int) -> None:
    """Raise `DcganError` unless the folder is still the one that was locked."""
    try:
        there = owner.stat().st_ino
    except FileNotFoundError:
        there = None
    if there != mine:
        raise DcganError(
            f"{folder} was deleted or replaced while training wrote into it. What was trained since then is lost; run "
            "the same again to start over."
        )


def _in_use(folder: Path, name: str, owner: Path) -> str:
    """Return the error message for a folder that another process has locked."""
    try:
        number = owner.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # not written yet
        number = ""
    who = f"Process {number}" if number.isdecimal() else "Another process"
    return f"{who} {DOING[name]} {folder}. Wait until it has ended, or name another `folder`."
