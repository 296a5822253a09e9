"""Turning opened pictures of any mode upright, to 8 bits per channel and to one size, on a background or with alpha."""

import struct

import numpy as np
from PIL import Image, ImageOps

# Antialiased in Pillow. Less ringing around an object on white than Lanczos, in two thirds of the time.
FILTER = Image.Resampling.BICUBIC

ORIENTATION = 0x0112  # the EXIF tag; 1 is upright


def orientation_of(picture: Image.Image) -> int:
    """Return the EXIF orientation of a picture, 1 (upright) to 8; 1 if it has none."""
    try:
        return picture.getexif().get(ORIENTATION, 1)
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return 1  # a damaged EXIF block; viewers ignore it too


def upright(picture: Image.Image) -> Image.Image:
    """Return the picture rotated and mirrored to its EXIF orientation."""
    return picture if orientation_of(picture) == 1 else ImageOps.exif_transpose(picture)


def flat(picture: Image.Image, mode: str, background: str = "white") -> Image.Image:
    """Return the picture with 8 bits per channel: "RGBA" if `mode` is; else on the background.

    Then it is "L", or "RGB" if `mode` is "RGB" and the picture has colour.
    """
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = upper_byte(picture)  # JPEG 2000 and PGM in plain text; Pillow has filled the 16 bits
    if picture.has_transparency_data:
        if picture.mode == "La":  # Pillow converts it to LA only
            picture = picture.convert("LA")
        picture = picture if picture.mode == "RGBA" else picture.convert("RGBA")
        if mode == "RGBA":
            return picture
        sheet = Image.new("RGB", picture.size, background)
        sheet.paste(picture, mask=picture.getchannel("A"))
        picture = sheet
    elif picture.mode not in ("1", "L", "RGB"):
        picture = picture.convert("RGB")
    to_gray = picture.mode == "1" or (mode == "L" and picture.mode != "L")
    picture = picture.convert("L") if to_gray else picture
    return picture.convert("RGBA") if mode == "RGBA" else picture


def upper_byte(picture: Image.Image) -> Image.Image:
    """Return a picture that Pillow opens as 16 or 32 bits, with values from 0 to 65,535, as "L"."""
    values = np.asarray(picture)
    scaled = np.empty(values.shape, np.uint8)
    for y, row in enumerate(values):
        scaled[y] = np.rint(row * (255 / 65535)).clip(0, 255)
    return Image.fromarray(scaled)


def fit(picture: Image.Image, size: tuple[int, int], resize: str, background: str = "white") -> Image.Image:
    """Return an "L", "RGB" or "RGBA" picture resized to (height, width), antialiased.

    Pillow resizes RGBA with its colours multiplied by their alpha.
    """
    height, width = size
    if resize == "stretch":
        return picture.resize((width, height), FILTER, reducing_gap=3.0)
    if resize == "crop":
        across = min(picture.width, max(1, round(picture.height * width / height)))
        down = min(picture.height, max(1, round(picture.width * height / width)))
        left, top = (picture.width - across) // 2, (picture.height - down) // 2
        return picture.resize((width, height), FILTER, (left, top, left + across, top + down), reducing_gap=3.0)
    scale = min(height / picture.height, width / picture.width)
    inner = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    sheet = Image.new(picture.mode, (width, height), (0, 0, 0, 0) if picture.mode == "RGBA" else background)
    sheet.paste(picture.resize(inner, FILTER, reducing_gap=3.0), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return sheet
