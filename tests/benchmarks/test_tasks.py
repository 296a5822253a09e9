"""What is asked for of photos, plain ways to do it, and how the answers are judged."""

import numpy as np

from benchmarks.inverse import tasks
from dcgan_tf.judge.features import load_features
from tests.conftest import make_images


def test_tasks_give_what_is_known_and_nothing_else():
    photos = make_images(3, size=16).pixels
    asked = tasks.tasks_of(photos)
    hole, half, small = (asked[name] for name in ("centre hole", "half missing", "4x enlargement"))
    assert hole.mask.sum() == 64 and hole.mask[8, 8] and not hole.mask[0, 0]
    assert half.mask.sum() == 128 and half.mask[0, 15] and not half.mask[0, 0]
    for task in (hole, half):
        assert (task.given[:, task.mask] == 255).all()
        assert np.array_equal(task.given[:, ~task.mask], photos[:, ~task.mask])
    assert small.given.shape == (3, 4, 4, 3)
    np.testing.assert_allclose(small.given[0, 0, 0], photos[0, :4, :4].mean(axis=(0, 1)), atol=0.51)


def test_plain_ways_do_what_they_are_called():
    photos, training = make_images(3, size=16).pixels, make_images(9, size=16, seed=2).pixels
    asked = tasks.tasks_of(photos)
    everything = np.concatenate([training, photos])
    assert np.array_equal(tasks.baseline("nearest training photo", asked["projection"], everything), photos)
    flat = tasks.baseline("mean colour", asked["centre hole"], training)
    assert np.ptp(flat[0][asked["centre hole"].mask].astype(int), axis=0).max() == 0
    for name in ("centre hole", "half missing", "4x enlargement"):  # a photo that was learned is found whole
        joined = tasks.baseline(tasks.JOINED, asked[name], everything)
        assert np.abs(joined.astype(int) - photos).max() <= 1
    assert tasks.baseline("bicubic", asked["4x enlargement"], training).shape == photos.shape


def test_scores_know_better_from_worse():
    photos = make_images(6, size=16).pixels
    near = np.clip(photos.astype(int) + 3, 0, 255).astype(np.uint8)
    far = np.roll(photos, 1, axis=0)
    network = load_features("random")
    assert tasks.psnr(near, photos, None).min() > tasks.psnr(far, photos, None).max()
    distances = [tasks.feature_distances(network, each, photos) for each in (photos, near, far)]
    assert distances[0].max() < 1e-3 < distances[1].mean() < distances[2].mean()
    assert 0.5 < distances[2].mean() < 2.0  # another photo of the set is about as far as two are
    mask = np.zeros((16, 16), bool)
    mask[:2] = True
    spoilt = photos.copy()
    spoilt[:, 2:] = 0
    assert (tasks.psnr(spoilt, photos, mask) > 70).all()  # outside of the mask nobody looks
