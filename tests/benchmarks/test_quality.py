"""The quality benchmark at the size of a test: each recipe trains, cells are kept, tables and pictures are written."""

import json
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality import cell as quality_cell
from benchmarks.quality import classes, quality
from benchmarks.quality import recipes as quality_recipes
from benchmarks.quality import scores as quality_scores
from benchmarks.shared import sets as quality_sets
from benchmarks.shared.sets import PictureSet
from dcgan_tf import Config, DcganError
from dcgan_tf.data.images import ImageSet
from tests.conftest import make_images

TINY = Config(
    image_size=28, channels=1, generator_width=4, discriminator_width=4, latent_dim=8, batch_size=8, precision="float32"
)


def vehicles() -> tuple[ImageSet, ImageSet]:
    """Return pictures of two classes that are told apart by their ground."""
    parts = []
    for seed, count in ((0, 24), (1, 20)):
        discs = make_images(count, size=28, channels=1, seed=seed)
        light = np.arange(count) % 2 == 0
        pixels = np.where(light[:, None, None, None], 255 - discs.pixels, discs.pixels)
        parts.append(ImageSet(pixels, discs.files, tuple(np.where(light, "light", "dark")), (), "vehicles"))
    return parts[0], parts[1]


def small(size: int, channels: int) -> Config:
    return replace(TINY, image_size=size, channels=channels, batch_size=8)


@pytest.mark.parametrize("name", quality_recipes.RECIPES)
def test_every_recipe_trains_and_draws(name):
    trainer = quality_recipes.build(name, small(28, 1), make_images(70, size=28, channels=1))
    assert trainer.batch_size == quality_recipes.settings_of(name, small(28, 1))["batch_size"]
    before = trainer.sample(3, 0)
    trainer.train(0, 1)
    trainer.train(1, 2)
    after = trainer.sample(3, 0)
    assert after.shape == (3, 28, 28, 1) and after.dtype == np.uint8
    assert not np.array_equal(before, after)


@pytest.mark.parametrize("name", quality_recipes.RECIPES)
@pytest.mark.parametrize("size", [64, 100])
def test_every_recipe_draws_larger_pictures(name, size):
    trainer = quality_recipes.build(name, small(size, 3), make_images(70, size=size))
    assert trainer.sample(2, 0).shape == (2, size, size, 3)


def test_peers_have_the_settings_of_their_tutorials():
    settings = {name: quality_recipes.settings_of(name, Config.preset("vehicles")) for name in quality_recipes.RECIPES}
    first = settings["first"]
    assert (first["batch_size"], first["learning_rate"], first["generator_width"]) == (64, 4e-4, 64)
    assert quality_recipes.config_of("first", Config.preset("kiwi")).generator_width == 32
    assert (settings["tutorial"]["batch_size"], settings["tutorial"]["latent_dim"]) == (64, 100)
    assert (settings["keras-io"]["batch_size"], settings["keras-io"]["latent_dim"]) == (32, 128)
    assert (
        settings["ours"]["learning_rate"] == Config.preset("vehicles").learning_rate and "kimg" not in settings["ours"]
    )


def test_any_field_of_ours_can_be_changed():
    changed = quality_recipes.config_of("ours, batch_size=4, loss='hinge'", TINY)
    assert changed == replace(TINY, batch_size=4, loss="hinge")
    for name in quality_recipes.ABLATIONS:
        assert any(
            quality_recipes.config_of(name, preset) != preset
            for preset in (Config.preset("kiwi"), Config.preset("vehicles"))
        )
    with pytest.raises(TypeError, match="betch_size"):
        quality_recipes.config_of("ours, betch_size=4", TINY)
    for misspelt in ("keras_io", "ours,batch_size=4", "ours, batch_size"):
        with pytest.raises(DcganError, match=re.escape(f"Received: {misspelt!r}.")):
            quality_recipes.config_of(misspelt, TINY)


@pytest.mark.parametrize("misspelt", ["keras_io", "ours, betch_size=4", "ours, loss=hinge", "ours, batch_size=0"])
def test_a_misspelt_recipe_is_a_sentence(misspelt, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["quality.py", "--recipes", misspelt])
    with pytest.raises(SystemExit) as stop:
        quality.main()
    assert stop.value.code == 2
    assert re.search("error: --recipes: .+", capsys.readouterr().err)


def test_tuning_sees_nothing_of_what_is_reported_on(tmp_path, monkeypatch):
    whole = make_images(60), make_images(20, seed=1)
    monkeypatch.setattr(quality_sets, "find_fruit", lambda *where: None)
    monkeypatch.setattr(quality_sets, "load_split", lambda folders, **shape: whole)
    train, test = quality_sets.load("apples", tmp_path, tuning=False)
    assert train is whole[0] and test is whole[1]
    inner, judged = quality_sets.load("apples", tmp_path, tuning=True)
    assert set(inner.files) | set(judged.files) == set(whole[0].files)
    assert not set(inner.files) & set(judged.files)


