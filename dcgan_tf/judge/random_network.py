"""The feature network that needs no download: convolutions of fixed random weights.

Random filters respond to textures, edges, colours and layouts without any training. Naeem et al. 2020 (arXiv
2002.09797) evaluate with untrained networks where pictures differ from those that networks are trained on.
`benchmarks/quality/` measures how well its ranking of recipes agrees with a trained network's.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from dcgan_tf.common.pixels import to_floats

RANDOM_SIDE = 64  # pixels a side
RANDOM_VERSION = "2"  # raise it with any change below: scores of two versions cannot be compared
WIDTHS = (24, 48, 96, 192)  # channels at 64, 32, 16 and 8 pixels a side
FIELDS, QUARTERS = 4, 2  # a side: fields of mean colours, and of the deepest layer's means
NOISE = 128  # pictures that set the network's scales


def build_random_network() -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the function from uint8 `[n, 64, 64, 3]` to float32 `[n, 1536]`.

    Its features are the colours of 16 fields, the mean and deviation of every channel of each layer, and the deepest
    layer's means over four quarters. On noise with the spectrum of photos, each layer's outputs and each feature have
    mean 0 and deviation 1, so that none outweighs the others. Then each picture's features are scaled to mean square 1:
    photos differ from noise in one common direction, which would hide the differences between them.
    """
    random = np.random.default_rng(0)
    noise = photo_noise(random)
    filters, signal = [], tf.constant(noise)
    for width in WIDTHS:
        kernel = random.standard_normal((3, 3, signal.shape[3], width)).astype(np.float32)
        outputs = tf.nn.conv2d(signal, kernel, 1, "SAME")
        mean, variance = tf.nn.moments(outputs, [0, 1, 2])
        filters.append((kernel / tf.sqrt(variance), mean / tf.sqrt(variance)))
        signal = _layer(signal, *filters[-1])
    mean, variance = tf.nn.moments(_features(tf.constant(noise), filters), [0])
    deviation = tf.sqrt(variance) + 1e-3

    @tf.function(reduce_retracing=True)
    def look(pictures: tf.Tensor) -> tf.Tensor:
        found = (_features(to_floats(pictures), filters) - mean) / deviation
        return found * tf.math.rsqrt(tf.reduce_mean(tf.square(found), axis=1, keepdims=True))

    return look


def _layer(images: tf.Tensor, kernel: tf.Tensor, offset: tf.Tensor) -> tf.Tensor:
    """Return the layer's output at half the size."""
    return tf.nn.avg_pool2d(tf.nn.relu(tf.nn.conv2d(images, kernel, 1, "SAME") - offset), 2, 2, "SAME")


def _features(images: tf.Tensor, filters: list[tuple[tf.Tensor, tf.Tensor]]) -> tf.Tensor:
    """Return the features before they are scaled."""
    found = [_means(images, FIELDS)]
    for kernel, offset in filters:
        images = _layer(images, kernel, offset)
        mean, variance = tf.nn.moments(images, [1, 2])
        found += [mean, tf.sqrt(variance + 1e-8)]
    return tf.concat([*found, _means(images, QUARTERS)], axis=1)


def _means(images: tf.Tensor, parts: int) -> tf.Tensor:
    """Return each channel's means over `parts` times `parts` fields, `[n, parts * parts * channels]`."""
    side = images.shape[1] // parts
    pooled = tf.nn.avg_pool2d(images, side, side, "VALID")
    return tf.reshape(pooled, [-1, parts * parts * images.shape[3]])


def photo_noise(random: np.random.Generator) -> np.ndarray:
    """Return noise with the 1 / f amplitudes of photos (Field 1987) and their similar colours, float32 in [-1, 1]."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(RANDOM_SIDE), np.fft.fftfreq(RANDOM_SIDE)))
    frequency[0, 0] = 1.0 / RANDOM_SIDE
    shape = (NOISE, 3, RANDOM_SIDE, RANDOM_SIDE)
    waves = random.standard_normal(shape) + 1j * random.standard_normal(shape)
    planes = np.fft.ifft2(waves / frequency).real
    planes *= 0.5 / planes.std((2, 3), keepdims=True)
    colors = 0.8 * planes[:, :1] + 0.4 * planes + random.uniform(-0.5, 0.5, (NOISE, 3, 1, 1))
    return np.clip(colors, -1.0, 1.0).transpose(0, 2, 3, 1).astype(np.float32)
