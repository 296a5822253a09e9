import numpy as np
import pytest

from dcgan_tf.judge.wasserstein import blur, enlarge, laplacian_pyramid, sliced_wasserstein


def pictures(count: int, seed: int, shape: tuple[int, ...] = (64, 64, 3)) -> np.ndarray:
    """Return smooth random pictures with a little noise."""
    random = np.random.default_rng(seed)
    rough = random.uniform(0, 255, (count, 4, 4, shape[2]))
    smooth = np.kron(rough, np.ones((1, -(-shape[0] // 4), -(-shape[1] // 4), 1)))[:, : shape[0], : shape[1]]
    return np.clip(smooth + random.normal(0, 8, (count, *shape)), 0, 255).astype(np.uint8)


def test_levels_go_from_the_size_down_to_sixteen():
    assert list(sliced_wasserstein(pictures(20, 0), pictures(20, 1))) == [64, 32, 16]
    assert list(sliced_wasserstein(pictures(9, 0, (28, 28, 1)), pictures(9, 1, (28, 28, 1)))) == [28]
    assert list(sliced_wasserstein(pictures(9, 0, (100, 41, 1)), pictures(9, 1, (100, 41, 1)))) == [100, 50]


@pytest.mark.parametrize("shape", [(64, 64, 3), (50, 37, 1)])
def test_the_levels_of_a_pyramid_add_up_to_the_picture(shape):
    original = pictures(3, 0, shape).astype(np.float32)
    *details, rebuilt = laplacian_pyramid(original)
    for detail in reversed(details):
        rebuilt = detail + enlarge(rebuilt, detail.shape[1:3])
    np.testing.assert_allclose(rebuilt, original, atol=1e-3)


def test_blurring_and_enlarging_keep_an_even_picture_even():
    even = np.full((1, 32, 32, 1), 100.0, np.float32)
    np.testing.assert_allclose(blur(even), even, rtol=1e-5)
    np.testing.assert_allclose(enlarge(even, (64, 64)), np.full((1, 64, 64, 1), 100.0), rtol=1e-5)


def test_the_same_pictures_are_at_zero_and_others_are_not():
    real = pictures(40, 0) // 2
    assert all(value == 0.0 for value in sliced_wasserstein(real, real).values())
    fresh, inverted = sliced_wasserstein(real, pictures(40, 1) // 2), sliced_wasserstein(real, 255 - real)
    assert fresh[64] < 100
    assert inverted[16] > 2 * fresh[16]


def test_lost_detail_shows_at_the_level_that_it_was_lost_from():
    real, others = pictures(40, 0), pictures(40, 1)
    smooth = np.rint(blur(others.astype(np.float32))).astype(np.uint8)
    before, after = sliced_wasserstein(real, others), sliced_wasserstein(real, smooth)
    assert after[64] > 5 * before[64]
    assert after[16] < 2 * before[16]


def test_of_a_larger_set_as_many_pictures_count_as_the_smaller_has():
    dark, light = pictures(40, 0) // 2, pictures(40, 1) // 2 + 128
    ordered = np.concatenate([dark, light])
    spread = sliced_wasserstein(ordered, ordered[::4])  # 10 dark and 10 light ones
    first = sliced_wasserstein(ordered[:20], ordered[::4])
    assert 3 * spread[16] < first[16]


def test_what_nobody_sees_is_no_difference():
    black = np.zeros((20, 16, 16, 3), np.uint8)
    speck = black.copy()
    speck[0, 8, 8, 2] = 1  # a single shade in a channel that is flat in the real ones
    assert sliced_wasserstein(black, speck)[16] < 5  # hundreds of millions, were it divided by its deviation
