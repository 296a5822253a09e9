"""Which files below a folder are pictures, found by name and kind alone; and their bytes, read without trust."""

import errno
import io
import os
import stat
from pathlib import Path
from typing import NamedTuple

from dcgan_tf.common.text import clean

PICTURE_ENDINGS = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff"),
        *(".avif", ".jp2", ".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif"),
    )
)

# Folders that a system adds to other people's pictures (thumbnails, resource forks, bins).
SYSTEM_FOLDERS = frozenset(("__macosx", "@eadir", "$recycle.bin", "system volume information"))

NOT_A_FILE = "not a file (a pipe, a socket or a device)"

# Bytes: more than any picture that Pillow decodes fills, without compression in 64 bits a pixel.
MAX_BYTES = 1_000_000_000

# Without O_NONBLOCK, opening a pipe waits for ever; without O_BINARY, Windows changes line ends. No system has all.
OPENING = os.O_RDONLY | sum(getattr(os, flag, 0) for flag in ("O_CLOEXEC", "O_NONBLOCK", "O_NOCTTY", "O_BINARY"))

# Pillow reads headers in Python, some of them byte by byte: this takes about a second. A picture of a gigabyte in the
# usual pieces of 8 kB needs fewer.
MAX_READS = 500_000


class RefusedFileError(ValueError):
    """A file that is not read or decoded, for the reason that it says."""


class PictureFile(NamedTuple):
    """A file that may be a picture, or that should be one but cannot be opened."""

    name: str  # relative to the folder, posix separators, NFC
    path: str  # as the operating system spells it
    problem: str  # why it cannot be opened; "" if it can


class Listing(NamedTuple):
    """What lies below one or several folders."""

    files: tuple[PictureFile, ...]  # sorted by name
    others: int  # files with endings that no picture has


def list_pictures(*folders: Path) -> Listing:
    """List the picture files below folders, at any depth, without opening them.

    Args:
        folders: existing folders. With several, each name begins with its folder's name, or with as much of its
            path as tells the folders apart.

    Returns:
        the files with a picture's ending or none, and with a problem those that are broken links, pipes and the
        like. Hidden and system files are left out. Each folder is visited once: links cannot go round in circles.
    """
    seen: set[tuple[int, int]] = set()
    found: list[PictureFile] = []
    others = 0
    for folder, prefix in zip(folders, _prefixes(folders), strict=True):
        others += _walk(str(folder), prefix, seen, found)
    return Listing(tuple(sorted(found)), others)


def _prefixes(folders: tuple[Path, ...]) -> list[str]:
    """Return what the names below each folder begin with: nothing for one, "Kiwi 1/" and so on for several."""
    parts = [Path(os.path.abspath(folder)).parts for folder in folders]  # noqa: PTH100 - resolve() would follow links
    if len(folders) == 1:
        return [""]
    depth = 1
    while len({part[-depth:] for part in parts}) < len(set(parts)):
        depth += 1
    return ["/".join(part[-depth:]) + "/" for part in parts]


def _walk(folder: str, prefix: str, seen: set[tuple[int, int]], found: list[PictureFile]) -> int:
    """Add the files below `folder` to `found`; return how many had endings that no picture has."""
    others = 0
    stack = [(folder, prefix)]
    while stack:
        place, start = stack.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
            status = os.stat(place)  # noqa: PTH116 - a string is at hand
        except OSError as error:
            found.append(
                PictureFile(clean(start.rstrip("/")), place, f"the folder cannot be opened ({error.strerror})")
            )
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        folders = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if is_folder(entry):
                if entry.name.casefold() not in SYSTEM_FOLDERS:
                    folders.append((entry.path, f"{start}{entry.name}/"))
            elif os.path.splitext(entry.name)[1].lower() in PICTURE_ENDINGS | {""}:  # noqa: PTH122 - four times faster
                found.append(PictureFile(clean(start + entry.name), entry.path, _problem(entry)))
            else:
                others += 1
        stack += reversed(folders)
    return others


def is_folder(entry: os.DirEntry) -> bool:
    """Return whether a directory entry is a folder or a link to one."""
    # entry.is_dir() costs nothing, but raises OSError for a link to itself.
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()  # noqa: PTH112


def open_file(path: str) -> tuple[int, int]:
    """Open a file that may have been replaced since it was listed, and return its descriptor and size in bytes.

    Raises:
        RefusedFileError: it is a pipe, a socket, a device, a folder or above `MAX_BYTES` now.
        OSError: it cannot be opened.
    """
    try:
        descriptor = os.open(path, OPENING)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.EOPNOTSUPP):  # what opening a socket gives
            raise RefusedFileError(NOT_A_FILE) from None
        raise
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES:
        return descriptor, status.st_size
    os.close(descriptor)
    if stat.S_ISREG(status.st_mode):
        raise RefusedFileError(f"a file of more than {MAX_BYTES // 10**6:,} MB")
    raise RefusedFileError("not a file (a folder)" if stat.S_ISDIR(status.st_mode) else NOT_A_FILE)


def read_file(descriptor: int, size: int) -> bytes:
    """Return the bytes of an open file, at most `size` of them: it may grow faster than it is read."""
    data = os.read(descriptor, size)
    if len(data) in (0, size):
        return data
    parts = [data]  # a read may be cut short, by a network or by the file's end, if it has shrunk
    while parts[-1]:
        size -= len(parts[-1])
        parts.append(os.read(descriptor, size))
    return b"".join(parts)


def _problem(entry: os.DirEntry) -> str:
    """Return why a directory entry must not be opened, or ""."""
    if os.path.isfile(entry.path) if entry.is_symlink() else entry.is_file():  # noqa: PTH113 - as above
        return ""
    if entry.is_symlink() and not os.path.exists(entry.path):  # noqa: PTH110 - Path.exists may raise
        return "a broken link"
    return NOT_A_FILE


class MeteredBytes(io.BytesIO):
    """The bytes of a file, for a reader that goes round in circles or in tiny steps: it is stopped."""

    left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes.

        Raises:
            RefusedFileError: there were too many reads.
        """
        self.left -= 1
        if self.left < 0:
            raise RefusedFileError(f"the file is damaged (more than {MAX_READS:,} pieces)")
        return super().read(size)
