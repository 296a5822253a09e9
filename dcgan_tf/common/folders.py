"""Publishing a folder whole: it appears complete or not at all."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcgan_tf.common.errors import DcganError


def _draft_beside(target: Path) -> Path:
    # Beside the folder, hence on the same disk, so that the last step is a mere renaming.
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise DcganError(
            f"folder should lie where files can be written, but {target} cannot be made ({error.strerror});"
            " choose another folder."
        ) from error


STALE = 3600.0  # seconds after which what is half written is taken for that of a killed process


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside `folder` that is gone after the block; remove those that killed processes left."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Not named as other half-written files are: training removes those, and takes them for files.
    start = f".{folder.name}-draft-"
    found = [(path.lstat().st_mtime, path) for path in folder.parent.iterdir() if path.name.startswith(start)]
    for left in (path for at, path in sorted(found, reverse=True) if time.time() - at > STALE):  # the newest first
        if (left / "new").is_dir() and (left / "old").is_dir() and not folder.exists():
            (left / "old").rename(folder)  # killed while it published: what there was is nowhere else
        shutil.rmtree(left, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=start, dir=folder.parent))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _publish(new: Path, folder: Path, aside: Path) -> None:
    """Give a whole export its name; where that fails, the old one has it again."""
    for path in filter(Path.is_file, new.rglob("*")):
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    if folder.exists():
        folder.rename(aside)
    try:
        new.rename(folder)
    finally:
        if aside.exists() and not folder.exists():
            aside.rename(folder)
