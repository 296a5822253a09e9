"""A folder of pictures to one uint8 array, its file and class names, and the list of what was skipped and why."""

import functools
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dcgan_tf.common.checks import check_choice, check_count
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.common.text import clean
from dcgan_tf.data.decoding import RESIZES, decode_files
from dcgan_tf.data.listing import list_pictures

LEAST_UNSEEN = 20  # held-out pictures, of which fewer say less than one half of the training pictures does


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Pictures of one size, in a stable order.

    Attributes:
        pixels: uint8 `[n, height, width, channels]`, 0 to 255.
        files: n paths relative to the folder, posix separators, sorted by code points.
        labels: n class names (the folder that directly holds the file), for display and scoring only.
        skipped: (path, reason) of each file that should be a picture but could not be read.
        folder: where the pictures came from, for display.
        title: what to call them in figures; the folder's name unless given.
        source: "folder", "Fruits-360" or "rendered".
    """

    pixels: np.ndarray
    files: tuple[str, ...]
    labels: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    folder: str
    title: str = ""
    source: str = "folder"

    def __post_init__(self) -> None:
        """Check that the parts fit together.

        Raises:
            DcganError: pixels of another type or rank, or other numbers of files and labels than of pictures.
        """
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 4:
            received = f"{self.pixels.dtype} with {self.pixels.ndim} dimensions"
            raise DcganError(f"`pixels` should be uint8 [n, height, width, channels]. Received: {received}.")
        if not len(self.pixels) == len(self.files) == len(self.labels):
            received = f"{len(self.files)} files and {len(self.labels)} labels for {len(self.pixels)} pictures"
            raise DcganError(f"`files` and `labels` should have one entry a picture. Received: {received}.")

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.pixels)

    @functools.cached_property
    def sha256(self) -> str:
        """The SHA-256 of shape and pixels, 64 hexadecimal digits: alike for the same pixels everywhere."""
        digest = hashlib.sha256(str(self.pixels.shape).encode())
        digest.update(np.ascontiguousarray(self.pixels).data if self.pixels.size else b"")
        return digest.hexdigest()

    def subset(self, indices: Sequence[int] | np.ndarray) -> "ImageSet":
        """Return a copy of some of the pictures, in the order of `indices` (from 0), with the same `skipped`."""
        index = np.asarray(indices, dtype=np.int64)
        files, labels = tuple(self.files[i] for i in index), tuple(self.labels[i] for i in index)
        return replace(self, pixels=self.pixels[index], files=files, labels=labels)

    def spread(self, count: int) -> np.ndarray:
        """Return up to `count` of the pictures, uint8, evenly spread over the set: something to look at."""
        return self.pixels[evenly_spread(len(self), count)]

    def describe(self) -> str:
        """Return what was read, and each file that was skipped with its reason, a line each."""
        height, width, channels = self.pixels.shape[1:]
        color = "gray" if channels == 1 else "RGB"
        classes = f" of {len(set(self.labels))} classes" if len(set(self.labels)) > 1 else ""
        lines = [f"{self.title}: {len(self)} pictures{classes}, {width}x{height} {color}, {len(self.skipped)} skipped."]
        return "\n".join(lines + [f"  skipped {name}: {reason}" for name, reason in self.skipped])


def load_images(
    folder: str | Path | Sequence[str | Path],
    *,
    image_size: int,
    channels: int,
    resize: str = "crop",
    limit: int | None = None,
) -> ImageSet:
    """Read all pictures below a folder, or below several, at any depth.

    Args:
        folder: one folder or several; with several, each file name begins with its folder's name.
        image_size: height and width of the result, 16 to 256 pixels.
        channels: 1 (luma) or 3 (RGB).
        resize: "crop" (centre square), "pad" (with white) or "stretch".
        limit: read only this many of the files, evenly spread; those of them that cannot be read are skipped.

    Returns:
        an `ImageSet` with pixels uint8 `[n, image_size, image_size, channels]`.

    Raises:
        DcganError: an argument is out of range, a folder is missing, or no picture in it can be read.
    """
    check_count("image_size", image_size, 16, 256)
    check_choice("channels", channels, (1, 3))
    check_choice("resize", resize, RESIZES)
    if limit is not None:
        check_count("limit", limit, 1)
    folders = _folders(folder)
    shown = ", ".join(str(place) for place in folders)
    listing = list_pictures(*folders)
    skipped = [(file.name, file.problem) for file in listing.files if file.problem]
    files = [file for file in listing.files if not file.problem]
    if limit is not None and limit < len(files):
        files = [files[i * len(files) // limit] for i in range(limit)]
    pixels = _allocate(len(files), image_size, channels)
    problems = decode_files([file.path for file in files], pixels, resize)
    skipped += [(files[i].name, reason) for i, reason in problems.items() if reason]
    skipped.sort()
    kept = [i for i in range(len(files)) if i not in problems]
    if not kept:
        raise DcganError(_nothing(clean(shown), skipped, listing.others))
    for new, old in enumerate(kept):  # close the gaps in place: no second copy of the whole set
        if new != old:
            pixels[new] = pixels[old]
    names = tuple(files[i].name for i in kept)
    top = clean(Path(os.path.abspath(folders[0])).name)  # noqa: PTH100 - resolve() would follow links
    labels = tuple(name.split("/")[-2] if "/" in name else top for name in names)
    return ImageSet(pixels[: len(kept)], names, labels, tuple(skipped), shown, title=top)


def hold_out(images: ImageSet, fraction: float = 0.1) -> tuple[ImageSet, ImageSet]:
    """Split pictures in two by a hash of their file names.

    The same file is on the same side on every machine, whatever other files are there. Of 10 pictures or more
    at least one is held out (the one with the lowest hash), and at least one is always kept.

    Args:
        images: the pictures to split.
        fraction: the part to hold out, from 0 (none) to below 1.

    Returns:
        the pictures to train on and the held-out ones (possibly none), both copies.

    Raises:
        DcganError: `fraction` is out of range.
    """
    if not 0 <= fraction < 1:
        raise DcganError(f"`fraction` should be at least 0 and below 1. Received: {fraction}.")
    draws = [_draw(name) for name in images.files]
    held = {i for i, draw in enumerate(draws) if draw < fraction}
    if fraction > 0 and not held and len(images) >= 10:
        held = {draws.index(min(draws))}
    if held and len(held) == len(images):
        held.remove(draws.index(max(draws)))
    return images.subset([i for i in range(len(images)) if i not in held]), images.subset(sorted(held))


def _draw(name: str) -> float:
    """Return a number in [0, 1) that depends on the name alone (48 bits: exact as a float)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48


