from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf.model.augment import Augment, augment_pictures, cut_out, flip, recolor, translate

SEED = tf.constant([1, 2])
NOISE = tf.constant(np.random.default_rng(0).uniform(-1, 1, (32, 16, 16, 3)).astype(np.float32))


def test_nothing_asked_nothing_changed():
    assert np.array_equal(Augment()(NOISE, SEED), NOISE)


@pytest.mark.parametrize(
    "augment", [Augment(color=1), Augment(translation=0.2), Augment(flip=True), Augment(cutout=0.5)]
)
def test_each_change_changes_and_follows_its_seed_alone(augment):
    once, again, other = augment(NOISE, SEED), augment(NOISE, SEED), augment(NOISE, tf.constant([1, 3]))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, NOISE)
    assert not np.array_equal(once, other)
    assert once.shape == NOISE.shape and once.dtype == NOISE.dtype


@pytest.mark.parametrize(
    "augment",
    [
        Augment(1.0, 0.2, True, 0.3),
        Augment(1.0, 0.2, True, 0.3, 0.5),
        Augment(color=1),
        Augment(translation=0.2),
        Augment(flip=True),
    ],
)
def test_gradients_flow_through(augment):
    with tf.GradientTape() as tape:
        tape.watch(NOISE)
        loss = tf.reduce_sum(augment(NOISE, SEED) ** 2)
    gradient = tape.gradient(loss, NOISE).numpy()
    assert np.isfinite(gradient).all()
    assert (np.abs(gradient).max(axis=(1, 2, 3)) > 0).all()


def test_a_probability_leaves_some_pictures_as_they_are():
    strong = Augment(color=1.0, translation=0.2, cutout=0.3)
    always, sometimes = strong(NOISE, SEED).numpy(), replace(strong, probability=0.5)(NOISE, SEED).numpy()
    changed = [np.array_equal(new, other) for new, other in zip(sometimes, always, strict=True)]
    kept = [np.array_equal(new, old) for new, old in zip(sometimes, NOISE.numpy(), strict=True)]
    assert all(one != other for one, other in zip(changed, kept, strict=True))
    assert 6 < sum(changed) < 26
    assert np.array_equal(replace(strong, probability=0.0)(NOISE, SEED), NOISE)


def test_mirroring_does_not_wait_for_the_probability():
    assert np.array_equal(Augment(flip=True, probability=0.0)(NOISE, SEED), Augment(flip=True)(NOISE, SEED))
    assert not np.array_equal(Augment(flip=True, probability=0.0)(NOISE, SEED), NOISE)


def test_translation_moves_whole_pixels_and_repeats_the_edge():
    ramp = np.broadcast_to(np.arange(16, dtype=np.float32)[None, None, :, None], (64, 16, 16, 1))
    moved = translate(tf.constant(ramp), 0.25, SEED).numpy()
    shifts = set()
    for picture in moved:
        assert (picture == picture[:1]).all()  # rows are alike in a ramp, wherever they come from
        row = picture[0, :, 0]
        shift = int(np.median(row - np.arange(16)))
        np.testing.assert_array_equal(row, np.clip(np.arange(16) + shift, 0, 15))
        shifts.add(shift)
    assert shifts <= set(range(-4, 5)) and {-4, 4} & shifts and len(shifts) > 5


def test_the_gradient_of_a_translation_moves_back():
    weights = tf.random.stateless_normal([6, 12, 10, 3], [3, 4])
    pictures = tf.random.stateless_normal([6, 12, 10, 3], [5, 6])
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        moved = translate(pictures, 0.3, SEED)
    gradient = tape.gradient(moved, pictures, weights)
    # It is linear, so the products with the gradient and with the outputs are the same number.
    for one in range(6):
        expected, received = tf.reduce_sum(moved[one] * weights[one]), tf.reduce_sum(gradient[one] * pictures[one])
        np.testing.assert_allclose(received, expected, rtol=1e-4)


def test_white_ground_stays_white_when_moved():
    white = tf.ones((8, 16, 16, 3))
    assert (translate(white, 0.5, SEED).numpy() == 1.0).all()


