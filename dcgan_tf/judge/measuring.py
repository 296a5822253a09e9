"""Ways to apply a metric: to generated pictures and, for comparison, to unseen real and untrained generator's pictures.

A way takes the metric's function, the space it works in and the sets of pictures. It returns a value, of the generated
pictures; a floor, of real pictures that training never saw, which a very good generator would reach; and a ceiling, of
the untrained generator's pictures.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from dcgan_tf.common.pixels import premultiplied
from dcgan_tf.data.stored import Pixels, changed
from dcgan_tf.judge.ruler import Ruler
from dcgan_tf.judge.scores import HELD_OUT, ITSELF, OF_START, OTHER_HALF

FEATURES, PIXELS = "features", "pixels"  # the spaces in which pictures are compared
MOST_DRAWS = 4  # groups of pictures that a score is averaged over, if it depends on their number
K, LEAST_K = 10, 3  # a picture's ball reaches to its K-th neighbour; nearer, down to LEAST_K, in small sets


@dataclass(frozen=True)
class Part:
    """Some pictures and their features."""

    pixels: Pixels  # uint8 [n, height, width, channels]
    features: np.ndarray  # float32 [n, d]

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, chosen: slice | np.ndarray) -> "Part":
        return Part(self.pixels[chosen], self.features[chosen])

    def of(self, space: str) -> Pixels:
        """Return the features or the pixels, by the name of the space; colours of RGBA are multiplied by alpha."""
        return self.features if space == FEATURES else changed(self.pixels, premultiplied)


@dataclass(frozen=True)
class Sets:
    """The pictures that are compared."""

    training: Part  # training pictures; of a large set, some
    reference: Part  # the training pictures to compare with: all of these, or half if nothing is held out
    candidates: dict[str, Part]  # "value": generated pictures; "floor": unseen ones; "ceiling": the untrained ones
    distances: dict[str, dict[str, np.ndarray]]  # of each candidate to the nearest training picture, by space
    known: dict[str, int]  # training pictures that these distances were measured to, by space
    ruler: Ruler  # of the training pictures
    start: "Sets | None" = None  # the same candidates against the pictures that the run's start was trained on

    @property
    def held_out(self) -> bool:
        """Return whether unseen pictures were held out; if not, they are the other half of the training pictures."""
        return self.reference is self.training


@dataclass(frozen=True)
class Measured:
    """What was measured, and what it depends on."""

    numbers: dict[str, Any]  # the function's results, by "value", "floor", "ceiling" and, for KID, the spreads
    n: dict[str, int]  # of pictures
    floor_of: str  # which pictures the floor is of
    notes: dict[str, Any] = field(default_factory=dict)


Way = Callable[[Callable[..., Any], str, Sets], Measured | None]  # None: there is nothing to measure


def all_at_once(function: Callable[..., tuple[float, float]], space: str, sets: Sets) -> Measured:
    """Compare all pictures of each candidate with the reference; the function returns a number and its spread."""
    found = {kind: function(sets.reference.of(space), part.of(space)) for kind, part in sets.candidates.items()}
    numbers = {kind: number for kind, (number, _) in found.items()}
    spreads = {"spread": found["value"][1], "floor_spread": found["floor"][1]}
    n = {"real": len(sets.reference), "compared": len(sets.candidates["value"])}
    return Measured(numbers | spreads, n, HELD_OUT if sets.held_out else OTHER_HALF)


def all_against_unseen(function: Callable[..., tuple[float, float]], space: str, sets: Sets) -> Measured | None:
    """Compare as `all_at_once`, but with the held-out pictures, if there are any.

    The floor is the score of the training pictures; but for random subsets it equals that of `all_at_once`.
    """
    if not sets.held_out:
        return None
    candidates = sets.candidates | {"floor": sets.training}
    turned = replace(sets, reference=sets.candidates["floor"], candidates=candidates)
    return replace(all_at_once(function, space, turned), floor_of=HELD_OUT)


def in_equal_groups(function: Callable[..., Any], space: str, sets: Sets) -> Measured:
    """Compare equally many pictures of each candidate with the reference, for scores that depend on their number.

    Groups are as large as the smallest candidate; a larger candidate gets the mean over several groups.
    """
    count = min(map(len, sets.candidates.values()))
    compare = partial(function, sets.reference.of(space))
    numbers = {kind: _mean_over_groups(compare, part.of(space), count) for kind, part in sets.candidates.items()}
    n = {"real": len(sets.reference), "compared": count}
    return Measured(numbers, n, HELD_OUT if sets.held_out else OTHER_HALF)


def in_equal_groups_with_k(function: Callable[..., Any], space: str, sets: Sets) -> Measured:
    """Compare as `in_equal_groups`, with a function that also takes k: balls reach to the k-th neighbour."""
    count = min(map(len, sets.candidates.values()))
    # With a large k, the balls of a small set would hold everything.
    k = min(max(LEAST_K, min(K, count // 10)), count - 1, len(sets.reference) - 1)
    return replace(in_equal_groups(partial(function, k=k), space, sets), notes={"k": k})


def by_ruler(function: Callable[..., tuple[float, float]], space: str, sets: Sets) -> Measured:
    """Compare as `all_at_once` KID, and tell it, too, as the blur of real pictures that are equally far away."""
    measured = all_at_once(function, space, sets)
    kids, read = measured.numbers, sets.ruler.blur_of
    blurs = {kind: read(kids[kind]) for kind in sets.candidates}
    for kind, spread in (("value", "spread"), ("floor", "floor_spread")):
        low, high = (read(kids[kind] + sign * kids[spread]) for sign in (-1, 1))
        blurs[spread] = (high - low) / 2
    numbers = {kind: {"blur": blurs[kind], "kid": kids[kind]} for kind in kids}
    return replace(measured, numbers=numbers, notes={"jpeg": sets.ruler.jpeg_of(kids["value"])})


def by_distances(function: Callable[..., Any], space: str, sets: Sets) -> Measured:
    """Compare the candidates' distances to the nearest training picture with those of unseen pictures, the floor.

    If nothing is held out, the floor is the distance of each training picture to the nearest other one.
    """
    unseen = sets.distances["floor"][space]
    doubles = int((unseen == 0).sum())
    n = {"real": sets.known[space], "compared": len(sets.distances["value"][space])}
    n |= {"unseen": len(unseen) - doubles, "doubles": doubles}
    numbers = {kind: function(distances[space], unseen) for kind, distances in sets.distances.items()}
    return Measured(numbers, n, HELD_OUT if sets.held_out else ITSELF)


def by_distances_to_start(function: Callable[..., Any], space: str, sets: Sets) -> Measured | None:
    """Compare as `by_distances`, but with the pictures that the run's start was trained on, if they are there.

    The floor is the distance of each of them to the nearest other one.
    """
    return replace(by_distances(function, space, sets.start), floor_of=OF_START) if sets.start else None


def _mean_over_groups(score: Callable[[np.ndarray], Any], rows: np.ndarray, count: int) -> Any:  # noqa: ANN401
    """Return the mean result of a function over up to `MOST_DRAWS` groups of `count` rows."""
    groups = min(MOST_DRAWS, len(rows) // count)
    found = [score(rows[start * count : (start + 1) * count]) for start in range(groups)]
    if not isinstance(found[0], dict):
        return float(np.mean(found))
    return {key: float(np.mean([each[key] for each in found])) for key in found[0]}
