import numpy as np

from dcgan_tf.judge.metrics import nearest_pictures


def test_nearest_agrees_with_plain_differences():
    generator = np.random.default_rng(0)
    pictures = generator.integers(0, 256, (7, 8, 8, 3), np.uint8)
    others = generator.integers(0, 256, (2500, 8, 8, 3), np.uint8)  # more than two blocks
    differences = pictures[:, None].astype(float) - others[None]
    expected = np.sqrt((differences**2).mean(axis=(2, 3, 4)))
    indices, distances = nearest_pictures(pictures, others)
    np.testing.assert_array_equal(indices, expected.argmin(1))
    np.testing.assert_allclose(distances, expected.min(1), rtol=1e-3)


def test_a_copy_is_found_at_distance_zero_wherever_it_is():
    others = np.random.default_rng(1).integers(0, 256, (1500, 6, 6, 1), np.uint8)
    indices, distances = nearest_pictures(others[[3, 1400]], others)
    assert indices.tolist() == [3, 1400]
    assert distances.max() < 0.5
