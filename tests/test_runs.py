import json
import shutil
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from dcgan_tf import Config, DcganError, load_run, train


@pytest.fixture(scope="module")
def run(config, images, tmp_path_factory):
    return train(config, images, tmp_path_factory.mktemp("run"), progress="none")


def test_a_run_opens_again_as_it_was(run, config):
    opened = load_run(run.folder)
    assert opened.config == config
    assert opened.info == run.info and opened.history == run.history
    assert np.array_equal(opened.generate(5, seed=3), run.generate(5, seed=3))


def test_generated_pictures_follow_their_seed(run):
    pictures = run.generate(6, seed=1)
    assert pictures.shape == (6, 16, 16, 3) and pictures.dtype == np.uint8
    assert np.array_equal(pictures, run.generate(6, seed=1))
    assert not np.array_equal(pictures, run.generate(6, seed=2))


OPEN_ALONE = """
import sys
sys.modules["dcgan_tf"] = None  # importing it would fail
import keras, numpy
generator = keras.saving.load_model(sys.argv[1])
latents = numpy.random.default_rng(7).standard_normal((4, generator.input_shape[1]), dtype="float32")
numpy.save(sys.argv[2], numpy.asarray(generator(latents)))
"""


def test_keras_alone_opens_the_generator_in_another_process(run, tmp_path):
    out = tmp_path / "pictures.npy"
    subprocess.run([sys.executable, "-c", OPEN_ALONE, str(run.folder / "generator.keras"), str(out)], check=True)
    expected = np.rint((np.load(out) + 1) * 127.5).astype(np.uint8)
    assert np.array_equal(expected, run.generate(4, seed=7))


def test_the_saved_generator_holds_the_average(run):
    saved = keras.saving.load_model(run.folder / "generator.keras").get_weights()
    with np.load(run.folder / "checkpoint" / "state.npz") as state:
        average = [state[name] for name in state.files if name.startswith("ema_generator/")]
    assert all(np.array_equal(a, b) for a, b in zip(saved, average, strict=True))


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(DcganError, match=r"should be the folder of a run, with a run.json"):
        load_run(tmp_path)


def test_a_run_without_a_generator_yet_says_so(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"config": Config().to_dict()}))
    with pytest.raises(DcganError, match="there is none yet"):
        load_run(tmp_path).generate(1)


def test_a_damaged_run_or_checkpoint_is_a_sentence(run, config, images, tmp_path):
    (tmp_path / "run.json").write_text('{"config": ')
    with pytest.raises(DcganError, match=r"run.json should be JSON, as training writes it, but it is damaged"):
        load_run(tmp_path)
    for content in (b"", b"PK nothing", b"\x93NUMPY"):
        damaged = tmp_path / f"damaged {len(content)}"
        shutil.copytree(run.folder, damaged)
        (damaged / "checkpoint" / "state.npz").write_bytes(content)
        with pytest.raises(DcganError, match=r"state.npz should be a checkpoint of dcgan-tf, but it is damaged"):
            train(replace(config, kimg=0.08), images, damaged, progress="none")
