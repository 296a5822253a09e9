"""Writers of pictures with other values than 0 to 255: TIFF, PNG, PGM, PPM and PFM, apart from the reader."""

import struct
import zlib

import numpy as np

PHOTOMETRIC, STRIPS, EXTRA, LOWEST, HIGHEST = 262, 273, 338, 340, 341


def tiff(
    values: np.ndarray,
    bits: int,
    *,
    big: bool = False,
    photometric: int | None = None,
    extra: int | None = None,
    limits: tuple[float, float] | None = None,
    strip: int = 7,
    separate: bool = False,
    deflate: bool = False,
) -> bytes:
    """Return a TIFF of values `[height, width]` or `[height, width, bands]`, in strips of `strip` rows.

    `bits` a sample, packed unless they fill bytes; the sample format follows from the type of the values.
    """
    order = ">" if big else "<"
    values = values if values.ndim == 3 else values[..., None]
    height, width, bands = values.shape
    planes = np.moveaxis(values, 2, 0)[..., None] if separate else values[None]
    strips = [packed(plane[y : y + strip], bits, order) for plane in planes for y in range(0, height, strip)]
    strips = [zlib.compress(part) for part in strips] if deflate else strips
    offsets, data = [], b""
    for part in strips:
        offsets.append(8 + len(data))
        data += part
    data += bytes(len(data) % 2)
    sample_format = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    tags = {
        256: ("I", [width]),
        257: ("I", [height]),
        258: ("H", [bits] * bands),
        259: ("H", [8 if deflate else 1]),
        PHOTOMETRIC: ("H", [(2 if bands >= 3 else 1) if photometric is None else photometric]),
        STRIPS: ("I", offsets),
        277: ("H", [bands]),
        278: ("I", [strip]),
        279: ("I", list(map(len, strips))),
        284: ("H", [2 if separate else 1]),
        339: ("H", [sample_format] * bands),
    }
    if extra is not None:
        colors = 3 if tags[PHOTOMETRIC][1][0] == 2 else 1
        tags[EXTRA] = ("H", [extra, *[0] * (bands - colors - 1)])
    if limits:
        letter = "f" if sample_format == 3 else {8: "b", 16: "h"}.get(bits, "i") if sample_format == 2 else "H"
        tags[LOWEST], tags[HIGHEST] = (letter, [limits[0]] * bands), (letter, [limits[1]] * bands)
    return data_and_tags(data, tags, order)


def data_and_tags(data: bytes, tags: dict, order: str) -> bytes:
    """Return a TIFF file of one page, data first."""
    types = {"H": 3, "I": 4, "b": 6, "h": 8, "i": 9, "f": 11}
    start = 8 + len(data)
    after = start + 6 + 12 * len(tags)
    table, more = b"", b""
    for tag, (letter, numbers) in sorted(tags.items()):
        content = struct.pack(f"{order}{len(numbers)}{letter}", *numbers)
        place = content.ljust(4, b"\0") if len(content) <= 4 else struct.pack(f"{order}I", after + len(more))
        more += content + bytes(len(content) % 2) if len(content) > 4 else b""
        table += struct.pack(f"{order}HHI", tag, types[letter], len(numbers)) + place
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}I", start)
    return head + data + struct.pack(f"{order}H", len(tags)) + table + bytes(4) + more


def packed(values: np.ndarray, bits: int, order: str) -> bytes:
    """Return the rows of values as bytes, each row filled up to whole bytes."""
    if bits in (8, 16, 32, 64):
        return values.astype(f"{order}{values.dtype.kind}{bits // 8}").tobytes()
    rows = values.reshape(len(values), -1)
    digits = (rows[..., None].astype(int) >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(digits.reshape(len(rows), -1).astype(np.uint8), axis=1).tobytes()


def png(values: np.ndarray, *chunks: bytes) -> bytes:
    """Return a 16-bit PNG of `[height, width]` or of 2 to 4 bands, with more chunks after the first."""
    values = values if values.ndim == 3 else values[..., None]
    height, width, bands = values.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[bands], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixmap(values: np.ndarray, top: int) -> bytes:
    """Return a PGM or PPM whose maximum is `top`."""
    head = f"P{5 if values.ndim == 2 else 6}\n# a comment\n{values.shape[1]} {values.shape[0]}\n{top}\n"
    return head.encode() + values.astype(">u2" if top > 255 else "u1").tobytes()


def float_map(values: np.ndarray, *, big: bool = False) -> bytes:
    """Return a PFM, whose rows go up."""
    head = f"P{'f' if values.ndim == 2 else 'F'}\n{values.shape[1]} {values.shape[0]}\n{1.0 if big else -1.0}\n"
    return head.encode() + values[::-1].astype(">f4" if big else "<f4").tobytes()
