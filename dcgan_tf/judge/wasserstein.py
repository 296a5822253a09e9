"""Sliced Wasserstein distance on Laplacian pyramids: a score of pictures that needs no network."""

import numpy as np

PATCH = 7  # pixels a side
PATCHES = 128  # of each picture, at each level
DIRECTIONS = 512
SMALLEST = 16  # pixels a side, below which there is no further level
VALUES = 2**26  # of the pixels or patches of a set, at most, so that memory stays bounded
LEAST = 16  # pictures of a set, whatever their size
LEAST_DEVIATION = 1.0  # shades, so that an invisible difference from flat real pictures counts little
BLOCK = 64  # directions compared at once, so that memory stays bounded


def sliced_wasserstein(real: np.ndarray, generated: np.ndarray) -> dict[int, float]:
    """Return the distance at each level of the pyramid, by the longer side in pixels; smaller is nearer.

    Both are uint8 `[n, height, width, channels]` of one size. Of the larger set, as many pictures are used as the
    smaller one has, evenly spread. A level holds the detail of one scale: the largest shows texture, the smallest
    layout. Mean distance of sorted projections of patches, times 1000 (Karras et al. 2018, arXiv 1710.10196), but
    both sets' channels are scaled by the real ones' mean and deviation, so that a wrong contrast counts.
    """
    values = max(real[0].size, PATCHES * PATCH**2 * real.shape[3])
    count = min(len(real), len(generated), max(LEAST, VALUES // values))
    sets = [each[np.linspace(0, len(each) - 1, count).round().astype(int)] for each in (real, generated)]
    levels = [laplacian_pyramid(each.astype(np.float32)) for each in sets]
    found = {}
    for depth, pair in enumerate(zip(*levels, strict=True)):
        random = np.random.default_rng([0, depth])
        # The same positions in both sets, so that only their pictures differ.
        places = _places(random, count, pair[0].shape[1:3])
        found[max(pair[0].shape[1:3])] = 1000.0 * _distance(*(_patches(each, places) for each in pair), random)
    return found


def laplacian_pyramid(pictures: np.ndarray) -> list[np.ndarray]:
    """Return float32 pictures as levels of detail, the largest first, the last one blurred and small."""
    levels = []
    while min(pictures.shape[1:3]) >= 2 * SMALLEST:
        smaller = blur(pictures)[:, ::2, ::2]
        levels.append(pictures - enlarge(smaller, pictures.shape[1:3]))
        pictures = smaller
    return [*levels, pictures]


def blur(pictures: np.ndarray) -> np.ndarray:
    """Return pictures smoothed by 1-4-6-4-1 in both directions, mirrored at the edge."""
    for axis in (1, 2):
        widths = [(0, 0)] * 4
        widths[axis] = (2, 2)
        padded = np.pad(pictures, widths, mode="reflect")
        side = pictures.shape[axis]
        parts = (np.take(padded, range(shift, shift + side), axis=axis) for shift in range(5))
        pictures = sum(weight * part for weight, part in zip((1 / 16, 1 / 4, 3 / 8, 1 / 4, 1 / 16), parts, strict=True))
    return pictures


def enlarge(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return pictures of twice the sides (or one pixel less), zeros between the pixels smoothed away."""
    spread = np.zeros((len(pictures), *size, pictures.shape[3]), np.float32)
    spread[:, ::2, ::2] = pictures
    return 4.0 * blur(spread)


def _places(random: np.random.Generator, count: int, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the first rows and columns of the patches, `[count, PATCHES]` each."""
    rows, columns = (random.integers(0, side - PATCH + 1, (count, PATCHES)) for side in size)
    return rows, columns


def _patches(pictures: np.ndarray, places: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return patches `[count * PATCHES, PATCH, PATCH, channels]`."""
    span = np.arange(PATCH)
    rows, columns = (place[:, :, None] + span for place in places)
    found = pictures[np.arange(len(pictures))[:, None, None, None], rows[:, :, :, None], columns[:, :, None, :]]
    return found.reshape(-1, PATCH, PATCH, pictures.shape[3])


def _distance(real: np.ndarray, generated: np.ndarray, random: np.random.Generator) -> float:
    """Return the mean distance between the sorted projections of two sets of patches."""
    # In float64: float32 sums of millions of values drift.
    mean, deviation = (each((0, 1, 2), np.float64).astype(np.float32) for each in (real.mean, real.std))
    deviation = np.maximum(deviation, LEAST_DEVIATION)
    flat = [((each - mean) / deviation).reshape(len(each), -1) for each in (real, generated)]
    directions = random.standard_normal((flat[0].shape[1], DIRECTIONS)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=0)
    distances = []
    for start in range(0, DIRECTIONS, BLOCK):
        shadows = [np.sort(each @ directions[:, start : start + BLOCK], axis=0) for each in flat]
        distances.append(np.abs(shadows[0] - shadows[1]).mean())
    return float(np.mean(distances))
