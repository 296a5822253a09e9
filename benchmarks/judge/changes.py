"""What the examination does to real pictures: each ladder is a change that grows, from little to much."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from dcgan_tf.judge.changes import as_jpeg, gaussian_blur, to_shades

Change = Callable[[np.ndarray], np.ndarray]  # uint8 pictures [n, height, width, channels] to the same


class Ladder(NamedTuple):
    """A change at growing strengths; a judge should find each further away than the one before."""

    name: str
    steps: tuple[tuple[str, Change], ...]


def median(pictures: np.ndarray, side: int) -> np.ndarray:
    """Return pictures after a median filter: texture goes, outlines stay."""
    gray = pictures.shape[3] == 1
    images = (Image.fromarray(each[:, :, 0] if gray else each) for each in pictures)
    changed = [np.asarray(image.filter(ImageFilter.MedianFilter(side))) for image in images]
    return np.stack(changed).reshape(pictures.shape)


def noise(pictures: np.ndarray, shades: float) -> np.ndarray:
    """Return pictures with Gaussian noise of this deviation."""
    return to_shades(pictures + np.random.default_rng(0).normal(0.0, shades, pictures.shape).astype(np.float32))


def colour_cast(pictures: np.ndarray, share: float) -> np.ndarray:
    """Return pictures with more red and less blue by this share; gray ones become lighter."""
    gains = (1 + share, 1.0, 1 - share) if pictures.shape[3] == 3 else (1 + share,)
    return to_shades(pictures * np.float32(gains))


def shift(pictures: np.ndarray, pixels: int) -> np.ndarray:
    """Return pictures moved to the right and down; the border is repeated."""
    moved = np.pad(pictures, [(0, 0), (pixels, 0), (pixels, 0), (0, 0)], mode="edge")
    return moved[:, : pictures.shape[1], : pictures.shape[2]]


def warp(pictures: np.ndarray, pixels: float) -> np.ndarray:
    """Return pictures bent by smooth waves of this root mean square, each by its own: textures stay, shapes go."""
    random, side = np.random.default_rng(0), pictures.shape[1:3]
    rows, columns = np.mgrid[: side[0], : side[1]]
    waves = [
        np.cos(up * np.pi * rows / side[0]) * np.cos(across * np.pi * columns / side[1])
        for up in range(3) for across in range(3) if up + across
    ]  # fmt: skip
    changed = np.empty_like(pictures)
    for index, picture in enumerate(pictures):
        moves = np.tensordot(random.normal(size=(2, len(waves))), waves, 1)
        moves *= pixels / np.sqrt(np.square(moves).mean((1, 2), keepdims=True))
        places = [
            np.clip(np.rint(grid + move), 0, length - 1).astype(int)
            for grid, move, length in zip((rows, columns), moves, side, strict=True)
        ]
        changed[index] = picture[places[0], places[1]]
    return changed


def ladder(name: str, change: Callable[..., np.ndarray], unit: str, strengths: tuple[float, ...]) -> Ladder:
    """Return a ladder of one change, its steps named after their strengths."""
    steps = ((unit.format(strength), lambda pictures, by=strength: change(pictures, by)) for strength in strengths)
    return Ladder(name, tuple(steps))


LADDERS = (
    ladder("blur", gaussian_blur, "{} px", (0.5, 1.0, 2.0, 4.0)),
    ladder("JPEG", as_jpeg, "quality {}", (90, 50, 20, 10)),
    ladder("median", median, "{0}x{0}", (3, 5, 7)),
    ladder("noise", noise, "{} shades", (4, 8, 16, 32)),
    ladder("colour", colour_cast, "{:.0%}", (0.05, 0.1, 0.2, 0.4)),
    ladder("warp", warp, "{} px", (1, 2, 4)),
)
FAINT: tuple[tuple[str, Change], ...] = (  # nearly free
    ("JPEG 95", partial(as_jpeg, quality=95)),
    ("shift 1 px", partial(shift, pixels=1)),
    ("shift 2 px", partial(shift, pixels=2)),
    ("noise 1", partial(noise, shades=1.0)),
)
