"""Decoding picture files to squares of uint8 pixels, in threads, with a short reason for each file that fails."""

import functools
import io
import os
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError
from tqdm import tqdm

from dcgan_tf.common.text import clean
from dcgan_tf.data.flattening import flat, orientation, square, upright
from dcgan_tf.data.header import Header, header_of
from dcgan_tf.data.listing import MAX_READS, MeteredBytes, RefusedFileError, open_file

T = TypeVar("T")
Alone = Callable[[Callable[[], T]], T]  # runs a function in the single thread for big pictures
Note = Callable[[Header], None]

RESIZES = ("crop", "pad", "stretch")

# No other formats of Pillow: EPS would start Ghostscript; XBM and TGA accept plain text.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "JPEG2000", "PPM")

# A JPEG is decoded at 1/2, 1/4 or 1/8 of its size if its sides stay at least this many times the target's.
DRAFT_MARGIN = 2

LONGEST_REASON = 100  # characters of a decoder's message that are shown
PROGRESS_FROM = 3000  # files; fewer are read before a bar would help
BLOCK = 32  # files that a thread takes at a time
MAX_THREADS = 8  # more do not help: Python reads each file's header, one thread at a time

# Larger pictures and files are decoded in one thread, one after another, to limit the memory. At Pillow's limit of 89
# million pixels, one takes up to 1.3 GB with its flattened copy. Smaller ones take up to 13 bytes a pixel, 0.2 GB, in
# each of the other threads. A lock is not enough: the C library keeps freed memory for each thread.
BIG_PICTURE = 16_000_000  # pixels
BIG_FILE = 32_000_000  # bytes

MAX_SCANS = 50  # of a progressive JPEG; cameras write about ten, and each costs a pass over the picture

# Pillow's decoders in Python take a microsecond per value, and stop all other threads meanwhile.
SLOW_DECODERS = frozenset(("ppm", "ppm_plain", "bmp_rle"))
MAX_SLOW = 2**20  # values: pixels times channels

