"""Checkpoints that are damaged, newer, missing, and which of them are kept."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from dcgan_tf import DcganError, load_run, train
from dcgan_tf.run import checkpoint
from dcgan_tf.run.checkpoint import Standing, checkpoint_paths, load_checkpoint, save_checkpoint
from tests.support.run_files import grids, same_weights, timeless, weights


class Number:
    """As much of a Keras variable as a checkpoint needs."""

    def __init__(self, value):
        self.value = np.asarray(value)
        self.shape = self.value.shape

    def __array__(self, dtype=None, copy=None):
        return self.value

    def assign(self, value):
        self.value = value


def save(folder, step, best=None):
    """Write a checkpoint whose one variable holds its step."""
    standing = Standing(1.5 * step, [{"step": step}], [], [0.5])
    save_checkpoint(folder, step, {"dcgan/steps": Number(float(step))}, standing, np.ones((2, 4)), best)
    return checkpoint_paths(folder)[0]


def load(folder):
    """Return the step of the checkpoint that is loaded, where it stood, and its pending logs."""
    state = {"dcgan/steps": Number(0.0)}
    standing, pending = load_checkpoint(folder, state)
    return float(state["dcgan/steps"].value), standing, pending


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    save(tmp_path, 7)
    step, standing, pending = load(tmp_path)
    assert step == 7 and standing == Standing(10.5, [{"step": 7}], [], [0.5])
    np.testing.assert_array_equal(pending, np.ones((2, 4)))


def test_no_checkpoint_is_none(tmp_path):
    assert load_checkpoint(tmp_path, {}) is None


def kept(folder):
    return [int(path.stem) for path in checkpoint_paths(folder)]


def test_the_last_two_and_the_best_are_kept(tmp_path):
    for step in (1, 2, 3, 4, 99_999_999, 100_000_000):
        save(tmp_path, step, best=2 if step > 1 else None)
    assert kept(tmp_path) == [100_000_000, 99_999_999, 2]
    assert load(tmp_path)[0] == 100_000_000


def test_damaged_checkpoints_do_not_take_the_place_of_whole_ones(tmp_path):
    for step in (4, 12, 14):
        save(tmp_path, step, best=4)
    for path in checkpoint_paths(tmp_path)[:2]:
        path.write_bytes(b"damaged")
    assert load(tmp_path)[0] == 4
    save(tmp_path, 5, best=4)
    assert kept(tmp_path) == [5, 4]
    save(tmp_path, 6, best=4)
    assert kept(tmp_path) == [6, 5, 4] and load(tmp_path)[0] == 6


def damages(whole):
    """Return what may become of a file, by name."""
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 4
    return {
        "empty": b"",
        "half": whole[: len(whole) // 2],
        "one byte short": whole[:-1],
        "one byte more": whole + b"x",
        "a flipped bit": bytes(flipped),
        "zeros": bytes(len(whole)),
        "text": b"not a checkpoint",
    }


@pytest.mark.parametrize("damage", list(damages(bytes(2))))
def test_a_damaged_checkpoint_is_passed_over_with_a_line(tmp_path, capsys, damage):
    save(tmp_path, 1)
    path = save(tmp_path, 2)
    path.write_bytes(damages(path.read_bytes())[damage])
    assert load(tmp_path)[0] == 1
    reason = "its checksum does not match"
    assert capsys.readouterr().out == f"{path} is damaged ({reason}): the one before it is used.\n"


def test_every_single_damaged_byte_is_found(tmp_path, capsys):
    save(tmp_path, 1)
    path = save(tmp_path, 2)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert load(tmp_path)[0] == 1, place


def test_damage_everywhere_is_one_sentence(tmp_path):
    for step in (1, 2):
        save(tmp_path, step).write_bytes(b"x")
    with pytest.raises(DcganError, match=r"All 2 checkpoints in .* are damaged, .*over"):
        load(tmp_path)


def test_what_only_looks_like_a_checkpoint_is_none(tmp_path):
    path = save(tmp_path, 1)
    shutil.copy(path, path.with_name("00000002 (1).npz"))
    path.with_name("00000003.npz").mkdir()
    assert checkpoint_paths(tmp_path) == [path]
    save(tmp_path, 4)
    assert load(tmp_path)[0] == 4


def test_a_newer_format_is_not_passed_over(tmp_path, monkeypatch):
    save(tmp_path, 1)
    monkeypatch.setattr(checkpoint, "FORMAT", 2)
    save(tmp_path, 2)
    monkeypatch.undo()
    with pytest.raises(DcganError, match=r"newer version of dcgan-tf: its format is 2, and this one reads 1. Update"):
        load(tmp_path)


def test_a_whole_file_of_another_kind_is_passed_over(tmp_path, capsys):
    """The checksum fits, but nothing that a checkpoint needs is in it."""
    save(tmp_path, 1)
    for about in (b"null", b"{}", b"[]", b'{"format": "x"}', b'{"format": 1, "colour": 2}', b"\xff", b"[" * 100_000):
        path = save(tmp_path, 2)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(checkpoint.json, "dumps", lambda _, about=about: about.decode("latin-1"))
            save(tmp_path, 2)
        assert load(tmp_path)[0] == 1, about
        assert f"{path} is damaged (" in capsys.readouterr().out


def test_other_variables_are_refused(tmp_path):
    save(tmp_path, 1)
    with pytest.raises(DcganError, match="holds the variables of another configuration"):
        load_checkpoint(tmp_path, {"dcgan/steps": Number([0.0, 0.0])})


@pytest.fixture
def stopped(config, images, tmp_path):
    """Return the folder of a run with checkpoints at steps 4 and 5, and the settings of its whole length."""
    train(replace(config, kimg=0.032), images, tmp_path, progress="none", pictures=False)
    train(replace(config, kimg=0.040), images, tmp_path, progress="none", pictures=False)
    assert [int(path.stem) for path in checkpoint_paths(tmp_path)] == [5, 4]
    return tmp_path


@pytest.mark.slow
def test_a_run_goes_on_from_the_checkpoint_before_and_ends_the_same(stopped, finished, config, images, capsys):
    newest = checkpoint_paths(stopped)[0]
    newest.write_bytes(newest.read_bytes()[:1000])
    run = train(config, images, stopped, progress="none", pictures=False)
    assert f"{newest} is damaged" in capsys.readouterr().out
    assert same_weights(weights(stopped), weights(finished.folder))
    assert timeless(run.history) == timeless(finished.history)
    assert grids(stopped) == grids(finished.folder)


def test_a_run_without_its_checkpoints_does_not_start_over_by_itself(stopped, config, images):
    shutil.rmtree(stopped / "checkpoint")
    with pytest.raises(DcganError, match=r"holds no checkpoint, although this run has reached 0.04 kimg. Put it back"):
        train(config, images, stopped, progress="none", pictures=False)
    assert load_run(stopped).kimg_done == 0.04


@pytest.mark.slow
def test_a_damaged_history_is_restored_from_the_checkpoint(stopped, finished, config, images):
    (stopped / "history.jsonl").write_text('{"step": 2, "kim\nnothing\n')
    (stopped / "kid.jsonl").unlink()
    run = train(config, images, stopped, progress="none", pictures=False)
    assert timeless(run.history) == timeless(finished.history)
    assert json.loads((stopped / "run.json").read_text())["state"] == "finished"
