"""Finding the picture files in a folder by their names, and reading their bytes safely."""

import errno
import io
import os
import stat
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dcgan_tf.common.text import clean

PICTURE_ENDINGS = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".avif", ".jp2", ".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif",
))  # fmt: skip

# Folders that operating systems add (thumbnails, resource forks, bins).
SYSTEM_FOLDERS = frozenset(("__macosx", "@eadir", "$recycle.bin", "system volume information"))

NOT_A_FILE = "not a file (a pipe, a socket or a device)"

# Bytes; the largest picture that Pillow decodes takes less, even uncompressed at 64 bits per pixel.
MAX_BYTES = 1_000_000_000

# Without O_NONBLOCK, opening a pipe blocks for ever; without O_BINARY, Windows changes line ends. No system has all.
OPENING = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))

# Pillow reads headers in Python, some of them byte by byte; so many reads take about a second. A picture of a gigabyte,
# read in the usual pieces of 8 kB, needs fewer.
MAX_READS = 500_000


class RefusedFileError(ValueError):
    """A file that is not read or decoded; the message is the reason."""


class PictureFile(NamedTuple):
    """A file that may be a picture."""

    name: str  # relative to the folder, with "/", NFC
    path: str  # as the operating system spells it
    problem: str  # why it cannot be opened; "" if it can


class Listing(NamedTuple):
    """The files in one or several folders."""

    files: tuple[PictureFile, ...]  # sorted by name
    others: int  # number of files whose endings are not those of pictures


def list_pictures(*folders: Path) -> Listing:
    """List the picture files in existing folders and their subfolders without opening them.

    These are the files with a picture's ending or with none; broken links, pipes and the like have a `problem`. Hidden
    and system files are left out. Each folder is visited once, so circles of links do no harm. With several folders,
    each name begins with its folder's name, or with as much of its path as distinguishes it.
    """
    seen: set[tuple[int, int]] = set()
    found: list[PictureFile] = []
    others = 0
    stack = list(zip(map(str, folders), _prefixes(folders), strict=True))[::-1]
    while stack:
        place, start = stack.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            status = os.stat(place)  # noqa: PTH116 - a string is at hand
        except OSError as error:
            reason = f"the folder cannot be opened ({error.strerror})"
            found.append(PictureFile(clean(start.rstrip("/")), place, reason))
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        inner = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if is_folder(entry):
                if entry.name.casefold() not in SYSTEM_FOLDERS:
                    inner.append((entry.path, f"{start}{entry.name}/"))
            elif os.path.splitext(entry.name)[1].lower() in PICTURE_ENDINGS | {""}:  # noqa: PTH122 - four times faster
                found.append(PictureFile(clean(start + entry.name), entry.path, _problem(entry)))
            else:
                others += 1
        stack += reversed(inner)
    return Listing(tuple(sorted(found)), others)


def _prefixes(folders: tuple[Path, ...]) -> list[str]:
    """Return the beginning of the names in each folder: "" for one folder; "Kiwi 1/" and so on for several."""
    if len(folders) == 1:
        return [""]
    parts = [absolute(folder).parts for folder in folders]
    depth = 1
    while len({part[-depth:] for part in parts}) < len(set(parts)):
        depth += 1
    return ["/".join(part[-depth:]) + "/" for part in parts]


def absolute(folder: Path) -> Path:
    """Return the absolute path without ".."; links are not followed, since they may have other names."""
    return Path(os.path.abspath(folder))  # noqa: PTH100 - Path.absolute() keeps ".."


def is_folder(entry: os.DirEntry) -> bool:
    """Return whether a directory entry is a folder or a link to one."""
    # entry.is_dir() is faster, but raises OSError for a link to itself.
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()  # noqa: PTH112


def open_file(path: str) -> tuple[BinaryIO, int]:
    """Open a file that may have been replaced since it was listed; return it and its size in bytes.

    Raises `RefusedFileError` if it is not a file or larger than `MAX_BYTES`, and `OSError` if it cannot be opened.
    """
    try:
        descriptor = os.open(path, OPENING)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # a socket
            raise RefusedFileError(NOT_A_FILE) from None
        raise
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
        return os.fdopen(descriptor, "rb"), status.st_size
    os.close(descriptor)
    if stat.S_ISREG(status.st_mode):
        raise RefusedFileError(f"a file of more than {MAX_BYTES // 10**6:,} MB")
    raise RefusedFileError("not a file (a folder)" if stat.S_ISDIR(status.st_mode) else NOT_A_FILE)


def _problem(entry: os.DirEntry) -> str:
    """Return why a directory entry cannot be read, or ""."""
    if os.path.isfile(entry.path) if entry.is_symlink() else entry.is_file():  # noqa: PTH113 - as in is_folder
        return ""
    if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110 - Path.exists may raise
        return "a broken link"
    return NOT_A_FILE


class MeteredBytes(io.BytesIO):
    """The bytes of a file, with a limit on the number of reads: damaged files can make a decoder loop for ever."""

    left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes; raises `RefusedFileError` after too many reads."""
        self.left -= 1
        if self.left < 0:
            raise RefusedFileError(f"the file is damaged (more than {MAX_READS:,} pieces)")
        return super().read(size)
