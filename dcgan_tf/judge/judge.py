"""`evaluate`: how good and how new a run's pictures are, each score beside what real and untrained ones would get."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_json
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.data.images import LEAST_UNSEEN, ImageSet
from dcgan_tf.draw.grids import save_pairs
from dcgan_tf.judge import metrics
from dcgan_tf.judge.features import cached_features, load_features
from dcgan_tf.judge.sentences import HELD_OUT
from dcgan_tf.judge.wasserstein import sliced_wasserstein
from dcgan_tf.run.run import Run

LEAST = 4  # pictures that can be compared with others
MOST_REAL = 5000  # training, or held-out, pictures whose features take part, evenly spread over a larger set
MOST_DRAWS = 4  # groups of generated pictures over which scores that depend on their number are averaged
SHOWN = 24  # pairs in neighbors.png
K, LEAST_K = 10, 3  # the neighbor that says how far a picture's ball reaches; nearer ones where few are compared
OTHER_HALF = "the other half of the training pictures"  # the floor where nothing is held out
ITSELF = "each training picture among the others"  # what novelty is measured by where nothing is held out

Score = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A set of pictures and their features."""

    pixels: np.ndarray
    features: np.ndarray

    def __getitem__(self, chosen: slice | np.ndarray) -> "Part":
        """Return some of the pictures."""
        return Part(self.pixels[chosen], self.features[chosen])


class Judge:
    """Scores pictures against real ones, whose features are computed once."""

    def __init__(self, images: ImageSet, held_out: ImageSet | None = None, features: str | Path = "auto") -> None:
        """Take the pictures that were learned from, unseen ones of the same kind and a network, as `evaluate` does."""
        if len(images) < 2 * LEAST:
            raise DcganError(
                f"`images` should hold at least {2 * LEAST} training pictures to judge by. Received: {len(images)}. "
                "Add some."
            )
        self.network = load_features(features)
        self.training = self._real(images)
        self.pixels = images.pixels  # all of them: a copy is to be found whatever it was copied from
        self.reference, self.unseen, self.floor_of = self.training[::2], self.training[1::2], OTHER_HALF
        unseen = self._unseen(held_out) if held_out is not None and len(held_out) else None
        if unseen is not None:
            self.reference, self.floor_of = self.training, HELD_OUT
            self.unseen, self.unseen_distances = unseen
        else:
            self.unseen_distances = self.nearest_of(Part(self.pixels, self.training.features), itself=True)

    def _unseen(self, held_out: ImageSet) -> tuple[Part, dict[str, np.ndarray]] | None:
        """Return held-out pictures that are not among the training pictures, and how far from them; None if few."""
        unseen = self._real(held_out)
        distances = self.nearest_of(unseen)
        # In random order: files come class by class, and a group of them should be of all classes.
        order = np.random.default_rng(0).permutation(len(unseen.pixels))
        order = order[distances["pixels"][order] > 0]
        if len(order) < len(unseen.pixels):
            left_out = len(unseen.pixels) - len(order)
            print(f"{left_out} of {len(unseen.pixels)} held-out pictures are training pictures too, and are left out.")
        if len(order) < LEAST_UNSEEN:
            print(f"{len(order)} held-out pictures are too few to compare with; floors are of {OTHER_HALF}.")
            return None
        return unseen[order], {space: values[order] for space, values in distances.items()}

    def _real(self, images: ImageSet) -> Part:
        """Return real pictures with their features, of a large set some of them."""
        chosen = images.subset(evenly_spread(len(images), MOST_REAL))
        return Part(chosen.pixels, cached_features(self.network, chosen))

    def look(self, pictures: np.ndarray) -> Part:
        """Return uint8 pictures with their features."""
        return Part(pictures, self.network(pictures))

    def score(self, generated: Part, untrained: Part) -> dict[str, Score]:
        """Return the scores of generated pictures, as `evaluate` does."""
        name = self.network.name
        candidates = {"value": generated, "floor": self.unseen, "ceiling": untrained}
        scores = kernel_scores("kid", name, self.reference, candidates)
        if self.reference is self.training:
            # The kernel distance is symmetric: but for the draw of subsets its floor is the same both ways.
            scores |= kernel_scores("kid_held_out", name, self.unseen, candidates | {"floor": self.training})
        scores |= compare(self.reference, candidates, name)
        distances = {"value": self.nearest_of(generated), "ceiling": self.nearest_of(untrained)}
        n = {"features": len(self.training.pixels), "pixels": len(self.pixels)}
        new = novelty_scores(distances | {"floor": self.unseen_distances}, n, name)
        if self.floor_of != HELD_OUT:
            new = {score: values | {"floor_of": ITSELF} for score, values in new.items()}
        about = {"resolution": "x".join(map(str, generated.pixels.shape[1:])), "floor_of": self.floor_of}
        version = {"features_version": self.network.version[:12]}
        scores = {score: about | values for score, values in (scores | new).items()}
        return {score: values | (version if values["features"] else {}) for score, values in scores.items()}

    def nearest_of(self, part: Part, *, itself: bool = False) -> dict[str, np.ndarray]:
        """Return the distances to the nearest training picture, in "features" and in "pixels"."""
        return {
            "features": metrics.nearest(part.features, self.training.features, itself=itself)[1],
            "pixels": metrics.nearest_pictures(part.pixels, self.pixels, itself=itself)[1],
        }


