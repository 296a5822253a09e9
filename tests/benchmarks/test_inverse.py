"""The benchmark of finding photos again, on its tiny set."""

import json

import pytest
from PIL import Image

from benchmarks import tables
from benchmarks.inverse.__main__ import main
from benchmarks.inverse.tasks import JOINED

WAYS = [
    ("projection", "this library"), ("projection", "nearest training photo"),
    ("centre hole", "this library"), ("centre hole", "mean colour"), ("centre hole", JOINED),
    ("half missing", "this library"), ("half missing", "mean colour"), ("half missing", JOINED),
    ("4x enlargement", "this library"), ("4x enlargement", "bicubic"), ("4x enlargement", JOINED),
]  # fmt: skip


@pytest.mark.slow
def test_each_way_of_each_task_is_measured_and_other_seeds_stay(tmp_path):
    asked = ["--sets", "tiny", "--photos", "4", "--results", str(tmp_path), "--folder", str(tmp_path / "runs")]
    main([*asked, "--seeds", "0", "1"])
    sheet = tmp_path / "inverse_tiny.png"
    assert Image.open(sheet).height > 500
    sheet.unlink()
    before = json.loads((tmp_path / "inverse.json").read_text())["rows"]
    main([*asked, "--seeds", "0", "--plain-ways"])
    rows = json.loads((tmp_path / "inverse.json").read_text())["rows"]
    assert rows == before and not sheet.exists()  # the plain ways found the same again
    # scikit-image, which has one of the ways, may be missing
    there = [(row["task"], row["way"]) for row in rows if row["seed"] == 0 and row["way"] != "biharmonic"]
    assert there == WAYS
    assert sorted({row["seed"] for row in rows}) == [0, 1]
    assert len(rows) == 2 * sum(row["seed"] == 0 for row in rows)
    assert all(row["photos"] == 4 and 5 < row["psnr"] < 60 and 0 < row["distance"] < 5 for row in rows)
    shown = tables.page(tmp_path)
    assert "| centre hole | mean colour |" in shown and "4 held-out pictures, seeds 0, 1" in shown
