"""What the examination does to real pictures: each ladder is a change that grows, from none to much."""

import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

Change = Callable[[np.ndarray], np.ndarray]  # uint8 pictures [n, height, width, channels] to the same


class Ladder(NamedTuple):
    """A change at growing strengths; a judge should find each further away than the one before."""

    name: str
    steps: tuple[tuple[str, Change], ...]


def gaussian_blur(sigma: float) -> Change:
    """Return a blur by a Gaussian of this deviation in pixels; the border is repeated."""
    reach = max(1, round(4 * sigma))
    weights = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sigma))
    weights /= weights.sum()

    def blur(pictures: np.ndarray) -> np.ndarray:
        values = pictures.astype(np.float32)
        for axis in (1, 2):
            width = [(reach, reach) if each == axis else (0, 0) for each in range(4)]
            padded = np.pad(values, width, mode="edge")
            windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis)
            values = windows @ weights.astype(np.float32)
        return to_shades(values)

    return blur


def jpeg(quality: int) -> Change:
    """Return a change by JPEG, written and read again."""

    def compress(image: Image.Image) -> Image.Image:
        page = io.BytesIO()
        image.save(page, "JPEG", quality=quality)
        return Image.open(page)

    return each_image(compress)


def median(side: int) -> Change:
    """Return a median filter: texture goes, outlines stay."""
    return each_image(lambda image: image.filter(ImageFilter.MedianFilter(side)))


def noise(shades: float) -> Change:
    """Return Gaussian noise of this deviation in shades."""
    return lambda pictures: to_shades(
        pictures + np.random.default_rng(0).normal(0.0, shades, pictures.shape).astype(np.float32)
    )


def colour_cast(share: float) -> Change:
    """Return a cast: more red and less blue by this share; gray pictures become lighter."""

    def cast(pictures: np.ndarray) -> np.ndarray:
        gains = (1 + share, 1.0, 1 - share) if pictures.shape[3] == 3 else (1 + share,)
        return to_shades(pictures * np.float32(gains))

    return cast


def shift(pixels: int) -> Change:
    """Return a shift to the right and down; the border is repeated."""
    return lambda pictures: np.pad(pictures, [(0, 0), (pixels, 0), (pixels, 0), (0, 0)], mode="edge")[
        :, : pictures.shape[1], : pictures.shape[2]
    ]


def each_image(change: Callable[[Image.Image], Image.Image]) -> Change:
    """Return a change of Pillow's images as one of arrays."""

    def apply(pictures: np.ndarray) -> np.ndarray:
        gray = pictures.shape[3] == 1
        images = (Image.fromarray(each[:, :, 0] if gray else each) for each in pictures)
        return np.stack([np.asarray(change(image)) for image in images]).reshape(pictures.shape)

    return apply


def to_shades(values: np.ndarray) -> np.ndarray:
    """Return float pictures in shades as uint8."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


LADDERS = (
    Ladder("blur", tuple((f"{sigma:g} px", gaussian_blur(sigma)) for sigma in (0.5, 1.0, 2.0, 4.0))),
    Ladder("JPEG", tuple((f"quality {quality}", jpeg(quality)) for quality in (90, 50, 20, 10))),
    Ladder("median", tuple((f"{side}x{side}", median(side)) for side in (3, 5, 7))),
    Ladder("noise", tuple((f"{shades} shades", noise(shades)) for shades in (4, 8, 16, 32))),
    Ladder("colour", tuple((f"{share:.0%}", colour_cast(share)) for share in (0.05, 0.1, 0.2, 0.4))),
)
FAINT = (("JPEG 95", jpeg(95)), ("shift of 1 px", shift(1)), ("noise of 1 shade", noise(1.0)))  # nearly free
