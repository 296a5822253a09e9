"""A run that begins with the networks of another."""

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dcgan_tf import DcganError, load_run, train
from dcgan_tf.common.files import write_json
from dcgan_tf.run.checkpoint import checkpoint_paths, networks_of
from dcgan_tf.run.run import Run
from dcgan_tf.run.start import read_start
from dcgan_tf.training.recorder import Recorder
from tests.conftest import make_images
from tests.support.run_files import grids, same_weights, timeless, weights


@pytest.fixture(scope="module")
def others():
    return make_images(seed=5)


@pytest.fixture
def source(finished, tmp_path):
    """Return the folder of a finished run that a test may change."""
    return shutil.copytree(finished.folder, tmp_path / "source")


@pytest.fixture(scope="module")
def unbroken(finished, config, others, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken") / "run"
    return train(config, others, folder, start=finished.folder, progress="none", pictures=False)


class Killed(BaseException):
    """Stands for the death of the process: nothing is written any more."""


def die(*_, **__):
    raise Killed


def test_a_run_begins_with_all_networks_of_its_start_and_a_new_optimizer(
    config, finished, others, tmp_path, monkeypatch
):
    monkeypatch.setattr("dcgan_tf.training.trainer.Trainer._run_steps", die)
    with pytest.raises(Killed):
        train(config, others, tmp_path, start=finished.folder, progress="none", pictures=False)
    begun, before = weights(tmp_path), weights(finished.folder)
    assert checkpoint_paths(tmp_path)[0].stem == "00000000"
    assert same_weights(networks_of(begun), networks_of(before)) and len(networks_of(begun)) > 10
    assert any("moving_mean" in name for name in networks_of(begun))
    rest = {name: array for name, array in begun.items() if name not in networks_of(begun) and "rate" not in name}
    assert len(rest) > 10 and not any(array.any() for array in rest.values())  # moments, and the steps done
    assert (tmp_path / "samples/000000.png").is_file()


def test_run_json_says_where_a_run_began(finished, unbroken, config, images, tmp_path, capsys):
    start = json.loads((unbroken.folder / "run.json").read_text())["start"]
    assert start == unbroken.info["start"] and len(start.pop("weights")) == 64
    assert start == {
        "folder": str(finished.folder), "title": "discs", "source": "folder", "n": 24, "sha256": images.sha256,
        "kimg": 0.064, "before": [],
    }  # fmt: skip
    assert finished.info["start"] is None and load_run(unbroken.folder).info["start"] == unbroken.info["start"]
    assert not same_weights(networks_of(weights(unbroken.folder)), networks_of(weights(finished.folder)))
    third = train(config, images, tmp_path, start=unbroken.folder, progress="lines", pictures=False)
    told = f"This run began with the networks of discs after 0.064 kimg, from {unbroken.folder}.\n"
    assert capsys.readouterr().out.startswith(told)
    direct = {name: value for name, value in unbroken.info["start"].items() if name != "before"}
    assert third.info["start"]["before"] == [direct]
    train(config, images, tmp_path, progress="lines", pictures=False)
    assert capsys.readouterr().out == told


@pytest.mark.parametrize("kimg", [0.008, 0.040])
def test_it_goes_on_exactly_though_its_start_is_gone(unbroken, source, config, others, tmp_path, kimg):
    folder = tmp_path / "run"
    train(replace(config, kimg=kimg), others, folder, start=source, progress="none", pictures=False)
    shutil.rmtree(source)
    again = train(config, others, folder, start=source, progress="none", pictures=False)
    assert same_weights(weights(folder), weights(unbroken.folder))
    assert timeless(again.history) == timeless(unbroken.history) and grids(folder) == grids(unbroken.folder)


@pytest.mark.parametrize("place", ["dcgan_tf.training.recorder.update_run", "dcgan_tf.training.recorder.save_grid"])
def test_a_kill_at_the_beginning_loses_no_start(unbroken, source, config, others, tmp_path, monkeypatch, place):
    """It dies between its first checkpoint and run.json, or before the first grid."""
    folder = tmp_path / "run"
    monkeypatch.setattr(place, die)
    with pytest.raises(Killed):
        train(config, others, folder, start=source, progress="none", pictures=False)
    monkeypatch.undo()
    shutil.rmtree(source)
    again = train(config, others, folder, progress="none", pictures=False)
    assert again.info["start"]["folder"] == str(source)
    assert same_weights(weights(folder), weights(unbroken.folder)) and grids(folder) == grids(unbroken.folder)


SCRIPT = """
import sys
sys.path[:0] = [{root!r}]
from tests.conftest import make_images
from dcgan_tf import Config, train
train(Config.from_dict({config!r}), make_images(seed=5), {folder!r}, start={start!r}, progress="none", pictures=False)
"""


@pytest.mark.slow
def test_a_killed_process_goes_on_exactly(source, config, others, tmp_path):
    long = replace(config, kimg=0.6, checkpoint_minutes=0.0)
    folder, root = tmp_path / "killed", str(Path(__file__).parents[2])
    script = SCRIPT.format(root=root, config=long.to_dict(), folder=str(folder), start=str(source))
    child = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 120
    while not any(path.stem != "00000000" for path in checkpoint_paths(folder)):
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    child.kill()
    child.wait()
    assert load_run(folder).state == "training"
    whole = train(long, others, tmp_path / "whole", start=source, progress="none", pictures=False)
    shutil.rmtree(source)
    again = train(long, others, folder, progress="none", pictures=False)
    assert same_weights(weights(folder), weights(whole.folder))
    assert timeless(again.history) == timeless(whole.history) and grids(folder) == grids(whole.folder)


def test_another_start_is_refused_and_the_same_may_have_moved(unbroken, finished, source, config, images, others):
    again = train(config, others, unbroken.folder, start=source, progress="none", pictures=False)
    assert again.state == "finished"
    for start in (unbroken.folder, "nowhere"):
        with pytest.raises(
            DcganError, match=rf"another start \({finished.folder}, now {start}\). Name another `folder`"
        ):
            train(config, others, unbroken.folder, start=start, progress="none", pictures=False)
    with pytest.raises(DcganError, match=rf"another start \(none, now {source}\). Name another `folder`"):
        train(config, images, finished.folder, start=source, progress="none", pictures=False)


def refused(config, images, start, folder: Path) -> str:
    """Return the sentence that a start is answered by, and check that nothing was written."""
    with pytest.raises(DcganError) as raised:
        train(config, images, folder, start=start, progress="none", pictures=False)
    assert not folder.exists()
    return str(raised.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"latent_dim": 9}, "`latent_dim` should be 8, as in the run to start from, {}. Received: 9. Change that, or"),
        ({"image_size": 20, "channels": 1}, "`image_size`, `channels` should be 16, 3, as in the run to start from, {}."
         " Received: 20, 1. "),
        ({"smallest_side": 8}, "`smallest_side` should be 4,"),
        ({"generator_width": 5}, "`generator_width` should be 4,"),
        ({"discriminator_width": 5}, "`discriminator_width` should be 4,"),
    ],
)  # fmt: skip
def test_networks_of_another_form_are_refused_by_name(finished, config, tmp_path, changes, sentence):
    other = replace(config, **changes)
    pictures = make_images(size=other.image_size, channels=other.channels)
    said = refused(other, pictures, finished.folder, tmp_path / "run")
    assert said.startswith(sentence.format(finished.folder)) and said.endswith("name another `start`.")


