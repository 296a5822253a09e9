"""The examination of judges: its changes do what they are called, and it runs."""

import json

import numpy as np
import pytest

from benchmarks.judge.changes import LADDERS, as_jpeg, colour_cast, gaussian_blur, median, noise, shift, warp
from benchmarks.judge.exam import in_order, main
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


def test_a_shift_moves_and_flat_pictures_stay(pictures):
    np.testing.assert_array_equal(shift(pictures, 2)[:, 2:, 2:], pictures[:, :-2, :-2])
    flat = np.full((2, 16, 16, pictures.shape[3]), 100, np.uint8)
    for change, strength in ((shift, 2), (median, 3), (gaussian_blur, 1.0), (as_jpeg, 90), (warp, 3)):
        assert np.abs(change(flat, strength).astype(int) - 100).max() <= 1
    assert noise(flat, 8.0).std() == pytest.approx(8.0, rel=0.1)
    assert colour_cast(flat, 0.1)[..., 0].mean() == 110


def test_ranks():
    assert in_order([1.0, 2.0, 9.0]) == 1.0
    assert in_order([9.0, 2.0, 1.0]) == -1.0
    assert in_order([1.0, 1.0, 9.0]) == pytest.approx(0.866, abs=1e-3)  # equal values have no order


@pytest.mark.slow
def test_the_exam_is_held_and_written(tmp_path, capsys):
    where = ["--folder", str(tmp_path), "--results", str(tmp_path)]
    main(["--sets", "tiny", "--sides", "64", "--counts", *where])
    assert "| stages 64 |" in capsys.readouterr().out
    rows = json.loads((tmp_path / "exam.json").read_text())["rows"]
    for judge in rows.values():
        assert judge["tiny"]["KID"]["order"]["blur"] > 0.8
