"""Picture files to damage, and the damage: the same from the same seed and index."""

import contextlib
import random
import struct
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import PIL
from PIL import Image

from tests.support import awkward, deep_files
from tests.support.awkward import encoded, photo

Damage = Callable[[random.Random, bytearray, bytes], bytearray]

# What counters, sizes and offsets trip over, in as many bytes as they have.
INTERESTING = {1: (0, 1, 0x7F, 0x80, 0xFF), 2: (0, 1, 0x7FFF, 0x8000, 0xFFFF), 4: (0, 1, 0x7FFFFFFF, 2**31, 2**32 - 1)}
SIZES = (16, 255, 4095, 8191, 9400, 16383, 20000, 65500)

PNG_START = b"\x89PNG\r\n\x1a\n"


def make_seeds() -> list[bytes]:
    """Return small pictures in all formats that are read, as far as this Pillow writes them, in a fixed order."""
    files = {
        **awkward._jpegs(),
        **awkward._pngs(),
        **awkward._other_formats(),
        **awkward._tiffs(),
        **awkward._names_and_shapes(),
    }
    return [data for _, data in sorted(files.items())] + list(_more())


def make_input(seeds: list[bytes], seed: int, index: int) -> bytes:
    """Return input number `index` of a run: one of the seeds with one to four kinds of damage."""
    rng = random.Random(f"{seed}/{index}")
    data, other = bytearray(rng.choice(seeds)), rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        data = rng.choice(DAMAGES)(rng, data, other)
    # Otherwise hardly any damage to a PNG would get past its check sums.
    return repair_png(bytes(data)) if data.startswith(PNG_START) and rng.random() < 0.5 else bytes(data)


def repair_png(data: bytes) -> bytes:
    """Return a PNG file with the right check sum behind each chunk that is whole."""
    fixed, place = bytearray(data), len(PNG_START)
    while place + 12 <= len(fixed):
        end = place + 8 + int.from_bytes(fixed[place : place + 4], "big")
        if end + 4 > len(fixed):
            break
        fixed[end : end + 4] = struct.pack(">I", zlib.crc32(fixed[place + 4 : end]))
        place = end + 4
    return bytes(fixed)


def rle_bitmap() -> bytes:
    """Return a BMP file of 20 x 20 pixels with run lengths, which Pillow reads but does not write."""
    file = bytearray(encoded(Image.new("L", (20, 20)).convert("P"), "BMP"))
    file[30:34] = struct.pack("<I", 1)
    start = int.from_bytes(file[10:14], "little")
    return bytes(file[:start]) + b"\x0a\x05\x00\x04\1\2\3\4\x06\x09\0\0" * 20 + b"\0\1"


def plain_pixmap() -> bytes:
    """Return a PPM file of 8 x 8 pixels whose numbers are written out."""
    return b"P3\n# a comment\n8 8\n200\n" + b" ".join(b"%d" % (i % 201) for i in range(192)) + b"\n"


def _more() -> Iterator[bytes]:
    """Yield what the awkward folder lacks."""
    deep = Image.fromarray(awkward.deep())
    zstd = ("zstd",) if int(PIL.__version__.split(".")[0]) >= 12 else ()  # earlier ones crash after failing to write it
    for kind, picture, options in (
        ("AVIF", photo(), {"speed": 10}),
        ("AVIF", awkward.see_through(), {"speed": 10}),
        ("JPEG2000", photo(), {}),
        ("JPEG2000", awkward.see_through(), {"no_jp2": True}),
        ("JPEG2000", photo().convert("L"), {"irreversible": True, "tile_size": (16, 16)}),
        ("PPM", photo(), {}),
        ("PPM", photo().convert("1"), {}),
        ("PPM", deep, {}),
        ("MPO", photo(), {"save_all": True, "append_images": [photo()]}),
        ("JPEG", photo(), {"comment": b"a comment", "exif": awkward.orientation(8), "icc_profile": b"profile" * 30}),
        ("JPEG", photo(), {"restart_marker_blocks": 1, "optimize": True}),
        ("PNG", photo(), {"exif": awkward.orientation(3), "icc_profile": b"profile" * 30}),
        ("DIB", photo(), {}),
        *((kind, photo(), {}) for kind in ("ICO", "PCX")),
        ("GIF", photo().quantize(64), {"comment": b"a comment" * 40, "interlace": True}),
        *((kind, photo(), {"save_all": True, "append_images": [photo()]}) for kind in ("PNG", "WEBP", "TIFF")),
        *(("TIFF", photo(), {"compression": name}) for name in ("tiff_adobe_deflate", "packbits", "jpeg", *zstd)),
        ("TIFF", photo().convert("1"), {"compression": "group4"}),
        ("TIFF", photo(), {"big_tiff": True, "exif": awkward.orientation(5)}),
        ("TIFF", deep, {"compression": "tiff_lzw"}),
    ):
        with contextlib.suppress(KeyError, OSError):  # older or smaller builds of Pillow do not write all of these
            yield encoded(picture, kind, **options)
    yield from (rle_bitmap(), plain_pixmap(), b"P5 12 12 100\n" + bytes(range(72)) * 2)
    yield from _deep()