def test_other_settings_may_differ(finished, config, others, tmp_path):
    other = replace(config, seed=3, batch_size=6, loss="hinge", augment_flip=True, kimg=0.012, precision="bfloat16")
    assert train(other, others, tmp_path, start=finished.folder, progress="none", pictures=False).state == "finished"


def test_a_folder_that_cannot_be_started_from_is_one_sentence(source, config, others, tmp_path, capsys):
    def said(start) -> str:
        return refused(config, others, start, tmp_path / "run")

    assert said(tmp_path / "no").startswith("`start` should be the folder of a run. Received: ")
    assert said("a\0b").startswith("`start` should be a possible path. Received: ")
    (path,) = checkpoint_paths(source)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"x")
    assert "All 1 checkpoints in " in (damaged := said(source)) and damaged.endswith(
        "its checksum does not match. Name another `start`, or train that one again."
    )
    path.unlink()
    assert said(source).startswith("`start` should be a run with a checkpoint. Received: ")
    (source / "run.json").write_text("{")
    assert "run.json is damaged: it is not JSON" in said(source)


def test_an_unfinished_run_is_started_from_as_far_as_it_came(config, images, others, tmp_path, monkeypatch):
    save = Recorder.save
    monkeypatch.setattr(Recorder, "save", lambda recorder, _: save(recorder, "interrupted"))
    train(replace(config, kimg=0.024), images, tmp_path / "short", progress="none", pictures=False)
    monkeypatch.undo()
    run = train(config, others, tmp_path / "run", start=tmp_path / "short", progress="none", pictures=False)
    assert run.info["start"]["kimg"] == 0.024


