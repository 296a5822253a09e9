"""Layers and an optimizer that make training steps fast; all other files use plain Keras layers.

Each class computes what its Keras counterpart computes, with the same weights, so weights can move between the two.
`benchmarks/speed/ingredients.py` measures what each one gains.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from dcgan_tf.model.replicas import mean_of_replicas, replica_count

LANES = 16  # channels that oneDNN's normalization in bfloat16 takes at once
MATMUL_PIXELS = 8 * 8  # of the smaller pictures of a layer, up to which matrix products pay


class LayerKit(NamedTuple):
    """The layer classes to build networks from."""

    convolution: type[keras.layers.Conv2D] = keras.layers.Conv2D
    transposed: type[keras.layers.Conv2DTranspose] = keras.layers.Conv2DTranspose
    normalization: type[keras.layers.BatchNormalization] = keras.layers.BatchNormalization
    leaky: type[keras.layers.LeakyReLU] = keras.layers.LeakyReLU


def fast_layers(*, matmul_gradients: bool) -> LayerKit:
    """Return the classes for training; `matmul_gradients` pays on CPUs, not on GPUs."""
    if matmul_gradients:
        return LayerKit(MatmulConv2D, MatmulConv2DTranspose, FusedBatchNormalization, FusableLeakyReLU)
    return LayerKit(normalization=FusedBatchNormalization, leaky=FusableLeakyReLU)


@keras.saving.register_keras_serializable("dcgan_tf")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalization of pictures, float `[n, height, width, channels]`, by TensorFlow's fused operation.

    In training Keras uses a dozen operations instead, each of which reads and writes the whole batch. In bfloat16
    empty channels are added up to a multiple of 16: for other numbers oneDNN has no fast way (with 24 channels of 32x32
    both passes took 19.6 ms on two cores with AMX, with 32 channels 1.4).
    """

    def call(self, inputs: tf.Tensor, training: bool = False, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Return the normalized batch; in training, normalize by its own statistics and update the moving averages."""
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        if replica_count() > 1:  # the operation knows the rows of one replica
            outputs, mean, variance = self._normalize_over_replicas(inputs)
            self._update_averages(mean, variance)
            return outputs
        channels = inputs.shape[-1]
        more = -channels % LANES if inputs.dtype == tf.bfloat16 else 0

        def widened(each: tf.Tensor) -> tf.Tensor:
            return tf.pad(each, [[0, 0]] * (len(each.shape) - 1) + [[0, more]]) if more else each

        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=widened(inputs),
            scale=widened(tf.cast(self.gamma, tf.float32)),
            offset=widened(tf.cast(self.beta, tf.float32)),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        if more:  # the gradient of `slice` is a fast `pad`, that of `[..., :channels]` takes ten times as long
            outputs, mean, variance = (
                tf.slice(each, [0] * len(each.shape), [-1] * (len(each.shape) - 1) + [channels])
                for each in (outputs, mean, variance)
            )
        # The operation returns the sample variance; Keras averages the slightly smaller variance of the batch.
        count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
        self._update_averages(mean, variance * (count - 1.0) / count)
        return outputs

    def _normalize_over_replicas(self, inputs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Return the normalized rows of this replica, and the mean and variance of the whole batch."""
        values = tf.cast(inputs, tf.float32)
        moments = tf.stack([tf.reduce_mean(values, [0, 1, 2]), tf.reduce_mean(tf.square(values), [0, 1, 2])])
        mean, mean_square = tf.unstack(mean_of_replicas(moments))
        variance = tf.maximum(mean_square - tf.square(mean), 0.0)
        outputs = tf.nn.batch_normalization(values, mean, variance, self.beta, self.gamma, self.epsilon)
        return tf.cast(outputs, inputs.dtype), mean, variance

    def _update_averages(self, mean: tf.Tensor, variance: tf.Tensor) -> None:
        for average, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            average.assign(average * self.momentum + now * (1.0 - self.momentum))


@keras.saving.register_keras_serializable("dcgan_tf")
class FusableLeakyReLU(keras.layers.LeakyReLU):
    """Leaky ReLU whose gradient uses the output, which has the same sign as the input.

    While a gradient needs the input, TensorFlow cannot fuse convolution, bias and activation into one operation; it
    tries anyway, fails and prints "remapper failed".
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs, with negative ones multiplied by the slope."""
        slope = float(self.negative_slope)

        @tf.custom_gradient
        def forward(inputs: tf.Tensor) -> tuple[tf.Tensor, Callable]:
            outputs = tf.nn.leaky_relu(inputs, slope)
            return outputs, lambda upstream: tf.raw_ops.LeakyReluGrad(gradients=upstream, features=outputs, alpha=slope)

        return forward(inputs)


@keras.saving.register_keras_serializable("dcgan_tf")
class MatmulConv2D(keras.layers.Conv2D):
    """A convolution with 4x4 kernels and a stride of 2 that computes its kernel gradient by matrix products.

    On processors with AMX, oneDNN's own kernel gradient runs at a tenth of the speed of its convolution.
    """

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Return the convolution of float `[n, height, width, channels]`."""
        if halves_by_fours(self) and matmul_pays(self, [-(-side // 2) for side in inputs.shape[1:3]]):
            return convolve(inputs, tf.convert_to_tensor(kernel))
        return super().convolution_op(inputs, kernel)


@keras.saving.register_keras_serializable("dcgan_tf")
class MatmulConv2DTranspose(keras.layers.Conv2DTranspose):
    """The transpose of `MatmulConv2D`, with the same kind of kernel gradient."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return float `[n, 2 height, 2 width, filters]` for `[n, height, width, channels]`."""
        if not (halves_by_fours(self) and matmul_pays(self, inputs.shape[1:3])):
            return super().call(inputs)
        outputs = spread(inputs, tf.convert_to_tensor(self.kernel), [2 * side for side in inputs.shape[1:3]])
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, tf.convert_to_tensor(self.bias))
        return self.activation(outputs)