def test_flip_mirrors_about_half():
    flipped = flip(NOISE, SEED).numpy()
    mirrored = [np.array_equal(new, old[:, ::-1]) for new, old in zip(flipped, NOISE.numpy(), strict=True)]
    kept = [np.array_equal(new, old) for new, old in zip(flipped, NOISE.numpy(), strict=True)]
    assert all(a != b for a, b in zip(mirrored, kept, strict=True))
    assert 6 < sum(mirrored) < 26


def test_cutout_blanks_a_square_of_the_asked_side():
    blank = (cut_out(tf.ones((64, 20, 20, 1)), 0.5, SEED).numpy() == 0)[..., 0]
    areas = blank.sum(axis=(1, 2))
    assert areas.max() == 10 * 10
    assert (areas >= 5 * 5).all()  # a quarter at least, where the centre is in a corner


def test_recolor_draws_anew_for_each_picture_and_spares_a_single_channel_saturation():
    same = tf.constant(np.repeat(NOISE.numpy()[:1], 16, axis=0))
    changed = recolor(same, 1.0, SEED).numpy()
    assert len({picture.tobytes() for picture in changed}) == 16
    assert np.abs(changed.mean(axis=(1, 2, 3)) - same.numpy().mean()).max() <= 0.5 + 1e-5  # brightness
    gray = recolor(same[..., :1], 1.0, SEED).numpy()
    assert gray.std(axis=(1, 2, 3)).min() > 0


def test_recolor_changes_the_colours_of_rgba_and_not_its_alpha():
    alpha = np.linspace(0, 1, 16, dtype=np.float32)[None, None, :, None]
    straight = NOISE.numpy()
    premultiplied = np.concatenate([(straight + 1) * alpha - 1, np.broadcast_to(2 * alpha - 1, (32, 16, 16, 1))], -1)
    changed = recolor(tf.constant(premultiplied), 1.0, SEED).numpy()
    np.testing.assert_array_equal(changed[..., 3], premultiplied[..., 3])
    np.testing.assert_allclose(changed[:, :, 0, :3], -1, atol=1e-6)  # what is transparent stays so
    colors = (changed[:, :, 1:, :3] + 1) / alpha[:, :, 1:] - 1
    np.testing.assert_allclose(colors[:, :, -1:], changed[:, :, -1:, :3], atol=1e-5)
    # A linear change of colours, the same at every opacity.
    rows = np.concatenate([straight[0, :, 1:].reshape(-1, 3), np.ones((16 * 15, 1))], 1)
    fit, *_ = np.linalg.lstsq(rows, colors[0].reshape(-1, 3), rcond=None)
    np.testing.assert_allclose(rows @ fit, colors[0].reshape(-1, 3), atol=1e-4)
    opaque = np.concatenate([straight, np.ones((32, 16, 16, 1), np.float32)], -1)
    plain = recolor(NOISE, 1.0, SEED).numpy()
    np.testing.assert_allclose(recolor(tf.constant(opaque), 1.0, SEED)[..., :3], plain, atol=2e-3)


def test_cutout_makes_rgba_transparent():
    cut = cut_out(tf.ones((8, 20, 20, 4)), 0.5, SEED).numpy()
    assert set(np.unique(cut)) == {-1.0, 1.0} and (cut.min(-1) == cut.max(-1)).all()


def test_real_and_generated_of_one_batch_get_draws_of_their_own():
    both = tf.concat([NOISE[:4], NOISE[:4]], axis=0)
    changed = Augment(color=1.0, translation=0.2)(both, SEED).numpy()
    assert not np.array_equal(changed[:4], changed[4:])


def test_pictures_to_look_at_are_uint8():
    pictures = np.full((4, 16, 16, 1), 200, np.uint8)
    changed = augment_pictures(pictures, Augment(color=1.0))
    assert changed.dtype == np.uint8 and changed.shape == pictures.shape and changed.std() > 0
    assert np.array_equal(augment_pictures(pictures, Augment()), pictures)
