"""Publishing a folder whole: it appears complete, in place of what was there, or not at all."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcgan_tf.common.files import ELSEWHERE, explaining

STALE = 3600.0  # seconds after which a hidden folder is taken for that of a killed process


@contextmanager
def publishing(folder: Path, elsewhere: str = ELSEWHERE) -> Iterator[Path]:
    """Give an empty folder to fill; when the block ends without an error, it becomes `folder`.

    What was in `folder` stays until then, and comes back where the last step fails. `elsewhere` is the advice where
    nothing can be written. Raises `DcganError` then.
    """
    with explaining(folder, elsewhere):
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{folder.name[:100]}-draft-"
        _clear_stale(folder, prefix)
        draft = Path(tempfile.mkdtemp(prefix=prefix, dir=folder.parent))
        new, old = draft / "new", draft / "old"  # below the private folder, so that `new` gets ordinary permissions
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
    """Remove what killed processes left beside `folder`; bring back what one of them had just moved aside."""
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
