"""The model of a configuration, ready to train."""

import keras

from dcgan_tf.common.machine import POLICIES, Execution
from dcgan_tf.config import Config
from dcgan_tf.model.augment import Augment
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.model.defaults import usual_defaults
from dcgan_tf.model.latent import draw_inputs
from dcgan_tf.model.layers import FusedAdam, fast_layers
from dcgan_tf.model.networks import build_discriminator, build_generator
from dcgan_tf.model.rate import InverseSquareRoot


def build_model(config: Config, execution: Execution = Execution()) -> DCGAN:
    """Return the compiled model of a configuration; its averaged generator has plain Keras layers in float32."""
    policy, kit = POLICIES[execution.precision], fast_layers(matmul_gradients=execution.matmul_gradients)
    # In float16 one backward pass cannot serve both networks: once the discriminator wins, its gradients round to 0
    # before they can be scaled to the generator's.
    two_passes = execution.precision == "float16"
    generator = build_generator(config, policy, kit)
    settle_statistics(generator, config.latent_dim, config.classes)
    model = DCGAN(
        generator,
        build_discriminator(config, policy, kit),
        ema_generator=build_generator(config),
        loss=config.loss,
        augment=Augment.from_config(config),
        ema_halflife_kimg=config.ema_halflife_kimg,
        ema_ramp=config.ema_ramp,
        class_ramp_kimg=config.class_ramp_kimg,
        discriminator_mixes_batch=two_passes,
        seed=config.seed,
    )
    with usual_defaults():
        optimizers = [FusedAdam(learning_rate(config), config.beta_1, config.beta_2) for _ in range(2)]
        if execution.precision == "float16":
            optimizers = [keras.optimizers.LossScaleOptimizer(optimizer) for optimizer in optimizers]
    model.compile(*optimizers, jit_compile=execution.jit_compile)
    return model


def learning_rate(config: Config) -> float | InverseSquareRoot:
    """Return Adam's rate: a number where it stays, else its schedule."""
    if not config.decay_kimg:
        return config.learning_rate
    return InverseSquareRoot(config.learning_rate, 1000 * config.decay_kimg / config.batch_size)


def settle_statistics(generator: keras.Sequential, latent_dim: int, classes: int = 0) -> None:
    """Set the batch-norm statistics of an untrained generator to those of a batch.

    With the initial 0 and 1 it would draw flat gray instead of noise. Training is not affected: it normalizes by the
    statistics of each batch.
    """
    norms = [layer for layer in generator.layers if isinstance(layer, keras.layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0  # take the statistics of the batch as they are
    generator(draw_inputs(16, latent_dim, classes, seed=0), training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