def test_a_lost_first_checkpoint_is_told_and_not_replaced_by_chance(finished, config, others, tmp_path, monkeypatch):
    monkeypatch.setattr("dcgan_tf.training.trainer.Trainer._run_steps", die)
    with pytest.raises(Killed):
        train(config, others, tmp_path, start=finished.folder, progress="none", pictures=False)
    monkeypatch.undo()
    shutil.rmtree(tmp_path / "checkpoint")
    with pytest.raises(DcganError, match="holds no checkpoint, although this run has"):
        train(config, others, tmp_path, start=finished.folder, progress="none", pictures=False)


@pytest.mark.parametrize(
    "damage", [3, {}, {"folder": 3}, {"before": None}, {"before": [{"title": "x"}]}, {"kimg": float("nan")}]
)
def test_a_damaged_record_of_the_start_is_told(unbroken, tmp_path, damage):
    start = unbroken.info["start"] | damage if damage and isinstance(damage, dict) else damage
    (tmp_path / "run.json").write_text(json.dumps(unbroken.info | {"start": start}))
    with pytest.raises(DcganError, match=r"run.json is damaged: `start` is missing or wrong"):
        load_run(tmp_path)


def test_a_run_from_before_starts_were_recorded_opens(finished, tmp_path):
    write_json(tmp_path / "run.json", {name: value for name, value in finished.info.items() if name != "start"})
    assert load_run(tmp_path).info.get("start") is None


def test_a_start_may_have_other_classes(config, images, finished, tmp_path):
    def train_on(names: tuple[str, ...], folder: str, start: Path, kimg: float) -> Run:
        labels = tuple(names[at % len(names)] for at in range(len(images)))
        wanted = replace(config, class_names=names, kimg=kimg)
        return train(wanted, replace(images, labels=labels), tmp_path / folder, progress="none", start=start)

    new = train_on(("one", "other"), "new", finished.folder, config.kimg)
    begun = read_start(finished.folder, new.config).networks
    assert not begun["generator/000/kernel"][config.latent_dim :].any()  # at first a class changes nothing
    again = read_start(new.folder, replace(config, class_names=("more", "other"))).networks
    kept = read_start(new.folder, new.config).networks
    assert kept["generator/000/kernel"][-1].any()
    assert (again["generator/000/kernel"][-1] == kept["generator/000/kernel"][-1]).all()  # "other" is known
    assert not again["generator/000/kernel"][-2].any()
    logits = sorted(name for name in kept if name.startswith("discriminator/"))[-2]
    assert (again[logits][:, [0, 2]] == kept[logits][:, [0, 2]]).all() and not again[logits][:, 1].any()
    none = read_start(new.folder, config).networks
    assert none["generator/000/kernel"].shape[0] == config.latent_dim and none[logits].shape[1] == 1
    train_on(("more", "other"), "newest", new.folder, config.kimg)
