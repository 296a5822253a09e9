"""Finding the picture files in a folder by their names, and reading their bytes safely."""

import errno
import io
import os
import re
import stat
from collections import Counter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from dcgan_tf.common.text import clean

PICTURE_ENDINGS = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff",
    ".avif", ".jp2", ".ppm", ".pgm", ".pbm", ".pnm", ".pfm", ".heic", ".heif", ".hif", ".tga", ".ico", ".pcx", ".psd",
))  # fmt: skip

# What helps with files that are not read, by their endings. They are not opened: RAW photos begin with a thumbnail.
ADVICE = {
    "RAW photos should be exported as JPEG or 16-bit TIFF first.":
        ".cr2 .cr3 .crw .nef .nrw .arw .srf .sr2 .dng .raf .orf .rw2 .pef .srw .raw .3fr .iiq .erf .kdc .mrw .x3f",
    "Drawings should be exported as PNG first.": ".svg .svgz .eps .ai .wmf .emf .cdr",
    "Archives should be unpacked first.": ".zip .tar .gz .tgz .bz2 .tbz .xz .txz .zst .7z .rar",
    "Frames of videos should be saved as pictures first, for example with ffmpeg.":
        ".mp4 .mov .avi .mkv .webm .m4v .mpg .mpeg .wmv .3gp .mts",
    "Pages of documents should be saved as pictures first.": ".pdf .djvu .docx .pptx .odt",
    "Pictures in these formats should be saved as PNG or TIFF first.":
        ".jxl .sgi .rgb .dds .icns .exr .hdr .qoi .xcf .kra .cur .dcm .nii .nrrd .mha .fits .fit .czi .lif .nd2",
    "Arrays should be saved as pictures first.": ".npy .npz .mat .h5 .hdf5 .tfrecord .parquet .pkl .pt",
}  # fmt: skip
HELP = {ending: sentence for sentence, endings in ADVICE.items() for ending in endings.split()}

# Other files that are not opened to see whether they are pictures: sets have one of them for each picture.
PLAIN = frozenset((
    ".txt", ".json", ".jsonl", ".csv", ".tsv", ".xml", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".md", ".rst", ".log",
    ".html", ".htm", ".css", ".js", ".py", ".ipynb", ".sh", ".caption", ".xmp", ".aae", ".db", ".mp3", ".wav",
))  # fmt: skip

# How files begin that are pictures whatever their names: "photo.jpg?width=200", "x.jpg.1", "IMG.JPG~".
SIGNATURES = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|BM....\0\0\0\0|II[*+]\0|MM\0[*+]|8BPS|P[56]\s"
    rb"|\0\0\0\x0cjP  |\xff\x4f\xff\x51|....ftyp(?:avi[fs]|hei[cx]|mif1|msf1)",
    re.DOTALL,
)

# Folders that operating systems add (thumbnails, resource forks, bins).
SYSTEM_FOLDERS = frozenset(("__macosx", "@eadir", "$recycle.bin", "system volume information"))
SYSTEM_FILES = frozenset(("thumbs.db", "desktop.ini"))

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
    others: Counter[str]  # how many files of each ending are no pictures; endings in lower case


def list_pictures(*folders: Path) -> Listing:
    """List the picture files in existing folders and their subfolders.

    These are the files with a picture's ending or with none, and those of unknown endings that begin as pictures do;
    broken links, pipes and the like have a `problem`. Hidden and system files are left out. Each folder is visited
    once, so circles of links do no harm. With several folders, each name begins with its folder's name, or with as much
    of its path as distinguishes it.
    """
    seen: set[tuple[int, int]] = set()
    found: list[PictureFile] = []
    others: Counter[str] = Counter()
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
                continue
            ending = ending_of(entry.name)
            if not ending or _is_picture(entry.path, ending):
                found.append(PictureFile(clean(start + entry.name), entry.path, _problem(entry)))
            elif entry.name.casefold() not in SYSTEM_FILES:
                others[ending] += 1
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


def ending_of(name: str) -> str:
    """Return the ending of a file's name in lower case, such as ".jpg"; "" if it has none."""
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 - four times faster


def is_picture(entry: os.DirEntry) -> bool:
    """Return whether a file has a picture's ending, or an unknown one and begins as pictures do."""
    return _is_picture(entry.path, ending_of(entry.name))


def _is_picture(path: str, ending: str) -> bool:
    """Return whether a file with this ending of its name is a picture, as `is_picture` says."""
    if ending in PICTURE_ENDINGS or not ending or ending in PLAIN or ending in HELP:
        return ending in PICTURE_ENDINGS
    try:
        with open_file(path)[0] as file:
            return SIGNATURES.match(file.read(16)) is not None
    except (OSError, RefusedFileError):
        return False  # neither a picture by its name nor a file that can be opened: counted as another file


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
