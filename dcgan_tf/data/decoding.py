"""Decoding picture files to uint8 pixels of one size, in threads, with a short reason for each file that fails."""

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
from dcgan_tf.data.deep import Numbers, numbers_in
from dcgan_tf.data.flattening import ORIENTATION, fit, flat, orientation_of, upright
from dcgan_tf.data.header import Header, header_of
from dcgan_tf.data.listing import MAX_READS, MeteredBytes, RefusedFileError, ending_of, open_file
from dcgan_tf.data.ranges import FLOAT, INTEGER, SIXTEEN, LaterError, ReadLog, eight_bits

T = TypeVar("T")
Alone = Callable[[Callable[[], T]], T]  # runs a function in the single thread for big pictures
Note = Callable[[Header], None]
Decode = Callable[[Sequence[int], Sequence[np.ndarray]], tuple[dict[int, str], list[int]]]

RESIZES = ("crop", "pad", "stretch")
PILLOW_MODES = {SIXTEEN: "I;16", INTEGER: "I", FLOAT: "F"}  # by the kind of their numbers
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # of Pillow, by channels

# No other formats of Pillow: EPS would start Ghostscript; XBM accepts plain text. TGA has no mark at its beginning, so
# that it is tried only if the file's name says so.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO", "PCX", "PSD")
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

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

# A JPEG larger than Pillow allows is decoded at reduced scale if it has at most so many times the pixels: phones take
# 200 million. libjpeg then needs only the memory of the reduced picture.
HUGE_JPEG = 4

DARK = 32  # if no pixel is brighter, the values of the file use less than an eighth of the range that it declares

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
    paths: Sequence[str],
    pixels: np.ndarray,
    resize: str,
    background: str = "white",
    log: ReadLog | None = None,
) -> dict[int, str]:
    """Decode the file `paths[i]` into `pixels[i]`, with a progress bar if there are thousands.

    `pixels` is uint8 `[n, height, width, channels]`, `resize` and `background` are as for `load_images`. `log` is
    told what was done to which pictures; pictures that share a range are decoded once it is known. Returns why a file
    could not be decoded, by index and in order; "" if it has no ending and is not a picture.
    """
    log = log or ReadLog(wait=True)
    with decoding(paths, resize, background, log, len(paths)) as decode:
        problems, later = decode(range(len(paths)), pixels)
        log.settle()
        problems |= decode(later, [pixels[i] for i in later])[0]
    return dict(sorted(problems.items()))


@contextmanager
def decoding(paths: Sequence[str], resize: str, background: str, log: ReadLog, count: int) -> Iterator[Decode]:
    """Yield a function that decodes some of the files in threads; a progress bar shows `count` of thousands.

    The function takes indices of files, and for each the uint8 `[height, width, channels]` to decode it into. It
    returns why files could not be decoded, by index, and those that wait for a range: decode them after `log.settle()`.
    """
    # Threads: Pillow releases Python's lock while it decodes and resizes. Processes would be faster for small files,
    # but cannot be forked safely once TensorFlow runs, and take seconds to start.
    formats()  # before the threads start: registering Pillow's plugins is not thread-safe
    pool = ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1))
    big = ThreadPoolExecutor(1)

    def decode(indices: Sequence[int], targets: Sequence[np.ndarray]) -> tuple[dict[int, str], list[int]]:
        problems: dict[int, str] = {}
        later: list[int] = []

        def decode_block(block: range) -> int:
            waiting = 0
            for position in block:
                index = indices[position]
                note = functools.partial(log.headers.__setitem__, index)
                try:
                    reason = _decode_into(
                        targets[position], paths[index], resize, background, log,
                        lambda work: big.submit(work).result(), note,
                    )  # fmt: skip
                except LaterError:
                    later.append(index)
                    waiting += 1
                    continue
                if reason is not None:
                    problems[index] = reason
            return len(block) - waiting

        starts = range(0, len(indices), BLOCK)
        for done in pool.map(decode_block, (range(start, min(start + BLOCK, len(indices))) for start in starts)):
            bar.update(done)
        return problems, sorted(later)

    bar = tqdm(total=count, desc="Reading pictures", unit="file", disable=count < PROGRESS_FROM, file=sys.stdout)
    try:
        with strict_pillow(), bar:
            yield decode
    finally:
        pool.shutdown(cancel_futures=True)  # on Ctrl-C, do not decode the rest first
        big.shutdown()


