"""Picture files to squares of uint8 pixels, on all cores, and one short reason where that fails."""

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
from typing import TypeVar

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError
from tqdm import tqdm

from dcgan_tf.common.text import clean
from dcgan_tf.data.flattening import flat, square, upright
from dcgan_tf.data.listing import MAX_READS, MeteredBytes, RefusedFileError, open_file, read_file

T = TypeVar("T")
Alone = Callable[[Callable[[], T]], T]  # calls a function in the one thread for what is big

RESIZES = ("crop", "pad", "stretch")

# Pillow's other formats are left out: EPS would start Ghostscript, XBM or TGA "recognise" plain text.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "JPEG2000", "PPM")

# A JPEG may be decoded at 1/2, 1/4 or 1/8 of its size if this many pixels per target pixel remain to average.
DRAFT_MARGIN = 2

LONGEST_REASON = 100  # characters of a decoder's message that are shown
PROGRESS_FROM = 3000  # files; fewer are read before a bar could be of use
BLOCK = 32  # files handed to a thread at a time
MAX_THREADS = 8  # more do not help: the header of each file is read in Python, one thread at a time

# Memory: pictures and files above these are decoded by one thread alone; at Pillow's limit of 89 million pixels, one
# takes up to 1.3 GB there, flattened copy and all. A smaller one takes up to 13 bytes a pixel, 0.2 GB, in each of the
# other threads. A lock would not do: the C library keeps for each thread what that has freed.
BIG_PICTURE = 16_000_000  # pixels
BIG_FILE = 32_000_000  # bytes

MAX_SCANS = 50  # of a progressive JPEG: cameras and optimisers write about ten, and each costs a pass over the picture

# Decoders that Pillow has written in Python take a microsecond a value, and halt all other threads meanwhile.
SLOW_DECODERS = frozenset(("ppm", "ppm_plain", "bmp_rle"))
MAX_SLOW = 2**20  # values: pixels times channels

