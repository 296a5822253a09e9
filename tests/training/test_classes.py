"""Classes: networks that make a kind on request."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import Config, DcganError, ImageSet, evaluate, load_run, train
from dcgan_tf.data.classes import choose_classes, class_counts, class_numbers
from dcgan_tf.draw.grids import crop_grid, crop_pictures, draw_grid, margin
from dcgan_tf.judge.by_class import fit_classifier, mean_agreement
from dcgan_tf.judge.table import describe_scores
from dcgan_tf.model.build import build_model
from dcgan_tf.model.latent import draw_classes, draw_inputs, draw_latents
from dcgan_tf.model.train_step import class_weights, read
from tests.support.run_files import same_weights, weights

NAMES = ("black", "white")


def two_kinds(count=48, size=16, source="folder"):
    """Return dark and bright pictures with a little noise, two of three dark."""
    labels = tuple(NAMES[0] if index % 3 else NAMES[1] for index in range(count))
    noise = np.random.default_rng(0).integers(0, 30, (count, size, size, 1))
    base = np.array([0 if label == NAMES[0] else 220 for label in labels])[:, None, None, None]
    files = tuple(f"{label}/{index:03d}.png" for index, label in enumerate(labels))
    return ImageSet((base + noise).astype(np.uint8), files, labels, (), "kinds", title="kinds", source=source)


@pytest.fixture(scope="module")
def kinds():
    return two_kinds()


@pytest.fixture(scope="module")
def settings():
    return Config(
        image_size=16, channels=1, class_names=NAMES, kimg=0.064, batch_size=8, generator_width=4,
        discriminator_width=4, latent_dim=8, log_kimg=0.016, sample_kimg=0.032, precision="float32",
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(settings, kinds, tmp_path_factory):
    return train(settings, kinds, tmp_path_factory.mktemp("classes") / "run", progress="none")


# Which classes there are


def test_auto_takes_subfolders_with_enough_pictures_each():
    assert choose_classes(two_kinds(count=60)) == NAMES
    assert choose_classes(two_kinds(count=57)) == ()  # 19 are white
    assert choose_classes(two_kinds(count=60, source="Fruits-360")) == ()
    assert choose_classes(two_kinds(count=9), "true") == NAMES
    assert choose_classes(two_kinds(count=60), "false") == ()


def test_auto_leaves_many_small_subfolders_alone():
    few = two_kinds(count=60)
    labels = few.labels[:45] + tuple(f"day {index}" for index in range(15))
    assert choose_classes(replace(few, labels=labels)) == ()


def test_a_set_of_one_kind_has_no_classes():
    one = two_kinds().subset([1, 2])
    assert choose_classes(one) == ()
    with pytest.raises(DcganError, match=r"`classes` should be false or auto, because .* one subfolder, 'black'\."):
        choose_classes(one, "true")
    with pytest.raises(DcganError, match=r"`classes` should be one of 'auto', 'true', 'false'. Received: 'yes'"):
        choose_classes(one, "yes")


def test_pictures_have_the_numbers_of_their_classes(kinds):
    numbers = class_numbers(kinds, NAMES)
    assert numbers.dtype == np.int32 and [NAMES[number] for number in numbers] == list(kinds.labels)
    assert class_counts(kinds, NAMES) == [32, 16] and class_counts(kinds, ()) == []


@pytest.mark.parametrize("names", [("a",), ("a", "a"), ("a", ""), "ab", ("a", 1), ["a"] * 2000])
def test_names_of_classes_are_several_different_words(names):
    with pytest.raises(DcganError, match=r"`class_names` should be empty, or 2 to 1,000 different names. Received"):
        Config(class_names=names)


def test_pictures_of_an_unknown_class_are_not_trained_on(settings, kinds, tmp_path):
    with pytest.raises(DcganError, match=r"`class_names` should hold the subfolders of all pictures.*without 'white'"):
        train(replace(settings, class_names=("black", "grey")), kinds, tmp_path, progress="none")
    assert not (tmp_path / "run.json").exists()


# Draws


def test_classes_are_drawn_by_their_shares_and_more_draws_append():
    drawn = draw_classes(4000, [3, 0, 1], seed=5)
    assert np.bincount(drawn, minlength=3)[1] == 0
    assert (drawn == 0).mean() == pytest.approx(0.75, abs=0.03)
    assert (draw_classes(10, [3, 0, 1], seed=5) == drawn[:10]).all()


def test_inputs_are_latents_and_a_one_hot_class():
    inputs = draw_inputs(5, 8, 3, seed=1, number=2)
    assert (inputs[:, :8] == draw_latents(5, 8, seed=1)).all() and (inputs[:, 8:] == [0, 0, 1]).all()
    assert (draw_inputs(5, 8, 0, seed=1) == draw_latents(5, 8, seed=1)).all()
    assert (draw_inputs(50, 8, 3, seed=1)[:, 8:].sum(1) == 1).all()


# The networks


def test_networks_stay_sequential_and_take_and_give_classes(settings):
    model = build_model(settings)
    assert isinstance(model.generator, keras.Sequential) and isinstance(model.discriminator, keras.Sequential)
    assert model.generator.input_shape == (None, 10) and model.discriminator.output_shape == (None, 3)
    assert (model.latent_dim, model.classes) == (8, 2)


def test_the_logit_of_a_class_counts_more_and_more(settings):
    model = build_model(settings)
    outputs, chosen = tf.constant([[1.0, 10.0, 100.0]]), tf.constant([[0.0, 1.0]])
    assert float(read(outputs, class_weights(model, chosen))[0, 0]) == 1
    model.steps_done.assign(int(1000 * model.class_ramp_kimg / 2))
    assert float(read(outputs, class_weights(model, chosen))[0, 0]) == pytest.approx(51)
    model.steps_done.assign(int(1e6))
    assert float(read(outputs, class_weights(model, chosen))[0, 0]) == 101


def test_a_batch_without_classes_is_told(settings):
    with pytest.raises(DcganError, match=r"A batch should be pictures and the numbers of their classes"):
        build_model(settings).train_step(tf.zeros([8, 16, 16, 1]))


@pytest.mark.slow
def test_each_class_is_learned(settings, kinds, tmp_path):
    longer = replace(
        settings, kimg=12.0, generator_width=8, discriminator_width=8, learning_rate=2e-3, class_ramp_kimg=2.0
    )
    run = train(longer, kinds, tmp_path, progress="none", pictures=False)
    dark, bright = (run.generate(50, label=name).mean() for name in NAMES)
    assert dark < 80 and bright > 170


# Runs


def test_pictures_come_by_class_and_by_seed(run):
    dark = run.generate(6, seed=3, label="black")
    assert (dark == run.generate(6, seed=3, label="black")).all()
    assert (dark != run.generate(6, seed=3, label="white")).any()
    assert run.generate(6, seed=3).shape == dark.shape
    assert run.info["data"]["class_counts"] == [32, 16]
    with pytest.raises(DcganError, match=r"`label` should be 'black', 'white'. Received: 'red'"):
        run.generate(1, label="red")


def test_a_run_without_classes_has_no_labels(finished):
    with pytest.raises(
        DcganError, match=r"`label` should be None: the run was trained without classes. Received: 'red'"
    ):
        finished.generate(1, label="red")


def test_the_settings_come_back(run, settings):
    again = load_run(run.folder)
    assert again.config == settings and again.config.class_names == NAMES
    assert json.loads((run.folder / "run.json").read_text())["config"]["class_names"] == list(NAMES)


def test_other_classes_are_another_run(run, settings, kinds):
    with pytest.raises(DcganError, match=r"holds a run with other settings .class_names"):
        train(replace(settings, class_names=()), kinds, run.folder, progress="none")


def test_a_stopped_run_with_classes_goes_on_exactly(run, settings, kinds, tmp_path):
    train(replace(settings, kimg=0.024), kinds, tmp_path, progress="none", pictures=False)
    train(settings, kinds, tmp_path, progress="none", pictures=False)
    assert same_weights(weights(tmp_path), weights(run.folder))


def test_opinions_are_those_of_the_class_that_fits_best(run, kinds):
    pictures = kinds.pixels[:4], run.generate(64, seed=run.config.seed)  # which the relativistic loss compares
    logits = [np.asarray(run.discriminator(each / np.float32(127.5) - 1, training=False)) for each in pictures]
    best, typical = (each[:, 0] + each[:, 1:].max(1) for each in logits)
    assert run.score(kinds.pixels[:4]) == pytest.approx(1 / (1 + np.exp(typical.mean() - best)), abs=1e-5)


@pytest.mark.slow
def test_scores_tell_how_often_pictures_look_like_their_class(run, kinds):
    scores = evaluate(run, kinds, count=40)
    score = scores["class_agreement_imagenet"]
    assert set(score["by_class"]) == set(NAMES) and score["floor"] == 1.0
    assert 0 <= score["value"] <= 1
    sentence = describe_scores(scores)[-1][-1]
    assert sentence.startswith("A classifier of the photos takes ")


def test_the_classifier_names_classes_and_all_count_alike():
    random = np.random.default_rng(0)
    numbers = np.array([0] * 90 + [1] * 10)
    features = random.normal(size=(100, 20)).astype(np.float32)
    features[:, 0] += 6 * numbers
    classify = fit_classifier(features, numbers, 2)
    assert (classify(features) == numbers).mean() > 0.95
    assert mean_agreement(np.zeros(100, int), numbers) == 0.5  # not 0.9


# Grids


def test_a_grid_has_a_row_a_class_with_its_name_at_the_left():
    pictures = np.full((14, 28, 28, 1), 200, np.uint8)
    sheet = draw_grid(pictures, "kinds", columns=7, names=NAMES)
    left = margin(NAMES)
    assert sheet.width == draw_grid(pictures, "kinds", columns=7).width + left
    ink = np.asarray(sheet.convert("L"))[26:, : left - 4] < 128
    half = len(ink) // 2
    assert ink[:half].any() and ink[half:].any()


def test_grids_of_classes_are_cut_in_columns_and_keep_their_rows():
    pictures = np.arange(16, dtype=np.uint8)[:, None, None, None] * 10 + np.zeros((16, 28, 28, 1), np.uint8)
    sheet = draw_grid(pictures, "kinds", names=NAMES)
    kept = crop_grid(sheet, (28, 28), 6, NAMES)
    assert kept.height == sheet.height and kept.width < sheet.width
    mosaic = np.asarray(crop_pictures(sheet, (28, 28), 4, NAMES))
    assert mosaic.shape == (56, 112, 3)
    assert [mosaic[0, 0, 0], mosaic[0, 28, 0], mosaic[28, 0, 0]] == [0, 10, 80]


def test_long_names_are_shortened():
    assert margin(["x" * 300, "y"]) == margin(["x" * 15 + "…"])
