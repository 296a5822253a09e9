"""`ImageSet` and `load_images`: a folder of pictures as one uint8 array, with file and class names."""

import functools
import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from dcgan_tf.common.checks import check_choice, check_color, check_count, check_number, check_size
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.pixels import COLORS, RGBA, evenly_spread
from dcgan_tf.common.text import clean
from dcgan_tf.config import SIDES
from dcgan_tf.data.decoding import RESIZES, decode_files
from dcgan_tf.data.header import Header
from dcgan_tf.data.listing import absolute, list_pictures
from dcgan_tf.data.notes import left_out, notes_on
from dcgan_tf.data.packing import CACHE, CACHES, Reading, fits_in_memory, pack
from dcgan_tf.data.ranges import Range, ReadLog
from dcgan_tf.data.stored import Pixels, StoredPixels, blocks, picked

LEAST_UNSEEN = 20  # held-out images; with fewer, half of the training images are a better reference
MOST_HELD_OUT = 0.999  # share of the images


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Pictures of one size, in a stable order.

    Attributes:
        pixels: uint8 `[n, height, width, channels]`, 0 to 255; RGBA has straight alpha, as in PNG files. Of a set that
            does not fit in memory, they are read from disk when they are indexed (`StoredPixels`).
        files: n paths relative to the folder, with "/", sorted by code points.
        labels: n class names: the name of the folder that directly holds the file.
        skipped: (path, reason) of each file that looks like a picture but could not be read.
        folder: the folder of the pictures, for messages.
        title: their name in figures; by default the folder's name.
        source: "folder", "Fruits-360" or "rendered".
        notes: sentences on what was left out, and on how files were read.
        ranges: the values that are black and white, of each kind of pictures that does not declare them
            ("16-bit", "integer", "float").
        background: the colour behind transparent parts: white, black or #rrggbb.
        headers: format, size and mode of the n files; empty if the pictures are not from files.
    """

    pixels: Pixels
    files: tuple[str, ...]
    labels: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    folder: str
    title: str = ""
    source: str = "folder"
    background: str = "white"
    notes: tuple[str, ...] = ()
    ranges: Mapping[str, Range] = field(default_factory=dict)
    headers: tuple[Header, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "background", check_color("background", self.background))
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 4:
            received = f"{self.pixels.dtype} with {self.pixels.ndim} dimensions"
            raise DcganError(f"`pixels` should be uint8 [n, height, width, channels]. Received: {received}.")
        if not len(self.pixels) == len(self.files) == len(self.labels):
            received = f"{len(self.files)} files and {len(self.labels)} labels for {len(self.pixels)} pictures"
            raise DcganError(f"`files` and `labels` should have one entry a picture. Received: {received}.")

    def __len__(self) -> int:
        return len(self.pixels)

    @functools.cached_property
    def sha256(self) -> str:
        """The SHA-256 of shape and pixels, 64 hexadecimal digits; the same on every machine."""
        digest = hashlib.sha256(str(self.pixels.shape).encode())
        for block in blocks(self.pixels):
            digest.update(np.ascontiguousarray(block).data if block.size else b"")
        return digest.hexdigest()

    def subset(self, indices: Sequence[int] | np.ndarray) -> "ImageSet":
        """Return a copy with only the pictures at `indices` (from 0), in that order; `skipped` stays."""
        index = np.asarray(indices, dtype=np.int64)
        files, labels = tuple(self.files[i] for i in index), tuple(self.labels[i] for i in index)
        headers = tuple(self.headers[i] for i in index) if self.headers else ()
        return replace(self, pixels=picked(self.pixels, index), files=files, labels=labels, headers=headers)

    def spread(self, count: int) -> np.ndarray:
        """Return up to `count` of the pictures, uint8, evenly spread over the set."""
        return self.pixels[evenly_spread(len(self), count)]

    def describe(self) -> str:
        """Return one line about the set, one for each note, and one for each skipped file with its reason."""
        height, width, channels = self.pixels.shape[1:]
        classes = f" of {len(set(self.labels))} classes" if len(set(self.labels)) > 1 else ""
        size = f"{height}x{width}{' (height x width)' if height != width else ''} {COLORS.get(channels, channels)}"
        lines = [f"{self.title}: {len(self)} pictures{classes}, {size}, {len(self.skipped)} skipped."]
        lines += [f"  {note}" for note in self.notes]
        if channels == RGBA and all(block[..., 3].min() == 255 for block in blocks(self.pixels)):
            lines.append("  No picture has a transparent part: 3 `channels` would do.")
        return "\n".join(lines + [f"  skipped {name}: {reason}" for name, reason in self.skipped])


def load_images(
    folder: str | Path | Sequence[str | Path],
    *,
    image_size: int | str | tuple[int, int],
    channels: int,
    resize: str = "crop",
    limit: int | None = None,
    background: str = "white",
    ranges: Mapping[str, Range] | None = None,
    cache: str = "auto",
    cache_folder: str | Path = CACHE,
) -> ImageSet:
    """Read all pictures in one or several folders and their subfolders.

    Args:
        folder: one folder or several; with several, each file name begins with its folder's name.
        image_size: side of the result, 16 to 256 pixels, or its height and width: "48x64" or (48, 64).
        channels: 1 (luma), 3 (RGB) or 4 (RGBA).
        resize: "crop" (the centre, in the shape of the result), "pad" (with background; RGBA: nothing) or "stretch".
        limit: read only this many of the files, evenly spread, minus those that cannot be read.
        background: the colour that transparent parts are put on, white, black or #rrggbb; RGBA keeps them.
        ranges: the `ranges` of another set, such as the training images', whose values then mean the same.
        cache: "memory"; "disk": decoded once into a file, which this and later calls read; or "auto": "disk" if the
            pictures would take more than a quarter of the free memory.
        cache_folder: where such files are kept, at most 20 GB; the sets unused for longest are removed.

    Returns:
        an `ImageSet` with pixels uint8 `[n, height, width, channels]`.

    Raises:
        DcganError: a value is out of range, a folder is missing, it has no readable picture, or the disk is full.
    """
    size = check_size("image_size", image_size, *SIDES)
    check_choice("channels", channels, tuple(COLORS))
    background = check_color("background", background)
    check_choice("resize", resize, RESIZES)
    check_choice("cache", cache, CACHES)
    if limit is not None:
        check_count("limit", limit, 1)
    _check_ranges(ranges or {})
    folders = _folders(folder)
    shown = ", ".join(map(str, folders))
    listing = list_pictures(*folders)
    skipped = [(file.name, file.problem) for file in listing.files if file.problem]
    files = [file for file in listing.files if not file.problem]
    if limit is not None and limit < len(files):
        files = [files[i * len(files) // limit] for i in range(limit)]
    log, shape = ReadLog(ranges, wait=True), (*size, channels)
    if cache == "disk" or (cache == "auto" and not fits_in_memory(len(files), shape)):
        owner = f"{[str(absolute(place)) for place in folders]} {limit}"
        pixels, problems = pack(files, Reading(shape, resize, background, ranges or {}), log, Path(cache_folder), owner)
    else:
        pixels = _allocate((len(files), *shape))
        problems = decode_files([file.path for file in files], pixels, resize, background, log)
    skipped = sorted(skipped + [(files[i].name, reason) for i, reason in problems.items() if reason])
    kept = [i for i in range(len(files)) if i not in problems]
    if not kept:
        raise DcganError(_nothing(clean(shown), skipped, listing.others))
    names = tuple(files[i].name for i in kept)
    top = clean(absolute(folders[0]).name)
    labels = tuple(name.split("/")[-2] if "/" in name else top for name in names)
    notes = tuple(map(clean, notes_on(listing.others, log, background if channels != RGBA else "")))
    return ImageSet(
        _without_gaps(pixels, kept), names, labels, tuple(skipped), shown, title=top, background=background,
        notes=notes, ranges=log.ranges, headers=tuple(log.headers[i] for i in kept),
    )  # fmt: skip


def hold_out(images: ImageSet, fraction: float = 0.1) -> tuple[ImageSet, ImageSet]:
    """Split pictures into training and held-out images by a hash of their file names; both are copies.

    A file is on the same side on every machine, whatever other files there are. Of 10 pictures or more, at least one is
    held out; at least one is always left to train on.

    `fraction` is the share to hold out, from 0 (none) to 0.999. Raises `DcganError` if it is out of range.
    """
    fraction = check_number("fraction", fraction, 0.0, MOST_HELD_OUT)
    draws = [_draw(name) for name in images.files]
    held = {i for i, draw in enumerate(draws) if draw < fraction}
    if fraction > 0 and not held and len(images) >= 10:
        held = {draws.index(min(draws))}
    if held and len(held) == len(images):
        held.remove(draws.index(max(draws)))
    return images.subset([i for i in range(len(images)) if i not in held]), images.subset(sorted(held))


def _draw(name: str) -> float:
    """Return a number in [0, 1) from the hash of the name (48 bits, exact as a float)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48


