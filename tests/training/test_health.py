"""Training that goes wrong says so, once, and keeps what was good."""

import json
import warnings
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import Config, DcganError, load_run, train
from dcgan_tf.training import health, trainer
from dcgan_tf.training.loop import compile_steps, fitting_batch
from dcgan_tf.training.recorder import Recorder
from tests.support.run_files import same_weights, weights


@pytest.mark.slow
def test_losses_that_are_no_numbers_stop_the_run_and_keep_its_checkpoint(config, images, tmp_path, monkeypatch):
    train(config, images, tmp_path, progress="none", pictures=False)
    before = weights(tmp_path)

    def ruined(model, pixels, numbers):
        model.discriminator.weights[-1].assign([float("inf")])
        return compile_steps(model, pixels)

    monkeypatch.setattr(trainer, "compile_steps", ruined)
    with pytest.raises(
        DcganError, match=r"losses became NaN or infinite at step 9 .*`learning_rate`, such as 0.0004"
    ) as failure:
        train(replace(config, kimg=1.0), images, tmp_path, progress="none", pictures=False)
    info = load_run(tmp_path).info
    assert info["state"] == "failed"
    assert info["error"] == {"step": 9, "kimg": 0.072, "message": str(failure.value)}
    assert same_weights(weights(tmp_path), before)
    monkeypatch.undo()
    run = train(replace(config, kimg=0.08), images, tmp_path, progress="none", pictures=False)
    assert run.state == "finished" and run.info["error"] is None


@pytest.mark.slow
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("part", ["generator/", "ema_generator/", "discriminator_optimizer/"])
def test_one_weight_that_is_no_number_is_found_at_once(config, images, tmp_path, monkeypatch, part, value):
    """The last step before a checkpoint ruins a weight; its losses are still fine."""
    train(replace(config, kimg=0.032), images, tmp_path, progress="none", pictures=False)
    before = weights(tmp_path)

    def ruining(model, pixels, numbers):
        def train_on(indices):
            variables = [each for name, each in model.state().items() if name.startswith(part)]
            variable = [each for each in variables if each.dtype == "float32"][-1]
            ruined = np.array(variable)
            ruined.flat[-1] = value
            variable.assign(ruined)
            return tf.ones([len(indices), 4])

        return train_on

    monkeypatch.setattr(trainer, "compile_steps", ruining)
    with pytest.raises(DcganError, match=r"The weights became NaN or infinite at step 5 "):
        train(config, images, tmp_path, progress="none", pictures=False)
    assert load_run(tmp_path).info["error"]["step"] == 5
    assert same_weights(weights(tmp_path), before)


