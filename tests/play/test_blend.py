import numpy as np

from dcgan_tf.play.blend import blend, membrane, shrink


def hole_of(size, channels=1, count=2):
    missing = np.zeros((count, size, size, 1), bool)
    missing[:, 4:12, 4:12] = True
    return missing


def test_a_slope_continues_through_a_hole():
    rows, columns = np.mgrid[:16, :16]
    slope = (0.5 * rows + 0.25 * columns)[None, :, :, None].repeat(2, axis=0)
    missing = hole_of(16)
    filled = membrane(np.where(missing, 99.0, slope), missing)
    np.testing.assert_allclose(filled, slope, atol=1e-3)


def test_each_picture_and_channel_is_filled_independently():
    values = np.random.default_rng(0).standard_normal((2, 16, 16, 3))
    missing = hole_of(16)
    missing[1] = False
    missing[1, 2:4, :] = True
    together = membrane(values, missing)
    for picture in range(2):
        for channel in range(3):
            alone = membrane(values[[picture]][..., [channel]], missing[[picture]])
            np.testing.assert_allclose(together[[picture]][..., [channel]], alone, atol=1e-3)


def test_known_values_stay_and_holes_stay_within_the_range_around_them():
    values = np.random.default_rng(1).uniform(-1, 1, (2, 16, 16, 1))
    missing = hole_of(16)
    filled = membrane(values, missing)
    np.testing.assert_allclose(filled[~missing], values[~missing], atol=1e-6)
    assert np.abs(filled[missing]).max() < 1 and np.isfinite(filled).all()


def test_a_hole_at_the_edge_of_the_picture_is_filled_flat():
    values = np.full((1, 8, 8, 1), 3.0)
    missing = np.zeros((1, 8, 8, 1), bool)
    missing[:, :, 4:] = True
    np.testing.assert_allclose(membrane(values, missing), values, atol=1e-4)


def test_without_known_values_nothing_is_added():
    assert (membrane(np.ones((1, 8, 8, 1)), np.ones((1, 8, 8, 1), bool)) == 0).all()


def test_a_blend_keeps_known_pixels_and_leaves_no_seam():
    generator = np.random.default_rng(2)
    known = np.tile(np.linspace(-0.5, 0.5, 16)[None, :, None, None], (2, 1, 16, 3)).astype(np.float32)
    generated = known + 0.3 + 0.01 * generator.standard_normal(known.shape).astype(np.float32)  # off by a shade
    missing = hole_of(16)
    joined = blend(generated, known, missing, 1)
    np.testing.assert_allclose(joined[~missing[..., 0]], known[~missing[..., 0]], atol=1e-6)
    assert np.abs(joined - known).max() < 0.1  # the shade is gone in the hole too
    pasted = np.where(missing, generated, known)
    assert np.abs(np.diff(joined, axis=2)).max() < np.abs(np.diff(pasted, axis=2)).max() / 2


def test_enlarged_pictures_get_closer_to_the_small_ones():
    generator = np.random.default_rng(3)
    small = generator.uniform(-1, 1, (2, 8, 8, 3)).astype(np.float32)
    generated = generator.uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    joined = blend(generated, small, np.zeros((2, 8, 8, 1), bool), 4)
    before, after = (np.abs(np.asarray(shrink(each, 4)) - small).mean() for each in (generated, joined))
    assert after < 0.35 * before
