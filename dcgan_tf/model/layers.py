"""What makes a training step fast, in one place; every other file uses plain Keras layers.

Each part computes what its Keras counterpart does and has the same weights, so that either can take the other's.
What each brings is measured by `benchmarks/ingredients.py`.
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf


class LayerKit(NamedTuple):
    """The classes that networks are built of."""

    convolution: type[keras.layers.Conv2D] = keras.layers.Conv2D
    transposed: type[keras.layers.Conv2DTranspose] = keras.layers.Conv2DTranspose
    normalization: type[keras.layers.BatchNormalization] = keras.layers.BatchNormalization
    leaky: type[keras.layers.LeakyReLU] = keras.layers.LeakyReLU


def fast_layers(*, matmul_gradients: bool) -> LayerKit:
    """Return the classes for training; the gradients by matrix products are for processors, not for GPUs."""
    if matmul_gradients:
        return LayerKit(MatmulConv2D, MatmulConv2DTranspose, FusedBatchNormalization, FusableLeakyReLU)
    return LayerKit(normalization=FusedBatchNormalization, leaky=FusableLeakyReLU)


@keras.saving.register_keras_serializable("dcgan_tf")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalization of pictures, float `[n, height, width, channels]`, by TensorFlow's fused operation.

    Keras composes the training pass of a dozen operations, each of which reads and writes the whole batch.
    """

    def call(self, inputs: tf.Tensor, training: bool = False, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Return the normalized batch; in training by its own statistics, which move the averages."""
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=tf.cast(self.gamma, tf.float32),
            offset=tf.cast(self.beta, tf.float32),
            mean=tf.zeros([0]),
            variance=tf.zeros([0]),
            epsilon=self.epsilon,
            is_training=True,
        )
        # The operation reports the sample variance; Keras averages that of the batch, which is smaller by a hair.
        count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], tf.float32)
        for average, now in ((self.moving_mean, mean), (self.moving_variance, variance * (count - 1.0) / count)):
            average.assign(average * self.momentum + now * (1.0 - self.momentum))
        return outputs


@keras.saving.register_keras_serializable("dcgan_tf")
class FusableLeakyReLU(keras.layers.LeakyReLU):
    """Leaky ReLU whose gradient looks at its output, whose sign is that of its input.

    Where the gradient holds on to the input, TensorFlow cannot compute convolution, bias and activation in one
    operation; it tries nevertheless, fails and prints so ("remapper failed").
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs, negative ones times the slope."""
        slope = float(self.negative_slope)

        @tf.custom_gradient
        def forward(inputs: tf.Tensor) -> tuple[tf.Tensor, Callable]:
            outputs = tf.nn.leaky_relu(inputs, slope)
            return outputs, lambda upstream: tf.raw_ops.LeakyReluGrad(gradients=upstream, features=outputs, alpha=slope)

        return forward(inputs)


@keras.saving.register_keras_serializable("dcgan_tf")
class MatmulConv2D(keras.layers.Conv2D):
    """A convolution with 4x4 kernels and a stride of 2 whose kernel gradient is made of matrix products.

    On a processor with AMX oneDNN's own kernel gradient runs at a tenth of the speed of its convolution.
    """

    def convolution_op(self, inputs: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
        """Return the convolution of float `[n, height, width, channels]`."""
        if halves_by_fours(self) and matmul_pays(self):
            return convolve(inputs, tf.convert_to_tensor(kernel))
        return super().convolution_op(inputs, kernel)


@keras.saving.register_keras_serializable("dcgan_tf")
class MatmulConv2DTranspose(keras.layers.Conv2DTranspose):
    """The transposed convolution that belongs to `MatmulConv2D`, with a kernel gradient of the same kind."""

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return float `[n, 2 height, 2 width, filters]` for `[n, height, width, channels]`."""
        if not (halves_by_fours(self) and matmul_pays(self)):
            return super().call(inputs)
        outputs = spread(inputs, tf.convert_to_tensor(self.kernel), [2 * side for side in inputs.shape[1:3]])
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, tf.convert_to_tensor(self.bias))
        return self.activation(outputs)


def halves_by_fours(layer: keras.layers.Conv2D | keras.layers.Conv2DTranspose) -> bool:
    """Return whether a layer has the one shape that `convolve` and `spread` know."""
    return (
        (layer.kernel_size, layer.strides, layer.dilation_rate) == ((4, 4), (2, 2), (1, 1))
        and (layer.padding, layer.data_format) == ("same", "channels_last")
        and getattr(layer, "groups", 1) == 1
        and getattr(layer, "output_padding", None) is None
    )


def matmul_pays(layer: keras.layers.Conv2D | keras.layers.Conv2DTranspose) -> bool:
    """Return whether the product is the faster kernel gradient: in bfloat16, but for the few channels of pictures.

    On AMX it was 4 to 5 times as fast as oneDNN's convolution for 256 to 512 channels at 8x8 (one operation apart; the
    step was not measured). In float32 on two AVX2 cores it was 0.8 to 1.65 times as fast by layer, and a step at width
    64 gained nothing.
    """
    return layer.compute_dtype == "bfloat16" and min(layer.kernel.shape[2:]) >= 16


def convolve(images: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Return `[n, ceil(height / 2), ceil(width / 2), filters]` for `[n, height, width, channels]` and a 4x4 kernel.

    Its gradients are made of functions with gradients, so that gradient penalties can be trained on.
    """

    @tf.custom_gradient
    def forward(images: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return spread(upstream, kernel, images.shape[1:3]), kernel_gradient(images, upstream)

        return tf.nn.conv2d(images, kernel, 2, "SAME"), gradients

    return forward(images, kernel)


def spread(small: tf.Tensor, kernel: tf.Tensor, size: list[int]) -> tf.Tensor:
    """Return the transpose of `convolve`: `[n, *size, channels]` for `[n, ceil(size / 2), filters]`."""

    @tf.custom_gradient
    def forward(small: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
        def gradients(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return convolve(upstream, kernel), kernel_gradient(upstream, small)

        shape = [tf.shape(small)[0], *size, kernel.shape[2]]
        return tf.nn.conv2d_transpose(small, kernel, shape, 2, "SAME"), gradients

    return forward(small, kernel)


def kernel_gradient(large: tf.Tensor, small: tf.Tensor) -> tf.Tensor:
    """Return the gradient of a 4x4 kernel, `[4, 4, channels, filters]`, by products of matrices.

    `large` is the convolution's input, `small` the gradient of its output. Each 4x4 patch is four 2x2 blocks; moving
    the pixels of a block into its channels turns the patches into four shifted views, with no copy for each patch.
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
    # Block row, block column, row in the block, column in the block: the rows of the kernel belong together.
    parts = tf.reshape(tf.stack(products), [2, 2, 2, 2, channels, filters])
    return tf.reshape(tf.transpose(parts, [0, 2, 1, 3, 4, 5]), [4, 4, channels, filters])


@keras.saving.register_keras_serializable("dcgan_tf")
class FusedAdam(keras.optimizers.Adam):
    """Adam (arXiv 1412.6980) by TensorFlow's one operation a weight, where Keras takes a dozen."""

    def update_step(self, gradient: tf.Tensor, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
        """Move one weight and its two moments."""
        if self.amsgrad:  # which the operation does not know
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
