"""Our training step with one thing changed: it trains, and the thing is changed."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks.speed.cases import INGREDIENTS
from benchmarks.speed.variants import gradients_together, variant
from dcgan_tf import Config
from dcgan_tf.model.build import build_model
from dcgan_tf.model.layers import FusableLeakyReLU, FusedAdam, FusedBatchNormalization
from dcgan_tf.model.train_step import gradients

TINY = Config(image_size=16, generator_width=4, discriminator_width=4, latent_dim=8)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in INGREDIENTS if name != "ours"])
def test_our_step_trains_with_any_one_thing_changed(name):
    model, train = variant(name.removeprefix("ours, "), TINY)
    before = model.generator.get_weights()
    train(2)
    assert model.steps_done.numpy() == 3  # one when it was built
    assert any(not np.array_equal(*pair) for pair in zip(before, model.generator.get_weights(), strict=True))


@pytest.mark.slow
def test_parts_are_replaced_while_their_step_is_built():
    plain, normalized, leaky, optimized, compiled, apart, alone = (
        variant(name, TINY)[0]
        for name in ("", "Keras normalization", "Keras leaky", "Keras Adam", "XLA", "passes apart", "no augmentation")
    )
    assert type(plain.generator.get_layer("norm_4")) is FusedBatchNormalization
    assert type(normalized.generator.get_layer("norm_4")) is keras.layers.BatchNormalization
    assert type(plain.discriminator.get_layer("leaky_8")) is FusableLeakyReLU
    assert type(leaky.discriminator.get_layer("leaky_8")) is keras.layers.LeakyReLU
    assert type(plain.generator_optimizer) is FusedAdam
    assert type(optimized.generator_optimizer) is keras.optimizers.Adam
    assert compiled.jit_compile and apart.discriminator_mixes_batch and not plain.discriminator_mixes_batch
    assert alone.augment.color == alone.augment.translation == 0 < plain.augment.color


@pytest.mark.slow
def test_functions_are_replaced_while_their_step_is_traced():
    plain, together, unaveraged = (variant(name, TINY)[0] for name in ("", "batch together", "no averaging"))
    start = build_model(TINY).ema_generator.get_weights()
    assert all(np.array_equal(*pair) for pair in zip(unaveraged.ema_generator.get_weights(), start, strict=True))
    assert any(not np.array_equal(*pair) for pair in zip(plain.ema_generator.get_weights(), start, strict=True))
    # Other augmentation is drawn for one batch than for two.
    kernels = (model.discriminator.get_layer("down_8").kernel.numpy() for model in (plain, together))
    assert not np.array_equal(*kernels)


def test_one_batch_gives_the_gradients_of_two():
    model = build_model(replace(TINY, augment_color=0.0, augment_translation=0.0))
    real, latents, seed = tf.random.stateless_uniform([6, 16, 16, 3], [1, 2]), tf.ones([6, 8]), tf.constant([1, 2])
    latents *= tf.range(6.0)[:, None]
    apart, together = (each(model, real, tf.zeros([6, 0]), latents, seed) for each in (gradients, gradients_together))
    for part in (0, 1):
        for one, other in zip(apart[part], together[part], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)