def _folders(folder: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the folders as a list; raises `DcganError` if there are none, or one does not exist."""
    folders = [Path(place).expanduser() for place in ([folder] if isinstance(folder, str | Path) else folder)]
    if not folders:
        raise DcganError("`folder` is an empty list. Name at least one folder of pictures.")
    for place in folders:
        check_folder("folder", place)
    return folders


def _check_ranges(ranges: Mapping[str, Range]) -> None:
    """Raise `DcganError` unless `ranges` is as `ImageSet.ranges`."""
    try:
        right = all(math.isfinite(white - black) and black < white for black, white in dict(ranges).values())
    except (TypeError, ValueError):
        right = False
    if not right:
        raise DcganError(f"`ranges` should be the `ranges` of a set or of a run. Received: {ranges!r}.")


def check_folder(name: str, place: Path) -> None:
    """Raise `DcganError` unless `place`, the value of the field `name`, is an existing folder."""
    if not place.is_dir():
        what = "a file. Name the folder that it is in" if place.exists() else "which does not exist"
        raise DcganError(f"`{name}` should be an existing folder of pictures. Received: {place}, {what}.")


def _without_gaps(pixels: Pixels, kept: list[int]) -> Pixels:
    """Return the pictures at the indices `kept`, which are in order."""
    if isinstance(pixels, StoredPixels):
        return pixels.only(np.array(kept))
    for new, old in enumerate(kept):  # in place: no second copy of the whole set
        if new != old:
            pixels[new] = pixels[old]
    return pixels[: len(kept)]


def _allocate(shape: tuple[int, int, int, int]) -> np.ndarray:
    try:
        return np.empty(shape, np.uint8)
    except MemoryError:
        need = math.prod(shape) / 1e9
        raise DcganError(
            f"There is not enough memory for the {shape[0]} pictures ({need:.0f} GB). Set `cache` to disk."
        ) from None


def _nothing(shown: str, skipped: list[tuple[str, str]], others: Counter[str]) -> str:
    """Return the error message for a folder without a readable picture."""
    if skipped:
        path, reason = skipped[0]
        return f"None of the {len(skipped)} pictures in {shown} can be read. The first one, {path}: {reason}."
    found = " ".join(["", *map(clean, left_out(others))])
    return f"There are no pictures in {shown}.{found} Put JPEG or PNG files into it, or name another `folder`."
