import numpy as np
import pytest

from dcgan_tf import DcganError
from dcgan_tf.model.latent import draw_latents, looping_walk, slerp, truncate


def test_latents_are_standard_normal_and_follow_their_seed():
    latents = draw_latents(2000, 50, seed=1)
    assert latents.shape == (2000, 50) and latents.dtype == np.float32
    assert abs(latents.mean()) < 0.02 and abs(latents.std() - 1) < 0.02
    assert np.array_equal(latents, draw_latents(2000, 50, seed=1))
    assert not np.array_equal(latents[:3], draw_latents(3, 50, seed=2))


def test_more_latents_begin_with_the_same():
    assert np.array_equal(draw_latents(3, 10, seed=0), draw_latents(30, 10, seed=0)[:3])


def test_slerp_ends_at_its_ends_and_keeps_its_length_between():
    start, end = draw_latents(2, 100, seed=0)
    np.testing.assert_allclose(slerp(start, end, 0.0), start, atol=1e-5)
    np.testing.assert_allclose(slerp(start, end, 1.0), end, atol=1e-5)
    middle = np.linalg.norm(slerp(start, end, 0.5))
    assert abs(middle - (np.linalg.norm(start) + np.linalg.norm(end)) / 2) < 1e-3
    assert np.linalg.norm((start + end) / 2) < 0.9 * middle  # the straight line would shrink


def test_slerp_from_the_mean_goes_straight():
    point = draw_latents(1, 20, seed=3)[0]
    for start, end, share in ((np.zeros_like(point), point, 0.25), (point, np.zeros_like(point), 0.75)):
        np.testing.assert_allclose(slerp(start, end, share), 0.25 * point, atol=1e-6)
    assert np.isfinite(looping_walk(np.stack([point, np.zeros_like(point)]), 10)).all()


def test_truncation_draws_latents_to_the_mean():
    latents = draw_latents(3, 20, seed=3)
    np.testing.assert_allclose(truncate(latents, 0.5), latents / 2)
    assert truncate(latents, 1).dtype == np.float32 and (truncate(latents, 0) == 0).all()
    for wrong in (-0.1, 1.1, np.nan, None, "a", np.ones(3), True):
        with pytest.raises(DcganError, match="`truncation` should be a number from 0 to 1"):
            truncate(latents, wrong)


def test_slerp_between_equal_points_stays_there():
    point = draw_latents(1, 20, seed=3)[0]
    np.testing.assert_allclose(slerp(point, point, 0.5), point, atol=1e-3)


def test_a_walk_passes_its_stops_in_even_small_steps_and_closes():
    stops = draw_latents(4, 64, seed=5)
    walk = looping_walk(stops, 40)
    assert walk.shape == (40, 64) and walk.dtype == np.float32
    np.testing.assert_allclose(walk[::10], stops, atol=1e-5)
    steps = np.linalg.norm(np.roll(walk, -1, axis=0) - walk, axis=1)
    assert steps.max() < 2 * steps.min()  # the last step, back to the start, too
