import keras
import numpy as np
import pytest

from dcgan_tf.model.latent import draw_inputs, draw_latents
from dcgan_tf.model.predict import generate_pictures
from dcgan_tf.play.directions import activation_directions, weight_directions

FINDERS = [weight_directions, activation_directions]


def generator_of(kernel, gamma=None):
    """Return a small generator that starts with these weights, `[numbers, 32]`, of two channels."""
    model = keras.Sequential([
        keras.Input((len(kernel),)),
        keras.layers.Dense(kernel.shape[1], use_bias=False),
        keras.layers.Reshape((4, 4, 2)),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.Conv2D(1, 1, kernel_initializer="ones"),
        keras.layers.Activation("tanh"),
    ])  # fmt: skip
    model.layers[0].set_weights([kernel])
    if gamma is not None:
        norm = model.layers[2]
        norm.set_weights([gamma, *norm.get_weights()[1:]])
    return model


def kernel_of(*strengths):
    noise = np.random.default_rng(0).standard_normal((len(strengths), 32)).astype(np.float32)
    return noise * np.array(strengths, np.float32)[:, None] * 0.1


@pytest.mark.parametrize("find", FINDERS)
def test_the_strongest_number_comes_first(find):
    found = find(generator_of(kernel_of(0.3, 3.0, 1.0)))
    assert found.vectors.shape == (3, 3) and found.vectors.dtype == np.float32
    assert np.abs(found.vectors).argmax(axis=1).tolist() == [1, 2, 0]
    assert np.abs(found.vectors).max(axis=1).min() > 0.8
    assert found.effects[0] > 1.5 * found.effects[1] > 2 * found.effects[2]


@pytest.mark.parametrize("find", FINDERS)
def test_normalization_belongs_to_the_weights(find):
    kernel = kernel_of(1.0, 1.0, 1.0).reshape(3, 4, 4, 2)
    kernel[0, :, :, 1], kernel[1, :, :, 0], kernel[2] = 0, 0, 0.1 * kernel[2]  # each number has a channel of its own
    kernel[1] *= 2  # the stronger one, but for what follows
    found = find(generator_of(kernel.reshape(3, 32), gamma=np.array([2.0, 0.2], np.float32)))
    assert np.abs(found.vectors[0]).argmax() == 0


@pytest.mark.parametrize("find", FINDERS)
def test_directions_of_a_run_are_sorted_by_what_they_do_to_pictures(finished, find):
    found = find(finished.generator, count=5)
    assert found.vectors.shape == (5, 8)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1.0, atol=1e-5)
    assert (np.diff(found.effects) <= 0).all() and (found.effects > 0).all()
    again = find(finished.generator, count=5)
    assert np.array_equal(found.vectors, again.vectors) and np.array_equal(found.effects, again.effects)

    latents = draw_latents(200, 8, seed=4)
    changes = [
        np.abs(
            generate_pictures(finished.generator, latents + vector).astype(int)
            - generate_pictures(finished.generator, latents - vector)
        ).mean()
        for vector in found.vectors
    ]
    assert changes[0] > changes[-1]


@pytest.mark.parametrize("find", FINDERS)
def test_a_class_is_no_direction_however_much_it_changes(find):
    found = find(generator_of(kernel_of(0.3, 3.0, 1.0, 20.0, 20.0)), classes=2)
    assert found.vectors.shape == (3, 3)
    assert np.abs(found.vectors).argmax(axis=1).tolist() == [1, 2, 0]
    assert np.abs(found.vectors).max(axis=1).min() > 0.8


@pytest.mark.parametrize("find", [weight_directions, pytest.param(activation_directions, marks=pytest.mark.slow)])
def test_directions_hold_in_all_classes(of_classes, find):
    found = find(of_classes.generator, count=5, classes=3)
    assert found.vectors.shape == (5, 8) and (np.diff(found.effects) <= 0).all()
    latents, steps = draw_inputs(90, 8, 3, seed=4), np.pad(found.vectors, [(0, 0), (0, 3)])
    ends = [[np.asarray(of_classes.generator(latents + sign * step)) for sign in (1, -1)] for step in steps]
    effects = [127.5 * np.sqrt(np.mean((ahead - behind) ** 2)) / 2 for ahead, behind in ends]
    np.testing.assert_allclose(effects, found.effects, rtol=0.4)


def test_an_effect_is_the_change_of_pictures_in_shades():
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(16, use_bias=False), keras.layers.Reshape((4, 4, 1))]
    )
    model.layers[0].set_weights([np.stack([np.full(16, 0.1), np.full(16, 0.02)]).astype(np.float32)])
    found = weight_directions(model)
    length = np.hypot(0.1, 0.02)  # both numbers move all pixels alike: one direction does, the other changes nothing
    np.testing.assert_allclose(found.effects, [127.5 * length, 0.0], atol=1e-3)
    np.testing.assert_allclose(found.vectors[0], [0.1 / length, 0.02 / length], atol=1e-5)