def test_a_cell_is_trained_once_scored_and_shown(tmp_path, monkeypatch, capsys):
    for module in (quality_sets, quality_cell, quality_scores):
        monkeypatch.setattr(module, "load", lambda *where, tuning: vehicles())
    for module in (quality_sets, quality_cell, quality_recipes, quality, quality_scores):
        monkeypatch.setattr(module, "SETS", {"vehicles": PictureSet(TINY, 1.0)})
    monkeypatch.setattr(quality_cell, "DRAWN", 40)
    monkeypatch.setattr(quality_cell, "DRAWN_UNTRAINED", 16)
    monkeypatch.setattr(classes, "EPOCHS", 2)
    monkeypatch.setattr(quality, "RESULTS", tmp_path)
    trained = []

    def train_here(jobs, cores):
        for job in jobs:
            trained.append(job)
            monkeypatch.setattr(sys, "argv", ["quality_cell.py", *job])
            quality_cell.main()
        return 0

    monkeypatch.setattr(quality, "train_cells", train_here)
    asked = ["quality.py", "--sets", "vehicles", "--recipes", "ours", "ours, batch_size=4", "ours, beta_1=0.0",
             "--minutes", "0.001", "--seeds", "0", "1", "--features", "random",
             "--folder", str(tmp_path / "cells")]  # fmt: skip
    for _ in range(2):
        monkeypatch.setattr(sys, "argv", asked)
        quality.main()
    assert TINY.beta_1 == 0.0  # so that the third recipe is the first one
    assert [(job[0], job[2]) for job in trained] == [("ours", "0"), ("ours", "1"), ("ours, batch_size=4", "0")]
    rows = json.loads((tmp_path / "quality.json").read_text())["rows"]
    assert [(row["recipe"], row["seed"]) for row in rows] == [("ours", 0), ("ours", 1), ("ours, batch_size=4", 0)]
    for row in rows:
        assert row["kimg"] > 0 and 0 <= row["classifier_accuracy"] <= 1
        assert row["classes"]["light"] + row["classes"]["dark"] == pytest.approx(1.0)
        assert row["random"]["kid_random"]["ceiling"] > row["random"]["kid_random"]["floor"]
    assert Image.open(tmp_path / "quality_vehicles_0.12s.png").width > 500  # two recipes side by side
    for module in (quality_cell, quality_recipes, quality):  # another preset: ours is another recipe now
        monkeypatch.setattr(module, "SETS", {"vehicles": PictureSet(replace(TINY, learning_rate=1e-3), 1.0)})
    monkeypatch.setattr(sys, "argv", [*asked[:5], *asked[6:]])
    quality.main()
    assert len(trained) == 5
    printed = capsys.readouterr().out
    assert "## vehicles: 0.002 core-minutes each" in printed and "| ours, batch_size=4 | 1 |" in printed
    assert "- ours, seed 1: " in printed
    kept = json.loads((tmp_path / "quality.json").read_text())["rows"]  # in place of the same of the other preset
    assert [(row["recipe"], row["seed"], row["settings"]["learning_rate"]) for row in kept] == [
        ("ours", 0, 1e-3), ("ours", 1, 1e-3), ("ours, batch_size=4", 0, TINY.learning_rate),
    ]  # fmt: skip
    assert [quality_recipes.is_of_today(row) for row in kept] == [True, True, False]
    assert Image.open(tmp_path / "quality_vehicles_0.12s.png").width < 500
    # Pictures of a recipe whose cells are elsewhere are not lost by those of another.
    other = {**kept[0], "recipe": "first"}
    other["settings"] = quality_recipes.settings_of("first", quality_sets.SETS["vehicles"].config)
    (tmp_path / "quality.json").write_text(json.dumps({"rows": [*kept, other]}))
    before = (tmp_path / "quality_vehicles_0.12s.png").read_bytes()
    monkeypatch.setattr(sys, "argv", [*asked[:5], *asked[6:]])
    quality.main()
    assert "because the pictures of first are not in the folder" in capsys.readouterr().out
    assert (tmp_path / "quality_vehicles_0.12s.png").read_bytes() == before
    assert len(json.loads((tmp_path / "quality.json").read_text())["rows"]) == 4


def test_a_row_of_what_there_is_no_more_is_not_of_today():
    row = {"set": "apples", "recipe": "ours", "seed": 0}
    assert quality_recipes.is_of_today(row | {"settings": quality_recipes.settings_of("ours", Config.preset("kiwi"))})
    for lost in ({"set": "pears"}, {"recipe": "ours, r1_gamma=1.0"}, {"recipe": "wgan"}, {}):
        assert not quality_recipes.is_of_today(row | lost)


def test_other_times_have_pictures_of_their_own():
    assert quality_scores.picture_name("apples 100x100", 1800.0) == "quality_apples_100x100.png"
    assert quality_scores.picture_name("apples", 300.0) == "quality_apples_300s.png"


def test_the_peers_are_as_large_as_in_their_tutorials():
    tutorial = quality_recipes.build("tutorial", Config.preset("vehicles"), make_images(70, size=28, channels=1))
    keras_io = quality_recipes.build("keras-io", Config.preset("kiwi"), make_images(70, size=64))
    assert tutorial.parameters == (2_330_944, 212_865)  # what their pages print
    assert keras_io.parameters == (3_979_651, 404_801)


def test_a_feature_network_that_is_not_there_ends_it_before_any_training(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "argv", ["quality.py", "--features", str(tmp_path / "gone.keras")])
    with pytest.raises(SystemExit):
        quality.main()
    assert re.search("error: --features: .*gone.keras", capsys.readouterr().err)
