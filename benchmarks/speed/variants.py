"""Our training step with one thing changed, for `ingredients.py`."""

from contextlib import ExitStack
from dataclasses import replace
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from benchmarks.speed.cases import BATCH_SIZE
from benchmarks.speed.tensorflow_peers import Train, pictures
from dcgan_tf.common.machine import this_execution
from dcgan_tf.config import Config
from dcgan_tf.model.build import build_model
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.training.loop import compile_steps

ALL = "all of these"


class TogetherDCGAN(DCGAN):
    """Sends real and generated pictures through D in one batch."""

    def _gradients(
        self, real: tf.Tensor, latents: tf.Tensor, augment_seed: tf.Tensor
    ) -> tuple[tuple[list[tf.Tensor], list[tf.Tensor]], dict[str, tf.Tensor]]:
        with tf.GradientTape() as generator_tape:
            fake = self.generator(latents, training=True)
        with tf.GradientTape() as tape:
            tape.watch(fake)
            both = self.augment(tf.concat([real, fake], axis=0), augment_seed)
            logits = tf.split(self.discriminator(both, training=True), 2)
            logs = self._logs(*logits)
        discriminator_gradients, fake_gradient = tape.gradient(
            logs["d_loss"], (self.discriminator.trainable_variables, fake)
        )
        fake_gradient *= self.losses_of.slope_ratio(logits[1])[:, :, None, None]
        generator_gradients = generator_tape.gradient(fake, self.generator.trainable_variables, fake_gradient)
        return (generator_gradients, discriminator_gradients), logs


def variant(name: str, config: Config) -> Train:
    """Return the training of this library with one thing changed."""
    replacements = {
        "batch together": ("dcgan_tf.training.loop.DCGAN", TogetherDCGAN),
        "Keras normalization": ("dcgan_tf.model.layers.FusedBatchNormalization", keras.layers.BatchNormalization),
        "Keras convolution": ("dcgan_tf.model.layers.matmul_pays", lambda layer: False),  # noqa: ARG005
        "Keras leaky": ("dcgan_tf.model.layers.FusableLeakyReLU", keras.layers.LeakyReLU),
        "Keras Adam": ("dcgan_tf.training.loop.FusedAdam", keras.optimizers.Adam),
        "no averaging": ("dcgan_tf.model.dcgan.DCGAN._average", lambda model, count: None),  # noqa: ARG005
    }
    config = replace(config, batch_size=BATCH_SIZE)
    if name == "no augmentation":
        config = replace(config, augment_color=0.0, augment_translation=0.0)
    execution = this_execution("auto")
    execution = execution._replace(jit_compile=execution.jit_compile or name == "XLA")
    with ExitStack() as stack:  # patched while the step is built and traced
        for changed, (target, value) in replacements.items():
            if changed == name or (name == ALL and changed.startswith("Keras")):
                stack.enter_context(mock.patch(target, value))
        model = build_model(config, execution)
        model.discriminator_mixes_batch = name in ("passes apart", ALL)
        run_steps = compile_steps(model, tf.constant(pictures(config)))
        indices = np.arange(BATCH_SIZE, dtype=np.int32)[None]
        run_steps(indices)

    def train(steps: int) -> None:
        one_by_one = name in ("step by step", ALL)
        for _ in range(steps if one_by_one else 1):
            run_steps(indices if one_by_one else np.repeat(indices, steps, axis=0)).numpy()

    return train
