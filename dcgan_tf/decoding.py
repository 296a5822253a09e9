"""Picture files to squares of uint8 pixels, on all cores, and one short reason where that fails."""

import functools
import io
import os
import struct
import sys
import warnings
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from tqdm import tqdm

RESIZES = ("crop", "pad", "stretch")

# Pillow's other formats are left out: EPS would start Ghostscript, XBM or TGA "recognise" plain text.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "JPEG2000", "PPM")

# Antialiased in Pillow; rings less than Lanczos around an object on white, in two thirds of the time.
FILTER = Image.Resampling.BICUBIC

# A JPEG may be decoded at 1/2, 1/4 or 1/8 of its size if this many pixels per target pixel remain to average.
DRAFT_MARGIN = 2

ORIENTATION = 0x0112  # the EXIF tag; 1 is upright

PROGRESS_FROM = 3000  # files; fewer are read before a bar could be of use
BLOCK = 32  # files handed to a thread at a time
MAX_THREADS = 8  # more do not help: the header of each file is read in Python, one thread at a time

# What Pillow's decoders raise on damaged files: OSError (truncated, unidentified, libtiff, WebP, no permission),
# SyntaxError (headers), ValueError (sizes, PNG text bombs, palettes), struct.error, IndexError, KeyError, TypeError
# and AttributeError (missing fields), EOFError (frames), zlib.error (PNG chunks), NotImplementedError (rare modes),
# OverflowError and MemoryError (absurd sizes), ZeroDivisionError (resolutions), ImportError (LAB without littlecms).
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    EOFError,
    ArithmeticError,
    MemoryError,
    NotImplementedError,
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
    hidden = len(paths) < PROGRESS_FROM
    try:
        with (
            strict_pillow(),
            tqdm(total=len(paths), desc="Reading pictures", unit="file", disable=hidden, file=sys.stdout) as bar,
        ):
            for count in pool.map(lambda block: _decode_block(block, paths, pixels, resize, problems), blocks):
                bar.update(count)
    finally:
        pool.shutdown(cancel_futures=True)  # on Ctrl-C: do not decode the rest first
    return dict(sorted(problems.items()))


def _decode_block(block: range, paths: Sequence[str], pixels: np.ndarray, resize: str, problems: dict[int, str]) -> int:
    """Decode some of the files into `pixels` or `problems`, and return how many they were."""
    size, channels = pixels.shape[2], pixels.shape[3]
    for i in block:
        try:
            with open(paths[i], "rb", buffering=0) as file:  # noqa: PTH123 - with less overhead than Path.open
                data = file.read()
            if data:
                pixels[i] = decode(data, image_size=size, channels=channels, resize=resize)
            else:
                problems[i] = "empty file"
        except DECODE_ERRORS as error:
            problems[i] = why_unreadable(error)
            if isinstance(error, UnidentifiedImageError) and "." not in os.path.basename(paths[i]):  # noqa: PTH119
                problems[i] = ""  # README, LICENSE and the like
    return len(block)


def decode(data: bytes, *, image_size: int, channels: int, resize: str) -> np.ndarray:
    """Decode one picture file.

    Args:
        data: the bytes of the file, in one of FORMATS.
        image_size: height and width of the result, in pixels.
        channels: 1 (luma) or 3 (RGB).
        resize: "crop" (centre square), "pad" (with white) or "stretch".

    Returns:
        uint8 `[image_size, image_size, channels]`: upright, transparency composited on white.

    Raises:
        one of DECODE_ERRORS: the data are no picture, damaged, truncated or gigantic; call within `strict_pillow()`.
    """
    with Image.open(io.BytesIO(data), formats=_formats()) as file:
        if file.format in ("JPEG", "MPO"):
            side = DRAFT_MARGIN * image_size
            file.draft("L" if channels == 1 else "RGB", (side, side))
        file.load()
        picture = _flat(_upright(file), "L" if channels == 1 else "RGB")
    picture = _square(picture, image_size, resize)
    if picture.mode == "L" and channels == 3:
        picture = picture.convert("RGB")
    return np.frombuffer(picture.tobytes(), np.uint8).reshape(image_size, image_size, channels)


def why_unreadable(error: BaseException) -> str:
    """Return the reason for one of DECODE_ERRORS as a short sentence without paths or addresses."""
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        reason = f"more than the {Image.MAX_IMAGE_PIXELS:,} pixels that Pillow allows"
    elif isinstance(error, UnidentifiedImageError):
        reason = "not a picture, or in a format that Pillow does not read"
    elif isinstance(error, MemoryError):
        reason = "too big for the memory"
    elif isinstance(error, OSError) and error.errno is not None:
        reason = f"the file cannot be read ({error.strerror})"
    elif "truncated" in str(error).lower():
        reason = "the file is truncated"
    else:
        reason = f"the file is damaged ({str(error).strip() or type(error).__name__})"
    return reason


def _upright(picture: Image.Image) -> Image.Image:
    """Return the picture turned as its EXIF orientation says."""
    try:
        orientation = picture.getexif().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return picture  # a damaged EXIF block says nothing; every viewer shows such a picture as it is
    return picture if orientation == 1 else ImageOps.exif_transpose(picture)


def _flat(picture: Image.Image, mode: str) -> Image.Image:
    """Return the picture without transparency (on white), 8 bits a channel: "L", or "RGB" if `mode` asks for colour."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return _eight_bits(picture)
    if picture.has_transparency_data:
        if picture.mode == "La":  # Pillow converts it to nothing else
            picture = picture.convert("LA")
        picture = picture.convert("RGBA")
        sheet = Image.new("RGB", picture.size, "white")
        sheet.paste(picture, mask=picture.getchannel("A"))
        picture = sheet
    elif picture.mode not in ("1", "L", "RGB"):
        picture = picture.convert("RGB")
    if picture.mode == "1":
        return picture.convert("L")
    return picture.convert("L") if mode == "L" and picture.mode != "L" else picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture of 16 or 32 bits a pixel as "L".

    16-bit files use the whole range of their type. Files of 32-bit integers or floats do not tell their range: it is
    taken as [0, 1] (floats only), [0, 255], [0, 65535] or [0, maximum], the first to hold the largest value.
    """
    values = np.nan_to_num(np.asarray(picture).astype(np.float64), posinf=0.0, neginf=0.0)
    if picture.mode.startswith("I;16") or picture.format == "PNG":  # older Pillow opens a 16-bit PNG as "I"
        peak = 65535.0
    else:
        largest = float(values.max())
        ranges = ([1.0] if picture.mode == "F" else []) + [255.0, 65535.0]
        peak = next((top for top in ranges if largest <= top), largest)
    scaled = np.rint(values * (255.0 / peak)).clip(0, 255).astype(np.uint8)
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):  # the one gray value of a 16-bit PNG that stands for "nothing here"
        scaled[values == transparent] = 255
    return Image.fromarray(scaled)


def _square(picture: Image.Image, size: int, resize: str) -> Image.Image:
    """Return an "L" or "RGB" picture resized to `size` x `size` pixels, antialiased."""
    width, height = picture.size
    if resize == "stretch":
        return picture.resize((size, size), FILTER, reducing_gap=3.0)
    if resize == "crop":
        side = min(width, height)
        left, top = (width - side) // 2, (height - side) // 2
        return picture.resize((size, size), FILTER, (left, top, left + side, top + side), reducing_gap=3.0)
    scale = size / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    sheet = Image.new(picture.mode, (size, size), "white")
    sheet.paste(picture.resize(inner, FILTER, reducing_gap=3.0), ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return sheet
