"""The examination of judges: its changes do what they are called, and it runs."""

import json

import numpy as np
import pytest

from benchmarks.judge.changes import LADDERS, colour_cast, gaussian_blur, jpeg, median, noise, shift
from benchmarks.judge.exam import main, rank_correlation
from benchmarks.shared.sets import draw_discs


@pytest.fixture(scope="module", params=[1, 3])
def pictures(request):
    return draw_discs(6, 28, request.param, 0)


def test_each_step_changes_more_and_keeps_shape_and_type(pictures):
    for ladder in LADDERS:
        changed = [change(pictures) for _, change in ladder.steps]
        assert all((each.shape, each.dtype) == (pictures.shape, np.uint8) for each in changed)
        away = [np.square(each.astype(float) - pictures).mean() for each in changed]
        assert away == sorted(away) and away[0] > 0, ladder.name


def test_a_blurred_point_is_a_gaussian():
    point = np.zeros((1, 21, 21, 1), np.uint8)
    point[0, 10, 10] = 255
    blurred = gaussian_blur(2.0)(point)[0, :, :, 0].astype(float)
    rows, columns = np.mgrid[-10:11, -10:11]
    expected = np.exp(-(rows**2 + columns**2) / 8)
    np.testing.assert_allclose(blurred, 255 * expected / expected.sum(), atol=0.6)


def test_a_shift_moves_and_flat_pictures_stay(pictures):
    np.testing.assert_array_equal(shift(2)(pictures)[:, 2:, 2:], pictures[:, :-2, :-2])
    flat = np.full((2, 16, 16, pictures.shape[3]), 100, np.uint8)
    for change in (shift(2), median(3), gaussian_blur(1.0), jpeg(90)):
        assert np.abs(change(flat).astype(int) - 100).max() <= 1
    assert noise(8.0)(flat).std() == pytest.approx(8.0, rel=0.1)
    assert colour_cast(0.1)(flat)[..., 0].mean() == 110


def test_ranks():
    assert rank_correlation([1.0, 2.0, 9.0]) == 1.0
    assert rank_correlation([9.0, 2.0, 1.0]) == -1.0


@pytest.mark.slow
def test_the_exam_is_held_and_written(tmp_path, capsys):
    main(["--sets", "tiny", "--judges", "random", "imagenet middle 64", "--results", str(tmp_path)])
    assert "| imagenet middle 64 |" in capsys.readouterr().out
    rows = json.loads((tmp_path / "judges.json").read_text())["rows"]
    for judge in rows.values():
        assert judge["tiny"]["KID"]["rank_correlation"]["blur"] > 0.8
