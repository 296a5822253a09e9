"""Our training step with one thing changed, for `ingredients.py`."""

from contextlib import ExitStack
from dataclasses import replace
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from benchmarks.speed.tensorflow_peers import Train, pictures
from dcgan_tf.common.machine import this_execution
from dcgan_tf.config import Config
from dcgan_tf.model.build import build_model
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.model.train_step import Logs, Trainable, class_weights, losses_and_scores, read
from dcgan_tf.training.loop import compile_steps

ALL = "all of these"


def gradients_together(
    gan: Trainable, real: tf.Tensor, chosen: tf.Tensor, latents: tf.Tensor, augment_seed: tf.Tensor
) -> tuple[list[tf.Tensor], list[tf.Tensor], Logs]:
    """Return what `train_step.gradients` does, with real and generated pictures through D in one batch."""
    with tf.GradientTape() as generator_tape:
        fake = gan.generator(tf.concat([latents, chosen], 1), training=True)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        both = gan.augment(tf.concat([tf.cast(real, fake.dtype), fake], axis=0), augment_seed)
        weights = class_weights(gan, chosen)
        logits = [read(outputs, weights) for outputs in tf.split(gan.discriminator(both, training=True), 2)]
        logs = losses_and_scores(gan.loss_pair, *logits)
    weights = gan.discriminator.trainable_variables
    discriminator_gradients, fake_gradient = tape.gradient(logs["d_loss"], (weights, fake))
    fake_gradient *= gan.loss_pair.slope_ratio(*logits)[:, :, None, None]
    generator_gradients = generator_tape.gradient(fake, gan.generator.trainable_variables, fake_gradient)
    return generator_gradients, discriminator_gradients, logs


# What stands in for which part of the library, while a step is built and traced.
REPLACED = {
    "batch together": ("dcgan_tf.model.train_step.gradients", gradients_together),
    "no averaging": ("dcgan_tf.model.train_step.move_average", lambda gan, count: None),  # noqa: ARG005
    "Keras normalization": ("dcgan_tf.model.layers.FusedBatchNormalization", keras.layers.BatchNormalization),
    "Keras convolution": ("dcgan_tf.model.layers.matmul_pays", lambda layer, sides: False),  # noqa: ARG005
    "Keras leaky": ("dcgan_tf.model.layers.FusableLeakyReLU", keras.layers.LeakyReLU),
    "Keras Adam": ("dcgan_tf.model.build.FusedAdam", keras.optimizers.Adam),
}


def variant(name: str, config: Config) -> tuple[DCGAN, Train]:
    """Return a model of this library and its training, with one thing changed; one step is done by then."""
    if name == "no augmentation":
        config = replace(config, augment_color=0.0, augment_translation=0.0)
    execution = this_execution("auto")
    execution = execution._replace(jit_compile=execution.jit_compile or name == "XLA")
    indices = np.arange(config.batch_size, dtype=np.int32)[None]
    with ExitStack() as stack:
        for changed, (target, value) in REPLACED.items():
            if changed == name or (name == ALL and changed.startswith("Keras")):
                stack.enter_context(mock.patch(target, value))
        model = build_model(config, execution)
        model.discriminator_mixes_batch = name in ("passes apart", ALL)
        run_steps = compile_steps(model, tf.constant(pictures(config)))
        run_steps(indices)

    def train(steps: int) -> None:
        one_by_one = name in ("step by step", ALL)
        for _ in range(steps if one_by_one else 1):
            run_steps(indices if one_by_one else np.repeat(indices, steps, axis=0)).numpy()

    return model, train
