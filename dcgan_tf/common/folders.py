"""Publishing a folder whole: it appears complete, in place of what was there, or not at all."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcgan_tf.common.files import ELSEWHERE, explaining

STALE = 3600.0  # seconds after which a draft folder counts as left by a killed process


@contextmanager
def publishing(folder: Path, elsewhere: str = ELSEWHERE) -> Iterator[Path]:
    """Yield an empty folder to fill; when the block ends without an error, it replaces `folder`.

    The old `folder` stays until then, and is restored if the replacement fails. Raises `DcganError`, with the advice
    `elsewhere`, if nothing can be written.
    """
    with explaining(folder, elsewhere):
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{folder.name[:100]}-draft-"
        _clear_stale(folder, prefix)
        draft = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
        new, old = draft / "new", draft / "old"  # inside the draft, which is private: `new` gets ordinary permissions
        try:
            new.mkdir()
            yield new
            _put_on_disk(new)
            if folder.exists():
                folder.rename(old)
            try:
                new.rename(folder)
            finally:
                if old.exists() and not folder.exists():
                    old.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _clear_stale(folder: Path, prefix: str) -> None:
    """Remove drafts of killed processes; restore `folder` if one of them had just moved it aside."""
    found = [(path.lstat().st_mtime, path) for path in folder.parent.iterdir() if path.name.startswith(prefix)]
    for changed, left in sorted(found, reverse=True):  # the newest first
        if time.time() - changed <= STALE:
            continue
        if (left / "new").is_dir() and (left / "old").is_dir() and not folder.exists():
            (left / "old").rename(folder)  # killed between the two renames: there is no other copy
        shutil.rmtree(left, ignore_errors=True)


def _put_on_disk(folder: Path) -> None:
    for path in filter(Path.is_file, folder.rglob("*")):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
