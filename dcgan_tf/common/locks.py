"""A folder has one owner at a time: a lock that the operating system lets go of when the process dies."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import explaining

TRAINING, NOTEBOOK = ".lock", ".notebook.lock"  # who trains, and who executes a notebook into the folder


@contextmanager
def owned(folder: Path, name: str = TRAINING) -> Iterator[Callable[[], None]]:
    """Own a run folder until the block ends, however the process ends; make the folder where it is missing.

    Gives a function that raises `DcganError` once the folder has been deleted or replaced. Raises `DcganError` where
    another process, or another thread of this one, owns it, or nothing may be written.
    """
    path = folder / name
    owner = path.with_name(f"{name}.owner")  # not in the lock itself, in which some file systems keep its state
    lock = filelock.FileLock(path, timeout=0)
    with explaining(path):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise DcganError(_in_use(folder, name, owner)) from error
        except NotImplementedError:
            print(f"The disk of {folder} knows no locks: see to it that nothing else is run into it.", flush=True)
    try:
        with explaining(owner):
            folder.mkdir(parents=True, exist_ok=True)
            owner.write_text(f"{os.getpid()}\n", encoding="utf-8")
        mine = owner.stat().st_ino
        yield lambda: _check_there(folder, owner, mine)
    finally:
        with suppress(OSError):  # the folder or its disk may be gone, and a number that stays does no harm
            owner.unlink(missing_ok=True)
        lock.release()


def _check_there(folder: Path, owner: Path, mine: int) -> None:
    """Raise `DcganError` unless the folder still is the one that was owned."""
    try:
        there = owner.stat().st_ino
    except FileNotFoundError:
        there = None
    if there != mine:
        raise DcganError(
            f"{folder} should stay in its place while it is trained in, but it was deleted or replaced. What was "
            "trained since is lost; run the same again to start anew."
        )


def _in_use(folder: Path, name: str, owner: Path) -> str:
    """Return the sentence for a folder whose owner is still at work."""
    what = "training in it" if name == TRAINING else "running a notebook into it"
    try:
        number = owner.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # not written yet: the sentence does without the number
        number = ""
    who = f"process {number}" if number.isdecimal() else "another process"
    return (
        f"{folder} should have one run at a time, but {who} is {what}. Wait until it has ended, or name another folder "
        "(with make: RUN=...)."
    )
