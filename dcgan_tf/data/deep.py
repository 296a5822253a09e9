"""Reading pictures whose values are not 0 to 255, as numbers: TIFF, 16-bit PNG, and PGM, PPM and PFM.

Pillow keeps only the upper 8 bits of most of these, or does not open them. It still decompresses them here: the rows of
a TIFF as if they were 8-bit gray, a PNG once for each half of its 16 bits.
"""

import io
import re
import struct
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from PIL import Image, TiffImagePlugin

from dcgan_tf.data.flattening import orientation_of
from dcgan_tf.data.listing import MAX_READS, MeteredBytes, RefusedFileError
from dcgan_tf.data.ranges import FLOAT, INTEGER, SIXTEEN, Deep, Range

PIECE = 64_000_000  # bytes that are decompressed at a time, if the file has several parts
MAX_RAW = 540_000_000  # bytes of values: 16-bit RGB of as many pixels as Pillow allows

# Tags of TIFF. https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIPS, ORIENTATION, SAMPLES, STRIP_ROWS, STRIP_BYTES, PLANAR, PREDICTOR = 273, 274, 277, 278, 279, 284, 317
TILE_WIDTH, TILE_HEIGHT, TILES, TILE_BYTES, EXTRA, FORMAT, LOWEST, HIGHEST = 322, 323, 324, 325, 338, 339, 340, 341

LOSSLESS = (1, 5, 8, 32773, 32946, 34925, 50000)  # none, LZW, Deflate, PackBits, old Deflate, LZMA, Zstandard
UNSIGNED, SIGNED, FLOATING = 1, 2, 3  # values of FORMAT
GRAY, RGB, CMYK, YCBCR, LAB = (0, 1), 2, 5, 6, 8  # values of PHOTOMETRIC; 0 is inverted
ASSOCIATED, UNASSOCIATED = 1, 2  # values of EXTRA: premultiplied alpha, and plain

SPACE = rb"(?:\s|#[^\r\n]*[\r\n])+"
PIXMAP = re.compile(rb"P([56fF])" + SPACE + rb"(\d{1,9})" + SPACE + rb"(\d{1,9})" + SPACE + rb"([-+.\deE]{1,20})\s")


class Tiff(NamedTuple):
    """The first page of a TIFF: its tags, and whether there are more pages."""

    tags: TiffImagePlugin.ImageFileDirectory_v2
    more: bool

    def numbers(self, tag: int, default: Sequence[float] = ()) -> tuple:
        """Return the values of a tag."""
        found = self.tags.get(tag, default)
        return tuple(found) if isinstance(found, tuple | list) else (found,)

    def number(self, tag: int, default: int) -> int:
        """Return the first value of a tag as a whole number."""
        return int((self.numbers(tag) or (default,))[0])

    @property
    def bits(self) -> int:
        """Bits of each sample; 0 if they differ."""
        bits = {int(number) for number in self.numbers(BITS, (1,))}
        return bits.pop() if len(bits) == 1 else 0

    @property
    def colors(self) -> int:
        """The number of bands that the photometric interpretation takes as colours."""
        return {RGB: 3, YCBCR: 3, LAB: 3, CMYK: 4}.get(self.number(PHOTOMETRIC, 0), 1)

    @property
    def spare(self) -> int:
        """The number of bands that are neither colour nor alpha."""
        alpha = any(kind in (ASSOCIATED, UNASSOCIATED) for kind in self.extra)
        return max(0, self.number(SAMPLES, 1) - self.colors - alpha)

    @property
    def extra(self) -> tuple:
        """What each band beyond the colours is. A fourth one of RGB is alpha if the file does not say."""
        unsaid = self.number(PHOTOMETRIC, 0) == RGB and self.number(SAMPLES, 1) == 4
        return self.numbers(EXTRA, (UNASSOCIATED,) if unsaid else ())