# What Pillow's decoders raise on damaged files: OSError (truncated, unidentified, libtiff, WebP, no permission),
# SyntaxError (headers), AssertionError (no palette), ValueError (sizes, PNG text bombs, palettes), struct.error,
# IndexError, KeyError, TypeError and AttributeError (missing fields), EOFError (frames), zlib.error (PNG chunks),
# RuntimeError (AVIF, rare modes), OverflowError and MemoryError (absurd sizes), ZeroDivisionError (resolutions),
# ImportError (LAB without littlecms).
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    AssertionError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    EOFError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    ImportError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@functools.cache
def _formats() -> tuple[str, ...]:
    """Return those of FORMATS that this build of Pillow can read (AVIF is not in all of them)."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


@contextmanager
def strict_pillow() -> Iterator[None]:
    """Make Pillow refuse bombs and truncated files, and keep it quiet, until the block ends (for all threads)."""
    # A program around us may have allowed truncated files, which come out half gray.
    tolerant = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\.")  # "corrupt EXIF" and the like: the picture is fine
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = tolerant


def decode_files(paths: Sequence[str], pixels: np.ndarray, resize: str) -> dict[int, str]:
    """Decode the file `paths[i]` into `pixels[i]`, with a progress bar if there are thousands.

    Args:
        paths: n regular files.
        pixels: uint8 `[n, size, size, channels]`, written in place.
        resize: one of RESIZES.

    Returns:
        by index, in order, why a file could not be decoded; "" for one that has no ending and is no picture either.
    """
    problems: dict[int, str] = {}
    blocks = [range(start, min(start + BLOCK, len(paths))) for start in range(0, len(paths), BLOCK)]
    # Threads: Pillow decodes and resizes outside of Python's lock. Processes are faster still on small files, but
    # cannot be forked safely once TensorFlow runs, and take seconds to start afresh.
    _formats()  # before the threads start: Pillow's plugins are not registered under a lock
    pool = ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1))
    big = ThreadPoolExecutor(1)
    hidden = len(paths) < PROGRESS_FROM
    try:
        with (
            strict_pillow(),
            tqdm(total=len(paths), desc="Reading pictures", unit="file", disable=hidden, file=sys.stdout) as bar,
        ):
            work = functools.partial(_decode_block, alone=lambda work: big.submit(work).result())
            for count in pool.map(lambda block: work(block, paths, pixels, resize, problems), blocks):
                bar.update(count)
    finally:
        pool.shutdown(cancel_futures=True)  # on Ctrl-C: do not decode the rest first
        big.shutdown()
    return dict(sorted(problems.items()))


def _decode_block(
    block: range, paths: Sequence[str], pixels: np.ndarray, resize: str, problems: dict[int, str], alone: Alone
) -> int:
    """Decode some of the files into `pixels` or `problems`, and return how many they were."""
    for i in block:
        try:
            picture = _decode_file(paths[i], pixels.shape[2], pixels.shape[3], resize, alone)
            if picture is None:
                problems[i] = "empty file"
            else:
                pixels[i] = picture
        except DECODE_ERRORS as error:
            problems[i] = why_unreadable(error)
            if isinstance(error, UnidentifiedImageError) and "." not in os.path.basename(paths[i]):  # noqa: PTH119
                problems[i] = ""  # README, LICENSE and the like
    return len(block)


def _decode_file(path: str, size: int, channels: int, resize: str, alone: Alone) -> np.ndarray | None:
    """Open, read and decode one file; return None for an empty one."""
    descriptor, length = open_file(path)

    def work(alone: Alone | None) -> np.ndarray | None:
        try:
            data = read_file(descriptor, length)
        finally:
            os.close(descriptor)
        return decode(data, image_size=size, channels=channels, resize=resize, alone=alone) if data else None

    return alone(lambda: work(None)) if length > BIG_FILE else work(alone)


def decode(data: bytes, *, image_size: int, channels: int, resize: str, alone: Alone | None = None) -> np.ndarray:
    """Decode one picture file.

    Args:
        data: the bytes of the file, in one of FORMATS.
        image_size: height and width of the result, in pixels.
        channels: 1 (luma) or 3 (RGB).
        resize: "crop" (centre square), "pad" (with white) or "stretch".
        alone: what calls the decoder of a big picture; of all who share it, for one at a time.

    Returns:
        uint8 `[image_size, image_size, channels]`: upright, transparency composited on white.

    Raises:
        one of DECODE_ERRORS: the data are no picture, damaged, truncated or gigantic; call within `strict_pillow()`.
    """
    mode = "L" if channels == 1 else "RGB"
    # A small file cannot be read too often.
    stream = io.BytesIO(data) if len(data) <= MAX_READS else MeteredBytes(data)
    with Image.open(stream, formats=_formats()) as file:
        area = file.width * file.height
        if file.format in ("JPEG", "MPO"):
            file.draft(mode, (DRAFT_MARGIN * image_size, DRAFT_MARGIN * image_size))
            if "progressive" not in file.info:  # libjpeg holds all of a progressive one, whatever its draft
                area = file.width * file.height
        _check_whole(file, data)
        _check_work(file, data)

        def load() -> Image.Image:
            file.load()
            return square(flat(upright(file), mode), image_size, resize)

        picture = alone(load) if alone is not None and area > BIG_PICTURE else load()
    if picture.mode == "L" and channels == 3:
        picture = picture.convert("RGB")
    return np.frombuffer(picture.tobytes(), np.uint8).reshape(image_size, image_size, channels)


def _check_whole(file: ImageFile.ImageFile, data: bytes) -> None:
    """Raise RefusedFileError if an opened file lacks a part that Pillow would leave black."""
    if file.format == "TIFF" and file.tile:
        right, bottom = (max(tile[1][side] for tile in file.tile) for side in (2, 3))
        if right * bottom < file.width * file.height:  # the areas: the size may be that of a picture to be turned
            missing = file.width * file.height - right * bottom
            raise RefusedFileError(f"the file is damaged (it lacks {missing:,} pixels)")
    # Cut between two tiles. Within tiles, neither marker occurs: the last start of one, and the end of them all.
    if file.format == "JPEG2000" and data.find(b"\xff\xd9", data.rfind(b"\xff\x90")) < 0:
        raise RefusedFileError("the file is truncated")


def _check_work(file: ImageFile.ImageFile, data: bytes) -> None:
    """Raise RefusedFileError if decoding an opened file could take minutes, for all that Pillow would do it."""
    if file.tile and file.tile[0][0] in SLOW_DECODERS:
        values = file.width * file.height * len(file.getbands())
        if values > MAX_SLOW:
            raise RefusedFileError(f"more than {MAX_SLOW:,} values in a variant of {file.format} that is read slowly")
        if isinstance(file.fp, MeteredBytes):
            file.fp.left += 2 * values  # they read pixel by pixel
    # In the data of a scan, no other marker follows 0xff: a count finds each, and those of thumbnails.
    if "progressive" in file.info and data.count(b"\xff\xda") > MAX_SCANS:
        raise RefusedFileError(f"a progressive JPEG of more than {MAX_SCANS} scans")


def why_unreadable(error: BaseException) -> str:
    """Return the reason for one of DECODE_ERRORS as a short sentence without paths or addresses, in one line."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        reason = f"more than the {Image.MAX_IMAGE_PIXELS:,} pixels that Pillow allows"
    elif isinstance(error, UnidentifiedImageError):
        reason = "not a picture, or in a format that Pillow does not read"
    elif isinstance(error, RefusedFileError):
        reason = str(error)
    elif isinstance(error, MemoryError):
        reason = "too big for the memory"
    elif isinstance(error, OSError) and error.errno is not None:
        reason = f"the file cannot be read ({error.strerror})"
    elif "truncated" in str(error).lower():
        reason = "the file is truncated"
    else:
        reason = f"the file is damaged ({_short(str(error)) or type(error).__name__})"
    return reason


def _short(text: str) -> str:
    """Return a decoder's message, which may quote the file, in one line that can be printed."""
    line = clean(" ".join(text.split()))
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 3] + "..."
