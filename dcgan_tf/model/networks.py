"""The generator and the discriminator: Keras `Sequential` models for any image size.

Both use the same sequence of sizes, e.g. 64-32-16-8-4, 28-14-7-4 or 48x64-24x32-12x16-6x8-3x4. The discriminator halves
both sides of the picture (rounding up) until the longer one has at most `smallest_side` pixels; the generator doubles
them again, and crops a row where the height is odd, a column where the width is. Kernels of 4 with a stride of 2 cover
every pixel equally often; 5 with 2 does not, and leaves a checkerboard (distill.pub/2016/deconv-checkerboard).
"""

from collections.abc import Iterator

import keras
import numpy as np
from keras import layers

from dcgan_tf.common.checks import size_name
from dcgan_tf.config import Config
from dcgan_tf.model.defaults import FLOATS, PICTURES
from dcgan_tf.model.layers import LayerKit

WIDEST = 8  # the most channels of any layer, in multiples of the base width


def ladder(height: int, width: int, smallest_side: int) -> list[tuple[int, int]]:
    """Return the sizes from (height, width) down to at most `smallest_side`, halved and rounded up each time."""
    sizes = [(height, width)]
    while max(sizes[-1]) > smallest_side:
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes


def _channels(width: int, depth: int) -> int:
    """Return the channels of a layer `depth` halvings (at least 1) away from the picture."""
    return width * min(2 ** (depth - 1), WIDEST)


def _seeds(seed: int, role: int) -> Iterator[int]:
    """Yield a seed for each layer of a network; Keras takes 31 bits."""
    return (int(state) >> 1 for state in np.random.SeedSequence([seed, role]).generate_state(64))


def build_generator(config: Config, dtype: str = FLOATS, kit: LayerKit = LayerKit()) -> keras.Sequential:
    """Return the generator: float `[n, input_dim]` to float32 `[n, height, width, channels]`.

    The input is latents, followed by a one-hot class where the configuration has classes.

    Pictures are in [-1, 1]. `dtype` is a Keras precision policy, e.g. "mixed_bfloat16"; `kit` may hold faster
    layers with the same results. The layers follow Radford et al. 2015 (arXiv 1511.06434).
    """
    sizes = ladder(*config.shape[:2], config.smallest_side)
    deepest = len(sizes) - 1
    # Small weights, as in DCGAN: batch normalization sets the scale.
    kernels = (keras.initializers.RandomNormal(stddev=0.02, seed=seed) for seed in _seeds(config.seed, role=0))
    model = keras.Sequential(name="generator")
    model.add(keras.Input((config.input_dim,), dtype=FLOATS, name="latents"))
    smallest = (*sizes[-1], _channels(config.generator_width, deepest))
    units = int(np.prod(smallest))
    model.add(layers.Dense(units, use_bias=False, kernel_initializer=next(kernels), dtype=dtype, name="project"))
    model.add(layers.Reshape(smallest, dtype=dtype, name="reshape"))
    for depth in range(deepest, 0, -1):
        height, width = sizes[depth - 1]
        small, large = size_name(*sizes[depth]), size_name(height, width)
        last = depth == 1
        filters = config.channels if last else _channels(config.generator_width, depth - 1)
        up = kit.transposed(
            filters, 4, strides=2, padding="same", use_bias=last, kernel_initializer=next(kernels), dtype=dtype,
            data_format=PICTURES, name=f"up_{large}",
        )  # fmt: skip
        # Momentum 0.9 is enough: the averaged generator smooths these statistics again.
        model.add(kit.normalization(momentum=0.9, epsilon=1e-5, dtype=dtype, name=f"norm_{small}"))
        model.add(layers.ReLU(dtype=dtype, name=f"relu_{small}"))
        model.add(up)
        if height % 2 or width % 2:
            cut = ((0, height % 2), (0, width % 2))
            model.add(layers.Cropping2D(cut, PICTURES, dtype=dtype, name=f"crop_{large}"))
    # The output is always float32: bfloat16 has 8 bits, too few for 256 shades.
    model.add(layers.Activation("tanh", dtype=FLOATS, name="pictures"))
    return model


def build_discriminator(config: Config, dtype: str = FLOATS, kit: LayerKit = LayerKit()) -> keras.Sequential:
    """Return the discriminator: float pictures in [-1, 1] to float32 logits `[n, 1 + classes]`, positive for "real".

    The first logit judges every picture, each of the others is added for pictures of its class (`train_step.read`).
    No layer mixes the pictures of a batch, so one backward pass can serve both networks.
    """
    # Without batch normalization, DCGAN's small weights would shrink signal and gradient in each layer, and the
    # generator would learn nothing for thousands of steps. These keep the scale (He et al. 2015, arXiv 1502.01852).
    kernels = (
        keras.initializers.VarianceScaling(2.0, "fan_in", "untruncated_normal", seed=seed)
        for seed in _seeds(config.seed, role=1)
    )
    sizes = ladder(*config.shape[:2], config.smallest_side)
    model = keras.Sequential(name="discriminator")
    model.add(keras.Input(config.shape, dtype=FLOATS, name="pictures"))
    for depth, size in enumerate(sizes[1:], start=1):
        name = size_name(*size)
        down = kit.convolution(
            _channels(config.discriminator_width, depth), 4, strides=2, padding="same",
            kernel_initializer=next(kernels), dtype=dtype, data_format=PICTURES, name=f"down_{name}",
        )  # fmt: skip
        model.add(down)
        model.add(kit.leaky(negative_slope=0.2, dtype=dtype, name=f"leaky_{name}"))
    model.add(layers.Flatten(PICTURES, dtype=dtype, name="flatten"))
    logits = 1 + config.classes
    model.add(layers.Dense(logits, kernel_initializer=next(kernels), dtype=FLOATS, name="logits"))
    return model


def count_flops(model: keras.Sequential) -> int:
    """Return the floating-point operations (multiplications and additions) of one forward pass for one picture."""
    return sum(layer_flops(layer) for layer in model.layers)


def layer_flops(layer: keras.Layer) -> int:
    """Return the operations of a dense or convolution layer for one picture; 0 for others, which are small."""
    if isinstance(layer, layers.Dense):
        return 2 * int(np.prod(layer.kernel.shape))
    if isinstance(layer, layers.Conv2DTranspose):  # the whole kernel for each input pixel
        return 2 * int(np.prod(layer.kernel.shape)) * int(np.prod(layer.input.shape[1:3]))
    if isinstance(layer, layers.Conv2D):  # the whole kernel for each output pixel
        return 2 * int(np.prod(layer.kernel.shape)) * int(np.prod(layer.output.shape[1:3]))
    return 0


def summarize(model: keras.Sequential) -> str:
    """Return a table of the layers: output shape, parameters and millions of operations per picture."""
    lines = [f"{model.name:<28}{'output':<16}{'parameters':>12}{'MFLOP':>9}"]
    for layer in model.layers:
        shape = "x".join(str(side) for side in layer.output.shape[1:])
        flops = f"{layer_flops(layer) / 1e6:.2f}" if layer_flops(layer) else ""
        lines.append(f"  {layer.name:<26}{shape:<16}{layer.count_params():>12,}{flops:>9}")
    total = f"{count_flops(model) / 1e6:.2f}"
    lines.append(f"{'  total for one picture':<44}{model.count_params():>12,}{total:>9}")
    return "\n".join(lines)