class Numbers(NamedTuple):
    """A file whose values have to be read as numbers."""

    format: str  # Pillow's name
    size: int  # bytes of all values
    traits: tuple[str, ...]
    read: Callable[[], Deep | None]


def numbers_in(data: bytes) -> Numbers | None:
    """Return how to read the values of a file, or None if Pillow reads it as well."""
    tiff = open_tiff(data)
    if tiff:
        traits = ("pages",) * tiff.more
        if tiff.spare:
            traits += ("bands",) if tiff.colors + tiff.spare > 2 else ("second",)
        size = tiff.number(WIDTH, 0) * tiff.number(HEIGHT, 0) * tiff.number(SAMPLES, 1) * tiff.bits // 8
        return Numbers("TIFF", size, traits, lambda: read_tiff(data, tiff) if is_deep(tiff) else None)
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[24:25] == b"\x10":
        width, height = struct.unpack(">II", data[16:24])
        return Numbers("PNG", width * height * 8, (), lambda: read_png(data))
    found = PIXMAP.match(data[:10_000])
    if found and found[4] != b"255":
        return Numbers("PPM", len(data), (), lambda: read_pixmap(data, found))
    return None


def open_tiff(data: bytes) -> Tiff | None:
    """Return the first page of a TIFF file, or None if it is another file."""
    if data[:4] not in TiffImagePlugin.PREFIXES:
        return None
    stream = MeteredBytes(data)
    tags = TiffImagePlugin.ImageFileDirectory_v2(stream.read(16 if 43 in data[2:4] else 8))
    stream.seek(tags.next)
    tags.load(stream)
    return Tiff(tags, bool(tags.next))


def is_deep(tiff: Tiff) -> bool:
    """Return whether Pillow would lose a part of the values, or not open the file."""
    plain = tiff.bits == 8 or (tiff.bits in (1, 2, 4) and tiff.number(SAMPLES, 1) == 1)
    inverted = tiff.number(PHOTOMETRIC, 0) == 0 and tiff.number(SAMPLES, 1) > 1
    return not plain or inverted or tiff.spare > 0 or set(tiff.numbers(FORMAT, (UNSIGNED,))) != {UNSIGNED}


def read_tiff(data: bytes, tiff: Tiff) -> Deep | None:
    """Return the values of a TIFF; None if its compression or its colours are not known here."""
    bits, samples, sample_format = tiff.bits, tiff.number(SAMPLES, 1), tiff.number(FORMAT, UNSIGNED)
    photometric = tiff.number(PHOTOMETRIC, 0)
    sensible = 1 <= samples <= 1024 and {
        UNSIGNED: 1 <= bits <= 16 or bits == 32,
        SIGNED: bits in (8, 16, 32),
        FLOATING: bits in (16, 32, 64),
    }.get(sample_format, False)
    if not sensible or photometric not in (*GRAY, RGB, CMYK) or tiff.number(COMPRESSION, 1) not in LOSSLESS:
        return None
    mode, kept = _bands(tiff, samples)
    values = _samples(data, tiff, kept)
    if sample_format == FLOATING:
        kind, declared, full = FLOAT, None, 1.0
    elif sample_format == SIGNED or bits == 32:
        kind, declared, full = INTEGER, None, float(2 ** (bits - (sample_format == SIGNED)) - 1)
    else:
        full = float(2**bits - 1)
        kind, declared = SIXTEEN, None if bits == 16 else (0.0, full)
    return Deep(values, mode, kind, _stated(tiff) or declared, photometric == 0, full, tiff.number(ORIENTATION, 1))


def _stated(tiff: Tiff) -> Range | None:
    """Return the range by the tags SMinSampleValue and SMaxSampleValue."""
    if LOWEST not in tiff.tags and HIGHEST not in tiff.tags:
        return None
    low, high = min(tiff.numbers(LOWEST, (0,))), max(tiff.numbers(HIGHEST, (0,)))
    return (float(low), float(high)) if np.isfinite(high - low) and high > low else None


