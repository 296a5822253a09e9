"""A run made by an earlier version opens, goes on and ends as it would have ended there."""

import hashlib
import json
import os
import shutil
from inspect import signature
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import Config, ImageSet, load_run, train
from dcgan_tf.common.machine import processor_flags
from dcgan_tf.model.saved_models import open_model
from dcgan_tf.run.records import of_today
from tests.support.run_files import grids, timeless, weights

EARLIER = Path(__file__).parents[1] / "fixtures" / "run_3768e42"


@pytest.fixture
def earlier(tmp_path) -> Path:
    shutil.copytree(EARLIER / "run", tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def discs() -> ImageSet:
    pixels = np.load(EARLIER / "pixels.npy")
    names = tuple(f"{index:02d}.png" for index in range(len(pixels)))
    return ImageSet(pixels, names, ("discs",) * len(pixels), (), "discs", title="discs")


def same_machine(end: dict) -> bool:
    """Return whether processor and libraries should round as those of the fixture did."""
    flags = hashlib.sha256(" ".join(sorted(processor_flags())).encode()).hexdigest()
    made_with = json.loads((EARLIER / "run" / "run.json").read_text())["environment"]["packages"]
    versions = {"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__}
    return (flags, os.cpu_count()) == (end["processor"], end["cores"]) and versions.items() <= made_with.items()


def test_it_opens(earlier):
    run = load_run(earlier)
    assert (run.state, run.kimg_done, len(run.samples)) == ("interrupted", 0.6, 4)
    for weights_file in (run, run.best):
        assert weights_file.generate(3).shape == (3, 16, 16, 3)
    assert run.score(run.generate(3)).shape == (3,)


@pytest.mark.skipif("renorm" not in signature(keras.layers.BatchNormalization).parameters, reason="Keras is older")
def test_its_generator_opens_without_us(earlier):
    alone = keras.saving.load_model(earlier / "generator.keras")
    np.testing.assert_array_equal(
        load_run(earlier).generator(np.ones((2, 4), np.float32)), alone(np.ones((2, 4), np.float32), training=False)
    )


def test_it_keeps_the_settings_that_it_had_before_they_were_fields(earlier):
    config = load_run(earlier).config
    assert (config.decay_kimg, config.ema_ramp) == (0.0, 0.1) != (Config().decay_kimg, Config().ema_ramp)


@pytest.mark.slow
def test_it_goes_on_and_ends_as_the_earlier_version_ended_it(earlier, discs):
    """To the last bit on a machine like that of the fixture, to rounding elsewhere."""
    end = json.loads((EARLIER / "end.json").read_text())
    run = train(load_run(earlier).config, discs, earlier, progress="none")
    assert run.state == "finished"
    received = weights(earlier)
    with np.load(EARLIER / "end.npz") as saved:
        expected = {name: saved[name] for name in saved.files}
    assert expected.keys() == received.keys() - {"pending_logs"}
    for name, array in expected.items():
        np.testing.assert_allclose(received[name], array, rtol=1e-3, atol=1e-4, err_msg=name)
    assert [record["step"] for record in run.history] == [record["step"] for record in end["history"]]
    assert run.best.generate(3).shape == (3, 16, 16, 3)
    if same_machine(end):
        assert all(np.array_equal(received[name], array) for name, array in expected.items())
        assert timeless(run.history) == end["history"]
        before = [point for point in run.kid_curve if point["features"] == "random"]  # then another network looks
        assert before == [of_today(point) for point in end["kid_curve"]][: len(before)] and before
        assert [point["step"] for point in run.kid_curve] == [point["step"] for point in end["kid_curve"]]
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in grids(earlier).items()}
        assert digests == end["samples"]


def test_a_network_of_the_fast_layers_opens_though_their_module_has_moved():
    opened = open_model(EARLIER / "fast_layers.keras")
    assert opened(np.ones((2, 4), np.float32)).shape == (2, 16, 16, 3)
