"""Do pictures look like the class that was asked for, and does each class have all its kinds?"""

from collections.abc import Callable

import numpy as np

from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.data.classes import class_numbers
from dcgan_tf.data.images import ImageSet
from dcgan_tf.judge.features import FeatureNetwork, cached_features
from dcgan_tf.judge.measuring import LEAST_K, K
from dcgan_tf.judge.metrics import manifold_scores, nearest
from dcgan_tf.judge.scores import HELD_OUT, ITSELF, Score

EACH = 200  # generated pictures of each class, at most; as many as it has real ones, for coverage depends on both
MOST_REAL = 5000  # real pictures, evenly spread

Maker = Callable[[int, str], np.ndarray]  # from a number of pictures and a class to uint8 pictures


def score_classes(
    network: FeatureNetwork,
    images: ImageSet,
    held_out: ImageSet | None,
    names: tuple[str, ...],
    makers: dict[str, Maker],
) -> dict[str, Score]:
    """Return the score `class_agreement`: the share of pictures whose nearest training picture is of their class.

    It is a classifier of one neighbour in features. `makers` are the generators, "value", and the untrained one,
    "ceiling"; `by_class` of the score has each class's agreement and, of its real pictures, the coverage.
    """
    real = images.subset(evenly_spread(len(images), MOST_REAL))
    features, numbers = cached_features(network, real), class_numbers(real, names)

    def agreement(rows: np.ndarray, wanted: np.ndarray | int, *, itself: bool = False) -> float:
        return float((numbers[nearest(rows, features, itself=itself)[0]] == wanted).mean())

    by_class = {}
    for number, name in enumerate(names):
        own = features[numbers == number][:EACH]
        made = {kind: network(make(max(len(own), 2 * LEAST_K), name)) for kind, make in makers.items()}
        by_class[name] = {kind: agreement(rows, number) for kind, rows in made.items()}
        k = max(LEAST_K, min(K, len(own) // 10))
        if len(own) > k:
            by_class[name]["coverage"] = manifold_scores(own, made["value"], k)["coverage"]
    known = held_out.subset([at for at, label in enumerate(held_out.labels) if label in names]) if held_out else None
    if known is not None and len(known):
        floor = agreement(cached_features(network, known), class_numbers(known, names))
    else:
        floor = agreement(features, numbers, itself=True)
    means = {kind: float(np.mean([found[kind] for found in by_class.values()])) for kind in makers}
    about = {
        "n": {"real": len(real), "compared": EACH},
        "floor_of": HELD_OUT if known else ITSELF,
        "by_class": by_class,
    }
    of = {"features": network.name, "features_version": network.version[:12]}
    return {f"class_agreement_{network.name}": means | {"floor": floor} | about | of}
