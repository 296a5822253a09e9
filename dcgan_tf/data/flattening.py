"""Turning opened pictures of any mode into upright squares, 8 bits per channel, transparency on white."""

import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageOps

# Antialiased in Pillow. Less ringing around an object on white than Lanczos, in two thirds of the time.
FILTER = Image.Resampling.BICUBIC

ORIENTATION = 0x0112  # the EXIF tag; 1 is upright

VALUES = 2**18  # 16- or 32-bit values scaled at a time


def orientation(picture: Image.Image) -> int:
    """Return the EXIF orientation, 1 (upright) to 8; 1 if there is none."""
    try:
        return picture.getexif().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return 1  # a damaged EXIF block; viewers ignore it too


def upright(picture: Image.Image) -> Image.Image:
    """Return the picture rotated and mirrored to its EXIF orientation."""
    return picture if orientation(picture) == 1 else ImageOps.exif_transpose(picture)


def flat(picture: Image.Image, mode: str) -> Image.Image:
    """Return the picture on white with 8 bits per channel: "L", or "RGB" if `mode` is "RGB" and it has colour."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return eight_bits(picture)
    if picture.has_transparency_data:
        if picture.mode == "La":  # Pillow converts it to LA only
            picture = picture.convert("LA")
        picture = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        sheet = Image.new("RGB", picture.size, "white")
        sheet.paste(picture, mask=picture.getchannel("A"))
        picture = sheet
    elif picture.mode not in ("1", "L", "RGB"):
        picture = picture.convert("RGB")
    to_gray = picture.mode == "1" or (mode == "L" and picture.mode != "L")
    return picture.convert("L") if to_gray else picture


@np.errstate(all="ignore")  # damaged files hold numbers that cannot be converted
def eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture with 16 or 32 bits per pixel as "L".

    16-bit files use the whole range of their type. Files of 32-bit integers or floats do not state their range: it is
    taken as the first of [0, 1] (floats only), [0, 255], [0, 65535] and [0, maximum] that holds the largest value.
    """
    values = np.asarray(picture).reshape(-1)
    if picture.mode.startswith("I;16") or picture.format == "PNG":  # older Pillow opens a 16-bit PNG as "I"
        peak = 65535.0
    else:
        largest = max(float(part.max()) for _, part in _numbers(values))
        ranges = ([1.0] if picture.mode == "F" else []) + [255.0, 65535.0]
        peak = next((top for top in ranges if largest <= top), largest)
    scaled = np.empty(values.size, np.uint8)
    transparent = picture.info.get("transparency")
    for place, part in _numbers(values):
        scaled[place] = np.rint(part * (255.0 / peak)).clip(0, 255)
        if isinstance(transparent, int):  # the gray value that is transparent in a 16-bit PNG
            scaled[place][part == transparent] = 255
    return Image.fromarray(scaled.reshape(picture.height, picture.width))


def _numbers(values: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the values part by part as (slice, finite float64); all at once would take 8 bytes a pixel."""
    for start in range(0, values.size, VALUES):
        place = slice(start, start + VALUES)
        yield place, np.nan_to_num(values[place].astype(np.float64), posinf=0.0, neginf=0.0)


def square(picture: Image.Image, size: int, resize: str) -> Image.Image:
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
