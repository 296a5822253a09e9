"""The ingredients that were tried: each trains, and differs from what it changes."""

import numpy as np
import pytest
import tensorflow as tf

from benchmarks.quality import recipes, variants
from dcgan_tf import Config
from dcgan_tf.model import build, train_step
from tests.conftest import make_images

pytestmark = pytest.mark.slow
SMALL = Config(image_size=16, generator_width=4, discriminator_width=4, latent_dim=4, batch_size=4, precision="float32")
BASE = "two passes"  # equals our step


@pytest.fixture
def restored(monkeypatch):
    """Undo what a variant replaces."""
    for module, name in ((build, "build_generator"), (build, "build_discriminator"), (train_step, "gradients")):
        monkeypatch.setattr(module, name, getattr(module, name))


def weights_after(name: str, steps: int = 3) -> np.ndarray:
    trainer = recipes.build(name, SMALL, make_images(12, size=16))
    trainer.train(0, steps)
    assert trainer.sample(2, 0).shape == (2, 16, 16, 3)
    return np.concatenate([tf.reshape(each.value, [-1]).numpy() for each in trainer.generator.weights])


@pytest.mark.parametrize("name", variants.VARIANTS)
def test_a_variant_trains_and_changes_something(restored, name):
    ours = weights_after("ours")
    theirs = weights_after(f"ours, variant={name!r}")
    assert np.isfinite(theirs).all()
    if name == BASE:
        np.testing.assert_allclose(theirs, ours, atol=3e-5)
    elif name != "noise":  # whose strength begins at 0
        assert ours.shape != theirs.shape or np.abs(ours - theirs).max() > 1e-4


def test_every_trial_can_be_built_and_no_other():
    for name in recipes.TRIALS:
        assert recipes.settings_of(name, SMALL) != recipes.settings_of("ours", SMALL)
    assert {recipes.said(name, "variant") for name in recipes.TRIALS} - {None} == set(variants.VARIANTS)
