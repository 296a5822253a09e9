"""The judges that are examined: networks, sizes of their input, and which of their layers are looked at."""

import numpy as np
import tensorflow as tf

from dcgan_tf.judge.features import FeatureNetwork, load_features
from dcgan_tf.judge.imagenet_network import SHA256, build_stages, channel_moments, read_weights

SIDES = (64, 128, 224)
RANDOM = "random"
# Of the stem, the seven stages and the head: those whose means, and deviations unless it is the end, are features.
LAYERS = {"stages": range(1, 8), "early": range(1, 4), "late": range(5, 8), "end": range(8, 9)}
Look = dict[str, np.ndarray]  # features by the judge's name


def network_of(side: int | None) -> FeatureNetwork:
    """Return the random network, or the whole ImageNet network at this input size: all that its judges look at."""
    if side is None:
        return load_features(RANDOM)
    stages = build_stages(read_weights(), side)

    @tf.function(reduce_retracing=True)
    def look(pictures: tf.Tensor) -> tf.Tensor:
        return channel_moments(stages(pictures, training=False))

    return FeatureNetwork(f"imagenet-{side}", (side, side), 3, look, SHA256)


def looks(features: np.ndarray, side: int | None) -> Look:
    """Return the features of each judge that uses this network."""
    if side is None:
        return {RANDOM: features}
    widths = [32, 16, 24, 40, 80, 112, 192, 320, 1280]
    starts = np.cumsum([0, *(2 * width for width in widths)])
    found = {}
    for name, layers in LAYERS.items():
        parts = [features[:, starts[k] : starts[k] + widths[k] * (1 if name == "end" else 2)] for k in layers]
        rows = np.concatenate(parts, axis=1)
        found[f"{name} {side}"] = rows / np.sqrt(np.square(rows).mean(1, keepdims=True))
    return found
