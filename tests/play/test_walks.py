import numpy as np

from dcgan_tf.model.latent import draw_inputs, draw_latents, looping_walk, slerp
from dcgan_tf.play.walks import between, walk_through


def test_between_two_classes_latents_take_the_arc_and_classes_the_line():
    start, end = draw_inputs(1, 8, 3, seed=1, number=0)[0], draw_inputs(1, 8, 3, seed=2, number=2)[0]
    found = between(start, end, 0.25, 8)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found[:8], slerp(start[:8], end[:8], 0.25))
    np.testing.assert_allclose(found[8:], [0.75, 0, 0.25])


def test_a_walk_passes_each_stop_and_mixes_the_classes_beside_it():
    stops = np.concatenate([draw_inputs(1, 8, 3, seed=seed, number=seed) for seed in range(3)])
    walk = walk_through(stops, 30, 8)
    assert walk.shape == (30, 11) and walk.dtype == np.float32
    np.testing.assert_allclose(walk[::10], stops, atol=1e-5)
    np.testing.assert_allclose(walk[28], between(stops[2], stops[0], 0.8, 8), atol=1e-5)
    np.testing.assert_allclose(walk[:, 8:].sum(axis=1), 1, atol=1e-6)


def test_without_classes_it_is_a_walk_through_latents():
    stops = draw_latents(4, 8, seed=0)
    np.testing.assert_array_equal(walk_through(stops, 20, 8), looping_walk(stops, 20))
    np.testing.assert_array_equal(between(stops[0], stops[1], 0.3, 8), slerp(stops[0], stops[1], 0.3))
