"""Shaded shapes on a transparent sheet, in units of the vehicle.

A vehicle is one unit long, from x = 0 (its rear) to x = 1 (its front); y is the height above the ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]
Points = Sequence[Point] | NDArray[np.float64]

OVERSAMPLE = 2
TYRE: Colour = (26, 26, 29)
DARK: Colour = (38, 40, 45)
STEEL: Colour = (176, 182, 190)


@dataclass
class Sheet:
    """A transparent sheet over a picture of `width` by `height` pixels, drawn larger and reduced at the end."""

    width: int
    height: int
    scale: float  # pixels per vehicle length
    left: float  # the vehicle's rear, in pixels
    ground: float  # in pixels from the top
    tilt: float  # of the nose upwards, in radians
    _drawn: Image.Image = field(init=False)  # RGBX: the colour, black where nothing is drawn, and the ink

    def __post_init__(self) -> None:
        self._drawn = Image.new("RGBX", (self.width * OVERSAMPLE, self.height * OVERSAMPLE))

    def fill(self, points: Points, *stops: Colour) -> None:
        """Fill a polygon with one colour, or with a gradient of several from its top to its bottom."""
        outline = self._pixels(points)
        if len(stops) == 1:
            ImageDraw.Draw(self._drawn).polygon(outline.ravel().tolist(), fill=(*stops[0], 255))
            return
        low = np.maximum(np.floor(outline.min(axis=0)), 0).astype(int)
        high = np.minimum(np.ceil(outline.max(axis=0)) + 1, self._drawn.size).astype(int)
        size = tuple((high - low).tolist())
        if min(size) < 1:
            return
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon((outline - low).ravel().tolist(), fill=255)
        self._drawn.paste(gradient(size, stops).convert("RGBX"), tuple(low.tolist()), mask)  # X is 255

    def line(self, points: Points, width: float, colour: Colour) -> None:
        """Draw a line through the points; its width is in vehicle lengths, but at least a pixel."""
        stroke = max(OVERSAMPLE, round(width * self.scale * OVERSAMPLE))
        path = self._pixels(points).ravel().tolist()
        ImageDraw.Draw(self._drawn).line(path, fill=(*colour, 255), width=stroke, joint="curve")

    def disc(self, centre: Point, radius: float, *stops: Colour) -> None:
        """Fill a circle; colours as in `fill`."""
        self.fill(ellipse(centre, radius, radius), *stops)

    def box(self, left: float, bottom: float, right: float, top: float, *stops: Colour) -> None:
        """Fill a rectangle; colours as in `fill`."""
        self.fill([(left, bottom), (left, top), (right, top), (right, bottom)], *stops)

    def glass(self, points: Points) -> None:
        """Draw a dark window that reflects some sky."""
        self.fill(points, (120, 146, 166), (52, 66, 80), (28, 34, 42))

    def reduced(self) -> Image.Image:
        """Return the drawing at the picture's size, RGBX: the colour times the ink, and the ink."""
        return self._drawn.reduce(OVERSAMPLE)

    def _pixels(self, points: Points) -> NDArray[np.float64]:
        place = np.array(points, dtype=np.float64)
        if self.tilt:
            offset = place - (0.5, 0.15)
            cosine, sine = np.cos(self.tilt), np.sin(self.tilt)
            x, y = offset[:, 0] * cosine - offset[:, 1] * sine, offset[:, 0] * sine + offset[:, 1] * cosine
            place = np.stack([x + 0.5, y + 0.15], axis=1)
        place[:, 0] = self.left + place[:, 0] * self.scale
        place[:, 1] = self.ground - place[:, 1] * self.scale
        return place * OVERSAMPLE


def gradient(size: tuple[int, int], stops: Sequence[Colour]) -> Image.Image:
    """Return an RGB picture of `size` (width, height) with a gradient through `stops` from top to bottom."""
    position = np.linspace(0.0, len(stops) - 1.0, size[1])
    column = np.stack([np.interp(position, np.arange(len(stops)), [s[i] for s in stops]) for i in range(3)], axis=1)
    return Image.fromarray(column.astype(np.uint8)[:, None, :]).resize(size, Image.Resampling.NEAREST)


def ellipse(centre: Point, across: float, up: float, start: float = 0.0, end: float = 360.0) -> NDArray[np.float64]:
    """Return points on an ellipse with half axes `across` and `up`, or on its arc between two angles in degrees."""
    angle = np.radians(np.linspace(start, end, 33))
    return np.stack([centre[0] + across * np.cos(angle), centre[1] + up * np.sin(angle)], axis=1)


def curve(points: Points, rounds: int = 2) -> NDArray[np.float64]:
    """Return the closed polygon, smoothed by cutting its corners `rounds` times."""
    place = np.array(points, dtype=np.float64)
    for _ in range(rounds):
        following = np.roll(place, -1, axis=0)
        place = np.stack([0.78 * place + 0.22 * following, 0.22 * place + 0.78 * following], axis=1).reshape(-1, 2)
    return place


def tone(colour: Colour, factor: float) -> Colour:
    """Return the colour darkened (factor below 1) or lightened towards white (factor 1 to 2)."""
    if factor <= 1.0:
        return tuple(round(c * factor) for c in colour)
    return tuple(round(c + (255 - c) * (factor - 1.0)) for c in colour)


def shaded(colour: Colour) -> tuple[Colour, Colour, Colour, Colour]:
    """Return the gradient of a rounded painted body that is lit from above."""
    return tone(colour, 1.45), tone(colour, 1.1), colour, tone(colour, 0.6)


def paint(rng: np.random.Generator, dark: bool) -> Colour:
    """Choose a dark or a light body colour."""
    hues = ((178, 30, 34), (24, 62, 140), (20, 92, 62), (36, 38, 44), (118, 28, 60), (150, 74, 20), (30, 92, 120))
    pale = ((238, 238, 234), (226, 208, 150), (206, 214, 224), (246, 200, 60), (240, 170, 120), (190, 222, 208))
    chosen = hues[rng.integers(len(hues))] if dark else pale[rng.integers(len(pale))]
    jitter = rng.uniform(0.85, 1.1) + rng.uniform(-0.06, 0.06, 3)
    return tuple(int(np.clip(c * j, 8, 250)) for c, j in zip(chosen, jitter, strict=True))
