"""The step that trains: what each network learns from, the fast backward pass, the average, every precision."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import DCGAN
from dcgan_tf.common.machine import Execution
from dcgan_tf.common.pixels import to_floats
from dcgan_tf.model.augment import Augment
from dcgan_tf.model.build import build_model
from dcgan_tf.model.latent import draw_latents
from dcgan_tf.model.networks import build_discriminator, build_generator
from dcgan_tf.model.train_step import gradients, move_average
from tests.support.models import LOGS, make_dataset, make_model


def test_one_step_changes_both_networks_and_the_average(config, images):
    model = make_model(config)
    before = {name: variable.numpy() for name, variable in model.state().items()}
    logs = model.train_step(next(iter(make_dataset(images))))
    assert set(logs) == LOGS
    assert 0 < float(logs["real_score"]) < 1 and 0 < float(logs["fake_score"]) < 1
    for name, variable in model.state().items():
        if "kernel" in name and "optimizer" not in name:
            assert not np.array_equal(variable.numpy(), before[name]), name
    assert int(model.steps_done) == 1


def test_the_generator_learns_nothing_from_d_s_loss_and_d_nothing_from_g_s(config, images):
    still = keras.optimizers.SGD(0.0)
    for moving in ("generator", "discriminator"):
        model = DCGAN(build_generator(config), build_discriminator(config))
        rates = {"generator": still, "discriminator": keras.optimizers.SGD(0.0)} | {moving: keras.optimizers.SGD(0.1)}
        model.compile(rates["generator"], rates["discriminator"])
        before = {part: getattr(model, part).get_layer(name).kernel.numpy() for part, name in LAYERS.items()}
        model.train_step(next(iter(make_dataset(images))))
        for part, name in LAYERS.items():
            changed = not np.array_equal(getattr(model, part).get_layer(name).kernel.numpy(), before[part])
            assert changed == (part == moving)


LAYERS = {"generator": "up_16", "discriminator": "down_8"}


@pytest.mark.parametrize("batch", [2, 5, 24])
def test_the_noise_batch_has_the_size_of_the_real_one(config, images, batch):
    model = make_model(config)
    counts = []
    call = model.generator.call
    model.generator.call = lambda latents, **rest: (counts.append(latents.shape[0]), call(latents, **rest))[1]
    model.train_step(next(iter(make_dataset(images, batch))))
    assert counts == [batch]


@pytest.mark.parametrize("loss", ["relativistic", "non_saturating", "hinge"])
@pytest.mark.parametrize("shift", [-20.0, 0.0, 20.0])
def test_one_backward_pass_for_both_networks_gives_what_two_give(config, images, loss, shift):
    weights = []
    for mixes in (True, False):
        model = DCGAN(
            build_generator(config),
            build_discriminator(config),
            loss=loss,
            augment=Augment(color=1.0, translation=0.2),
            discriminator_mixes_batch=mixes,
        )
        model.discriminator.layers[-1].bias.assign([shift])  # D is sure of its opinion, right or wrong
        model.compile(keras.optimizers.SGD(1.0), keras.optimizers.SGD(1.0))
        before = model.generator.get_weights() + model.discriminator.get_weights()
        model.train_step(next(iter(make_dataset(images))))
        after = model.generator.get_weights() + model.discriminator.get_weights()
        weights.append([new - old for new, old in zip(after, before, strict=True)])
    for two_passes, one_pass in zip(*weights, strict=True):
        np.testing.assert_allclose(one_pass, two_passes, rtol=1e-3, atol=1e-5 * np.abs(two_passes).max() + 1e-9)


@pytest.mark.slow
def test_the_discriminator_learns_to_tell_a_generator_that_stands_still(config, images):
    model = DCGAN(build_generator(config), build_discriminator(config))
    model.compile(keras.optimizers.SGD(0.0), keras.optimizers.Adam(2e-3))
    batch = next(iter(make_dataset(images, 24)))
    for _ in range(40):
        logs = model.train_step(batch)
    assert float(logs["real_score"]) > 0.8 and float(logs["fake_score"]) < 0.4


@pytest.mark.slow
def test_the_generator_learns_to_fool_a_discriminator_that_stands_still(config, images):
    model = DCGAN(build_generator(config), build_discriminator(config))
    model.compile(keras.optimizers.Adam(2e-3, beta_1=0.5), keras.optimizers.SGD(0.0))
    batch = next(iter(make_dataset(images, 24)))
    first = float(model.train_step(batch)["fake_score"])
    for _ in range(40):
        logs = model.train_step(batch)
    assert float(logs["fake_score"]) > first + 0.1


def test_the_average_follows_by_its_half_life(config):
    model = make_model(config, ema_halflife_kimg=0.5)
    model.steps_done.assign(10**6)  # long past the ramp
    kernel, average = model.generator.weights[0], model.ema_generator.weights[0]
    kernel.assign(tf.ones_like(kernel))
    average.assign(tf.zeros_like(average))
    for _ in range(5):
        move_average(model, tf.constant(100))  # 5 times 0.1 kimg: one half-life
    np.testing.assert_allclose(average.numpy(), 0.5, atol=1e-4)


def test_the_average_of_a_short_run_is_not_its_start(config):
    model = make_model(config, ema_halflife_kimg=1000.0)
    kernel, average = model.generator.weights[0], model.ema_generator.weights[0]
    kernel.assign(tf.ones_like(kernel))
    average.assign(tf.zeros_like(average))
    for step in range(1, 101):
        model.steps_done.assign(step)
        move_average(model, tf.constant(8))
    assert average.numpy().min() > 0.95


def test_no_half_life_no_averaging(config):
    model = make_model(config, ema_halflife_kimg=0.0)
    model.steps_done.assign(100)
    model.generator.weights[0].assign(tf.ones_like(model.generator.weights[0]))
    move_average(model, tf.constant(8))
    np.testing.assert_allclose(model.ema_generator.weights[0].numpy(), 1.0)


def test_steps_are_functions_of_seed_and_step_alone(config, images):
    batch = next(iter(make_dataset(images)))

    def losses(seed: int) -> list[float]:
        model = make_model(config, augment=Augment(1.0, 0.1, True, 0.2), seed=seed)
        return [float(model.train_step(batch)["g_loss"]) for _ in range(3)]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


def gradients_by(config, images, execution: Execution, shift: float = 0.0) -> tuple[list[np.ndarray], dict[str, float]]:
    """Return the gradients of G and of D, each in one vector, on the same weights, pictures and draws, and the logs.

    `shift` is added to D's logits.
    """
    model = build_model(config, execution)
    model.discriminator.get_layer("logits").bias.assign([shift])
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    if execution.precision == "float16":
        optimizers[0].dynamic_scale.assign(2.0**12)  # unlike D's: each has to be scaled by its own
    real = tf.constant(to_floats(images.pixels[:16]))
    latents = tf.constant(draw_latents(16, config.latent_dim, seed=1))
    compute = tf.function(gradients, jit_compile=True) if execution.jit_compile else gradients
    *both, logs = compute(model, real, tf.zeros([16, 0]), latents, tf.constant([1, 2]))
    scales = [float(optimizer.scale_loss(tf.ones([]))) for optimizer in optimizers]
    flat = [np.concatenate([np.ravel(each) / scale for each in part]) for part, scale in zip(both, scales, strict=True)]
    return flat, {name: float(value) for name, value in logs.items()}


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, -20.0])
@pytest.mark.parametrize("loss", ["relativistic", "non_saturating", "hinge"])
@pytest.mark.parametrize(
    ("execution", "least"),
    [
        (Execution("bfloat16"), 0.97),
        (Execution("float16"), 0.99),
        (Execution("float32", jit_compile=True), 0.9999),
        (Execution("float16", jit_compile=True), 0.99),
    ],
)
def test_other_ways_of_computing_give_the_losses_and_gradients_of_float32(
    config, images, execution, least, loss, shift
):
    # Without augmentation: XLA makes other draws from the same seed.
    config = replace(config, generator_width=16, discriminator_width=16, loss=loss)
    config = replace(config, augment_color=0.0, augment_translation=0.0)
    expected, expected_logs = gradients_by(config, images, Execution("float32"), shift)
    received, received_logs = gradients_by(config, images, execution, shift)
    for one, other in zip(expected, received, strict=True):
        assert np.linalg.norm(one) > 0
        assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > least
        assert np.linalg.norm(other) == pytest.approx(np.linalg.norm(one), rel=0.05)
    assert received_logs == pytest.approx(expected_logs, abs=0.05)