# What Pillow's decoders raise on damaged files: OSError (truncated, unidentified, libtiff, WebP, no permission),
# SyntaxError (headers), AssertionError (no palette), ValueError (sizes, PNG text bombs, palettes), struct.error,
# IndexError, KeyError, TypeError and AttributeError (missing fields), EOFError (frames), zlib.error (PNG chunks),
# RuntimeError (AVIF, rare modes), OverflowError and MemoryError (absurd sizes), ZeroDivisionError (resolutions),
# ImportError (LAB without littlecms).
DECODE_ERRORS = (
    OSError, SyntaxError, AssertionError, ValueError, TypeError, AttributeError, LookupError, EOFError, ArithmeticError,
    MemoryError, RuntimeError, ImportError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


@functools.cache
def formats() -> tuple[str, ...]:
    """Return the FORMATS that this build of Pillow can read; not all builds read AVIF."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


@contextmanager
def strict_pillow() -> Iterator[None]:
    """In the block, make Pillow refuse decompression bombs and truncated files, without warnings, in all threads.

    A calling program may have allowed truncated files, which come out half gray.
    """
    tolerant = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")  # such as "corrupt EXIF": the picture is fine
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = tolerant


def decode_files(
    paths: Sequence[str], pixels: np.ndarray, resize: str, headers: list[Header | None] | None = None
) -> dict[int, str]:
    """Decode the file `paths[i]` into `pixels[i]`, with a progress bar if there are thousands.

    `pixels` is uint8 `[n, size, size, channels]`, `resize` one of RESIZES; `headers[i]` becomes the file's, if
    given. Returns why a file could not be decoded, by index and in order; "" if it has no ending and is not a picture.
    """
    problems: dict[int, str] = {}
    blocks = [range(start, min(start + BLOCK, len(paths))) for start in range(0, len(paths), BLOCK)]
    # Threads: Pillow releases Python's lock while it decodes and resizes. Processes would be faster for small files,
    # but cannot be forked safely once TensorFlow runs, and take seconds to start.
    formats()  # before the threads start: registering Pillow's plugins is not thread-safe
    pool = ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1))
    big = ThreadPoolExecutor(1)

    def decode_block(block: range) -> int:
        for i in block:
            note = partial(headers.__setitem__, i) if headers is not None else None
            reason = _decode_into(pixels[i], paths[i], resize, lambda work: big.submit(work).result(), note)
            if reason is not None:
                problems[i] = reason
        return len(block)

    hidden = len(paths) < PROGRESS_FROM
    bar = tqdm(total=len(paths), desc="Reading pictures", unit="file", disable=hidden, file=sys.stdout)
    try:
        with strict_pillow(), bar:
            for count in pool.map(decode_block, blocks):
                bar.update(count)
    finally:
        pool.shutdown(cancel_futures=True)  # on Ctrl-C, do not decode the rest first
        big.shutdown()
    return dict(sorted(problems.items()))


def _decode_into(target: np.ndarray, path: str, resize: str, alone: Alone, note: Note | None) -> str | None:
    """Decode one file into `target`, uint8 `[size, size, channels]`; return why that failed, None if it did not."""
    size, _, channels = target.shape

    def work(alone: Alone | None) -> str | None:
        with file:
            data = file.read(length)  # not more: the file may be growing
        if not data:
            return "empty file"
        target[:] = decode(data, image_size=size, channels=channels, resize=resize, alone=alone, note=note)
        return None

    try:
        file, length = open_file(path)
        return alone(lambda: work(None)) if length > BIG_FILE else work(alone)
    except DECODE_ERRORS as error:
        if isinstance(error, UnidentifiedImageError) and "." not in os.path.basename(path):  # noqa: PTH119
            return ""  # README, LICENSE and the like
        return why_unreadable(error)


def decode(
    data: bytes,
    *,
    image_size: int,
    channels: int,
    resize: str,
    alone: Alone | None = None,
    note: Note | None = None,
) -> np.ndarray:
    """Decode one picture file.

    Args:
        data: the bytes of the file, in one of FORMATS.
        image_size: height and width of the result, in pixels.
        channels: 1 (luma) or 3 (RGB).
        resize: "crop" (centre square), "pad" (with white) or "stretch".
        alone: runs a function in the single thread for big pictures; None decodes them in this thread.
        note: is called with the file's header.

    Returns:
        uint8 `[image_size, image_size, channels]`: upright, with transparency on white.

    Raises:
        one of DECODE_ERRORS: not a picture, damaged, truncated or too large; call within `strict_pillow()`.
    """
    mode = "L" if channels == 1 else "RGB"
    # A file of few bytes needs no limit on its reads.
    stream = io.BytesIO(data) if len(data) <= MAX_READS else MeteredBytes(data)
    with Image.open(stream, formats=formats()) as file:
        header = header_of(file)
        area = file.width * file.height
        if file.format in ("JPEG", "MPO"):
            file.draft(mode, (DRAFT_MARGIN * image_size, DRAFT_MARGIN * image_size))
            if "progressive" not in file.info:  # libjpeg keeps all of a progressive one in memory, draft or not
                area = file.width * file.height
        _check_whole(file, data)
        _check_work(file, data)

        def load() -> Image.Image:
            file.load()
            return square(flat(upright(file), mode), image_size, resize)

        picture = alone(load) if alone is not None and area > BIG_PICTURE else load()
        if note is not None:
            note(header.upright(orientation(file)))
    if picture.mode == "L" and channels == 3:
        picture = picture.convert("RGB")
    return np.frombuffer(picture.tobytes(), np.uint8).reshape(image_size, image_size, channels)


def _check_whole(file: ImageFile.ImageFile, data: bytes) -> None:
    """Raise `RefusedFileError` if a part of an opened file is missing, which Pillow would leave black."""
    if file.format == "TIFF" and file.tile:
        right, bottom = (max(tile[1][side] for tile in file.tile) for side in (2, 3))
        missing = file.width * file.height - right * bottom  # areas: the picture may still have to be rotated
        if missing > 0:
            raise RefusedFileError(f"the file is damaged ({missing:,} pixels are missing)")
    # Cut between two tiles: no end marker after the last start of a tile. Neither marker occurs within tiles.
    if file.format == "JPEG2000" and data.find(b"\xff\xd9", data.rfind(b"\xff\x90")) < 0:
        raise RefusedFileError("the file is truncated")


def _check_work(file: ImageFile.ImageFile, data: bytes) -> None:
    """Raise `RefusedFileError` if decoding an opened file could take minutes."""
    if file.tile and file.tile[0][0] in SLOW_DECODERS:
        values = file.width * file.height * len(file.getbands())
        if values > MAX_SLOW:
            raise RefusedFileError(f"more than {MAX_SLOW:,} values in a variant of {file.format} that is slow to read")
        if isinstance(file.fp, MeteredBytes):
            file.fp.left += 2 * values  # these decoders read pixel by pixel
    # The marker does not occur in the data of a scan, so its count is the number of scans, including thumbnails'.
    if "progressive" in file.info and data.count(b"\xff\xda") > MAX_SCANS:
        raise RefusedFileError(f"a progressive JPEG of more than {MAX_SCANS} scans")


def why_unreadable(error: BaseException) -> str:
    """Return the reason for one of DECODE_ERRORS in one short line without paths or memory addresses."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        reason = f"more than the {Image.MAX_IMAGE_PIXELS:,} pixels that Pillow allows"
    elif isinstance(error, UnidentifiedImageError):
        reason = "not a picture, or in a format that Pillow cannot read"
    elif isinstance(error, RefusedFileError):
        reason = str(error)
    elif isinstance(error, MemoryError):
        reason = "too large for the memory"
    elif isinstance(error, OSError) and error.errno is not None:
        reason = f"the file cannot be read ({error.strerror})"
    elif "truncated" in str(error).lower():
        reason = "the file is truncated"
    else:
        text = clean(" ".join(str(error).split()))  # it may quote the file
        text = text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 3]}..."
        reason = f"the file is damaged ({text or type(error).__name__})"
    return reason
