"""How a metric is applied: to generated pictures, and for comparison to unseen real ones and to an untrained generator.

A way takes the metric's function, the space it works in and the sets of pictures, and returns what it measured. The
value is that of the generated pictures, the floor that of real pictures that training never saw, which a very good
generator would reach, and the ceiling that of the generator before training.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from dcgan_tf.judge.scores import HELD_OUT, ITSELF, OTHER_HALF

FEATURES, PIXELS = "features", "pixels"  # the spaces in which pictures are compared
MOST_DRAWS = 4  # groups of generated pictures that scores are averaged over where the number of pictures matters
K, LEAST_K = 10, 3  # the neighbour that a picture's ball reaches to; a nearer one where few pictures are compared

Function = Callable[..., Any]  # a metric on plain arrays: one number, or several by name or by level


@dataclass(frozen=True)
class Part:
    """Some pictures, uint8 `[n, height, width, channels]`, and their features, float32 `[n, d]`."""

    pixels: np.ndarray
    features: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, chosen: slice | np.ndarray) -> "Part":
        return Part(self.pixels[chosen], self.features[chosen])

    def of(self, space: str) -> np.ndarray:
        """Return the pictures as they are compared in a space."""
        return self.features if space == FEATURES else self.pixels


@dataclass(frozen=True)
class Sets:
    """The pictures that are compared.

    Attributes:
        training: pictures that the run learned from; of many, some.
        reference: those of them that the others are compared with: half where nothing is held out, else all.
        candidates: what is compared: "value", generated pictures; "floor", unseen real ones; "ceiling", those of the
            untrained generator.
        distances: of each candidate to the nearest training picture, float64 `[n]`, by space.
        known: how many training pictures these distances were measured to, by space.
    """

    training: Part
    reference: Part
    candidates: dict[str, Part]
    distances: dict[str, dict[str, np.ndarray]]
    known: dict[str, int]

    @property
    def held_out(self) -> bool:
        """Return whether the unseen pictures were held out, and are not the other half of the training pictures."""
        return self.reference is self.training


@dataclass(frozen=True)
class Measured:
    """What a way returns: numbers by what they are of, such as "value" and "floor", and what they depend on."""

    numbers: dict[str, Any]
    n: dict[str, int]
    floor_of: str
    notes: dict[str, Any] = field(default_factory=dict)


Way = Callable[[Function, str, Sets], Measured | None]  # None: there is nothing to measure


def all_at_once(function: Function, space: str, sets: Sets) -> Measured:
    """Compare all pictures of each candidate with the reference; the function gives a number and its spread."""
    return _with_spread(function, space, sets.reference, sets.candidates, _floor_of(sets))


def all_against_unseen(function: Function, space: str, sets: Sets) -> Measured | None:
    """Compare as `all_at_once`, but with the held-out pictures, if there are any.

    The floor is that of the training pictures: but for the draw of subsets it is the same both ways.
    """
    if not sets.held_out:
        return None
    candidates = sets.candidates | {"floor": sets.training}
    return _with_spread(function, space, sets.candidates["floor"], candidates, HELD_OUT)


def in_equal_groups(function: Function, space: str, sets: Sets) -> Measured:
    """Compare equally many pictures of each candidate with the reference, for scores that depend on their number.

    That is as many as the smallest candidate has; of a larger one, the mean over several such groups.
    """
    count = min(map(len, sets.candidates.values()))
    numbers = {
        kind: _mean_over_groups(partial(function, sets.reference.of(space)), part.of(space), count)
        for kind, part in sets.candidates.items()
    }
    return Measured(numbers, {"real": len(sets.reference), "compared": count}, _floor_of(sets))


def in_equal_groups_with_k(function: Function, space: str, sets: Sets) -> Measured:
    """Compare as `in_equal_groups`, by a function that also takes k, which neighbour of a picture its ball reaches."""
    count = min(map(len, sets.candidates.values()))
    # Balls that reach over a large part of a small set hold everything.
    k = min(max(LEAST_K, min(K, count // 10)), count - 1, len(sets.reference) - 1)
    return replace(in_equal_groups(partial(function, k=k), space, sets), notes={"k": k})


def by_distances(function: Function, space: str, sets: Sets) -> Measured:
    """Compare the candidates' distances to the nearest training picture with those of unseen pictures, the floor.

    Where nothing is held out, these are the distances of each training picture to the nearest other one.
    """
    unseen = sets.distances["floor"][space]
    doubles = int((unseen == 0).sum())
    n = {"real": sets.known[space], "compared": len(sets.distances["value"][space])}
    return Measured(
        {kind: function(distances[space], unseen) for kind, distances in sets.distances.items()},
        n | {"unseen": len(unseen) - doubles, "doubles": doubles},
        HELD_OUT if sets.held_out else ITSELF,
    )


def _floor_of(sets: Sets) -> str:
    return HELD_OUT if sets.held_out else OTHER_HALF


def _with_spread(
    function: Function, space: str, reference: Part, candidates: dict[str, Part], floor_of: str
) -> Measured:
    """Return the numbers of a function that also tells how far chance moves them."""
    found = {kind: function(reference.of(space), part.of(space)) for kind, part in candidates.items()}
    numbers = {kind: number for kind, (number, _) in found.items()}
    spreads = {"spread": found["value"][1], "floor_spread": found["floor"][1]}
    return Measured(numbers | spreads, {"real": len(reference), "compared": len(candidates["value"])}, floor_of)


def _mean_over_groups(score: Callable[[np.ndarray], Any], rows: np.ndarray, count: int) -> Any:  # noqa: ANN401
    """Return the mean of what a function gives for up to `MOST_DRAWS` groups of `count` rows."""
    groups = min(MOST_DRAWS, len(rows) // count)
    found = [score(rows[start * count : (start + 1) * count]) for start in range(groups)]
    if not isinstance(found[0], dict):
        return float(np.mean(found))
    return {key: float(np.mean([each[key] for each in found])) for key in found[0]}
