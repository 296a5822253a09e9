"""The uploaded photo, which several tabs use; it never leaves the memory of this process."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import clean
from dcgan_tf.data.decoding import DECODE_ERRORS, FORMATS, decode, strict_pillow, why_unreadable
from dcgan_tf.play.explore.jobs import Notice, column
from dcgan_tf.play.explore.widgets import MAX_UPLOAD, Uploader

LONGEST_SIDE = 16_384  # pixels
LONGEST_NAME = 60  # characters of a file's name that are shown


def read_photo(name: str, data: bytes, size: int, *, image_size: int, channels: int) -> np.ndarray:
    """Return the square in the middle of an uploaded picture, uint8 `[image_size, image_size, channels]`.

    Args:
        name: of the file, for sentences.
        data: its content; empty where it was not sent because of its size.
        size: in bytes.
        image_size: height and width of the result, in pixels.
        channels: 1 or 3.

    Raises:
        DcganError: it is empty, too big, no picture, or damaged.
    """
    short = clean(name) or "The file"
    short = short if len(short) <= LONGEST_NAME else f"{short[:LONGEST_NAME]}..."
    if size > MAX_UPLOAD:
        raise DcganError(
            f"{short} should have at most {MAX_UPLOAD // 10**6} MB. Received: {size / 10**6:,.0f} MB. "
            "Choose a smaller picture."
        )
    if not data:
        raise DcganError(f"{short} should be a picture. Received: an empty file. Choose another one.")
    try:
        with strict_pillow():
            _check_sides(short, data)
            return decode(data, image_size=image_size, channels=channels, resize="crop")
    except DcganError:
        raise
    except DECODE_ERRORS as error:
        raise DcganError(
            f"{short} should be a picture, as JPEG, PNG or WebP. Received: {why_unreadable(error)}. "
            "Choose another file."
        ) from error


def _check_sides(name: str, data: bytes) -> None:
    """Raise `DcganError` for a picture that is wider or higher than is read here."""
    Image.init()
    with Image.open(io.BytesIO(data), formats=[each for each in FORMATS if each in Image.OPEN]) as file:
        width, height = file.size
    if max(width, height) > LONGEST_SIDE:
        raise DcganError(
            f"{name} should be at most {LONGEST_SIDE:,} pixels wide and high. Received: {width:,} x {height:,}. "
            "Choose a smaller picture."
        )


class Photo:
    """One uploaded picture, and the field that takes it, which several tabs show."""

    def __init__(self, image_size: int, channels: int) -> None:
        """Start without a picture; it will be cut to a square of this size."""
        self.image_size, self.channels = image_size, channels
        self.pixels: np.ndarray | None = None  # uint8 [image_size, image_size, channels]
        self._content = b""
        self._callbacks: list[Callable[[], None]] = []
        self.uploader, self.notice = Uploader(), Notice()
        self.uploader.status = "Choose a picture, or drop it here."
        self.uploader.on_file(self._take)
        self.box = column(self.uploader, self.notice.box)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call this whenever another picture was uploaded."""
        self._callbacks.append(callback)

    def needed(self) -> np.ndarray:
        """Return the picture, uint8 `[image_size, image_size, channels]`; raises `DcganError` before there is one."""
        if self.pixels is None:
            raise DcganError("A picture should be chosen first. Received: none. Choose one above.")
        return self.pixels

    def small(self, side: int) -> np.ndarray:
        """Return the same picture at another size, uint8 `[side, side, channels]`."""
        self.needed()
        return read_photo("", self._content, len(self._content), image_size=side, channels=self.channels)

    def _take(self, name: str, content: bytes, size: int) -> None:
        """Keep an uploaded file where it is a picture; where not, say why and keep the last."""
        try:
            with self.notice.listening():
                self.pixels = read_photo(name, content, size, image_size=self.image_size, channels=self.channels)
                self._content = content
                self.uploader.status = f"{clean(name)[:LONGEST_NAME]} is here. Choose another, or drop it here."
                for callback in self._callbacks:
                    callback()
        finally:  # whatever happened, "Uploading..." must not stay
            self.uploader.send({"kind": "answered"})
