"""The judges that are examined: networks, sizes of their input, and which of their layers are looked at."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dcgan_tf.judge.features import FeatureNetwork, load_features
from dcgan_tf.judge.imagenet_network import SHA256, build_stages, read_weights

SIDES = (64, 128, 224)
MIDDLE = (1, 2, 3)  # stages at a half, a quarter and an eighth of the input's size, where texture is


def judges() -> dict[str, Callable[[], FeatureNetwork]]:
    """Return each judge by its name."""
    found: dict[str, Callable[[], FeatureNetwork]] = {"random": lambda: load_features("random")}
    for layers in ("end", "middle", "both"):
        for side in SIDES:
            found[f"imagenet {layers} {side}"] = lambda layers=layers, side=side: imagenet(layers, side)
    return found


def imagenet(layers: str, side: int) -> FeatureNetwork:
    """Return EfficientNet-Lite0 at this input size: its pooled end, the statistics of middle stages, or both.

    Middle stages give the mean and the deviation of each channel. Each group is scaled to the same mean square, so that
    none outweighs the other.
    """
    stages = build_stages(read_weights(), side)

    def end(outputs: list[tf.Tensor]) -> tf.Tensor:
        return tf.reduce_mean(outputs[-1], [1, 2])

    def middle(outputs: list[tf.Tensor]) -> tf.Tensor:
        parts = [tf.nn.moments(outputs[stage], [1, 2]) for stage in MIDDLE]
        return tf.concat([each for mean, variance in parts for each in (mean, tf.sqrt(variance + 1e-8))], 1)

    chosen = {"end": (end,), "middle": (middle,), "both": (end, middle)}[layers]

    @tf.function(reduce_retracing=True)
    def look(pictures: tf.Tensor) -> tf.Tensor:
        outputs = stages(pictures, training=False)
        found = [part(outputs) for part in chosen]
        if len(found) > 1:
            found = [each * tf.math.rsqrt(tf.reduce_mean(tf.square(each), 1, keepdims=True)) for each in found]
        return tf.concat(found, 1)

    return FeatureNetwork(f"imagenet-{layers}-{side}", (side, side), 3, look, SHA256)


def features_of(network: FeatureNetwork, pictures: np.ndarray) -> np.ndarray:
    """Return the features of pictures in double precision, which distances need."""
    return network(pictures).astype(np.float64)