def evaluate(
    run: Run, images: ImageSet, held_out: ImageSet | None = None, *, features: str | Path = "auto", count: int = 1000
) -> dict[str, Score]:
    """Score a run's pictures, write scores.json and neighbors.png into its folder, and return the scores.

    Args:
        run: the run, as `train` and `load_run` return it.
        images: the pictures that it learned from.
        held_out: pictures of the same kind that it never saw. Without them (at least 20) scores compare with one half
            of `images`, and their floor is the other half's, which was learned from and says less.
        features: the feature network, as `dcgan_tf.judge.features.load_features` takes it.
        count: generated pictures to judge.

    Returns:
        scores by name, which ends in the feature network's: each with its `value`, `floor` (the same score of unseen
        real pictures) and `ceiling` (of the untrained generator), `n`, `features`, `features_version`, `resolution`,
        `floor_of` (which pictures are the unseen ones), `generator` (the file) and, for KID, `spread` and
        `floor_spread` over subsets.

    Raises:
        DcganError: fewer than 8 pictures to compare with, pictures of another size than the run's, or a feature
            network that cannot be used.
    """
    _check(run, images, held_out, count)
    judge = Judge(images, held_out, features)
    generated = judge.look(run.generate(count, seed=run.config.seed + 1))
    untrained = judge.look(_untrained_pictures(run, min(count, len(judge.unseen.pixels))))
    scores = judge.score(generated, untrained)
    scores = {name: score | {"generator": run.weights} for name, score in scores.items()}
    write_json(run.folder / "scores.json", scores)
    _write_neighbors(run, images.title, judge, generated)
    return scores


