import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import Config
from dcgan_tf.model import layers as layers_module
from dcgan_tf.model.layers import (
    FusableLeakyReLU,
    FusedAdam,
    FusedBatchNormalization,
    LayerKit,
    MatmulConv2D,
    MatmulConv2DTranspose,
    convolve,
    fast_layers,
    kernel_gradient,
    spread,
)
from dcgan_tf.model.networks import build_generator


def both_layers(dtype: str, channels: int = 16):
    plain = keras.layers.BatchNormalization(momentum=0.9, dtype=dtype)
    fused = FusedBatchNormalization(momentum=0.9, dtype=dtype)
    for layer in (plain, fused):
        layer.build((None, 7, 5, channels))
        layer.set_weights([np.random.default_rng(0).uniform(0.5, 2.0, weight.shape) for weight in layer.weights])
    return plain, fused


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 2e-2)])
@pytest.mark.parametrize("channels", [16, 24])  # oneDNN has a fast way for 16
def test_the_fused_layer_computes_what_keras_does(dtype, tolerance, channels):
    plain, fused = both_layers(dtype, channels)
    images = tf.random.stateless_normal([8, 7, 5, channels], [1, 2], mean=1.0, stddev=3.0)
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
    generator = build_generator(Config(image_size=16, generator_width=4), kit=fast_layers(matmul_gradients=True))
    generator.save(tmp_path / "generator.keras")
    again = keras.saving.load_model(tmp_path / "generator.keras")
    assert sum(isinstance(layer, FusedBatchNormalization) for layer in again.layers) == 2
    latents = tf.random.stateless_normal([2, generator.input_shape[1]], [1, 2])
    np.testing.assert_array_equal(generator(latents, training=False), again(latents, training=False))
    # Either kind takes the other's weights, as the averaged generator does in training.
    build_generator(Config(image_size=16, generator_width=4)).set_weights(generator.get_weights())


def noise(*shape: int, seed: int = 1) -> tf.Tensor:
    return tf.random.stateless_normal(shape, [seed, 2])


def assert_close(expected: tf.Tensor, received: tf.Tensor, tolerance: float) -> None:
    expected, received = (tf.cast(each, tf.float32).numpy() for each in (expected, received))
    assert expected.shape == received.shape
    np.testing.assert_allclose(received, expected, rtol=0, atol=tolerance * float(np.abs(expected).max()))


