"""Pixels for people and for networks: RGBA has straight alpha as uint8, and colours times alpha as floats."""

import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf.common.pixels import on_background, premultiplied, to_floats, to_pixels


def shades(channels: int) -> np.ndarray:
    """Return pictures of many shades; of RGBA, each alpha with many colours."""
    pictures = np.random.default_rng(0).integers(0, 256, (3, 256, 40, channels), dtype=np.uint8)
    pictures[..., -1] = np.arange(256)[None, :, None]
    return pictures


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_pixels_survive_the_way_there_and_back(channels):
    pictures = shades(channels)
    expected = np.where(pictures[..., 3:] > 0, pictures, 0) if channels == 4 else pictures
    floats = to_floats(pictures)
    assert floats.dtype == np.float32 and floats.min() >= -1 and floats.max() <= 1
    before = floats.copy()
    np.testing.assert_array_equal(to_pixels(floats), expected)
    np.testing.assert_array_equal(floats, before)
    tensors = to_floats(tf.constant(pictures))
    np.testing.assert_allclose(tensors, floats, atol=1e-6)
    np.testing.assert_array_equal(to_pixels(tensors), expected)


def test_colours_are_multiplied_by_alpha_for_networks():
    floats = to_floats(np.uint8([[[[255, 100, 0, 0], [255, 100, 0, 51], [255, 100, 0, 255]]]]))
    np.testing.assert_allclose(
        (floats[0, 0] + 1) / 2 * 255, [[0, 0, 0, 0], [51, 20, 0, 51], [255, 100, 0, 255]], atol=1e-4
    )


@pytest.mark.parametrize("beyond", [-1.2, 1.2, 9.0])
def test_floats_beyond_the_range_become_the_nearest_pixels(beyond):
    for channels in (1, 3, 4):
        expected = np.full((1, 2, 2, channels), 0 if beyond < 0 else 255, np.uint8)
        np.testing.assert_array_equal(to_pixels(np.full((1, 2, 2, channels), beyond, np.float32)), expected)
    solid = to_pixels(np.float32([[[[0, 0, 0, 1.5]]]]))
    assert solid.tolist() == [[[[128, 128, 128, 255]]]]


def test_what_looks_the_same_has_the_same_numbers():
    pictures = np.uint8([[[[9, 200, 90, 0], [100, 50, 0, 128]]]])
    assert premultiplied(pictures).tolist() == [[[[0, 0, 0, 0], [50, 25, 0, 128]]]]
    assert on_background(pictures, "white").tolist() == [[[[255, 255, 255], [177, 152, 127]]]]
    assert on_background(pictures, "#0a0b0c")[0, 0, 0].tolist() == [10, 11, 12]
    plain = pictures[..., :3]
    assert premultiplied(plain) is plain and on_background(plain, "black") is plain
