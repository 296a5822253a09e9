"""Hostile pictures: each is decoded, or listed with the right reason, within limits of time and memory."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from dcgan_tf.data import decoding
from dcgan_tf.data import listing as picture_files
from tests.support.awkward import deep, encoded, photo, see_through
from tests.support.fuzz_inputs import plain_pixmap, repair_png, rle_bitmap
from tests.support.pictures import RED, near, pixels, read, save

TOO_MANY = "more than the 89,478,485 pixels that Pillow allows"
NO_PICTURE = "not a picture, or in a format that Pillow cannot read"
SIDE = 12

KINDS = {
    "jpg": ("JPEG", {}),
    "progressive.jpg": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "bmp": ("BMP", {}),
    "tif": ("TIFF", {}),
    "lzw.tif": ("TIFF", {"compression": "tiff_lzw"}),
    "webp": ("WEBP", {}),
    "lossless.webp": ("WEBP", {"lossless": True}),
    "avif": ("AVIF", {"speed": 10}),
    "jp2": ("JPEG2000", {}),
    "tiles.jp2": ("JPEG2000", {"tile_size": (8, 8), "num_resolutions": 1}),
    "ppm": ("PPM", {}),
}


def small(name: str) -> bytes:
    kind, options = KINDS[name]
    if kind == "AVIF" and "avif" not in features.get_supported():
        pytest.skip("this Pillow has no AVIF")
    return encoded(photo(SIDE, SIDE), kind, **options)


def why(folder: Path, name: str, data: bytes) -> str | None:
    """Return the reason for which this file is skipped, beside a good one, or None."""
    save(folder, "good.png")
    (folder / name).write_bytes(data)
    images = read(folder)
    assert set(images.files) | {file for file, _ in images.skipped} == {"good.png", name}
    return dict(images.skipped).get(name)


def png_of(width: int, height: int) -> bytes:
    """Return a tiny PNG that claims to be of this size."""
    data = bytearray(encoded(photo(SIDE, SIDE), "PNG"))
    data[16:24] = struct.pack(">II", width, height)
    return repair_png(bytes(data))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# Bombs


@pytest.mark.parametrize("side", [20_000, 100_000])
def test_a_png_of_gigantic_size_is_refused(tmp_path, side):
    assert why(tmp_path, "bomb.png", png_of(side, side)) == TOO_MANY


def test_gigantic_sizes_in_other_headers_are_refused(tmp_path):
    jpeg = bytearray(small("jpg"))
    place = jpeg.index(b"\xff\xc0") + 5
    jpeg[place : place + 4] = struct.pack(">HH", 65500, 65500)
    assert why(tmp_path / "jpg", "bomb.jpg", bytes(jpeg)) == TOO_MANY
    gif = bytearray(small("gif"))
    gif[6:10] = struct.pack("<HH", 65535, 65535)
    assert why(tmp_path / "gif", "bomb.gif", bytes(gif)) == TOO_MANY
    bmp = bytearray(small("bmp"))
    bmp[18:26] = struct.pack("<II", 50_000, 50_000)
    assert why(tmp_path / "bmp", "bomb.bmp", bytes(bmp)) == TOO_MANY
    assert why(tmp_path / "ppm", "bomb.ppm", b"P6 99999 99999 255\n" + bytes(99)) == TOO_MANY


def test_a_size_that_pillow_allows_without_the_data_is_truncated(tmp_path):
    assert why(tmp_path / "png", "hollow.png", png_of(9400, 9400)) == "the file is truncated"
    assert why(tmp_path / "ppm", "hollow.ppm", b"P6 9400 9400 255\n" + bytes(99)) == "the file is truncated"
    tiff = bytearray(small("tif"))
    place = tiff.index(struct.pack("<HHI", 257, 4, 1)) + 8  # the tag of the height
    tiff[place : place + 4] = struct.pack("<I", 5_000_000)
    reason = "the file is damaged (59,999,856 pixels are missing)"
    assert why(tmp_path / "tif", "hollow.tif", bytes(tiff)) == reason


def test_text_that_unpacks_to_a_hundred_megabytes(tmp_path):
    png = small("png")
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(10**8)))
    reason = why(tmp_path, "text.png", png[:33] + bomb + png[33:])
    assert reason.lower().startswith("the file is damaged (decompressed data too large")


def test_big_pictures_are_decoded_one_at_a_time(tmp_path):
    side = 4100  # just above the bound
    clear = encoded(Image.new("RGBA", (side, side), (1, 2, 3, 100)), "PNG", compress_level=1)
    gray = encoded(Image.fromarray(np.full((side, side), 300, np.uint16)), "PNG", compress_level=1)
    for i in range(32 * 6):  # threads are handed 32 files at a time
        (tmp_path / f"{i:03}.png").write_bytes((clear, gray)[i // 32 % 2] if i % 32 == 0 else small("png"))
    code = (
        "import os, sys; os.cpu_count = lambda: 8\n"
        "from tests.support.fuzz_decoder import peak_memory\n"
        "from dcgan_tf.data.images import load_images\n"
        "before = peak_memory()\n"
        "images = load_images(sys.argv[1], image_size=16, channels=3)\n"
        "print(len(images), peak_memory() - before)"
    )
    command, here = [sys.executable, "-c", code, str(tmp_path)], Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, cwd=here)
    count, grown = done.stdout.split()
    assert count == "192"
    # RGBA, RGB and the mask are 9 bytes a pixel: 150 MB for one of them; more than 500 MB if all threads had theirs.
    assert float(grown) < 300


def test_a_progressive_jpeg_of_endless_scans_is_refused(tmp_path):
    data = small("progressive.jpg")
    scan = data[data.rindex(b"\xff\xc4") : -2]
    assert why(tmp_path, "forty.jpg", data[:-2] + scan * 30 + data[-2:]) is None
    reason = "a progressive JPEG of more than 50 scans"
    assert why(tmp_path / "more", "scans.jpg", data[:-2] + scan * 60 + data[-2:]) == reason


def test_variants_that_are_decoded_in_python_are_refused_above_a_million_values(tmp_path):
    assert why(tmp_path / "a", "plain.ppm", plain_pixmap()) is None
    assert why(tmp_path / "b", "rle.bmp", rle_bitmap()) is None
    reason = "more than 1,048,576 values in a variant of {} that is slow to read"
    assert why(tmp_path / "c", "plain.ppm", b"P3 600 600 255\n" + b"9 " * 9999) == reason.format("PPM")
    assert why(tmp_path / "d", "odd.ppm", b"P6 600 600 100\n" + bytes(9999)) == "the file is truncated"
    assert why(tmp_path / "d", "odd.ppm", b"P6 600 600 100\n" + bytes(1_080_000)) is None  # NumPy reads it
    bmp = bytearray(rle_bitmap())
    bmp[18:26] = struct.pack("<II", 2_000_000, 1)
    assert why(tmp_path / "e", "rle.bmp", bytes(bmp)) == reason.format("BMP")


@pytest.mark.parametrize("name", ["junk.jpg", "chunks.png", "extensions.gif"])
def test_files_in_a_million_pieces_are_stopped(tmp_path, name, monkeypatch):
    monkeypatch.setattr(picture_files.MeteredBytes, "left", 5000)  # as with 500,000, in less time
    monkeypatch.setattr(decoding, "MAX_READS", 5000)
    png, gif = small("png"), small("gif")
    first = gif.index(b",", 13 + 3 * 256)
    data = {
        "junk.jpg": b"\xff\xd8\xff" + b"\xff" * 10_000,
        "chunks.png": png[:33] + chunk(b"abCd", b"") * 3000 + png[33:],
        "extensions.gif": gif[:first] + b"!\xfe\1a\0" * 3000 + gif[first:],
    }[name]
    assert why(tmp_path, name, data) == "the file is damaged (more than 500,000 pieces)"


def test_a_big_file_in_usual_pieces_is_not_stopped():
    data = encoded(photo(900, 900), "PNG", compress_level=0)
    assert len(data) > picture_files.MAX_READS
    assert pixels(data).shape == (16, 16, 3)
    grays = np.arange(640_000, dtype=np.uint32).reshape(800, 800) % 100
    odd = b"P5 800 800 99\n" + grays.astype(np.uint8).tobytes()  # read pixel by pixel, and more than 500,000 times
    assert pixels(odd, resize="stretch").shape == (16, 16, 3)


# Damage


@pytest.mark.parametrize("name", KINDS)
def test_cut_at_every_byte(name):
    data = small(name)
    whole = pixels(data)
    for length in range(len(data)):
        try:
            got = pixels(data[:length])
        except decoding.DECODE_ERRORS as error:
            assert decoding.why_unreadable(error)
        else:  # nothing but the marks of the end is missing, which in a PNG are 20 bytes
            assert np.array_equal(got, whole) and len(data) - length <= 20, length


@pytest.mark.parametrize("name", KINDS)
def test_each_bit_of_the_first_bytes_flipped(name):
    data = small(name)
    for bit in range(8 * 64):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            assert pixels(bytes(flipped)).shape == (16, 16, 3)
        except decoding.DECODE_ERRORS as error:
            reason = decoding.why_unreadable(error)
            assert reason and reason.isprintable() and "object at" not in reason


def test_a_damaged_avif_is_listed(tmp_path):
    data = bytearray(small("avif"))
    place = data.index(b"mdat") + 4
    data[place:] = bytes(len(data) - place)
    reason = why(tmp_path, "a.avif", bytes(data))
    assert reason.startswith("the file is damaged (Failed to decode")


def test_a_palette_picture_without_a_palette_is_listed(tmp_path):
    data = encoded(photo().quantize(16), "PNG")
    start = data.index(b"PLTE") - 4
    end = start + 12 + int.from_bytes(data[start : start + 4], "big")
    assert why(tmp_path, "a.png", data[:start] + data[end:]).startswith("the file is damaged (")


def test_a_reason_is_one_short_line_that_can_be_printed():
    reason = decoding.why_unreadable(ValueError("bad\nchunk \x1b[31m" + "x" * 500))
    assert reason.startswith(r"the file is damaged (bad chunk \x1b[31mxxx") and reason.endswith("xxx...)")
    assert reason.isprintable() and len(reason) < 130


# Names that lie, and pictures that move


def test_the_contents_count_and_not_the_ending(tmp_path):
    assert why(tmp_path / "a", "png.jpg", small("png")) is None
    assert why(tmp_path / "b", "webp.gif", small("webp")) is None
    for i, data in enumerate((b"text", b"<html><img src=x></html>", b"\x7fELF" + bytes(99), b"MZ" + bytes(99))):
        assert why(tmp_path / str(i), "a.png", data) == NO_PICTURE
    assert why(tmp_path / "zip", "a.jpg", b"PK\3\4" + bytes(99)) == NO_PICTURE


def test_animations_of_thousands_of_frames_give_the_first():
    frames = [Image.new("RGB", (SIDE, SIDE), color) for color in (RED, "blue", "lime")]
    still = {kind: encoded(frames[0], kind, save_all=True, append_images=frames[1:]) for kind in ("GIF", "WEBP", "PNG")}
    gif = still["GIF"]
    last = gif.rindex(b"!\xf9")
    assert near(pixels(gif[:-1] + gif[last:-1] * 20_000 + b";"), RED)
    webp = still["WEBP"]
    frame = webp[webp.rindex(b"ANMF") :]
    body = webp[8:] + frame * 5000
    assert near(pixels(b"RIFF" + struct.pack("<I", len(body)) + body), RED, by=8)
    png = still["PNG"]
    place = png.index(b"acTL") + 4
    assert near(pixels(repair_png(png[:place] + struct.pack(">I", 2**31 - 1) + png[place + 4 :])), RED)


def test_a_big_picture_is_decoded_alone_and_a_small_one_is_not(monkeypatch):
    turns = []

    def decode(data):
        with decoding.strict_pillow():
            decoding.decode(data, (16, 16, 1), resize="crop", alone=lambda work: turns.append("alone") or work())

    monkeypatch.setattr(decoding, "BIG_PICTURE", 3000)
    decode(encoded(photo(50, 50), "PNG"))
    decode(encoded(photo(400, 400), "JPEG"))  # decoded at an eighth of its size
    assert turns == []
    decode(encoded(photo(400, 400), "JPEG", progressive=True))
    decode(encoded(see_through().resize((60, 60)), "PNG"))
    decode(encoded(Image.fromarray(np.tile(deep(), (3, 3))), "TIFF"))
    assert turns == ["alone"] * 3