def halves_by_fours(layer: keras.layers.Conv2D | keras.layers.Conv2DTranspose) -> bool:
    """Return whether `convolve` and `spread` can compute the layer."""
    return (
        (layer.kernel_size, layer.strides, layer.dilation_rate) == ((4, 4), (2, 2), (1, 1))
        and (layer.padding, layer.data_format) == ("same", "channels_last")
        and getattr(layer, "groups", 1) == 1
        and getattr(layer, "output_padding", None) is None
    )


def matmul_pays(layer: keras.layers.Conv2D | keras.layers.Conv2DTranspose, sides: Sequence[int]) -> bool:
    """Return whether matrix products are the faster kernel gradient; `sides` are those of the smaller pictures.

    In bfloat16 they are, from 16 channels, up to 8x8. `python -m benchmarks.speed.layers` on two cores with AMX, times
    of oneDNN's gradient over those of products: 1.0 to 2.5 at 4x4 to 8x8, with batches of 16 and of 64; at 13x13
    and 16x16, where the kernel is small against what is summed over, 0.4 to 0.7. In float32 on two AVX2 cores it was
    0.8 to 1.65, depending on the layer, and a step at width 64 gained nothing.
    """
    wide = min(layer.kernel.shape[2:]) >= 16
    return layer.compute_dtype == "bfloat16" and wide and math.prod(sides) <= MATMUL_PIXELS


def convolve(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Convolve `[n, height, width, channels]` with a 4x4 kernel into `[n, ceil(height / 2), ceil(width / 2), filters]`.

    Its gradients are differentiable too, as gradient penalties need.
    """

    @tf.custom_gradient
    def forward(images: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return spread(upstream, kernel, images.shape[1:3]), kernel_gradient(images, upstream)

        return tf.nn.conv2d(images, kernel, 2, "SAME"), gradients

    return forward(images, kernel)


def spread(small: tf.Tensor, kernel: tf.Tensor, size: list[int]) -> tf.Tensor:
    """Do the transpose of `convolve`: `[n, ceil(size / 2), filters]` to `[n, *size, channels]`."""

    @tf.custom_gradient
    def forward(small: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return convolve(upstream, kernel), kernel_gradient(upstream, small)

        shape = [tf.shape(small)[0], *size, kernel.shape[2]]
        return tf.nn.conv2d_transpose(small, kernel, shape, 2, "SAME"), gradients

    return forward(small, kernel)


def kernel_gradient(large: tf.Tensor, small: tf.Tensor) -> tf.Tensor:
    """Return the gradient of a 4x4 kernel, `[4, 4, channels, filters]`, by matrix products.

    `large` is the convolution's input, `small` the gradient of its output. A 4x4 patch is four 2x2 blocks. With the
    pixels of each block moved into its channels, four shifted views hold all patches, and none has to be copied.
    """
    sides, channels, filters = small.shape[1:3], large.shape[3], small.shape[3]
    padding = [[1, 2 * after + 1 - before] for before, after in zip(large.shape[1:3], sides, strict=True)]
    blocks = tf.nn.space_to_depth(tf.pad(large, [[0, 0], *padding, [0, 0]]), 2)
    columns = tf.reshape(small, [-1, filters])
    products = [
        tf.matmul(
            tf.reshape(blocks[:, row : row + sides[0], column : column + sides[1]], [-1, 4 * channels]),
            columns,
            transpose_a=True,
        )
        for row in (0, 1)
        for column in (0, 1)
    ]
    # From block row, block column, row in block, column in block to the kernel's rows and columns.
    parts = tf.reshape(tf.stack(products), [2, 2, 2, 2, channels, filters])
    return tf.reshape(tf.transpose(parts, [0, 2, 1, 3, 4, 5]), [4, 4, channels, filters])


@keras.saving.register_keras_serializable("dcgan_tf")
class FusedAdam(keras.optimizers.Adam):
    """Adam (arXiv 1412.6980) by one TensorFlow operation per weight; Keras uses a dozen."""

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """Update one weight and its two moments."""
        if self.amsgrad:  # which the fused operation lacks
            super().update_step(gradient, variable, learning_rate)
            return
        index = self._get_variable_index(variable)
        step = tf.cast(self.iterations.value + 1, variable.dtype)
        rates = {"lr": learning_rate, "beta1": self.beta_1, "beta2": self.beta_2, "epsilon": self.epsilon}
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=tf.pow(tf.cast(self.beta_1, variable.dtype), step),
            beta2_power=tf.pow(tf.cast(self.beta_2, variable.dtype), step),
            grad=gradient,
            **{name: tf.cast(value, variable.dtype) for name, value in rates.items()},
        )
