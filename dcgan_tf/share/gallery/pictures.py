"""The pictures of a run for the gallery: `data:` addresses, and notes on pictures that cannot be shown."""

import io
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import imageio.v3 as iio
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data.decoding import DECODE_ERRORS
from dcgan_tf.draw.grids import MOST_NAMED, crop_pictures
from dcgan_tf.draw.inline import data_address, png_address
from dcgan_tf.run.run import Run

LARGEST = 32 * 2**20  # bytes of one picture file
MOST_PIXELS = 25_000_000  # of one picture
MOST_DRAWN = 150_000_000  # pixels of all frames of a GIF together: a small file may have very many
LEAST_DRAWN = 10_000  # pixels that each frame counts for, at least
TOO_MANY = "has too many pixels for a page."
TILES = 4  # pictures a side of the small mosaic
FILMS = {"progress.gif": True, "interpolation.gif": False}  # whether the last frame, not the first, is the still


class Picture(NamedTuple):
    """A picture file for a page."""

    source: str  # data: address
    width: int
    height: int


class Film(NamedTuple):
    """A GIF, and the frame that is shown until it is played."""

    source: str  # data: address
    still: Picture


@dataclass(frozen=True)
class Pictures:
    """The pictures of a run."""

    stills: dict[str, Picture] = field(default_factory=dict)  # "mosaic", "samples" and "curves"
    films: dict[str, Film] = field(default_factory=dict)  # by the names of `FILMS`
    notes: list[str] = field(default_factory=list)  # what is missing, damaged or too large

    @property
    def size(self) -> int:
        """Return the number of characters of all addresses."""
        films = self.films.values()
        return sum(len(each.source) for each in (*self.stills.values(), *films, *(film.still for film in films)))


@dataclass
class Room:
    """The bytes of pictures that a page may still take."""

    stills: int
    films: int


def read_pictures(run: Run, room: Room) -> Pictures:
    """Return the pictures of a run's folder that fit into `room`, and reduce it by their size."""
    found = Pictures()
    for kind, name in (("samples", "samples"), ("curves", "losses.png")):
        path = run.folder / name
        try:
            if kind == "samples" and (grids := run.samples):
                path = grids[-1]
            content = _read(path, room.stills)
            image = _open_png(content)
            if kind == "samples":
                names = run.config.class_names[:MOST_NAMED]
                tiles = min(TILES, len(names) or TILES)  # rows of classes; the mosaic stays square
                found.stills["mosaic"] = _to_picture(crop_pictures(image, run.config.shape, tiles, names))
            found.stills[kind] = Picture(data_address(content, "image/png"), *image.size)
        except DECODE_ERRORS as error:
            found.notes.append(_why_not(path, error))
    for name, last in FILMS.items():
        path = run.folder / name
        try:
            content = _read(path, room.films)
            still = _to_picture(still_frame(content, last=last).quantize(256))
            found.films[name] = Film(data_address(content, "image/gif"), still)
            room.films -= len(content)
        except DECODE_ERRORS as error:
            found.notes.append(_why_not(path, error))
    stills = *found.stills.values(), *(film.still for film in found.films.values())
    room.stills -= sum(len(still.source) for still in stills)
    return found


def still_frame(content: bytes, *, last: bool) -> Image.Image:
    """Return the first or the last frame of a GIF, RGB.

    Raises one of `DECODE_ERRORS` for anything but a GIF, and `DcganError` before too much is decoded: a frame of a few
    bytes costs as much as a full one.
    """
    if not content.startswith((b"GIF87a", b"GIF89a")):  # imageio would open any format
        raise OSError("no GIF")
    with iio.imopen(content, "r", plugin="pillow") as film:
        frames = drawn = 0
        with suppress(EOFError):  # after the last frame
            while last or not frames:
                width, height = film.metadata(index=frames)["shape"]  # a frame may be larger than the first
                drawn += max(width * height, LEAST_DRAWN)
                if width * height > MOST_PIXELS or drawn > MOST_DRAWN:
                    raise DcganError(TOO_MANY)
                frames += 1
        return Image.fromarray(film.read(index=frames - 1, mode="RGB"))


def _read(path: Path, room: int) -> bytes:
    """Return the content of a file; raises `DcganError` if it has more bytes than `room`."""
    if not path.is_file():
        raise FileNotFoundError
    if path.stat().st_size > min(LARGEST, room):
        raise DcganError("is too large for a page of all runs; it is in the run's folder.")
    return path.read_bytes()


def _open_png(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=["PNG"])
    if image.width * image.height > MOST_PIXELS:
        raise DcganError(TOO_MANY)
    image.load()
    return image


def _why_not(path: Path, error: BaseException) -> str:
    """Return a short sentence that says why a picture is not on the page."""
    name = "A grid in samples/" if path.parent.name == "samples" or path.name == "samples" else path.name
    if isinstance(error, FileNotFoundError):
        return f"{name} is missing."
    return f"{name} {error}" if isinstance(error, DcganError) else f"{name} is damaged."


def _to_picture(image: Image.Image) -> Picture:
    return Picture(png_address(image, compression=9), *image.size)
