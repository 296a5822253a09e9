"""The benchmark of long training, on its tiny set."""

import json
from dataclasses import replace

import pytest
from PIL import Image

from benchmarks.quality.endurance import main
from benchmarks.shared.sets import SETS
from dcgan_tf import load_run

TINY = SETS["tiny"].config


@pytest.mark.slow
def test_both_lengths_are_one_run_and_other_runs_stay(tmp_path):
    other = {"rows": [{"kimg": 240.0}], "curve": [[20.0, 0.2], [240.0, 0.1]]}
    (tmp_path / "endurance.json").write_text(json.dumps({"runs": {"vehicles, seed 0, 5 times": other}}))
    asked = ["--sets", "tiny", "--times", "3", "--results", str(tmp_path), "--folder", str(tmp_path / "runs")]
    main(asked)
    folder = tmp_path / "runs" / "tiny" / "seed 0"
    assert load_run(folder / "1 times").kimg_done == pytest.approx(0.08)
    assert load_run(folder / "3 times").kimg_done == pytest.approx(0.24)
    before = json.loads((tmp_path / "endurance.json").read_text())["runs"]
    main(asked)  # again: what is finished is only scored
    runs = json.loads((tmp_path / "endurance.json").read_text())["runs"]
    assert runs == before and list(runs) == ["tiny, seed 0, 3 times", "vehicles, seed 0, 5 times"]
    assert runs["vehicles, seed 0, 5 times"] == other
    found = runs["tiny, seed 0, 3 times"]
    short, long = found["rows"]
    assert (short["kimg"], long["kimg"]) == (pytest.approx(0.08), pytest.approx(0.24))
    assert long["seconds"] > short["seconds"] and 0 < long["real_score"] < 1
    assert [kimg for kimg, _ in found["curve"]] == pytest.approx([0.08, 0.16, 0.24])
    assert found["settings"] == replace(TINY, kimg=3 * TINY.kimg).to_dict()
    for name in ("endurance", "endurance_tiny_seed_0_3_times"):
        assert Image.open(tmp_path / f"{name}.png").width > 300
