import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import Config
from dcgan_tf.layers import FusedBatchNormalization
from dcgan_tf.networks import build_generator


def both_layers(dtype: str):
    plain = keras.layers.BatchNormalization(momentum=0.9, dtype=dtype)
    fused = FusedBatchNormalization(momentum=0.9, dtype=dtype)
    for layer in (plain, fused):
        layer.build((None, 7, 5, 16))
        layer.set_weights([np.random.default_rng(0).uniform(0.5, 2.0, weight.shape) for weight in layer.weights])
    return plain, fused


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 2e-2)])
def test_the_fused_layer_computes_what_keras_does(dtype, tolerance):
    plain, fused = both_layers(dtype)
    images = tf.random.stateless_normal([8, 7, 5, 16], [1, 2], mean=1.0, stddev=3.0)
    outputs, gradients = [], []
    for layer in (plain, fused):
        with tf.GradientTape() as tape:
            tape.watch(images)
            output = layer(images, training=True)
            loss = tf.reduce_sum(tf.cast(output, tf.float32) ** 3)
        outputs.append(output)
        gradients.append(tape.gradient(loss, [images, *layer.trainable_variables]))
    assert outputs[0].dtype == outputs[1].dtype == plain.compute_dtype
    np.testing.assert_allclose(*(tf.cast(output, tf.float32) for output in outputs), rtol=tolerance, atol=tolerance)
    for expected, received in zip(*gradients, strict=True):
        np.testing.assert_allclose(expected, received, atol=tolerance * float(tf.reduce_max(tf.abs(expected))))
    for expected, received in zip(plain.get_weights(), fused.get_weights(), strict=True):
        np.testing.assert_allclose(expected, received, rtol=1e-4)


def test_the_fused_layer_infers_as_keras_does():
    plain, fused = both_layers("float32")
    images = tf.random.stateless_normal([4, 7, 5, 16], [1, 2])
    np.testing.assert_array_equal(plain(images, training=False), fused(images, training=False))


def test_second_derivatives_agree():
    images = tf.random.stateless_normal([4, 7, 5, 16], [1, 2])
    found = []
    for layer in both_layers("float32"):
        with tf.GradientTape() as outer:
            outer.watch(images)
            with tf.GradientTape() as inner:
                inner.watch(images)
                loss = tf.reduce_sum(layer(images, training=True) ** 3)
            penalty = tf.reduce_sum(inner.gradient(loss, images) ** 2)
        found.append(outer.gradient(penalty, images))
    np.testing.assert_allclose(*found, rtol=1e-3, atol=1e-3 * float(tf.reduce_max(tf.abs(found[0]))))


def test_a_generator_with_it_is_saved_and_loaded(tmp_path):
    generator = build_generator(Config(image_size=16, generator_width=4), normalization=FusedBatchNormalization)
    generator.save(tmp_path / "generator.keras")
    again = keras.saving.load_model(tmp_path / "generator.keras")
    assert sum(isinstance(layer, FusedBatchNormalization) for layer in again.layers) == 2
    latents = tf.random.stateless_normal([2, 100], [1, 2])
    np.testing.assert_array_equal(generator(latents, training=False), again(latents, training=False))
    # Either kind takes the other's weights, as the averaged generator does in training.
    build_generator(Config(image_size=16, generator_width=4)).set_weights(generator.get_weights())