def compare(reference: Part, candidates: dict[str, Part], name: str) -> dict[str, Score]:
    """Return the other scores of all candidates ("value", "floor", "ceiling") against real pictures.

    These scores depend on how many pictures are compared: all take as many as the smallest candidate has, and of a
    larger one the mean over several groups. KID, which does not, is not among them.
    """
    count = min(len(part.pixels) for part in candidates.values())
    # Balls that reach over a large part of a small set hold everything.
    k = min(max(LEAST_K, min(K, count // 10)), count - 1, len(reference.pixels) - 1)

    def measure(part: Part) -> dict[str, float]:
        found = {f"fid_{name}": metrics.fid(reference.features, part.features)}
        shares = metrics.manifold_scores(reference.features, part.features, k=k)
        found |= {f"{share}_{name}": value for share, value in shares.items()}
        levels = sliced_wasserstein(reference.pixels, part.pixels)
        return found | {f"swd_{side}": value for side, value in levels.items()}

    measured = {kind: _mean_over_groups(measure, part, count) for kind, part in candidates.items()}
    n = {"real": len(reference.pixels), "compared": count}
    scores: dict[str, Score] = {}
    for score in measured["value"]:
        scores[score] = {kind: values[score] for kind, values in measured.items()} | {"n": n}
        scores[score]["features"] = None if score.startswith("swd") else name
        if score.startswith(tuple(metrics.MANIFOLD_SCORES)):
            scores[score]["k"] = k
    return scores


def kernel_scores(score: str, name: str, reference: Part, candidates: dict[str, Part]) -> dict[str, Score]:
    """Return KID of all candidates against real pictures, called `score` and the network's name."""
    found = {kind: metrics.kid(reference.features, part.features) for kind, part in candidates.items()}
    n = {"real": len(reference.pixels), "compared": len(candidates["value"].pixels)}
    values = {kind: value for kind, (value, _) in found.items()}
    spreads = {"spread": found["value"][1], "floor_spread": found["floor"][1]}
    return {f"{score}_{name}": values | spreads | {"n": n, "features": name}}


def novelty_scores(distances: dict[str, dict[str, np.ndarray]], n: dict[str, int], name: str) -> dict[str, Score]:
    """Return how new the candidates are, from the distances that `Judge.nearest_of` finds; `n` training pictures."""
    scores: dict[str, Score] = {}
    for space, suffix in (("features", name), ("pixels", "pixels")):
        floor = distances["floor"][space]
        found = {kind: metrics.novelty(each[space], floor) for kind, each in distances.items()}
        doubles = int((floor == 0).sum())
        unseen = len(floor) - doubles
        for score, label in (("ratio", "novelty"), ("near_copies", "near_copies")):
            scores[f"{label}_{suffix}"] = {kind: each[score] for kind, each in found.items()} | {
                "n": {
                    "real": n[space],
                    "compared": len(distances["value"][space]),
                    "unseen": unseen,
                    "doubles": doubles,
                },
                "features": name if space == "features" else None,
            }
    return scores


def _mean_over_groups(score: Callable[[Part], dict[str, float]], part: Part, count: int) -> dict[str, float]:
    """Return the mean of the scores of up to `MOST_DRAWS` groups of `count` pictures."""
    groups = min(MOST_DRAWS, len(part.pixels) // count)
    found = [score(part[start * count : (start + 1) * count]) for start in range(groups)]
    return {name: float(np.mean([each[name] for each in found])) for name in found[0]}


def _check(run: Run, images: ImageSet, held_out: ImageSet | None, count: int) -> None:
    """Raise `DcganError` unless there is enough of the right kind to compare."""
    config = run.config
    expected = (config.image_size, config.image_size, config.channels)
    for part in (images, held_out):
        if part is not None and len(part) and part.pixels.shape[1:] != expected:
            raise DcganError(
                f"The pictures should have the run's height, width and channels, {expected}. "
                f"Received: {part.pixels.shape[1:]}. Load them with its image_size and channels."
            )
    if images.sha256 != run.info["data"]["sha256"]:
        raise DcganError(
            f"`images` should be the {run.info['data']['n']} pictures that the run in {run.folder} learned from. "
            f"Received: {len(images)} others. Load and split them as for training."
        )
    if count < 2 * LEAST:
        raise DcganError(f"`count` should be at least {2 * LEAST} generated pictures. Received: {count}.")


def _untrained_pictures(run: Run, count: int) -> np.ndarray:
    """Return pictures of the generator that the run began with."""
    from dcgan_tf.model.build import build_model

    return build_model(run.config).generate(count, seed=run.config.seed + 1)


def _write_neighbors(run: Run, name: str, judge: Judge, generated: Part) -> None:
    """Write neighbors.png: the generated pictures that are nearest to a training picture, each above that one."""
    if len(judge.pixels) == len(judge.training.pixels):
        indices, distances = metrics.nearest(generated.features, judge.training.features)
    else:  # features of some are known, but a copy is to be found whatever it was copied from
        indices, distances = metrics.nearest_pictures(generated.pixels, judge.pixels)
    closest = np.argsort(distances, kind="stable")[:SHOWN]
    title = f"{name}: of {len(distances)} the nearest to a training picture, each above that one"
    pairs = generated.pixels[closest], judge.pixels[indices[closest]]
    save_pairs(run.folder / "neighbors.png", *pairs, title)
