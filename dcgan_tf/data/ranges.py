"""Value ranges: which values of a file with more than 8 bits are black and white.

What a file declares counts: the bits of packed TIFFs, SMin- and SMaxSampleValue, the maximum of PGM and PPM. Where it
declares nothing useful, all pictures of a set share one range, so that their brightness stays comparable:

- 16-bit containers (TIFF, PNG) often hold 10, 12 or 14 bits: 0 to the highest number of as many bits as the set's
  maximum has, such as 4,095. Just above a power of two, it is less, so that 4,096 does not make everything half as
  bright. PNG's sBIT does not matter: writers that obey the standard fill all 16 bits.
- Signed and 32-bit integers: the set's least value, at most 0, to its largest.
- Floats: the set's least value, at most 0, to its largest, at least 1. So what lies in 0 to 1 keeps these bounds, and
  a value just outside of them hardly moves them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from dcgan_tf.data.header import Header

Range = tuple[float, float]  # the values that are black and white

SIXTEEN, INTEGER, FLOAT = "16-bit", "integer", "float"  # the kinds of pictures that share a range
WIDEST = {SIXTEEN: (0.0, 65535.0)}  # no larger value can change it

NO_NUMBER = 1e30  # floats from here on, infinity and NaN stand for missing values, as in maps
BLOCK = 2**18  # values converted at a time: all at once would take 8 bytes each


@dataclass(frozen=True)
class Deep:
    """A picture as its file holds it, with other values than 0 to 255.

    Attributes:
        values: integers or floats `[height, width, bands]`, colours first.
        mode: that of the picture with 8 bits: "L", "RGB", "CMYK", with "A" or "a" for alpha.
        kind: SIXTEEN, INTEGER or FLOAT.
        declared: the range that the file declares, or None.
        inverted: whether the lowest value is white.
        full: the value of opaque alpha.
        orientation: as in EXIF, 1 is upright.
    """

    values: np.ndarray
    mode: str
    kind: str
    declared: Range | None = None
    inverted: bool = False
    full: float = 65535.0
    orientation: int = 1

    @property
    def colors(self) -> int:
        """The number of bands that are not alpha."""
        return len(self.mode.rstrip("Aa"))


class LaterError(Exception):
    """The range of this picture is known only when the others of the set have been seen."""


class ReadLog:
    """What is found out about pictures while they are read: the ranges they share, and what was done to some.

    Attributes:
        ranges: the range of each kind, as far as it is known.
        traits: one entry for each picture that has a trait, such as "pages".
        headers: what each file that was read says of itself, by its index.
        seen: kind, least and largest value of each picture whose range was not known.
    """

    def __init__(self, ranges: Mapping[str, Range] | None = None, *, wait: bool = False) -> None:
        """Begin with the `ranges` of another set; with `wait`, a picture of another kind waits for the rest."""
        self.ranges: dict[str, Range] = dict(ranges or {})
        self.traits: list[str] = []
        self.headers: dict[int, Header] = {}
        self._wait = wait
        self.seen: list[tuple[str, float, float]] = []

    def range_of(self, deep: Deep) -> Range:
        """Return the values that are black and white; raises `LaterError` if other pictures count as well."""
        if deep.declared:
            return deep.declared
        if deep.kind not in self.ranges:
            least, largest = extent(deep)
            found = shared(deep.kind, least, largest)
            if not self._wait:
                return self.ranges.setdefault(deep.kind, found)
            self.seen.append((deep.kind, least, largest))
            if found != WIDEST.get(deep.kind):
                raise LaterError
            self.ranges[deep.kind] = found
        return self.ranges[deep.kind]

    def settle(self) -> None:
        """Set the range of each kind that was seen and has none yet; from now on, no picture waits."""
        self._wait = False
        for kind in {kind for kind, _, _ in self.seen} - set(self.ranges):
            _, least, largest = zip(*(seen for seen in self.seen if seen[0] == kind), strict=True)
            self.ranges[kind] = shared(kind, min(least), max(largest))


def shared(kind: str, least: float, largest: float) -> Range:
    """Return the range of a set whose values of this kind lie between these two."""
    if kind == SIXTEEN:
        half = 2 ** max(0, int(largest).bit_length() - 1)
        return 0.0, float(min(2 * half - 1, half + 4 * max(0, int(largest) - half)))
    return min(least, 0.0), max(largest, 1.0)


@np.errstate(all="ignore")
def extent(deep: Deep) -> Range:
    """Return the least and the largest value of the colours that is a number; 0 and 0 if there is none."""
    least, largest = np.inf, -np.inf
    for rows in _rows(deep.values):
        part = deep.values[rows, :, : deep.colors]
        part = part[np.abs(part) < NO_NUMBER] if deep.kind == FLOAT else part
        if part.size:
            least, largest = min(least, float(part.min())), max(largest, float(part.max()))
    return (least, largest) if least <= largest else (0.0, 0.0)


def eight_bits(deep: Deep, black: float, white: float) -> Image.Image:
    """Return the picture in its mode, 8 bits a value; what is no number becomes black."""
    values, colors = deep.values, deep.colors
    opaque = deep.full
    if deep.kind == SIXTEEN and not deep.declared and values[..., -1].max(initial=0) <= white:
        opaque = white  # alpha has 12 bits too
    ends = (white, black) if deep.inverted else (black, white)
    scaled = np.empty(values.shape, np.uint8)
    for bands, low, high in ((slice(colors), *ends), (slice(colors, None), 0.0, opaque)):
        table = None
        if values.dtype.kind == "u" and values.dtype.itemsize <= 2:  # a table is faster
            table = _scaled(np.arange(2 ** (8 * values.dtype.itemsize)), low, high)
        for rows in _rows(values):
            part = values[rows, :, bands]
            scaled[rows, :, bands] = _scaled(part, low, high) if table is None else table[part]
    return Image.frombytes(deep.mode, values.shape[1::-1], scaled)


@np.errstate(all="ignore")  # damaged files hold numbers that cannot be converted
def _scaled(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return values from `low` to `high` as uint8 from 0 to 255."""
    scaled = np.rint((values.astype(np.float64) - low) / (high - low) * 255)
    return np.nan_to_num(scaled).clip(0, 255).astype(np.uint8)


def _rows(values: np.ndarray) -> Iterator[slice]:
    """Yield slices of rows that hold about BLOCK values each."""
    step = max(1, BLOCK // max(1, values[0].size))
    return (slice(start, start + step) for start in range(0, len(values), step))
