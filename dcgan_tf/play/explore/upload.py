"""The uploaded photo, shared by several tabs; it never leaves the memory of this process."""

from collections.abc import Callable, Mapping

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import clean
from dcgan_tf.data.decoding import DECODE_ERRORS, decode, open_picture, strict_pillow, why_unreadable
from dcgan_tf.data.deep import numbers_in
from dcgan_tf.data.ranges import Range, ReadLog
from dcgan_tf.play.explore.jobs import Notice
from dcgan_tf.play.explore.layout import column
from dcgan_tf.play.explore.widgets import MAX_UPLOAD, Uploader

LONGEST_SIDE = 16_384  # pixels
LONGEST_NAME = 60  # characters of a file's name that are shown


def read_photo(
    name: str,
    data: bytes,
    size: int,
    shape: tuple[int, int, int],
    *,
    background: str = "white",
    ranges: Mapping[str, Range] | None = None,
) -> np.ndarray:
    """Return the centre of an uploaded picture, uint8 `shape`, transparent parts on the background unless RGBA.

    `name` and `size` (in bytes) are those of the file; `data` is empty if it was too large to send. `ranges` are those
    of the training images. Raises `DcganError` if the file is empty, too large, damaged or not a picture.
    """
    short = clean(name) or "The file"
    short = short if len(short) <= LONGEST_NAME else f"{short[:LONGEST_NAME]}..."
    if size > MAX_UPLOAD:
        raise DcganError(f"{short} has {size / 10**6:,.0f} MB. Choose a picture of at most {MAX_UPLOAD // 10**6} MB.")
    if not data:
        raise DcganError(f"{short} is empty. Choose another file.")
    try:
        with strict_pillow():
            if not numbers_in(data):  # else Pillow may not open it
                with open_picture(data) as file:
                    width, height = file.size
                if max(width, height) > LONGEST_SIDE:
                    raise DcganError(
                        f"{short} has {width:,} x {height:,} pixels. "
                        f"Choose a picture of at most {LONGEST_SIDE:,} a side."
                    )
            return decode(data, shape, resize="crop", background=background, log=ReadLog(ranges))
    except DcganError:
        raise
    except DECODE_ERRORS as error:
        raise DcganError(
            f"{short} cannot be read: {why_unreadable(error)}. Choose a picture, such as a JPEG, PNG or WebP."
        ) from error


def chosen(pixels: np.ndarray | None) -> np.ndarray:
    """Return the picture of a tab; raises `DcganError` if there is none yet."""
    if pixels is None:
        raise DcganError("Choose a picture first.")
    return pixels


class Photo:
    """One uploaded picture, and the upload field, which several tabs show."""

    def __init__(self, shape: tuple[int, int, int], background: str, ranges: Mapping[str, Range] | None = None) -> None:
        self.shape, self.background, self.ranges = shape, background, ranges
        self.pixels: np.ndarray | None = None  # uint8 [height, width, channels]
        self.when_changed: list[Callable[[], None]] = []  # called after each upload
        self._content = b""
        self.uploader, self.notice = Uploader(self._take), Notice()
        self.uploader.status = "Choose a picture, or drop it here."
        self.box = column(self.uploader, self.notice.box)

    def small(self, factor: int) -> np.ndarray:
        """Return the uploaded picture smaller by a factor, uint8 `[height / factor, width / factor, channels]`."""
        height, width, channels = self.shape
        return self._read("", self._content, len(self._content), (height // factor, width // factor, channels))

    def _read(self, name: str, content: bytes, size: int, shape: tuple[int, int, int]) -> np.ndarray:
        return read_photo(name, content, size, shape, background=self.background, ranges=self.ranges)

    def _take(self, name: str, content: bytes, size: int) -> None:
        """Keep an uploaded picture; if the file is none, say why, and keep the last picture."""
        try:
            with self.notice.listening():
                self.pixels = self._read(name, content, size, self.shape)
                self._content = content
                self.uploader.status = f"{clean(name)[:LONGEST_NAME]} is uploaded. Choose another, or drop it here."
                for callback in self.when_changed:
                    callback()
        finally:  # always remove "Uploading..."
            self.uploader.send({"kind": "answered"})
