"""The quality benchmark on its tiny set: cells are trained and kept, tables and pictures are written."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality.__main__ import main
from benchmarks.quality.recipes import is_of_today, settings_of
from benchmarks.quality.scores import picture_name
from benchmarks.shared.sets import SETS

PRESET = SETS["tiny"].config


def trained(printed: str) -> list[str]:
    """Return the cells that were trained, in the order of the list."""
    return sorted(re.findall(r"^Core \d+: (.*)", printed, re.MULTILINE))


def rows_in(folder) -> list[dict]:
    return json.loads((folder / "quality.json").read_text())["rows"]


def age(path) -> None:
    """Make a cell look like one of a preset with another learning rate."""
    cell = json.loads(path.read_text())
    cell["settings"]["learning_rate"] = 1.0
    path.write_text(json.dumps(cell))


@pytest.mark.slow
def test_a_cell_is_trained_once_scored_and_shown(tmp_path, capsys):
    where = ["--folder", str(tmp_path / "cells"), "--results", str(tmp_path)]
    asked = ["--sets", "tiny", "--minutes", "0.002", "--seeds", "0", "1", *where]
    recipes = ["--recipes", "ours", "ours, batch_size=4", "ours, beta_1=0.0"]
    assert PRESET.beta_1 == 0.0  # so that the third recipe is the first one
    main([*asked, *recipes])
    printed = capsys.readouterr().out
    assert trained(printed) == ["ours tiny 0", "ours tiny 1", "ours, batch_size=4 tiny 0"]
    assert "## tiny: 0.004 core-minutes each" in printed and "| ours, batch_size=4 | 1 |" in printed
    assert "- ours, seed 1: " in printed
    rows = rows_in(tmp_path)
    assert [(row["recipe"], row["seed"]) for row in rows] == [("ours", 0), ("ours", 1), ("ours, batch_size=4", 0)]
    for row in rows:
        assert row["kimg"] > 0 and 0 <= row["classifier_accuracy"] <= 1
        assert row["classes"]["light"] + row["classes"]["dark"] == pytest.approx(1.0)
        assert row["random"]["kid_random"]["ceiling"] > row["random"]["kid_random"]["floor"]
    sheet = tmp_path / "quality_tiny_0.24s.png"
    both = Image.open(sheet).width

    main([*asked, *recipes])
    assert trained(capsys.readouterr().out) == [] and rows_in(tmp_path) == rows

    # The preset changes: a cell of the old one is trained again, a row of it stays, and is told.
    cells = tmp_path / "cells" / "tiny" / "report 0.24s"
    age(cells / "ours" / "1" / "cell.json")
    shutil.rmtree(cells / "ours, batch_size=4")
    shutil.rmtree(tmp_path / "generators")  # or it would be drawn again
    rows[2]["settings"]["learning_rate"] = 1.0
    (tmp_path / "quality.json").write_text(json.dumps({"rows": rows}))
    main([*asked, "--recipes", "ours"])
    assert trained(capsys.readouterr().out) == ["ours tiny 1"]
    kept = rows_in(tmp_path)
    assert (kept[0], kept[2]) == (rows[0], rows[2]) and kept[1]["settings"] == rows[1]["settings"]
    assert [is_of_today(row) for row in kept] == [True, True, False]
    assert Image.open(sheet).width == both // 2

    # Pictures of a recipe whose cells are elsewhere are not lost by those of another.
    other = kept[0] | {"recipe": "first", "settings": settings_of("first", PRESET)}
    (tmp_path / "quality.json").write_text(json.dumps({"rows": [*kept, other]}))
    before = sheet.read_bytes()
    main([*asked, "--recipes", "ours", "--only-score"])
    assert "because the pictures of first are not in the folder" in capsys.readouterr().out
    assert sheet.read_bytes() == before and rows_in(tmp_path) == [*kept, other]


@pytest.mark.slow
def test_a_cell_whose_generator_is_kept_is_drawn_again_and_not_trained(tmp_path, capsys):
    asked = ["--sets", "tiny", "--recipes", "ours", "--minutes", "0.002", "--features", "random"]
    main([*asked, "--folder", str(tmp_path / "first"), "--results", str(tmp_path)])
    capsys.readouterr()
    main([*asked, "--folder", str(tmp_path / "second"), "--results", str(tmp_path)])
    printed = capsys.readouterr().out
    assert trained(printed) == [] and "Restored: ours tiny 0" in printed
    one, other = (np.load(next((tmp_path / each).rglob("pictures.npy"))) for each in ("first", "second"))
    assert np.abs(one.astype(int) - other).max() <= 2  # weights in half precision


@pytest.mark.parametrize("misspelt", ["keras_io", "ours, betch_size=4", "ours, loss=hinge", "ours, batch_size=0"])
def test_a_misspelt_recipe_is_a_sentence(misspelt, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--recipes", misspelt])
    assert stop.value.code == 2
    assert re.search("error: --recipes: .+", capsys.readouterr().err)


def test_a_feature_network_that_is_not_there_ends_it_before_any_training(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--sets", "tiny", "--folder", str(tmp_path), "--features", str(tmp_path / "gone.keras")])
    assert re.search("error: --features: .*gone.keras", capsys.readouterr().err)
    assert not list(tmp_path.iterdir())


def test_other_times_have_pictures_of_their_own():
    assert picture_name("apples 100x100", 1800.0) == "quality_apples_100x100.png"
    assert picture_name("apples", 300.0) == "quality_apples_300s.png"
