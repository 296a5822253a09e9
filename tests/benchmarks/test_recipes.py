"""The recipes that the quality benchmark compares."""

import re
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.quality import recipes
from benchmarks.shared.sets import SETS
from dcgan_tf import Config, DcganError
from tests.conftest import make_images

TINY = SETS["tiny"].config


def small(size: int, channels: int) -> Config:
    return replace(TINY, image_size=size, channels=channels, batch_size=8)


@pytest.mark.slow
@pytest.mark.parametrize("name", recipes.RECIPES)
def test_every_recipe_trains_and_draws(name):
    trainer = recipes.build(name, small(28, 1), make_images(70, size=28, channels=1))
    assert trainer.batch_size == recipes.settings_of(name, small(28, 1))["batch_size"]
    before = trainer.sample(3, 0)
    trainer.train(0, 1)
    trainer.train(1, 2)
    after = trainer.sample(3, 0)
    assert after.shape == (3, 28, 28, 1) and after.dtype == np.uint8
    assert not np.array_equal(before, after)


@pytest.mark.slow
@pytest.mark.parametrize("name", recipes.RECIPES)
@pytest.mark.parametrize("size", [64, 100])
def test_every_recipe_draws_larger_pictures(name, size):
    trainer = recipes.build(name, small(size, 3), make_images(70, size=size))
    assert trainer.sample(2, 0).shape == (2, size, size, 3)


def test_peers_have_the_settings_of_their_tutorials():
    settings = {name: recipes.settings_of(name, Config.preset("vehicles")) for name in recipes.RECIPES}
    first = settings["first"]
    assert (first["batch_size"], first["learning_rate"], first["generator_width"]) == (64, 4e-4, 64)
    assert recipes.config_of("first", Config.preset("kiwi")).generator_width == 32
    assert (settings["tutorial"]["batch_size"], settings["tutorial"]["latent_dim"]) == (64, 100)
    assert (settings["keras-io"]["batch_size"], settings["keras-io"]["latent_dim"]) == (32, 128)
    assert (
        settings["ours"]["learning_rate"] == Config.preset("vehicles").learning_rate and "kimg" not in settings["ours"]
    )


def test_an_earlier_recipe_does_not_follow_the_presets():
    for name in ("first", "second"):
        for preset in (Config.preset("kiwi"), Config.preset("vehicles")):
            other = replace(
                preset, loss="hinge", learning_rate=1e-5, decay_kimg=7.0, ema_ramp=0.5, batch_size=4, beta_1=0.9,
                beta_2=0.9, ema_halflife_kimg=1.0, augment_color=0.9, augment_flip=True, augment_cutout=0.5,
                augment_translation=0.4, augment_probability=0.1, latent_dim=3, generator_width=5, smallest_side=2,
            )  # fmt: skip
            assert recipes.settings_of(name, other) == recipes.settings_of(name, preset)


def test_any_field_of_ours_can_be_changed():
    changed = recipes.config_of("ours, batch_size=4, loss='hinge'", TINY)
    assert changed == replace(TINY, batch_size=4, loss="hinge")
    for name in recipes.ABLATIONS:
        presets = Config.preset("kiwi"), Config.preset("vehicles")
        assert any(recipes.settings_of(name, each) != recipes.settings_of("ours", each) for each in presets)
    with pytest.raises(TypeError, match="betch_size"):
        recipes.config_of("ours, betch_size=4", TINY)
    for misspelt in ("keras_io", "ours,batch_size=4", "ours, batch_size"):
        with pytest.raises(DcganError, match=re.escape(f"Received: {misspelt!r}.")):
            recipes.config_of(misspelt, TINY)


def test_a_row_of_what_there_is_no_more_is_not_of_today():
    row = {"set": "apples", "recipe": "ours", "seed": 0}
    assert recipes.is_of_today(row | {"settings": recipes.settings_of("ours", Config.preset("kiwi"))})
    for lost in ({"set": "pears"}, {"recipe": "ours, r1_gamma=1.0"}, {"recipe": "wgan"}, {}):
        assert not recipes.is_of_today(row | lost)


def test_the_peers_are_as_large_as_in_their_tutorials():
    tutorial = recipes.build("tutorial", Config.preset("vehicles"), make_images(70, size=28, channels=1))
    keras_io = recipes.build("keras-io", Config.preset("kiwi"), make_images(70, size=64))
    assert tutorial.parameters == (2_330_944, 212_865)  # what their pages print
    assert keras_io.parameters == (3_979_651, 404_801)
