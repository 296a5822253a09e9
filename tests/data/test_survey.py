"""What is found in pictures before training, in numbers: diversity, plain pictures, copies, outliers."""

import io

import numpy as np
import pytest
from PIL import Image

from dcgan_tf.data.survey import diversity, survey, thumbnails
from tests.support.awkward import encoded
from tests.support.picture_sets import random_discs
from tests.support.pictures import read, save


def spread_pictures(count=60, size=20, spread=1.0):
    """Return pictures that differ from their mean by so much of what is possible."""
    flat = np.random.default_rng(0).uniform(-1, 1, (count, 1, 1, 3)) * spread
    return np.rint(np.broadcast_to(127.5 + 127.5 * flat, (count, size, size, 3))).astype(np.uint8)


def test_diversity_is_the_spread_over_pictures_and_not_within_them():
    assert diversity(spread_pictures()) == pytest.approx(127.5 / 3**0.5, rel=0.05)
    assert diversity(spread_pictures(spread=0.1)) == pytest.approx(12.75 / 3**0.5, rel=0.05)
    noise = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
    assert diversity(np.repeat(noise, 9, axis=0)) == 0
    fine = np.random.default_rng(0).integers(0, 256, (60, 64, 64, 1), np.uint8)
    assert diversity(fine) < 0.15 * fine.std()  # fine noise is none


@pytest.mark.parametrize("shape", [(5, 16, 16, 1), (5, 19, 31, 3), (2, 256, 256, 3), (3, 3, 5, 1)])
def test_diversity_takes_any_size(shape):
    generator = np.random.default_rng(1)
    assert diversity(generator.integers(0, 256, shape, np.uint8)) > 0
    assert diversity(np.full(shape, 255, np.uint8)) == 0


@pytest.mark.parametrize("size", [(24, 24), (28, 40), (7, 5)])
def test_thumbnails_are_means(size):
    pictures = np.random.default_rng(0).integers(0, 256, (3, *size, 3), np.uint8)
    small = thumbnails(pictures, 4)
    assert small.shape == (3, 4, 4, 3)
    rows, columns = (np.linspace(0, each, 5).astype(int) for each in size)
    place = pictures[2, rows[1] : rows[2], columns[3] : columns[4], 1]
    assert small[2, 1, 3, 1] == pytest.approx(place.mean(), rel=1e-5)


def saved_again(picture, quality=70):
    """Return a picture as it comes back from a JPEG."""
    return np.asarray(Image.open(io.BytesIO(encoded(Image.fromarray(picture), "JPEG", quality=quality))))


def test_exact_copies_near_copies_plain_pictures_and_outliers_are_found_and_nothing_else():
    pictures = random_discs(60)
    pictures[10] = pictures[3]
    pictures[20] = saved_again(pictures[5])
    pictures[30], pictures[31] = 255, 120
    checks = np.indices((32, 32)).sum(axis=0) // 4 % 2 * 255
    pictures[40] = checks[..., None]
    found = survey(pictures)
    expected = np.arange(60)
    expected[10] = 3
    assert found.original.tolist() == expected.tolist() and found.distinct == 59
    assert found.near.tolist() == [[5, 20]]
    assert np.flatnonzero(found.plain).tolist() == [30, 31]
    assert found.odd.tolist() == [40]
    assert np.flatnonzero(found.gray).tolist() == [30, 31, 40]


def test_parts_are_numbered_in_turn():
    pictures = random_discs(40)
    found = survey(pictures, np.stack([pictures[7], saved_again(pictures[9])]), pictures[:0])
    assert found.original[-2:].tolist() == [7, 41] and found.near.tolist() == [[9, 41]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_pictures_are_no_trouble(count):
    found = survey(random_discs(count))
    assert len(found.plain) == count and len(found.near) == len(found.odd) == 0


def test_similar_pictures_of_a_set_that_varies_little_are_no_copies():
    base = random_discs(1)[0].astype(int)
    noise = np.random.default_rng(1).integers(-40, 40, (50, 8, 8, 1)).repeat(4, axis=1).repeat(4, axis=2) // 8
    found = survey(np.clip(base + noise, 0, 255).astype(np.uint8))
    assert len(found.near) == 0


def test_headers_tell_format_size_and_mode_as_the_files_are(tmp_path):
    save(tmp_path, "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # on its side
    Image.new("L", (400, 300)).save(tmp_path / "b.jpg", exif=exif)
    Image.new("RGBA", (30, 20)).save(tmp_path / "c.webp")
    (tmp_path / "d.jpg").write_text("not a picture")
    Image.new("I;16", (30, 20)).save(tmp_path / "e.png")
    images = read(tmp_path)
    assert [tuple(header) for header in images.headers] == [
        ("PNG", 20, 20, "RGB", False, False),
        ("JPEG", 300, 400, "L", False, True),  # not the size that it was decoded at
        ("WEBP", 30, 20, "RGBA", True, False),
        ("PNG", 30, 20, "I;16", False, False),
    ]
    assert images.subset([2, 0]).headers == (images.headers[2], images.headers[0])
