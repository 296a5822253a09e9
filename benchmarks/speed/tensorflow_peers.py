"""Training steps in TensorFlow: this library's, and those of the two best-known tutorials with our networks' layers.

Each function returns one that trains for a number of steps.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.common.machine import Execution
from dcgan_tf.config import Config
from dcgan_tf.model.build import build_model
from dcgan_tf.model.networks import build_discriminator, build_generator
from dcgan_tf.training.loop import compile_steps

Train = Callable[[int], None]


def ours(config: Config, execution: Execution) -> Train:
    """Return the training of this library, as `train` runs it."""
    model = build_model(config, execution)
    run_steps = compile_steps(model, tf.constant(pictures(config)))
    indices = np.arange(config.batch_size, dtype=np.int32)[None]

    def train(steps: int) -> None:
        run_steps(np.repeat(indices, steps, axis=0)).numpy()

    return train


def tutorial(config: Config) -> Train:
    """Return the training of tensorflow.org/tutorials/generative/dcgan with our networks' layers."""
    generator = build_generator(config)
    train_step = tutorial_step(generator, build_discriminator(config), config.batch_size)
    batch = tf.constant(pictures(config), tf.float32) / 127.5 - 1.0

    def train(steps: int) -> None:
        for _ in range(steps):
            train_step(batch)
        generator.weights[0].numpy()  # waits for the last step

    return train


def tutorial_step(
    generator: keras.Sequential, discriminator: keras.Sequential, batch_size: int
) -> Callable[[tf.Tensor], None]:
    """Return the tutorial's step: two tapes, and D called on real and on generated pictures apart."""
    latent_dim = generator.input_shape[-1]
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizers = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
    for optimizer, model in zip(optimizers, (generator, discriminator), strict=True):
        optimizer.build(model.trainable_variables)

    @tf.function
    def train_step(images: tf.Tensor) -> None:
        noise = tf.random.normal([batch_size, latent_dim])
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            generated = generator(noise, training=True)
            real_output = discriminator(images, training=True)
            fake_output = discriminator(generated, training=True)
            generator_loss = cross_entropy(tf.ones_like(fake_output), fake_output)
            discriminator_loss = cross_entropy(tf.ones_like(real_output), real_output) + cross_entropy(
                tf.zeros_like(fake_output), fake_output
            )
        tapes = (generator_tape, generator_loss, generator), (discriminator_tape, discriminator_loss, discriminator)
        for optimizer, (tape, loss, model) in zip(optimizers, tapes, strict=True):
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    return train_step


class KerasIoGan(keras.Model):
    """The model of keras.io/examples/generative/dcgan_overriding_train_step: D first, then new noise and G."""

    def __init__(self, generator: keras.Sequential, discriminator: keras.Sequential) -> None:
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = generator.input_shape[-1]

    def compile_both(self) -> None:
        super().compile(jit_compile=False)  # XLA, which Keras does not choose by itself on a CPU either, is slower
        self.d_optimizer, self.g_optimizer = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.g_optimizer.build(self.generator.trainable_variables)
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)
        self.d_metric, self.g_metric = keras.metrics.Mean(name="d_loss"), keras.metrics.Mean(name="g_loss")

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.d_metric, self.g_metric]

    def train_step(self, real: tf.Tensor) -> dict[str, tf.Tensor]:
        count = tf.shape(real)[0]
        generated = self.generator(keras.random.normal((count, self.latent_dim)), training=True)
        labels = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], axis=0)
        labels += 0.05 * tf.random.uniform(tf.shape(labels))
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(tf.concat([generated, real], axis=0), training=True))
        variables = self.discriminator.trainable_variables
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, variables), variables, strict=True))
        noise = keras.random.normal((count, self.latent_dim))
        with tf.GradientTape() as tape:
            predictions = self.discriminator(self.generator(noise, training=True), training=True)
            g_loss = self.loss_fn(tf.zeros((count, 1)), predictions)
        variables = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, variables), variables, strict=True))
        self.d_metric.update_state(d_loss)
        self.g_metric.update_state(g_loss)
        return {"d_loss": self.d_metric.result(), "g_loss": self.g_metric.result()}


def keras_io(config: Config) -> Train:
    """Return the training of the keras.io example, through `fit` on a `tf.data.Dataset`."""
    model = KerasIoGan(build_generator(config), build_discriminator(config))
    model.compile_both()
    batch = tf.constant(pictures(config), tf.float32) / 127.5 - 1.0
    dataset = tf.data.Dataset.from_tensors(batch).repeat()

    def train(steps: int) -> None:
        model.fit(dataset, steps_per_epoch=steps, epochs=1, verbose=0)

    return train


def pictures(config: Config) -> np.ndarray:
    """Return a batch of random pictures, uint8: what is in them does not change how long a step takes."""
    shape = (config.batch_size, config.image_size, config.image_size, config.channels)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
