"""The learning rate over training."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("dcgan_tf")
class InverseSquareRoot(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that is constant at first, then falls with the inverse square root of the step (arXiv 2312.02696, B.1).

    It depends on the step alone, not on the length of the training, so a run can be made longer.
    """

    def __init__(self, rate: float, constant_steps: float) -> None:
        """Take the rate at the beginning, and the number of steps for which it stays."""
        self.rate, self.constant_steps = rate, constant_steps

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the rate of a step, which counts from 0."""
        return self.rate * tf.math.rsqrt(tf.maximum(1.0, tf.cast(step, tf.float32) / self.constant_steps))

    def get_config(self) -> dict[str, float]:
        """Return the arguments of the constructor."""
        return {"rate": self.rate, "constant_steps": self.constant_steps}
