from dataclasses import replace

import numpy as np
import pytest
from keras import layers

from dcgan_tf import Config
from dcgan_tf.model.networks import build_discriminator, build_generator, count_flops, ladder, layer_flops, summarize

NARROW = Config(generator_width=4, discriminator_width=4, latent_dim=6)


@pytest.mark.parametrize("size", [16, 17, 28, 33, 64, 100, 127, 128, 255, 256, "48x64", "17x40", "16x256", "100x31"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_the_exact_size_comes_out(size, channels):
    config = replace(NARROW, image_size=size, channels=channels)
    generator, discriminator = build_generator(config), build_discriminator(config)
    pictures = generator(np.zeros((2, 6), np.float32))
    assert pictures.shape == (2, *config.shape)
    assert discriminator(pictures).shape == (2, 1)


def test_pictures_are_float32_between_minus_one_and_one_in_any_precision():
    latents = 100 * np.random.default_rng(0).standard_normal((8, 6), dtype=np.float32)
    for dtype in ("float32", "mixed_bfloat16"):
        pictures = build_generator(replace(NARROW, image_size=16), dtype)(latents, training=True)
        assert pictures.dtype == "float32"
        assert np.abs(pictures).max() <= 1.0


def test_the_discriminator_never_mixes_the_pictures_of_a_batch():
    config = replace(NARROW, image_size=28)
    discriminator = build_discriminator(config)
    assert not any(isinstance(layer, layers.BatchNormalization) for layer in discriminator.layers)
    pictures = np.random.default_rng(0).uniform(-1, 1, (6, 28, 28, 3)).astype(np.float32)
    together = np.asarray(discriminator(pictures, training=True))
    alone = np.concatenate([np.asarray(discriminator(picture[None], training=True)) for picture in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("size", [28, 64, 100])
def test_kernels_are_divisible_by_their_strides(size):
    config = replace(NARROW, image_size=size)
    for model in (build_generator(config), build_discriminator(config)):
        convolutions = [layer for layer in model.layers if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose))]
        assert convolutions
        for layer in convolutions:
            assert layer.kernel_size[0] % layer.strides[0] == 0


def test_the_ladder_halves_rounding_up():
    assert ladder(64, 64, 4) == [(side, side) for side in (64, 32, 16, 8, 4)]
    assert ladder(28, 28, 4) == [(side, side) for side in (28, 14, 7, 4)]
    assert ladder(28, 28, 7) == [(side, side) for side in (28, 14, 7)]
    assert ladder(100, 100, 4) == [(side, side) for side in (100, 50, 25, 13, 7, 4)]
    assert ladder(48, 64, 4) == [(48, 64), (24, 32), (12, 16), (6, 8), (3, 4)]
    assert ladder(16, 100, 4) == [(16, 100), (8, 50), (4, 25), (2, 13), (1, 7), (1, 4)]


def test_networks_end_at_the_smallest_side_of_the_config():
    config = replace(NARROW, image_size=28, smallest_side=7)
    assert build_generator(config).get_layer("reshape").output.shape[1:3] == (7, 7)
    assert build_discriminator(config).get_layer("leaky_7").output.shape[1:3] == (7, 7)
    with pytest.raises(ValueError, match="No such layer: leaky_4"):
        build_discriminator(config).get_layer("leaky_4")


def test_widths_and_latent_size_come_from_the_config():
    wide = replace(NARROW, generator_width=8, discriminator_width=16, latent_dim=20)
    assert build_generator(wide).input_shape == (None, 20)
    assert build_generator(wide).get_layer("up_32").filters == 8
    assert build_discriminator(wide).get_layer("down_32").filters == 16


def test_flops_of_layers_known_by_hand():
    discriminator = build_discriminator(replace(NARROW, image_size=16))  # 16 -> 8 -> 4
    assert layer_flops(discriminator.get_layer("down_8")) == 2 * (4 * 4 * 3 * 4) * (8 * 8)
    assert layer_flops(discriminator.get_layer("logits")) == 2 * (4 * 4 * 8)
    generator = build_generator(replace(NARROW, image_size=16))
    assert layer_flops(generator.get_layer("up_16")) == 2 * (4 * 4 * 4 * 3) * (8 * 8)


def test_the_summary_states_parameters_and_operations():
    generator = build_generator(Config())
    text = summarize(generator)
    assert f"{generator.count_params():,}" in text
    assert f"{count_flops(generator) / 1e6:.2f}" in text
    assert "64x64x3" in text


def test_the_seed_alone_decides_the_weights():
    def weights(seed: int) -> list[np.ndarray]:
        config = replace(NARROW, image_size=16, seed=seed)
        return build_generator(config).get_weights() + build_discriminator(config).get_weights()

    first, again, other = weights(3), weights(3), weights(4)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True) if a.ndim > 1)


def test_layers_of_one_shape_start_apart():
    discriminator = build_discriminator(replace(NARROW, image_size=256))  # its widest two layers are of one shape
    kernels = [discriminator.get_layer(name).kernel.numpy() for name in ("down_8", "down_4")]
    assert kernels[0].shape == kernels[1].shape
    assert not np.array_equal(kernels[0], kernels[1])
