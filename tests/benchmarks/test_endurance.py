"""The benchmark of long training at the size of a test."""

import json
import sys
from dataclasses import replace

import pytest
from PIL import Image

from benchmarks.quality import endurance
from benchmarks.shared import report
from benchmarks.shared.sets import PictureSet
from dcgan_tf import Config, load_run
from tests.conftest import make_images

TINY = Config(
    image_size=16, generator_width=4, discriminator_width=4, latent_dim=4, batch_size=8, kimg=0.08, score_kimg=0.04,
    precision="float32",
)  # fmt: skip


def test_both_lengths_are_one_run_and_other_runs_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(endurance, "SETS", {"apples": PictureSet(TINY, 1.0), "vehicles": PictureSet(TINY, 1.0)})
    monkeypatch.setattr(
        endurance, "load", lambda *where, tuning: (make_images(40, size=16), make_images(24, size=16, seed=1))
    )
    monkeypatch.setattr(endurance, "SCORED", 24)
    monkeypatch.setattr("dcgan_tf.training.best.GENERATED", 20)
    for module in (endurance, report):
        monkeypatch.setattr(module, "RESULTS", tmp_path)
    for name in ("vehicles", "apples", "apples"):  # again: what is finished is only scored
        asked = ["--sets", name, "--times", "3", "--features", "random", "--folder", str(tmp_path / "runs")]
        monkeypatch.setattr(sys, "argv", ["endurance.py", *asked])
        endurance.main()
    runs = json.loads((tmp_path / "endurance.json").read_text())["runs"]
    assert list(runs) == ["apples, seed 0, 3 times", "vehicles, seed 0, 3 times"]
    found, folder = runs["apples, seed 0, 3 times"], tmp_path / "runs" / "apples" / "seed 0"
    short, long = found["rows"]
    assert (short["kimg"], long["kimg"]) == (pytest.approx(0.08), pytest.approx(0.24))
    assert long["seconds"] > short["seconds"] and 0 < long["real_score"] < 1
    assert [kimg for kimg, _ in found["curve"]] == pytest.approx([0.04, 0.08, 0.12, 0.16, 0.2, 0.24])
    assert found["settings"] == replace(TINY, kimg=3 * TINY.kimg).to_dict()
    assert load_run(folder / "1 times").kimg_done == pytest.approx(0.08)
    assert load_run(folder / "3 times").kimg_done == pytest.approx(0.24)
    for name in ("endurance", "endurance_apples_seed_0_3_times", "endurance_vehicles_seed_0_3_times"):
        assert Image.open(tmp_path / f"{name}.png").width > 300
