from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf.common.machine import Execution
from dcgan_tf.model.build import build_model
from dcgan_tf.run.checkpoint import Standing, load_checkpoint, save_checkpoint
from dcgan_tf.training.loop import LOGS, batch_indices, compile_steps
from dcgan_tf.training.schedule import total_steps


def test_every_picture_is_shown_once_before_any_is_shown_again(config):
    indices = batch_indices(config, count=24, start=0, steps=9)
    assert indices.shape == (9, 8) and indices.dtype == np.int32
    for turn in indices.reshape(3, 24):
        assert sorted(turn) == list(range(24))
    assert not np.array_equal(indices[:3], indices[3:6])


def test_the_order_follows_from_the_step_alone(config):
    whole = batch_indices(config, count=13, start=0, steps=20)
    assert np.array_equal(whole[7:12], batch_indices(config, count=13, start=7, steps=5))
    assert not np.array_equal(whole, batch_indices(replace(config, seed=1), count=13, start=0, steps=20))


def test_the_untrained_generator_draws_noise_not_flat_gray(config):
    pictures = build_model(replace(config, image_size=64, generator_width=32)).generate(16)
    assert pictures.std(axis=(1, 2)).min() > 5
    assert np.abs(np.diff(pictures.astype(int), axis=2)).mean() > 5  # from pixel to pixel, not a smooth blot


def test_total_steps_show_at_least_the_kimg(config):
    assert total_steps(replace(config, kimg=0.064)) == 8
    assert total_steps(replace(config, kimg=0.065)) == 9
    assert total_steps(replace(config, kimg=120.0, batch_size=64)) == 1875


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_the_average_generator_computes_in_float32_whatever_training_does(config, precision):
    model = build_model(config, Execution(precision))
    assert {layer.compute_dtype for layer in model.ema_generator.layers} == {"float32"}
    assert model.generator.get_layer("up_16").compute_dtype == precision
    assert {variable.dtype for variable in model.generator.weights + model.discriminator.weights} == {"float32"}


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["relativistic", "non_saturating"])
@pytest.mark.parametrize("execution", [Execution("float16"), Execution("bfloat16"), Execution(jit_compile=True)])
def test_every_way_of_computing_moves_all_weights(config, images, execution, loss):
    model = build_model(replace(config, loss=loss), execution)
    weights = model.generator.trainable_variables + model.discriminator.trainable_variables
    before = [np.array(weight) for weight in weights]
    logs = compile_steps(model, tf.constant(images.pixels))(batch_indices(config, len(images), 0, 3)).numpy()
    assert np.isfinite(logs).all() and logs.shape == (3, len(LOGS))
    for weight, old in zip(weights, before, strict=True):
        assert np.isfinite(weight.numpy()).all()
        # A constant added to all logits changes nothing where only their differences count.
        free = loss == "relativistic" and weight.path.endswith("logits/bias")
        assert free or not np.array_equal(weight.numpy(), old), weight.path


def test_gradients_that_overflow_float16_lose_a_step_not_the_run(config, images):
    model = build_model(config, Execution("float16"))
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        optimizer.dynamic_scale.assign(2.0**100)
    before = model.discriminator.get_weights()
    logs = compile_steps(model, tf.constant(images.pixels))(batch_indices(config, len(images), 0, 1)).numpy()
    assert np.isfinite(logs).all()
    after = model.discriminator.get_weights()
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
    assert float(model.discriminator_optimizer.dynamic_scale) == 2.0**99


def saved(model) -> dict[str, np.ndarray]:
    return {name: np.array(variable) for name, variable in model.state().items()}


@pytest.mark.slow
@pytest.mark.parametrize("path", [("float16", "float32"), ("float32", "float16"), ("float16", "float16")])
def test_a_run_goes_on_in_another_precision(config, images, tmp_path, path):
    before, after = (build_model(config, Execution(precision)) for precision in path)
    compile_steps(before, tf.constant(images.pixels))(batch_indices(config, len(images), 0, 3))
    for optimizer in (before.generator_optimizer, before.discriminator_optimizer):
        if path[0] == "float16":
            optimizer.dynamic_scale.assign(64.0)
    save_checkpoint(tmp_path, 0, before.state(), Standing(), np.zeros((0, 4)))
    load_checkpoint(tmp_path, after.state())
    expected, received = saved(before), saved(after)
    common = expected.keys() & received.keys()
    assert {name for name in expected.keys() ^ received.keys() if not name.startswith("loss_scale")} == set()
    assert all(np.array_equal(expected[name], received[name]) for name in common)
    assert sum(name.endswith("dynamic_scale") for name in common) == (2 if path[0] == path[1] else 0)
    compile_steps(after, tf.constant(images.pixels))(batch_indices(config, len(images), 3, 1))
    assert int(after.steps_done) == 4