@pytest.mark.parametrize(("height", "width"), [(8, 8), (7, 7), (7, 10), (2, 5), (1, 1)])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("bfloat16", 2e-2)])
def test_the_kernel_gradient_is_that_of_tensorflow(height, width, dtype, tolerance):
    images = tf.cast(noise(3, height, width, 5), dtype)
    upstream = tf.cast(noise(3, -(-height // 2), -(-width // 2), 6, seed=2), dtype)
    expected = tf.raw_ops.Conv2DBackpropFilter(
        input=tf.cast(images, tf.float32),
        filter_sizes=[4, 4, 5, 6],
        out_backprop=tf.cast(upstream, tf.float32),
        strides=[1, 2, 2, 1],
        padding="SAME",
    )
    received = kernel_gradient(images, upstream)
    assert received.dtype == dtype
    assert_close(expected, received, tolerance)


def derivatives(function, *inputs: tf.Tensor) -> list[tf.Tensor]:
    """Return the value, the gradients, and the gradients of the gradients' squared length, as in a gradient penalty."""
    with tf.GradientTape() as outer:
        outer.watch(inputs)
        with tf.GradientTape() as inner:
            inner.watch(inputs)
            value = function(*inputs)
            loss = tf.reduce_sum(value**3)
        first = inner.gradient(loss, inputs)
        penalty = sum(tf.reduce_sum(gradient**2) for gradient in first)
    return [value, *first, *outer.gradient(penalty, inputs)]


@pytest.mark.parametrize("side", [8, 7])
def test_convolutions_have_tensorflows_derivatives_to_the_second(side):
    inputs = noise(2, side, side, 3), 0.1 * noise(4, 4, 3, 5)
    plain = derivatives(lambda images, kernel: tf.nn.conv2d(images, kernel, 2, "SAME"), *inputs)
    for expected, received in zip(plain, derivatives(convolve, *inputs), strict=True):
        assert_close(expected, received, 1e-4)


@pytest.mark.parametrize("side", [8, 7])
def test_transposed_convolutions_have_tensorflows_derivatives_to_the_second(side):
    inputs = noise(2, 4, 4, 5), 0.1 * noise(4, 4, 3, 5)
    plain = derivatives(
        lambda small, kernel: tf.nn.conv2d_transpose(small, kernel, [2, side, side, 3], 2, "SAME"), *inputs
    )
    ours = derivatives(lambda small, kernel: spread(small, kernel, [side, side]), *inputs)
    for expected, received in zip(plain, ours, strict=True):
        assert_close(expected, received, 1e-4)


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize(
    ("plain", "fast", "name"),
    [
        (keras.layers.Conv2D, MatmulConv2D, "convolve"),
        (keras.layers.Conv2DTranspose, MatmulConv2DTranspose, "spread"),
    ],
)
def test_layers_compute_what_keras_does(plain, fast, name, dtype, monkeypatch):
    used = []
    original = getattr(layers_module, name)
    monkeypatch.setattr(layers_module, name, lambda *inputs: used.append(1) or original(*inputs))
    monkeypatch.setattr(layers_module, "matmul_pays", lambda layer, sides: True)
    images, found = noise(4, 6, 6, 16), []
    for kind in (plain, fast):
        layer = kind(32, 4, strides=2, padding="same", dtype=dtype, bias_initializer="ones")
        layer.build(images.shape)
        layer.kernel.assign(noise(*layer.kernel.shape, seed=3))
        with tf.GradientTape() as tape:
            output = layer(images)
            loss = tf.reduce_sum(tf.cast(output, tf.float32) ** 2)
        found.append([output, *tape.gradient(loss, layer.trainable_variables)])
    assert used, "the fast way was not taken"
    assert found[0][0].dtype == found[1][0].dtype
    for expected, received in zip(*found, strict=True):
        assert_close(expected, received, 5e-2 if dtype == "mixed_bfloat16" else 1e-5)


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel_size": 3, "strides": 2, "padding": "same"},
        {"kernel_size": 4, "strides": 1, "padding": "same"},
        {"kernel_size": 4, "strides": 2, "padding": "valid"},
        {"kernel_size": 4, "strides": 2, "padding": "same", "groups": 2},
    ],
)
def test_layers_of_other_shapes_are_left_to_keras(settings, monkeypatch):
    monkeypatch.setattr(layers_module, "matmul_pays", lambda layer, sides: True)
    monkeypatch.delattr(layers_module, "convolve")
    layers = [kind(32, **settings) for kind in (keras.layers.Conv2D, MatmulConv2D)]
    for layer in layers:
        layer.build((None, 8, 8, 16))
    layers[1].set_weights(layers[0].get_weights())
    np.testing.assert_array_equal(*(layer(noise(2, 8, 8, 16)) for layer in layers))


def test_the_product_is_taken_where_it_pays():
    def pays(channels: int, filters: int, dtype: str, side: int = 8) -> bool:
        layer = MatmulConv2D(filters, 4, strides=2, padding="same", dtype=dtype)
        layer.build((None, 16, 16, channels))
        return layers_module.matmul_pays(layer, [side, side])

    assert pays(32, 64, "mixed_bfloat16") and not pays(3, 32, "mixed_bfloat16")
    assert not pays(256, 512, "float32") and not pays(32, 64, "mixed_bfloat16", side=13)


@pytest.mark.parametrize(
    ("kind", "side", "used"),
    [
        (MatmulConv2D, 15, 1),
        (MatmulConv2D, 18, 0),
        (MatmulConv2DTranspose, 8, 1),
        (MatmulConv2DTranspose, 9, 0),
    ],
)
def test_the_smaller_picture_of_a_layer_decides(kind, side, used, monkeypatch):
    products = []
    original = layers_module.kernel_gradient
    monkeypatch.setattr(layers_module, "kernel_gradient", lambda *parts: products.append(1) or original(*parts))
    layer = kind(16, 4, strides=2, padding="same", dtype="mixed_bfloat16")
    images = noise(2, side, side, 16)
    layer.build(images.shape)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(images))
    tape.gradient(loss, layer.trainable_variables)
    assert len(products) == used


def test_gpus_keep_the_convolutions_of_keras():
    kit = LayerKit(normalization=FusedBatchNormalization, leaky=FusableLeakyReLU)
    assert fast_layers(matmul_gradients=False) == kit


def test_the_leaky_layer_has_keras_derivatives_to_the_second():
    inputs = noise(4, 5, 5, 3)
    plain, ours = (derivatives(kind(negative_slope=0.2), inputs) for kind in (keras.layers.LeakyReLU, FusableLeakyReLU))
    for expected, received in zip(plain, ours, strict=True):
        assert_close(expected, received, 1e-6)


def test_the_fused_optimizer_walks_as_adam_does():
    starts = [noise(7, 5), noise(3, seed=2)]
    found = []
    for kind in (keras.optimizers.Adam, FusedAdam):
        variables = [keras.Variable(start) for start in starts]
        optimizer = kind(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.5), beta_1=0.5, beta_2=0.99)
        optimizer.build(variables)
        step = tf.function(optimizer.apply)
        for number in range(20):
            step([noise(*start.shape, seed=number) * 10.0**-number for start in starts])
        found.append([*variables, *optimizer.variables])
    for expected, received in zip(*found, strict=True):
        np.testing.assert_allclose(received.numpy(), expected.numpy(), rtol=1e-4, atol=1e-6)


def test_variants_of_adam_that_the_operation_does_not_know_are_left_to_keras():
    found = []
    for kind in (keras.optimizers.Adam, FusedAdam):
        variable = keras.Variable(noise(4))
        optimizer = kind(0.1, amsgrad=True)
        optimizer.build([variable])
        for number in range(5):
            optimizer.apply([noise(4, seed=number) * 10.0**-number], [variable])
        found.append(variable.numpy())
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_a_frozen_fused_layer_keeps_its_averages():
    plain, fused = both_layers("float32")
    images = noise(4, 7, 5, 16)
    for layer in (plain, fused):
        layer.trainable = False
    np.testing.assert_allclose(*(layer(images, training=True) for layer in (plain, fused)), rtol=1e-5)
    for expected, received in zip(plain.get_weights(), fused.get_weights(), strict=True):
        np.testing.assert_array_equal(expected, received)
