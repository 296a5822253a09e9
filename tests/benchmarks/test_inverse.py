"""The benchmark of finding photos again, at the size of a test."""

import json
import sys

import numpy as np
import pytest
from PIL import Image

from benchmarks import tables
from benchmarks.inverse import inverse
from benchmarks.inverse import tasks as inverse_tasks
from benchmarks.shared import report
from benchmarks.shared.sets import PictureSet
from dcgan_tf.judge.features import load_features
from tests.benchmarks.test_endurance import TINY
from tests.conftest import make_images

WAYS = [
    ("projection", "this library"), ("projection", "nearest training photo"),
    ("centre hole", "this library"), ("centre hole", "mean colour"), ("centre hole", "biharmonic"),
    ("centre hole", inverse_tasks.JOINED),
    ("half missing", "this library"), ("half missing", "mean colour"), ("half missing", "biharmonic"),
    ("half missing", inverse_tasks.JOINED),
    ("4x enlargement", "this library"), ("4x enlargement", "bicubic"), ("4x enlargement", inverse_tasks.JOINED),
]  # fmt: skip


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Measure two seeds of one tiny set, plain ways of one of them again, and return the folder of the results."""
    monkeypatch.setattr(inverse, "SETS", {"apples": PictureSet(TINY, 1.0)})
    monkeypatch.setattr(
        inverse, "load", lambda *where, tuning: (make_images(40, size=16), make_images(24, size=16, seed=1))
    )
    for module in (inverse, report, tables):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    for more in (["--seeds", "0", "1"], ["--seeds", "0", "--plain-ways"]):
        asked = ["--sets", "apples", *more, "--photos", "4", "--features", "random"]
        monkeypatch.setattr(sys, "argv", ["inverse.py", *asked, "--folder", str(tmp_path / "runs")])
        inverse.main()
    return tmp_path


def test_each_way_of_each_task_is_measured_and_other_seeds_stay(measured, monkeypatch):
    rows = json.loads((measured / "inverse.json").read_text())["rows"]
    there = [(row["task"], row["way"]) for row in rows if row["seed"] == 0]
    assert [way for way in WAYS if way[1] != "biharmonic"] == [way for way in there if way[1] != "biharmonic"]
    assert sorted({row["seed"] for row in rows}) == [0, 1] and len(rows) == 2 * len(there)
    assert all(row["photos"] == 4 and 5 < row["psnr"] < 60 and 0 < row["distance"] < 5 for row in rows)
    assert Image.open(measured / "runs" / "inverse_apples.png").height > 500  # beside the runs: it shows photos
    assert not list(measured.glob("*.png"))
    shown = tables.inverse_table.describe({"rows": rows})
    assert "| centre hole | mean colour |" in shown and "4 held-out pictures, seeds 0, 1" in shown


def test_tasks_give_what_is_known_and_nothing_else():
    photos = make_images(3, size=16).pixels
    tasks = inverse_tasks.tasks_of(photos)
    hole, half, small = (tasks[name] for name in ("centre hole", "half missing", "4x enlargement"))
    assert hole.mask.sum() == 64 and hole.mask[8, 8] and not hole.mask[0, 0]
    assert half.mask.sum() == 128 and half.mask[0, 15] and not half.mask[0, 0]
    for task in (hole, half):
        assert (task.given[:, task.mask] == 255).all()
        assert np.array_equal(task.given[:, ~task.mask], photos[:, ~task.mask])
    assert small.given.shape == (3, 4, 4, 3)
    np.testing.assert_allclose(small.given[0, 0, 0], photos[0, :4, :4].mean(axis=(0, 1)), atol=0.51)


def test_plain_ways_do_what_they_are_called():
    photos, training = make_images(3, size=16).pixels, make_images(9, size=16, seed=2).pixels
    tasks = inverse_tasks.tasks_of(photos)
    everything = np.concatenate([training, photos])
    assert np.array_equal(inverse_tasks.baseline("nearest training photo", tasks["projection"], everything), photos)
    flat = inverse_tasks.baseline("mean colour", tasks["centre hole"], training)
    assert np.ptp(flat[0][tasks["centre hole"].mask].astype(int), axis=0).max() == 0
    for name in ("centre hole", "half missing", "4x enlargement"):  # a photo that was learned is found whole
        joined = inverse_tasks.baseline(inverse_tasks.JOINED, tasks[name], everything)
        assert np.abs(joined.astype(int) - photos).max() <= 1
    assert inverse_tasks.baseline("bicubic", tasks["4x enlargement"], training).shape == photos.shape


def test_scores_know_better_from_worse():
    photos = make_images(6, size=16).pixels
    near = np.clip(photos.astype(int) + 3, 0, 255).astype(np.uint8)
    far = np.roll(photos, 1, axis=0)
    network = load_features("random")
    assert inverse_tasks.psnr(near, photos, None).min() > inverse_tasks.psnr(far, photos, None).max()
    distances = [inverse_tasks.feature_distances(network, each, photos) for each in (photos, near, far)]
    assert distances[0].max() < 1e-3 < distances[1].mean() < distances[2].mean()
    assert 0.5 < distances[2].mean() < 2.0  # another photo of the set is about as far as two are
    mask = np.zeros((16, 16), bool)
    mask[:2] = True
    spoilt = photos.copy()
    spoilt[:, 2:] = 0
    assert (inverse_tasks.psnr(spoilt, photos, mask) > 70).all()  # outside of the mask nobody looks
