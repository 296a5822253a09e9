"""What a set of pictures is like, in numbers: plain ones, copies, outliers. It needs no network."""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dcgan_tf.common.neighbors import nearest
from dcgan_tf.common.pixels import evenly_spread, premultiplied
from dcgan_tf.data.stored import Pixels, blocks, changed, picked

COARSE, FINE = 8, 12  # pixels a side of a thumbnail: to measure diversity; to compare two pictures
MOST = 20_000  # pictures compared with one another, or looked at to see whether all are alike

# Differences are in shades (of 255), root mean squares over a thumbnail.
ALIKE = 2.0  # a set that varies less holds one picture again and again
PLAIN = 4.0  # a picture is plain if its lightest and darkest places differ by less
# Two pictures are nearly the same below both: photos saved again, as JPEG of quality 50 or at half the size, differed
# by 1 to 4 shades, different photos of vehicles by 12 and more (quantile 1%, shared/data). In sets of similar pictures,
# such as X-rays, the share of what two of them usually differ by counts.
NEAR, NEAR_SHARE = 4.0, 0.06
# An outlier is farther from its nearest neighbor than this share of what any two usually differ by, and than Tukey's
# outer fence of these distances (Ramaswamy et al. 2000, doi 10.1145/342009.335437, with k = 1).
FAR_SHARE, FENCE = 0.75, 3.0
LEAST = 20  # pictures, to say what is usual


class Survey(NamedTuple):
    """Findings about n pictures, by their index."""

    plain: np.ndarray  # bool [n]: of one colour all over
    gray: np.ndarray  # bool [n]
    original: np.ndarray  # int64 [n]: the first picture with exactly the same pixels, often itself
    near: np.ndarray  # int64 [k, 2]: pairs that are nearly the same, the nearest first; no exact copies, no plain ones
    odd: np.ndarray  # int64 [m]: outliers, the farthest first; no plain ones

    @property
    def distinct(self) -> int:
        """Return how many pictures differ."""
        return len(np.unique(self.original))


def thumbnails(pictures: Pixels, side: int = FINE) -> np.ndarray:
    """Return uint8 pictures `[n, height, width, channels]` as means of up to `side` x `side` areas, float32."""
    height, width = pictures.shape[1:3]
    rows, columns = (np.linspace(0, each, min(side, each), endpoint=False).astype(int) for each in (height, width))
    areas = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))[..., None].astype(np.float32)
    found, done = np.empty((len(pictures), len(rows), len(columns), pictures.shape[3]), np.float32), 0
    for block in blocks(pictures):
        bands = (block[:, top:bottom] for top, bottom in pairwise([*rows, height]))
        sums = np.stack([band.sum(axis=1, dtype=np.float32) for band in bands], axis=1)
        found[done : done + len(block)] = np.add.reduceat(sums, columns, axis=2) / areas
        done += len(block)
    return found


def diversity(pictures: Pixels) -> float:
    """Return the deviation of pictures, uint8 `[n, height, width, channels]`, from their mean, in shades of 255.

    Thumbnails are compared, so that noise and fine texture do not count; of a large set, those of `some_of` it.
    """
    small = thumbnails(changed(some_of(pictures), premultiplied), COARSE)
    return float(np.sqrt(small.astype(np.float64).var(axis=0).mean()))


def some_of(pictures: Pixels) -> Pixels:
    """Return up to `MOST` pictures, evenly spread."""
    return pictures if len(pictures) <= MOST else picked(pictures, evenly_spread(len(pictures), MOST))


def survey(*parts: Pixels) -> Survey:
    """Return what is found in pictures, uint8 `[n, height, width, channels]`; several parts are numbered in turn."""
    small = np.concatenate([thumbnails(part) for part in parts])
    original = originals(parts)
    plain = (np.ptp(small, axis=(1, 2)) < PLAIN).all(axis=1)
    compared = np.flatnonzero(~plain & (original == np.arange(len(small))))
    compared = compared[evenly_spread(len(compared), MOST)]
    near, odd = _neighbors(small[compared].reshape(len(compared), small[:1].size))
    return Survey(plain, (np.ptp(small, axis=3) < PLAIN).all(axis=(1, 2)), original, compared[near], compared[odd])


def originals(parts: Sequence[Pixels]) -> np.ndarray:
    """Return the index of the first picture with exactly the same pixels, int64 `[n]`."""
    first: dict[bytes, int] = {}
    digests = (
        hashlib.blake2b(np.ascontiguousarray(picture)).digest()
        for part in parts
        for block in blocks(part)
        for picture in block
    )
    return np.array([first.setdefault(digest, index) for index, digest in enumerate(digests)], np.int64)


def _neighbors(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of near copies and outliers among thumbnails, float32 `[n, d]`."""
    if len(rows) < 2:
        return np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    indices, distances = nearest(rows, rows, itself=True)
    distances = distances / np.sqrt(rows.shape[1])
    others = np.random.default_rng(0).permutation(len(rows))
    usual = float(np.median(np.sqrt(np.square(rows - rows[others]).mean(axis=1))))
    close = np.flatnonzero(distances < (min(NEAR, NEAR_SHARE * usual) if len(rows) >= LEAST else NEAR))
    close = close[np.argsort(distances[close], kind="stable")]
    pairs = dict.fromkeys((int(min(i, indices[i])), int(max(i, indices[i]))) for i in close)
    low, high = np.quantile(distances, (0.25, 0.75))
    bound = max(high + FENCE * (high - low), FAR_SHARE * usual) if len(rows) >= LEAST else np.inf
    odd = np.flatnonzero(distances > bound)
    return np.array(list(pairs), np.int64).reshape(-1, 2), odd[np.argsort(-distances[odd], kind="stable")]