def _decode_into(
    target: np.ndarray, path: str, resize: str, background: str, log: ReadLog, alone: Alone, note: Note
) -> str | None:
    """Decode one file into `target`, uint8 `[height, width, channels]`; return why that failed, None if it did not.

    Raises `LaterError` if `log` has to see other files first.
    """
    names = (*formats(), "TGA") if ending_of(path) == ".tga" else formats()

    def work(alone: Alone | None) -> str | None:
        with file:
            data = file.read(length)  # not more: the file may be growing
        if not data:
            return "empty file"
        target[:] = decode(
            data, target.shape, resize=resize, background=background, alone=alone, log=log, names=names, note=note
        )
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
    shape: tuple[int, int, int],
    *,
    resize: str,
    background: str = "white",
    alone: Alone | None = None,
    log: ReadLog | None = None,
    names: tuple[str, ...] = (),
    note: Note | None = None,
) -> np.ndarray:
    """Decode one picture file.

    Args:
        data: the bytes of the file, in one of FORMATS.
        shape: height and width of the result, in pixels, and its channels: 1 (luma), 3 (RGB) or 4 (RGBA).
        resize: "crop" (its centre, in the shape of the result), "pad" (with background) or "stretch".
        background: the colour that transparent parts are put on; RGBA keeps them.
        alone: runs a function in the single thread for big pictures; None decodes them in this thread.
        log: the value ranges of its set, and what is told of its pictures; by default the picture is a set.
        names: the formats to try; by default those of `formats()`.
        note: is called with the file's header.

    Returns:
        uint8 pixels of this shape, upright; RGBA with straight alpha.

    Raises:
        one of DECODE_ERRORS: not a picture, damaged, truncated or too large; call within `strict_pillow()`.
        LaterError: `log` has to see other pictures first.
    """
    mode, longest = MODES[shape[2]], max(shape[:2])
    log = log or ReadLog()
    traits: set[str] = set()
    run = alone or (lambda work: work())

    def finish(picture: Image.Image) -> Image.Image:
        traits.update({"alpha"} if picture.has_transparency_data else ())
        return fit(flat(upright(picture), mode, background), shape[:2], resize, background)

    picture = None
    numbers = numbers_in(data)
    if numbers:
        traits.update(numbers.traits)
        load = functools.partial(_from_numbers, numbers, log, traits, finish, note)
        picture = run(load) if numbers.size > 3 * BIG_PICTURE else load()
    if picture is None:
        with open_picture(data, names) as file:
            header = header_of(file)
            area = file.width * file.height
            if file.format in ("JPEG", "MPO"):
                file.draft("L" if mode == "L" else "RGB", (DRAFT_MARGIN * longest, DRAFT_MARGIN * longest))
                if "progressive" not in file.info:  # libjpeg keeps all of a progressive one in memory, draft or not
                    area = file.width * file.height
            _check_whole(file, data)
            _check_work(file, data)

            def load_file() -> Image.Image:
                file.load()
                return finish(file)

            picture = run(load_file) if area > BIG_PICTURE else load_file()
            if note is not None:
                note(header.upright(orientation_of(file)))
            traits.update({"pages"} if _has_more(file) else ())
    if picture.mode == "L" and mode == "RGB":
        picture = picture.convert("RGB")
    pixels = np.frombuffer(picture.tobytes(), np.uint8).reshape(shape)
    traits.update({"dark"} if "declared" in traits and pixels.max() < DARK else ())
    log.traits.extend(traits)
    return pixels


def _from_numbers(
    numbers: Numbers,
    log: ReadLog,
    traits: set[str],
    finish: Callable[[Image.Image], Image.Image],
    note: Note | None,
) -> Image.Image | None:
    """Return the finished picture of the numbers that a file holds; None if Pillow should read it."""
    deep = numbers.read()
    if deep is None:
        return None
    picture = eight_bits(deep, *log.range_of(deep))
    traits.add("declared" if deep.declared else deep.kind)
    picture.getexif()[ORIENTATION] = deep.orientation
    if note is not None:
        header = Header(numbers.format, *picture.size, PILLOW_MODES[deep.kind], deep.mode[-1] in "Aa")
        note(header.upright(deep.orientation))
    return finish(picture)


def open_picture(data: bytes, names: tuple[str, ...] = ()) -> ImageFile.ImageFile:
    """Open a picture file with Pillow, also a JPEG larger than it allows, and HEIC photos if pillow-heif is installed.

    `names` are the formats to try, by default those of `formats()`. Raises one of DECODE_ERRORS.
    """
    # A file of few bytes needs no limit on its reads.
    stream = io.BytesIO(data) if len(data) <= MAX_READS else MeteredBytes(data)
    try:
        return Image.open(stream, formats=names or formats())
    except UnidentifiedImageError:
        if data[4:8] != b"ftyp" or data[8:12] not in HEIF_BRANDS:
            raise
        try:
            from pillow_heif import register_heif_opener
        except ImportError:
            raise RefusedFileError("a HEIC photo; `pip install pillow-heif` makes it readable") from None
        register_heif_opener()
        stream.seek(0)
        return Image.open(stream, formats=("HEIF",))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        if not data.startswith(b"\xff\xd8\xff"):
            raise
        stream.seek(0)
        opener, _ = Image.OPEN["JPEG"]  # without the check of the size
        file = opener(stream, "")
        reducible = "progressive" not in file.info and _is_interleaved(data)
        if file.width * file.height > HUGE_JPEG * (Image.MAX_IMAGE_PIXELS or 0) or not reducible:
            raise
        return file


def _is_interleaved(data: bytes) -> bool:
    """Return whether the first scan of a JPEG holds all its colours; else libjpeg keeps the whole picture in memory."""
    place, colors = 2, 0
    while place + 10 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in (0xC0, 0xC1):  # start of a baseline frame
            colors = data[place + 9]
        elif marker == 0xDA:  # start of a scan
            return data[place + 4] == colors
        place += 2 + length
    return False


def _has_more(file: ImageFile.ImageFile) -> bool:
    """Return whether an opened file, of another format than TIFF, holds more frames."""
    if file.format in ("TIFF", "PSD"):  # the first picture of a PSD is all of its layers together
        return False
    try:
        return bool(getattr(file, "is_animated", False))
    except DECODE_ERRORS:
        return False  # GIF looks for the second frame, which is damaged, but not needed


def _check_whole(file: ImageFile.ImageFile, data: bytes) -> None:
    """Raise an error if a part of an opened file is missing, which Pillow would leave black, or a JPEG is too large."""
    if file.format == "TIFF" and file.tile:
        right, bottom = (max(tile[1][side] for tile in file.tile) for side in (2, 3))
        missing = file.width * file.height - right * bottom  # areas: the picture may still have to be rotated
        if missing > 0:
            raise RefusedFileError(f"the file is damaged ({missing:,} pixels are missing)")
    if file.format in ("JPEG", "MPO") and file.width * file.height > (Image.MAX_IMAGE_PIXELS or sys.maxsize):
        raise Image.DecompressionBombError  # reduced, it is too large still
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
