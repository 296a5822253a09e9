"""A folder has one owner at a time: a lock that the operating system lets go of when the process dies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from dcgan_tf.errors import DcganError
from dcgan_tf.files import explaining

TRAINING, NOTEBOOK = ".lock", ".notebook.lock"  # who trains, and who executes a notebook into the folder


@contextmanager
def owned(folder: Path, name: str = TRAINING) -> Iterator[None]:
    """Own a run folder until the block ends, however the process ends; make the folder where it is missing.

    Raises `DcganError` where another process, or another thread of this one, owns it, or nothing may be written.
    """
    path = folder / name
    lock = filelock.FileLock(path, timeout=0)
    with explaining(path):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except filelock.Timeout as error:
            raise DcganError(_in_use(path)) from error
    try:
        with explaining(path):
            path.write_text(f"{os.getpid()}\n", encoding="utf-8")  # for the sentence of whoever comes next
        yield
    finally:
        lock.release()


def _in_use(path: Path) -> str:
    """Return the sentence for a folder whose owner is still at work."""
    what = "training in it" if path.name == TRAINING else "running a notebook into it"
    try:
        number = path.read_text(encoding="utf-8").strip()
    except OSError:  # Windows lets nobody read a locked file: the sentence does without the number
        number = ""
    process = f" (number {number})" if number.isdigit() else ""
    return (
        f"{path.parent} should have one run at a time, but another process{process} is {what}. Wait until it has "
        "ended, or name another folder (with make: RUN=...)."
    )
