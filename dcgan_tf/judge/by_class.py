"""Do pictures look like the class that was asked for, and does each class have all its kinds?"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dcgan_tf.judge.features import FeatureNetwork
from dcgan_tf.judge.measuring import LEAST_K, K
from dcgan_tf.judge.metrics import manifold_scores
from dcgan_tf.judge.scores import HELD_OUT, OTHER_HALF, Score

EACH = 200  # generated pictures of each class, at most; as many as it has real ones, for coverage depends on both
PENALTY = 1000.0  # of the classifier's weights; a tenth and ten times that name about as many unseen photos rightly

Maker = Callable[[int, str], np.ndarray]  # from a number of pictures and a class to uint8 pictures
Classifier = Callable[[np.ndarray], np.ndarray]  # from features to the numbers of classes


class Labelled(NamedTuple):
    """Real pictures of known classes."""

    features: np.ndarray  # float32 [n, d]
    numbers: np.ndarray  # int32 [n], of their classes


def score_classes(
    network: FeatureNetwork, training: Labelled, unseen: Labelled, names: tuple[str, ...], makers: dict[str, Maker]
) -> dict[str, Score]:
    """Return the score `class_agreement`: the share of pictures that a classifier takes for the class asked for.

    The classifier is linear in features, of the training pictures; all classes count alike. `makers` are the
    generators, "value", and the untrained one, "ceiling"; `by_class` of the score has each class's agreement and, of
    its real pictures, the coverage. Without unseen pictures, the floor is that of each half by the other half.
    """
    features, numbers = training
    classify = fit_classifier(features, numbers, len(names))
    by_class, compared = {}, 0
    for number, name in enumerate(names):
        own = features[numbers == number][:EACH]
        made = {kind: network(make(max(len(own), 2 * LEAST_K), name)) for kind, make in makers.items()}
        compared += len(made["value"])
        by_class[name] = {kind: float((classify(rows) == number).mean()) for kind, rows in made.items()}
        k = max(LEAST_K, min(K, len(own) // 10))
        if len(own) > k:
            by_class[name]["coverage"] = manifold_scores(own, made["value"], k)["coverage"]
    if len(unseen.numbers):
        floor, floor_of = mean_agreement(classify(unseen.features), unseen.numbers), HELD_OUT
    else:
        order = np.random.default_rng(0).permutation(len(numbers))
        halves = order[::2], order[1::2]
        pairs = (halves, halves[::-1])
        found = [fit_classifier(features[one], numbers[one], len(names))(features[other]) for one, other in pairs]
        floor, floor_of = mean_agreement(np.concatenate(found), numbers[np.concatenate(halves[::-1])]), OTHER_HALF
    means = {kind: float(np.mean([found[kind] for found in by_class.values()])) for kind in makers}
    about = {"n": {"real": len(numbers), "compared": compared}, "floor_of": floor_of}
    of = {"features": network.name, "features_version": network.version[:12], "by_class": by_class}
    return {f"class_agreement_{network.name}": means | {"floor": floor} | about | of}


def fit_classifier(features: np.ndarray, numbers: np.ndarray, classes: int) -> Classifier:
    """Return a classifier of features `[n, d]`: ridge regression to +1 and -1, each class of the same weight."""
    mean, deviation = features.mean(0), features.std(0) + 1e-6
    weights = 1.0 / np.bincount(numbers, minlength=classes)[numbers]
    weights = (weights / weights.mean())[:, None]
    rows, wanted = (features - mean) / deviation, 2.0 * np.eye(classes)[numbers] - 1.0
    centre, offset = (weights * rows).mean(0), (weights * wanted).mean(0)
    rows = rows - centre
    slopes = np.linalg.solve(
        rows.T @ (weights * rows) + PENALTY * np.eye(rows.shape[1]), rows.T @ (weights * (wanted - offset))
    )
    return lambda seen: (((seen - mean) / deviation - centre) @ slopes + offset).argmax(1)


def mean_agreement(found: np.ndarray, numbers: np.ndarray) -> float:
    """Return the share of right classes, the mean over those that there are."""
    return float(np.mean([(found[numbers == number] == number).mean() for number in np.unique(numbers)]))