def test_any_failure_is_noted_in_the_run(config, images, tmp_path, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("the cat is on the keyboard")

    monkeypatch.setattr(Recorder, "draw_samples", fail)
    train_again = replace(config, kimg=0.032)
    with pytest.raises(RuntimeError):
        train(train_again, images, tmp_path, progress="none", pictures=False)
    monkeypatch.setattr(Recorder, "draw_samples", lambda self: np.zeros((4, 16, 16, 3), np.uint8))
    monkeypatch.setattr(Recorder, "save", fail)
    with pytest.raises(RuntimeError):
        train(train_again, images, tmp_path, progress="none", pictures=False)
    info = load_run(tmp_path).info
    assert info["state"] == "failed" and info["error"]["message"] == "the cat is on the keyboard"


# Pictures that are all alike, made or given


def test_collapse_takes_three_grids_in_a_row_after_the_start():
    config = Config()
    said = health.collapse(config, [1.0, 0.3, 0.2, 0.1], kimg=30.0)
    assert said.startswith("Warning: at 30.0 kimg the generator has collapsed: its pictures vary only 10% as")
    assert "`learning_rate`, such as 0.0004, or with `augment_cutout` 0.3." in said
    seldom = replace(config, augment_probability=0.5)
    assert "or with `augment_probability` 1." in health.collapse(seldom, [0.3, 0.2, 0.1], kimg=30.0)
    assert health.collapse(config, [1.0, 0.3, 0.2, 0.1], kimg=29.0) == ""
    assert health.collapse(config, [0.3, 0.2, 0.5], kimg=30.0) == ""
    assert health.collapse(config, [0.2, 0.1], kimg=30.0) == ""
    assert health.collapse(config, [], kimg=30.0) == ""


def test_a_generator_that_collapsed_is_told_once_and_once_only(config, images, tmp_path, monkeypatch):
    """With a rate of next to nothing, it goes on drawing the same gray for every latent."""
    monkeypatch.setattr(health, "YOUNG_KIMG", 0.04)
    still = replace(config, learning_rate=1e-7, kimg=0.096, sample_kimg=0.016)
    with pytest.warns(UserWarning, match=r"at 0.0 kimg the generator has collapsed") as caught:
        train(still, images, tmp_path, progress="none", pictures=False)
    told = [each for each in caught if each.category is UserWarning]
    assert len(told) == 1
    (noted,) = load_run(tmp_path).info["warnings"]
    assert (noted["kind"], noted["step"]) == ("collapse", 6) and noted["message"] == str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        run = train(replace(still, kimg=0.16), images, tmp_path, progress="none", pictures=False)
    assert run.info["warnings"] == [noted]


def test_pictures_that_are_all_alike_are_told_before_training_and_no_collapse_after(
    config, images, tmp_path, monkeypatch
):
    monkeypatch.setattr(health, "YOUNG_KIMG", 0.0)
    same = images.subset([0] * 24)
    with pytest.warns(UserWarning, match="^All 24 pictures are the same") as caught:
        train(replace(config, sample_kimg=0.016), same, tmp_path, progress="none", pictures=False)
    (told,) = [each for each in caught if each.category is UserWarning]
    (noted,) = load_run(tmp_path).info["warnings"]
    assert (noted["kind"], noted["step"], noted["message"]) == ("alike", 0, str(told.message))


def test_pictures_that_differ_are_trained_on_without_a_word(config, images, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert train(config, images, tmp_path, progress="none", pictures=False).info["warnings"] == []


# The discriminator


def history(real, fake, records=30, every=1.0):
    """Return as much of a history as the check reads."""
    kimg = [every * (1 + index) for index in range(records)]
    return [{"kimg": each, "real_score": real, "fake_score": fake} for each in kimg]


def test_a_discriminator_that_has_won_is_told_after_long():
    config = Config()
    said = health.discriminator_won(config, history(0.995, 0.004))
    assert said.startswith("Warning: the discriminator has won: for the last 10 kimg, until 30.0, it made no")
    assert "`augment_cutout` 0.3, or with a smaller `discriminator_width`, such as 12" in said
    assert health.discriminator_won(config, []) == ""
    assert health.discriminator_won(config, history(0.995, 0.004, records=9)) == ""
    assert health.discriminator_won(config, history(0.9, 0.004)) == ""
    assert health.discriminator_won(config, history(0.995, 0.1)) == ""
    recovered = history(0.995, 0.004)
    recovered[-5] = recovered[-5] | {"fake_score": 0.3}
    assert health.discriminator_won(config, recovered) == ""


def test_a_discriminator_that_has_won_is_told_by_training(config, images, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(health, "PINNED_KIMG", 0.03)

    def winning(model, pixels, numbers):
        run_steps = compile_steps(model, pixels)
        return lambda indices: run_steps(indices) * 0 + tf.constant([9.0, 0.0, 0.999, 0.001])

    monkeypatch.setattr(trainer, "compile_steps", winning)
    train(config, images, tmp_path, progress="lines")
    assert capsys.readouterr().out.count("Warning: the discriminator has won") == 1
    info = json.loads((tmp_path / "run.json").read_text())
    assert [(each["kind"], each["step"]) for each in info["warnings"]] == [("won", 4)]


# Memory


def hungry(fits):
    """Return a step that runs out of memory as TensorFlow does on a GPU, for batches that are larger than `fits`."""

    def train_on(indices):
        if indices.shape[1] > fits:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[8,16,16,3]")
        return tf.ones([len(indices), 4])

    return train_on


def test_a_batch_that_memory_does_not_hold_is_told_with_one_that_it_does(config, images, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "compile_steps", lambda model, pixels, numbers: hungry(fits=3))
    with pytest.raises(DcganError) as failure:
        train(config, images, tmp_path, progress="none", pictures=False)
    assert str(failure.value) == (
        "A `batch_size` of 8 does not fit in the memory of this machine. A `batch_size` of 2 fits: train again with "
        "that in another `folder`."
    )
    assert load_run(tmp_path).state == "failed"


def test_memory_that_holds_no_batch_at_all_is_told(config):
    said = fitting_batch(hungry(fits=0), config)
    assert "Not even 2 fit: train again with a smaller `image_size` or narrower networks" in said
