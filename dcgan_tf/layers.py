"""What makes a training step fast, in one place; every other file uses plain Keras layers."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("dcgan_tf")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Batch normalization of pictures, float `[n, height, width, channels]`, by TensorFlow's fused operation.

    The same numbers as Keras's layer and the same weights in the same order, so that either can take the other's.
    Keras composes the training pass of a dozen operations, each of which reads and writes the whole batch.
    """

    def call(self, inputs: tf.Tensor, training: bool = False, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Return the normalized batch; in training by its own statistics, which move the averages."""
        if not training:
            return super().call(inputs, training=False, mask=mask)
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
