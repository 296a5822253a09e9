import json
import shutil
import subprocess
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

from dcgan_tf import DcganError, load_run, train
from dcgan_tf.run.checkpoint import checkpoint_paths
from dcgan_tf.run.info import describe_data
from dcgan_tf.run.run import Run


@pytest.fixture
def run(finished):
    return finished


def test_a_run_opens_again_as_it_was(run, config):
    opened = load_run(run.folder)
    assert opened.config == config
    assert opened.info == run.info and opened.history == run.history
    assert np.array_equal(opened.generate(5, seed=3), run.generate(5, seed=3))


def test_a_run_remembers_which_values_were_black_and_white(run, config, images):
    assert run.ranges == {}
    told = replace(images, ranges={"16-bit": (0.0, 4095.0)}, notes=("A note.",))
    data = json.loads(json.dumps(describe_data(told)))
    assert data["notes"] == ["A note."]
    assert Run(run.folder, config, {"data": data}).ranges == told.ranges
    del data["ranges"]  # of an earlier version
    assert Run(run.folder, config, {"data": data}).ranges == {}


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
    with np.load(checkpoint_paths(run.folder)[0]) as state:
        average = [state[name] for name in state.files if name.startswith("ema_generator/")]
    assert all(np.array_equal(a, b) for a, b in zip(saved, average, strict=True))


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(DcganError, match=r"is not the folder of a run: it has no run.json"):
        load_run(tmp_path)


def test_a_folder_may_lie_in_the_home_folder(finished, config, images, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    shutil.copytree(finished.folder, tmp_path / "run")
    assert load_run("~/run").folder == tmp_path / "run"
    assert train(config, images, "~/run", progress="none", pictures=False).folder == tmp_path / "run"


def test_a_run_without_a_generator_yet_says_so(run, tmp_path):
    shutil.copy(run.folder / "run.json", tmp_path)
    with pytest.raises(DcganError, match="does not exist yet"):
        load_run(tmp_path).generate(1)


SAME = """
import sys
import numpy
from dcgan_tf import load_run
numpy.save(sys.argv[2], load_run(sys.argv[1]).generate(5, seed=3))
"""


@pytest.mark.slow
def test_the_same_seed_generates_the_same_pictures_in_another_process(run, tmp_path):
    out = tmp_path / "pictures.npy"
    subprocess.run([sys.executable, "-c", SAME, str(run.folder), str(out)], check=True)
    assert np.array_equal(np.load(out), run.generate(5, seed=3))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"config": ', "run.json is damaged: it is not JSON"),
        (b"", "run.json is damaged: it is not JSON"),
        (b"\xff\xfe\x00", "run.json is damaged: it is not JSON"),
        (b"[" * 100_000, "run.json is damaged: it is not JSON"),
        (b"[1, 2]", "`config` is missing or wrong"),
        (b"null", "`config` is missing or wrong"),
    ],
)
def test_a_run_json_that_is_none_is_a_sentence(tmp_path, content, sentence):
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(DcganError, match=sentence):
        load_run(tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": "asleep"}, "`state` is missing or wrong"),
        ({"state": []}, "`state` is missing or wrong"),
        ({"kimg_done": float("nan")}, "`kimg_done` is missing or wrong"),
        ({"kimg_done": "12"}, "`kimg_done` is missing or wrong"),
        ({"seconds": None}, "`seconds` is missing or wrong"),
        ({"data": {"title": "x"}}, "`data` is missing or wrong"),
        ({"data": {"title": "x", "sha256": "", "n": 1, "ranges": {"float": [0, "x"]}}}, "`data` is missing or wrong"),
        ({"data": {"title": "x", "sha256": "", "n": 1, "ranges": {"float": [1, 1]}}}, "`data` is missing or wrong"),
        ({"environment": 3}, "`environment` is missing or wrong"),
        ({"warnings": "none"}, "`warnings` is missing or wrong"),
        ({"best": {"step": "4"}}, "`best` is missing or wrong"),
        (
            {"format": 2},
            r"newer version of dcgan-tf: its format is 2, and this one reads 1. Update dcgan-tf",
        ),
        (
            {"config": {"new_field": 1}},
            "settings that this version of dcgan-tf does not know: `new_field` is not a field",
        ),
        (
            {"config": {"kimg": "many"}},
            "settings that this version of dcgan-tf does not know: `kimg` should be a number",
        ),
    ],
)
def test_a_damaged_or_newer_field_of_run_json_is_named(run, tmp_path, changes, sentence):
    (tmp_path / "run.json").write_text(json.dumps(run.info | changes))
    with pytest.raises(DcganError, match=sentence):
        load_run(tmp_path)


@pytest.mark.parametrize("name", ["run.json", "history.jsonl"])
def test_no_damage_to_a_byte_is_more_than_a_sentence(run, tmp_path, name):
    whole = (run.folder / name).read_bytes()
    shutil.copy(run.folder / "run.json", tmp_path)
    generator = np.random.default_rng(0)
    for _ in range(400):
        damaged = bytearray(whole)
        damaged[generator.integers(len(whole))] = generator.integers(256)
        (tmp_path / name).write_bytes(
            damaged[: generator.integers(len(whole) + 1)] if generator.random() < 0.3 else damaged
        )
        try:
            assert isinstance(load_run(tmp_path).history, list)
        except DcganError as error:
            assert str(tmp_path / name) in str(error)


@pytest.mark.parametrize("line", ["", '{"step": 3, "kim', "[]", '{"step": 1, "kimg": NaN}', "[" * 100_000, "\udc80"])
def test_a_damaged_line_of_history_is_named(run, tmp_path, line):
    shutil.copy(run.folder / "run.json", tmp_path)
    lines = (run.folder / "history.jsonl").read_text().splitlines()
    content = "\n".join([lines[0], line, *lines[2:]]) + "\n"
    (tmp_path / "history.jsonl").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DcganError, match=r"Line 2 of .*history.jsonl is damaged.* Delete the line"):
        _ = load_run(tmp_path).history