def _bands(tiff: Tiff, there: int) -> tuple[str, list[int]]:
    """Return the mode of the picture, and which bands make it.

    Bands beyond gray are taken as red, green and blue if there are at least three: so satellite pictures are stored.
    """
    extra = tiff.extra
    alpha = next((i for i, kind in enumerate(extra) if kind in (ASSOCIATED, UNASSOCIATED)), None)
    colors = tiff.colors
    place = there - len(extra) + alpha if alpha is not None else None
    if colors == 1 and (there if place is None else place) >= 3:
        colors = 3
    if there < colors:
        raise RefusedFileError(f"the file is damaged ({there} bands instead of {colors})")
    if place is None or colors == 4 or not colors <= place < there:
        return {1: "L", 3: "RGB", 4: "CMYK"}[colors], list(range(colors))
    suffix = "a" if extra[alpha] == ASSOCIATED else "A"
    return ("L" if colors == 1 else "RGB") + suffix, [*range(colors), place]


def _samples(data: bytes, tiff: Tiff, kept: list[int]) -> np.ndarray:
    """Return the samples of some bands of a TIFF, `[height, width, bands]`."""
    width, height, bits, samples = (tiff.number(tag, 1) for tag in (WIDTH, HEIGHT, BITS, SAMPLES))
    check_size(width, height, samples * bits)
    if any(tiff.number(tag, 1) < 1 for tag in (TILE_WIDTH, TILE_HEIGHT, STRIP_ROWS)):
        raise RefusedFileError("the file is damaged (parts without pixels)")
    planes = samples if tiff.number(PLANAR, 1) == 2 else 1
    bands = samples // planes
    tiled = TILES in tiff.tags
    across = tiff.number(TILE_WIDTH, width) if tiled else width  # pixels that are packed and predicted together
    row = -(-across * bands * bits // 8)  # bytes
    columns = -(-width // across)
    parts = []
    for plane in kept if planes > 1 else (0,):
        raw = _raw_rows(data, tiff, row * columns, plane).reshape(-1, columns, row)
        parts.append(_numbers(raw, tiff, across, bands).reshape(len(raw), columns * across, bands)[:height, :width])
    if planes > 1:
        return np.concatenate(parts, axis=2)
    return parts[0] if len(kept) == bands else parts[0][..., kept]


def _raw_rows(data: bytes, tiff: Tiff, row: int, plane: int) -> np.ndarray:
    """Return the decompressed bytes of a plane, `[height, row]`, height a multiple of a tile's if there are tiles."""
    tiled, height = TILES in tiff.tags, tiff.number(HEIGHT, 1)
    if tiled:
        rows, columns = tiff.number(TILE_HEIGHT, height), -(-tiff.number(WIDTH, 1) // tiff.number(TILE_WIDTH, 1))
    else:
        rows, columns = min(height, tiff.number(STRIP_ROWS, height)), 1
    down = -(-height // rows)
    height = down * rows if tiled else height
    check_size(row, height, 8, limit=MAX_RAW)
    offsets, counts = (
        tiff.numbers(tag)[plane * down * columns :] for tag in ((TILES, TILE_BYTES) if tiled else (STRIPS, STRIP_BYTES))
    )
    plain = tiff.number(COMPRESSION, 1) == 1 and tiff.number(FILL_ORDER, 1) == 1 and not tiled
    if len(offsets) < down * columns or not (plain or len(counts) >= down * columns):
        raise RefusedFileError("the file is damaged (parts of the picture are missing)")
    raw = np.empty((height, row), np.uint8)
    step = 1 if plain else max(1, PIECE // (rows * row))
    for top in range(0, down, step):
        part = raw[top * rows : (top + step) * rows]
        if plain:
            found = np.frombuffer(data[offsets[top] : offsets[top] + part.size], np.uint8)
            if found.size < part.size:
                raise RefusedFileError("the file is truncated")
            part[:] = found.reshape(part.shape)
        else:
            chosen = range(top * columns, min(down, top + step) * columns)
            packed = [data[offsets[i] : offsets[i] + counts[i]] for i in chosen]
            shape = {TILE_WIDTH: row // columns, TILE_HEIGHT: rows} if tiled else {STRIP_ROWS: rows}
            part[:] = _unpacked_tiff(packed, part.shape, shape, tiff)
    return raw


def _unpacked_tiff(packed: list[bytes], size: tuple[int, int], shape: dict[int, int], tiff: Tiff) -> np.ndarray:
    """Return the decompressed bytes `[height, row]` of strips or tiles, whose size is `shape`."""
    height, row = size
    offsets = [*accumulate(map(len, packed), initial=8)]
    place = offsets.pop()
    page = {tag: (number,) for tag, number in shape.items()}
    page |= {WIDTH: (row,), HEIGHT: (height,), BITS: (8,), PHOTOMETRIC: (1,), SAMPLES: (1,)}
    page |= {COMPRESSION: (tiff.number(COMPRESSION, 1),), FILL_ORDER: (tiff.number(FILL_ORDER, 1),)}
    places, lengths = (TILES, TILE_BYTES) if TILE_WIDTH in shape else (STRIPS, STRIP_BYTES)
    page |= {places: offsets, lengths: [len(part) for part in packed]}
    after = place + 6 + 12 * len(page)
    entries, values = b"", b""
    for tag in sorted(page):
        numbers = struct.pack(f"<{len(page[tag])}I", *page[tag])
        inline = numbers if len(numbers) == 4 else struct.pack("<I", after + len(values))
        entries += struct.pack("<HHI", tag, 4, len(page[tag])) + inline
        values += numbers if len(numbers) > 4 else b""
    table = struct.pack("<H", len(page)) + entries + bytes(4) + values
    content = b"".join((b"II*\0", struct.pack("<I", place), *packed, table))
    with TiffImagePlugin.TiffImageFile(MeteredBytes(content)) as file:
        file.load()
        return np.asarray(file)


def _numbers(raw: np.ndarray, tiff: Tiff, across: int, bands: int) -> np.ndarray:
    """Return the samples in bytes `[height, columns, bytes]` as numbers `[height, columns, across * bands]`."""
    bits, predictor = tiff.bits, tiff.number(PREDICTOR, 1)
    order = "<" if tiff.tags.prefix == b"II" else ">"
    if bits in (8, 16, 32, 64):
        letter = {SIGNED: "i", FLOATING: "f"}.get(tiff.number(FORMAT, UNSIGNED), "u")
        kind = np.dtype(f"{order}{letter}{bits // 8}")
        if predictor == 3 and letter == "f":
            raw = _summed(raw, bands).reshape(*raw.shape[:2], bits // 8, -1).swapaxes(-1, -2)
            return np.ascontiguousarray(raw).view(kind.newbyteorder(">")).reshape(*raw.shape[:2], -1)
        values = np.ascontiguousarray(raw).view(kind)
        if predictor == 2:
            integers = values.view(np.dtype(f"{order}u{bits // 8}"))
            values = _summed(integers.astype(f"u{bits // 8}"), bands).view(f"{letter}{bits // 8}")
        return values
    if predictor != 1:
        raise RefusedFileError(f"a TIFF of {bits} bits with a predictor")
    return _unpacked(raw, bits, across * bands)


def _summed(values: np.ndarray, bands: int) -> np.ndarray:
    """Undo the horizontal prediction: add to each number that of the same band one pixel earlier, modulo its type."""
    pixels = values.reshape(*values.shape[:2], -1, bands)
    return np.cumsum(pixels, axis=2, dtype=values.dtype).reshape(values.shape)


def _unpacked(raw: np.ndarray, bits: int, count: int) -> np.ndarray:
    """Return `count` numbers of so many bits, up to 16, from the bytes of each row, high bits first."""
    place = np.arange(count) * bits
    first = place // 8
    padded = np.pad(raw, ((0, 0), (0, 0), (0, 2)))
    numbers = np.empty((*raw.shape[:2], count), np.uint16)
    for y in range(len(raw)):  # row by row: 32 bits a number
        row = padded[y].astype(np.uint32)
        three = (row[:, first] << 16) | (row[:, first + 1] << 8) | row[:, first + 2]
        numbers[y] = (three >> (24 - bits - place % 8).astype(np.uint32)) & (2**bits - 1)
    return numbers


def read_png(data: bytes) -> Deep:
    """Return the values of a 16-bit PNG."""
    # Colour type: mode of the picture, and how Pillow unpacks the upper and the lower bytes.
    layouts = {0: ("L", None, None), 2: ("RGB", "RGB;16B", "RGB;16L"), 4: ("LA", "RGBA", None)}
    mode, upper, lower = layouts.get(data[25], ("RGBA", "RGBA;16B", "RGBA;16L"))
    check_size(*struct.unpack(">II", data[16:24]), 16 * len(mode))
    high, transparent, orientation = _unpacked_png(data, upper)
    if mode == "LA":
        values = np.ascontiguousarray(high).view(">u2")
    else:
        values = np.array(high, np.uint16).reshape(*high.shape[:2], -1)
    if lower:
        del high
        values <<= 8
        values |= _unpacked_png(data, lower)[0]
    if transparent is not None and mode in ("L", "RGB"):
        hidden = (values == np.array(transparent, np.uint16)).all(axis=2, keepdims=True)
        values = np.concatenate([values, np.where(hidden, 0, 65535).astype(np.uint16)], axis=2)
        mode += "A"
    return Deep(values, mode, SIXTEEN, orientation=orientation)


def _unpacked_png(data: bytes, layout: str | None) -> tuple[np.ndarray, int | tuple[int, ...] | None, int]:
    """Return what Pillow unpacks by a layout of bytes, the colour that is transparent or None, and the orientation."""
    stream = io.BytesIO(data) if len(data) <= MAX_READS else MeteredBytes(data)
    with Image.open(stream, formats=("PNG",)) as file:
        if layout:
            file.tile = [(*tile[:3], layout) for tile in file.tile]
        file.load()
        return np.asarray(file), file.info.get("transparency"), orientation_of(file)


def read_pixmap(data: bytes, header: re.Match[bytes]) -> Deep:
    """Return the values of a binary PGM or PPM, or of a PFM."""
    letter, (width, height), start = header[1], (int(header[2]), int(header[3])), header.end()
    top, bands = float(header[4]), 3 if letter in b"6F" else 1
    if letter in b"fF":
        kind = np.dtype("<f4" if top < 0 else ">f4")
    elif 0 < top < 65536 and top == int(top):
        kind = np.dtype("u1" if top < 256 else ">u2")
    else:
        raise RefusedFileError("the file is damaged (its maximum should be 1 to 65,535)")
    check_size(width, height, bands * kind.itemsize * 8)
    if len(data) - start < width * height * bands * kind.itemsize:
        raise RefusedFileError("the file is truncated")
    values = np.frombuffer(data, kind, width * height * bands, start).reshape(height, width, bands)
    mode = "L" if bands == 1 else "RGB"
    return Deep(values[::-1], mode, FLOAT) if letter in b"fF" else Deep(values, mode, SIXTEEN, (0.0, top))


def check_size(width: int, height: int, bits: int, limit: int | None = None) -> None:
    """Raise an error if a picture has no pixels, more than Pillow allows, or too many bytes at `bits` a pixel."""
    if width < 1 or height < 1:
        raise RefusedFileError("the file is damaged (it has no pixels)")
    limit = limit or Image.MAX_IMAGE_PIXELS
    if limit and width * height > limit:
        raise Image.DecompressionBombError
    if width * height * bits > MAX_RAW * 8:
        raise RefusedFileError(f"more than {MAX_RAW // 10**6} MB of values")
