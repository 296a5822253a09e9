"""The pictures of a run as the gallery holds them: data: URIs, and what is missing, damaged or too large."""

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data.decoding import DECODE_ERRORS
from dcgan_tf.draw.grids import BAR, GAP, enlargement, grid_shape
from dcgan_tf.run.run import Run

LARGEST = 32 * 2**20  # bytes of one picture file
MOST_PIXELS = 25_000_000  # of one picture
MOST_DRAWN = 150_000_000  # of all frames of a GIF together: each is drawn onto the one before, however small its file
LEAST_DRAWN = 10_000  # that a frame counts for at least
TILES = 4  # pictures a side of the small mosaic
FILMS = {"progress.gif": -1, "interpolation.gif": 0}  # and which frame to show while it stands still


@dataclass(frozen=True)
class Picture:
    """A picture file, ready to be put into a page."""

    source: str  # data: URI
    width: int
    height: int


@dataclass(frozen=True)
class Film:
    """A GIF, and one frame of it that is shown until somebody wants to see it move."""

    source: str  # data: URI
    size: int  # bytes of the file
    still: Picture


@dataclass(frozen=True)
class Pictures:
    """All pictures of a run that there are."""

    stills: dict[str, Picture] = field(default_factory=dict)  # "mosaic", "samples" and "curves"
    films: dict[str, Film] = field(default_factory=dict)  # by the names of `FILMS`
    notes: list[str] = field(default_factory=list)  # what is missing, damaged or too large


@dataclass
class Room:
    """How many bytes of pictures a page may take yet."""

    stills: int
    films: int


def read_pictures(run: Run, room: Room) -> Pictures:
    """Return the pictures of a run's folder for which there is room, which is less afterwards."""
    found = Pictures()
    for kind, name in (("samples", "samples"), ("curves", "losses.png")):
        path = run.folder / name
        try:
            if kind == "samples" and (grids := run.samples):
                path = grids[-1]
            image, content = _open(path, "PNG", min(LARGEST, room.stills))
            if kind == "samples":
                found.stills["mosaic"] = _mosaic(image, run.config.image_size)
            found.stills[kind] = Picture(_uri(content, "png"), *image.size)
        except DECODE_ERRORS as error:
            found.notes.append(_why_not(path, error))
    for name, frame in FILMS.items():
        path = run.folder / name
        try:
            image, content = _open(path, "GIF", min(LARGEST, room.films))
            if frame == -1:
                _go_to_the_end(image)
            still = _to_picture(image.convert("RGB").quantize(256))
            found.films[name] = Film(_uri(content, "gif"), len(content), still)
            room.films -= len(content)
        except DECODE_ERRORS as error:
            found.notes.append(_why_not(path, error))
    stills = *found.stills.values(), *(film.still for film in found.films.values())
    room.stills -= sum(len(still.source) for still in stills)
    return found


def _go_to_the_end(image: Image.Image) -> None:
    """Show the last frame of a GIF; raises `DcganError` before too much is drawn for it."""
    drawn = 0
    while True:
        size = image.width * image.height  # which a frame may enlarge
        drawn += max(size, LEAST_DRAWN)
        if size > MOST_PIXELS or drawn > MOST_DRAWN:
            raise DcganError("has too many pixels for a page.")
        try:
            image.seek(image.tell() + 1)
        except EOFError:
            break
    image.load()


def _why_not(path: Path, error: BaseException) -> str:
    """Return a short sentence for a picture that is not on the page."""
    name = "A grid in samples/" if path.parent.name == "samples" or path.name == "samples" else path.name
    if isinstance(error, FileNotFoundError):
        return f"{name} is not there."
    return f"{name} {error}" if isinstance(error, DcganError) else f"{name} is damaged."


def _open(path: Path, kind: str, largest: int) -> tuple[Image.Image, bytes]:
    """Return a picture file of this kind, read, and its content; raises one of `DECODE_ERRORS` for what is none."""
    if not path.is_file():
        raise FileNotFoundError
    if path.stat().st_size > largest:
        raise DcganError("is too large for a page of all runs; it is in the run's folder.")
    content = path.read_bytes()
    image = Image.open(io.BytesIO(content), formats=[kind])
    if image.width * image.height > MOST_PIXELS:
        raise DcganError("has too many pixels for a page.")
    image.load()
    return image, content


def _mosaic(sheet: Image.Image, image_size: int) -> Picture:
    """Return the first pictures of a grid of training side by side, as they were generated: not enlarged."""
    zoom = enlargement(image_size, grid_shape(image_size)[0])
    cell = image_size * zoom + GAP
    mosaic = Image.new("RGB", (TILES * image_size, TILES * image_size))
    for place in range(TILES * TILES):
        row, column = divmod(place, TILES)
        left, top = GAP + column * cell, BAR + GAP + row * cell
        tile = sheet.crop((left, top, left + image_size * zoom, top + image_size * zoom)).convert("RGB")
        mosaic.paste(
            tile.resize((image_size, image_size), Image.Resampling.NEAREST), (column * image_size, row * image_size)
        )
    return _to_picture(mosaic)


def _to_picture(image: Image.Image) -> Picture:
    """Return an image as a PNG in a page."""
    beside = io.BytesIO()
    image.save(beside, "PNG", optimize=True)
    return Picture(_uri(beside.getvalue(), "png"), *image.size)


def _uri(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
