"""The ruler of blurred photos, and the name of what is wrong: both must be right on faults that are known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dcgan_tf.judge import changes, faults
from dcgan_tf.judge.features import load_features
from dcgan_tf.judge.judge import Judge
from dcgan_tf.judge.metrics import paired_mmd, squared_mmd
from dcgan_tf.judge.ruler import SHAPE, SIGMAS, TEXTURE, measure_ruler
from dcgan_tf.judge.table import verdict
from tests.conftest import make_images


@pytest.fixture(scope="module")
def network():
    return load_features("imagenet")


@pytest.fixture(scope="module")
def photos():
    """Pictures with texture: patches of noise at several scales, bright to dark, 32x32."""
    random = np.random.default_rng(0)

    def draw(count: int) -> np.ndarray:
        layers = [np.kron(random.normal(0, 25, (count, 32 // n, 32 // n, 3)), np.ones((1, n, n, 1))) for n in (1, 2, 8)]
        return changes.to_shades(120 + sum(layers))

    return draw


def image_set(pixels):
    return replace(make_images(len(pixels), size=pixels.shape[1]), pixels=pixels)


def test_a_blur_is_that_of_a_gaussian():
    dot = np.zeros((1, 21, 21, 1), np.uint8)
    dot[0, 10, 10] = 255
    row = changes.gaussian_blur(np.repeat(dot, 3, axis=3), 1.5)[0, 10, :, 1]
    weights = np.exp(-0.5 * np.square(np.arange(-10, 11) / 1.5))
    expected = 255 * weights * weights[10] / weights.sum() ** 2
    np.testing.assert_allclose(row, expected, atol=1)
    flat = np.full((2, 9, 9, 3), 77, np.uint8)
    np.testing.assert_array_equal(changes.gaussian_blur(flat, 8.0), flat)


def test_colours_are_those_of_the_others():
    one, other = make_images(20, size=24).pixels, 60 + make_images(30, size=24, seed=3).pixels // 2
    changed = changes.with_colours_of(one, other)
    assert np.abs(changed.mean((0, 1, 2)) - other.mean((0, 1, 2))).max() < 5
    np.testing.assert_array_equal(changes.with_colours_of(one, one), one)


def test_pairs_count_only_between_different_pictures():
    random = np.random.default_rng(0)
    real, changed = random.standard_normal((2, 30, 6))
    assert paired_mmd(real, real) == pytest.approx(0.0, abs=1e-12)
    far = [paired_mmd(real, real + step * changed) for step in (0.5, 1.0, 2.0)]
    assert far == sorted(far)
    # Over independent sets both estimate the same; they differ by the pairs of one picture, one in n.
    assert paired_mmd(real, changed + 1) == pytest.approx(squared_mmd(real, changed + 1), rel=0.05)


@pytest.mark.parametrize("sigma", [0.45, 0.7, 1.2, 2.5])
def test_blurred_photos_read_as_blurred_as_they_are(network, photos, sigma):
    ruler = measure_ruler(network, image_set(photos(80)))
    blurred = network(changes.gaussian_blur(photos(200), sigma))
    assert ruler.blur_of(squared_mmd(network(photos(200)), blurred)) == pytest.approx(sigma, abs=0.1)


def test_the_ruler_is_kept_and_measured_again_if_damaged(network, photos, tmp_path, monkeypatch):
    images = image_set(photos(12))
    ruler = measure_ruler(network, images, tmp_path)
    (path,) = tmp_path.iterdir()
    assert measure_ruler(network._replace(model=None), images, tmp_path) == ruler  # the network is not asked again
    assert ruler.blurred.keys() == {"all", TEXTURE, SHAPE} and ruler.blurred["all"][0] == 0.0
    for damage in (b"", b"[1]", json.dumps({"blurred": {"all": [1]}, "compressed": [], "sigmas": SIGMAS}).encode()):
        path.write_bytes(damage)
        assert measure_ruler(network, images, tmp_path) == ruler
    assert ruler.blur_of(-1.0) == 0.0 and ruler.blur_of(1e9) == SIGMAS[-1] and ruler.jpeg_of(0.0) == 100


@pytest.fixture(scope="module")
def judge():
    return Judge(image_set(discs(160, 0)), image_set(discs(60, 1)))


def cut(pictures):
    """Swap the quarters: textures stay, shapes go."""
    return np.roll(pictures, (16, 16), (1, 2))


@pytest.mark.parametrize(("fault", "change"), [
    (faults.TEXTURE, lambda new, known: changes.gaussian_blur(new, 0.8)),
    (faults.TEXTURE, lambda new, known: changes.as_jpeg(new, 20)),
    (faults.TEXTURE, lambda new, known: changes.to_shades(new + np.random.default_rng(0).normal(0, 20, new.shape))),
    (faults.SHAPE, lambda new, known: cut(new)),
    (faults.COLOUR, lambda new, known: changes.to_shades(new * np.array([1.25, 1.0, 0.75]))),
    (faults.VARIETY, lambda new, known: np.repeat(new[:4], len(new) // 4, axis=0)),
    (faults.COPIES, lambda new, known: known[: len(new)]),
    (faults.NOTHING, lambda new, known: new),
])  # fmt: skip
def test_what_is_wrong_has_its_name(judge, fault, change):
    new = discs(120, 2)
    found = judge.score(judge.look(change(new, judge.pixels)), judge.look(np.zeros_like(new[:40])))
    assert found["blur_imagenet"]["wrong"] == fault, found["blur_imagenet"]
    assert (fault if fault != faults.NOTHING else "no difference beyond chance") in verdict(found)


def discs(count: int, seed: int) -> np.ndarray:
    """Return grainy discs of many colours on light ground, 32x32."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:32, :32]
    pictures = np.empty((count, 32, 32, 3), np.float32)
    for picture in pictures:
        row, column, radius = random.uniform((13, 13, 7), (19, 19, 12))
        inside = (np.hypot(rows - row, columns - column) < radius)[:, :, None]
        grain = inside * random.normal(0, 25, (32, 32, 1))
        picture[:] = np.where(inside, random.uniform(40, 160, 3), 230) + grain
    return changes.to_shades(pictures)