def _deep() -> Iterator[bytes]:
    """Yield what is read as numbers."""
    values = np.random.default_rng(3).integers(0, 4096, (16, 17, 4), np.uint16)
    floats = (values / 4095).astype(np.float32)
    yield from (deep_files.png(values[..., :bands].squeeze()) for bands in (1, 2, 3, 4))
    yield from (deep_files.pixmap(values[..., 0], 4095), deep_files.pixmap(values[..., :3], 4095))
    yield from (deep_files.float_map(floats[..., 0]), deep_files.float_map(floats[..., :3], big=True))
    yield from (deep_files.tiff(values[..., 0], bits, deflate=bits > 12) for bits in (12, 13, 16))
    yield from (deep_files.tiff(values, 16, separate=True, big=True), deep_files.tiff(values, 16, extra=1))
    yield from (deep_files.tiff(floats, 32, extra=0), deep_files.tiff(values.astype(np.int32), 32, limits=(0, 4095)))
    yield b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 8, 8, 8, 3) + bytes(14) + bytes(range(192))


def _flip_bits(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    for _ in range(rng.choice((1, 1, 4, 30))):
        if data:
            data[_place(rng, data)] ^= 1 << rng.randrange(8)
    return data


def _set_number(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    """Write an interesting number anywhere, most often near the start, where the sizes are."""
    width = rng.choice((1, 2, 4))
    value = rng.choice(INTERESTING[width] + (SIZES if width > 1 else ()))
    place = _place(rng, data)
    data[place : place + width] = value.to_bytes(width, rng.choice(("big", "little")))
    return data


def _set_size(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    """Write two sizes side by side near the start, as width and height are in most formats."""
    width, order = rng.choice((2, 4)), rng.choice(("big", "little"))
    place = rng.randrange(6, 64)
    for start in (place, place + width):
        data[start : start + width] = rng.choice(SIZES).to_bytes(width, order)
    return data


def _truncate(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    return data[: rng.randrange(len(data) + 1)]


def _delete(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    place = _place(rng, data)
    del data[place : place + rng.choice((1, 2, 4, 12, 100))]
    return data


def _repeat(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    place = _place(rng, data)
    part = data[place : place + rng.choice((1, 4, 12, 100, 1000))]
    data[place:place] = part * rng.choice((1, 1, 10, 100))
    return data[:200_000]


def _insert(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    place = _place(rng, data)
    data[place:place] = rng.randbytes(rng.choice((1, 2, 4, 12, 100)))
    return data


def _splice(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    """Put a part of another file in: over what is there, or behind a beginning."""
    start = rng.randrange(len(other))
    part = other[start : start + rng.choice((4, 16, 256, len(other)))]
    place = _place(rng, data)
    return data[:place] + part + (data[place + len(part) :] if rng.random() < 0.5 else b"")


def _random_tail(rng: random.Random, data: bytearray, other: bytes) -> bytearray:
    return data[: rng.choice((4, 16, 32, 64, 200))] + rng.randbytes(rng.choice((0, 10, 500, 5000)))


def _place(rng: random.Random, data: bytearray) -> int:
    """Return an index in the data, half of the time in the first bytes, but seldom in those that tell the format."""
    start, end = min(4, len(data) // 2) if rng.random() < 0.9 else 0, max(1, len(data))
    return rng.randrange(start, min(64, end) if rng.random() < 0.5 else end)


DAMAGES: tuple[Damage, ...] = (
    *(_flip_bits, _flip_bits, _set_number, _set_number, _set_number, _set_size, _truncate),
    *(_delete, _repeat, _insert, _splice, _random_tail),
)
