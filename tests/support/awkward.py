"""A folder of 40 pictures such as nobody wants to get, most of them readable all the same."""

import io
from pathlib import Path

import numpy as np
import PIL
from PIL import Image

SIDE = 24


def make_awkward_folder(folder: Path) -> tuple[set[str], set[str]]:
    """Write 40 files, and three system files that are none of them; return (readable, unreadable) relative names."""
    folder.mkdir(parents=True, exist_ok=True)
    readable = {
        **_jpegs(),
        **_pngs(),
        **_other_formats(),
        **_tiffs(),
        **_names_and_shapes(),
    }
    jpeg, png = readable["rgb.jpg"], readable["rgb.png"]
    unreadable = {
        "truncated.jpg": jpeg[: len(jpeg) * 2 // 3],
        "truncated.png": png[: len(png) * 2 // 3],
        "empty.jpg": b"",
        "text.jpg": b"This is a shopping list, not a picture.\n",
    }
    system = {".DS_Store": b"\0\0\0\1Bud1", "Thumbs.db": b"\xd0\xcf\x11\xe0", "._rgb.jpg": b"\0\5\26\7"}
    for name, data in {**readable, **unreadable, **system}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    if int(PIL.__version__.split(".")[0]) < 13:  # older ones write this file, but cannot read it again
        unreadable["ycbcr.tif"] = readable.pop("ycbcr.tif")
    (folder / "broken link.jpg").symlink_to(folder / "moved away.jpg")
    return set(readable), {*unreadable, "broken link.jpg"}


def photo(width: int = SIDE, height: int = SIDE) -> Image.Image:
    """Return an RGB picture with enough detail that its file can be cut in the middle."""
    return Image.fromarray(np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8))


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """Return the bytes of a picture file."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def orientation(value: int) -> Image.Exif:
    """Return EXIF data with this orientation (1 upright, 6 to be turned by 90 degrees clockwise, ...)."""
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def see_through() -> Image.Image:
    """Return an RGBA picture whose left half is transparent."""
    picture = photo().convert("RGBA")
    picture.paste((255, 0, 0, 0), (0, 0, SIDE // 2, SIDE))
    return picture


def palette_with_transparency() -> Image.Image:
    """Return a P picture, left half of a transparent colour, right half blue."""
    picture = Image.new("P", (SIDE, SIDE), 0)
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.paste(1, (SIDE // 2, 0, SIDE, SIDE))
    picture.info["transparency"] = 0
    return picture


def deep() -> np.ndarray:
    """Return a ramp over all of uint16, `[SIDE, SIDE]`."""
    return np.linspace(0, 65535, SIDE * SIDE).round().astype(np.uint16).reshape(SIDE, SIDE)


def _jpegs() -> dict[str, bytes]:
    return {
        "rgb.jpg": encoded(photo(64, 64), "JPEG"),
        "gray.jpg": encoded(photo().convert("L"), "JPEG"),
        "cmyk.jpg": encoded(photo().convert("CMYK"), "JPEG"),
        "progressive.jpeg": encoded(photo(), "JPEG", progressive=True),
        "turned.jpg": encoded(photo(40, 20), "JPEG", exif=orientation(6)),
    }


def _pngs() -> dict[str, bytes]:
    return {
        "rgb.png": encoded(photo(64, 64), "PNG"),
        "alpha.png": encoded(see_through(), "PNG"),
        "gray.png": encoded(photo().convert("L"), "PNG"),
        "gray alpha.png": encoded(see_through().convert("LA"), "PNG"),
        "palette.png": encoded(photo().quantize(16), "PNG"),
        "palette with transparency.png": encoded(palette_with_transparency(), "PNG", transparency=0),
        "bilevel.png": encoded(photo().convert("1"), "PNG"),
        "16 bit.png": encoded(Image.fromarray(deep()), "PNG"),
    }


def _other_formats() -> dict[str, bytes]:
    frames = [Image.new("RGB", (SIDE, SIDE), color) for color in ("red", "lime", "blue")]
    return {
        "lossy.webp": encoded(photo(), "WEBP"),
        "alpha.webp": encoded(see_through(), "WEBP", lossless=True),
        "rgb.bmp": encoded(photo(), "BMP"),
        "palette.bmp": encoded(photo().quantize(16), "BMP"),
        "animated.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "transparent.gif": encoded(palette_with_transparency(), "GIF", transparency=0),
    }


def _tiffs() -> dict[str, bytes]:
    big_endian = Image.frombytes("I;16B", (SIDE, SIDE), deep().astype(">u2").tobytes())
    return {
        "rgb.tif": encoded(photo(), "TIFF"),
        "cmyk lzw.tiff": encoded(photo().convert("CMYK"), "TIFF", compression="tiff_lzw"),
        "16 bit.tif": encoded(Image.fromarray(deep()), "TIFF"),
        "16 bit big endian.tif": encoded(big_endian, "TIFF"),
        "32 bit.tif": encoded(Image.fromarray(deep().astype(np.int32)), "TIFF"),
        "float.tif": encoded(Image.fromarray((deep() / 65535).astype(np.float32)), "TIFF"),
        "lab.tif": encoded(Image.new("LAB", (SIDE, SIDE), (128, 128, 128)), "TIFF"),
        "ycbcr.tif": encoded(photo().convert("YCbCr"), "TIFF"),
    }


def _names_and_shapes() -> dict[str, bytes]:
    return {
        "a png.jpg": encoded(photo(), "PNG"),
        "one wide.png": encoded(photo(1, 50), "PNG"),
        "one high.jpg": encoded(photo(50, 1), "JPEG"),
        "8000 wide.jpg": encoded(photo(8000, 60), "JPEG"),
        "x.jpg/inside.png": encoded(photo(), "PNG"),
        "name with spaces.JPG": encoded(photo(), "JPEG"),
        "киви/猕猴桃 ñandú.png": encoded(photo(), "PNG"),
        "no ending": encoded(photo(), "JPEG"),
    }