def _folders(folder: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the folders, each checked to be one."""
    places = [folder] if isinstance(folder, str | Path) else list(folder)
    if not places:
        raise DcganError("`folder` should name at least one folder of pictures. Received: an empty list.")
    folders = [Path(place).expanduser() for place in places]
    for place in folders:
        if not place.is_dir():
            what = "which is a file; pass the folder that holds it" if place.exists() else "which is not there"
            raise DcganError(f"`folder` should be an existing folder of pictures. Received: {place}, {what}.")
    return folders


def _allocate(n: int, image_size: int, channels: int) -> np.ndarray:
    try:
        return np.empty((n, image_size, image_size, channels), np.uint8)
    except MemoryError:
        need = n * image_size**2 * channels / 1e9
        raise DcganError(f"The {n} pictures should fit into memory, but need {need:.0f} GB; set `limit`.") from None


def _nothing(shown: str, skipped: list[tuple[str, str]], others: int) -> str:
    """Return the sentence for a folder without a readable picture."""
    what = f"`folder` should hold pictures that can be read. Received: {shown}, "
    if skipped:
        path, reason = skipped[0]
        return what + f"where all {len(skipped)} were skipped, the first, {path}, because: {reason}."
    if others:
        return what + f"which holds {others} files with endings that no picture has, and no picture."
    return what + "which holds no picture; put JPEG or PNG files into it."
