"""The picture sets of the benchmarks."""

import numpy as np

from benchmarks.shared.sets import FRUITS, SETS, load
from tests.support.picture_sets import fill


def test_tuning_sees_nothing_of_what_is_reported_on(tmp_path):
    split = tmp_path / FRUITS / "fruits-360"
    fill(split / "Training" / "Apple Braeburn 1", 30)
    fill(split / "Test" / "Apple Braeburn 1", 8)
    train, test = load("apples", tmp_path, tuning=False)
    assert (len(train), len(test)) == (30, 8)
    inner, judged = load("apples", tmp_path, tuning=True)
    assert sorted([*inner.files, *judged.files]) == sorted(train.files)
    assert 0 < len(judged) < 10 and not set(inner.files) & set(judged.files)


def test_each_set_has_the_size_of_its_preset():
    tiny, config = load("tiny", None, tuning=False)[0], SETS["tiny"].config
    assert tiny.pixels.shape[1:] == config.shape
    assert SETS["apples 100x100"].config.image_size == 100 and SETS["apples"].config.image_size == 64
    assert SETS["built-in vehicles"].config == SETS["vehicles"].config


def test_the_tiny_set_has_two_classes_that_differ_by_their_ground(tmp_path):
    train, test = load("tiny", tmp_path, tuning=False)
    for part in (train, test):
        corners = part.pixels[:, 0, 0, 0]
        assert [label == "light" for label in part.labels] == (corners > 127).tolist()
        assert set(part.labels) == {"light", "dark"}
    assert not np.array_equal(train.pixels[:24], test.pixels)
