import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dcgan_tf import DcganError, TrainingInterrupted, load_run, train
from dcgan_tf.model.networks import build_generator
from dcgan_tf.run.checkpoint import checkpoint_paths
from dcgan_tf.run.run import update_run
from dcgan_tf.training.recorder import Recorder
from tests.support.run_files import grids, same_weights, timeless, weights


def test_a_longer_run_goes_on_and_ends_as_if_asked_for_at_once(config, images, finished, tmp_path):
    odd = replace(config, kimg=0.040)  # 5 steps: its end lies between the regular records and grids
    train(odd, images, tmp_path, progress="none", pictures=False)
    longer = train(config, images, tmp_path, progress="none", pictures=False)
    assert same_weights(weights(tmp_path), weights(finished.folder))
    assert timeless(longer.history) == timeless(finished.history)
    assert grids(tmp_path) == grids(finished.folder)
    assert longer.config.kimg == 0.064 == load_run(tmp_path).config.kimg


@pytest.mark.slow
def test_bfloat16_with_every_augmentation_goes_on_exactly_too(config, images, tmp_path):
    changing = replace(config, precision="bfloat16", augment_flip=True, augment_cutout=0.3, augment_probability=0.8)
    whole = train(changing, images, tmp_path / "whole", progress="none", pictures=False)
    for kimg in (0.024, 0.064):
        parts = train(replace(changing, kimg=kimg), images, tmp_path / "parts", progress="none", pictures=False)
    assert same_weights(weights(parts.folder), weights(whole.folder))
    assert timeless(parts.history) == timeless(whole.history)
    assert grids(parts.folder) == grids(whole.folder)


@pytest.mark.slow
@pytest.mark.parametrize("kimg", [0.008, 0.040, 0.064])
def test_a_kill_between_the_last_files_loses_neither_grid_nor_record(config, images, tmp_path, monkeypatch, kimg):
    """The checkpoint of the last step is written, and the process dies before run.json says so."""
    short = replace(config, kimg=kimg)
    whole = train(short, images, tmp_path / "whole", progress="none", pictures=False)

    def die(run, **changes):
        if changes.get("state") == "finished":
            raise SystemExit
        return update_run(run, **changes)

    monkeypatch.setattr("dcgan_tf.training.recorder.update_run", die)
    with pytest.raises(SystemExit):
        train(short, images, tmp_path / "killed", progress="none", pictures=False)
    monkeypatch.undo()
    assert load_run(tmp_path / "killed").state == "training"
    again = train(short, images, tmp_path / "killed", progress="none", pictures=False)
    assert again.state == "finished" and again.info["finished"]
    assert timeless(again.history) == timeless(whole.history)
    assert grids(again.folder) == grids(whole.folder)


def test_going_on_in_another_precision_says_so(config, images, tmp_path, capsys):
    train(config, images, tmp_path, progress="none", pictures=False)
    info = json.loads((tmp_path / "run.json").read_text())
    info["environment"] |= {"precision": "bfloat16", "xla": True}
    (tmp_path / "run.json").write_text(json.dumps(info))
    run = train(replace(config, kimg=0.08), images, tmp_path, progress="none", pictures=False)
    assert "trained in bfloat16 compiled by XLA and goes on in float32: " in capsys.readouterr().out
    assert run.info["environment"]["precision"] == "float32"


@pytest.mark.slow
def test_minutes_end_a_run_and_the_kimg_reached_gives_the_same_weights(config, images, tmp_path):
    endless = replace(config, kimg=1e5, minutes=0.03)
    timed = train(endless, images, tmp_path / "timed", progress="none", pictures=False)
    assert timed.state == "finished" and 0 < timed.kimg_done < 1e5
    assert timed.info["seconds"] >= 1.8
    assert train(endless, images, tmp_path / "timed", progress="none", pictures=False).kimg_done == timed.kimg_done
    counted = train(
        replace(config, kimg=timed.kimg_done), images, tmp_path / "counted", progress="none", pictures=False
    )
    assert counted.kimg_done == timed.kimg_done
    assert same_weights(weights(counted.folder), weights(timed.folder))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_and_says_how_to_go_on(config, images, finished, tmp_path, number):
    def send() -> None:
        deadline = time.monotonic() + 120
        while not (tmp_path / "history.jsonl").exists() or not (tmp_path / "history.jsonl").read_text():
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    long = replace(config, kimg=100.0)
    threading.Thread(target=send, daemon=True).start()
    with pytest.raises(TrainingInterrupted, match=r"Stopped at .* of 100 kimg; everything is saved in .*go on"):
        train(long, images, tmp_path, progress="none", pictures=False)
    assert signal.getsignal(number) == before
    stopped = load_run(tmp_path)
    assert stopped.state == "interrupted" and 0 < stopped.kimg_done < 100
    assert stopped.generate(2).shape == (2, 16, 16, 3)
    target = replace(config, kimg=stopped.kimg_done + 0.064)
    assert train(target, images, tmp_path, progress="none", pictures=False).state == "finished"


SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path[:0] = {paths!r}
from tests.conftest import make_images
from dcgan_tf import Config, train
from dcgan_tf.training import best as kid_curve
kid_curve.GENERATED = {generated}
train(Config.from_dict({config!r}), make_images(), {folder!r}, progress="none", pictures=False)
"""


@pytest.mark.slow
def test_a_killed_run_goes_on_at_its_last_checkpoint(config, images, tmp_path, monkeypatch):
    """SIGKILL leaves no time to save; the next call goes on and ends like an unbroken run."""
    long = replace(config, kimg=1.2, checkpoint_minutes=0.0, score_kimg=0.2)
    folder = tmp_path / "killed"
    paths = [str(Path(__file__).parents[2])]
    script = SCRIPT.format(paths=paths, config=long.to_dict(), folder=str(folder), generated=20)
    monkeypatch.setattr("dcgan_tf.training.best.GENERATED", 20)  # what is tested is when, not how well
    child = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 120
    while not checkpoint_paths(folder):
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    child.kill()
    child.wait()
    assert load_run(folder).state == "training"
    train(long, images, folder, progress="none", pictures=False)
    unbroken = train(long, images, tmp_path / "unbroken", progress="none", pictures=False)
    assert same_weights(weights(folder), weights(unbroken.folder))
    assert timeless(load_run(folder).history) == timeless(unbroken.history)
    assert grids(folder) == grids(unbroken.folder)
    assert load_run(folder).kid_curve == unbroken.kid_curve and len(unbroken.kid_curve) == 6
    assert load_run(folder).info["best"] == unbroken.info["best"]
    np.testing.assert_array_equal(load_run(folder).best.generate(3), unbroken.best.generate(3))


def test_copies_by_hand_and_folders_do_not_stop_a_run(config, images, finished, tmp_path):
    train(replace(config, kimg=0.040), images, tmp_path, progress="none", pictures=False)
    for name in ("samples/000004.png", "checkpoint/00000005.npz"):
        path = tmp_path / name
        shutil.copy(path, path.with_name(f"{path.stem} (1){path.suffix}"))
        path.with_name(f"000099{path.suffix}").mkdir()
    train(config, images, tmp_path, progress="none", pictures=False)
    assert same_weights(weights(tmp_path), weights(finished.folder))


def test_a_finished_run_killed_while_it_is_made_longer_is_whole_again(config, images, tmp_path, monkeypatch):
    """It dies right after the record and the grid of its end were removed."""
    odd = replace(config, kimg=0.040)
    before = train(odd, images, tmp_path, progress="none", pictures=False)
    history, pictures = timeless(before.history), grids(tmp_path)
    rewind = Recorder._rewind

    def die(session):
        rewind(session)
        raise SystemExit

    monkeypatch.setattr(Recorder, "_rewind", die)
    with pytest.raises(SystemExit):
        train(config, images, tmp_path, progress="none", pictures=False)
    monkeypatch.undo()
    again = train(odd, images, tmp_path, progress="none", pictures=False)
    assert again.state == "finished" and timeless(again.history) == history and grids(tmp_path) == pictures


def test_a_shorter_run_than_its_checkpoint_is_refused(config, images, tmp_path):
    train(config, images, tmp_path, progress="none", pictures=False)
    info = json.loads((tmp_path / "run.json").read_text()) | {"state": "training", "kimg_done": 0.0}
    (tmp_path / "run.json").write_text(json.dumps(info))  # as if it had died before run.json knew
    with pytest.raises(
        DcganError, match=r"`kimg` should be at least what the run .* has reached, 0.064. Received: 0.04"
    ):
        train(replace(config, kimg=0.040), images, tmp_path, progress="none", pictures=False)


@pytest.mark.parametrize("damage", ["lost", "text", "of another run"])
def test_a_lost_generator_is_written_anew(config, images, finished, tmp_path, capsys, damage):
    folder = tmp_path / "run"
    shutil.copytree(finished.folder, folder)
    path = folder / "generator.keras"
    path.unlink()
    if damage == "text":
        path.write_text("not a model")
    elif damage == "of another run":
        build_generator(replace(config, latent_dim=9)).save(path)
    with pytest.raises(DcganError, match=r"generator.keras (should|does not exist yet|cannot be opened)"):
        load_run(folder).generate(1)
    run = train(config, images, folder, progress="none", pictures=False)
    assert run.state == "finished"
    np.testing.assert_array_equal(run.generate(3), finished.generate(3))
    assert "It is restored from the checkpoint" in capsys.readouterr().out


def test_warnings_of_steps_that_are_trained_again_go(config, images, tmp_path):
    train(replace(config, kimg=0.032), images, tmp_path, progress="none", pictures=False)
    info = json.loads((tmp_path / "run.json").read_text())
    info["warnings"] = [{"kind": kind, "step": step, "message": ""} for kind, step in (("won", 4), ("collapse", 5))]
    (tmp_path / "run.json").write_text(json.dumps(info))
    run = train(config, images, tmp_path, progress="none", pictures=False)
    assert [each["kind"] for each in run.info["warnings"]] == ["won"]


def test_a_stop_during_the_last_save_is_not_lost(config, images, tmp_path, monkeypatch):
    save = Recorder.save

    def interrupted(session, state):
        save(session, state)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Recorder, "save", interrupted)
    with pytest.raises(TrainingInterrupted, match="Stopped just as training had finished; it is saved"):
        train(config, images, tmp_path, progress="none", pictures=False)
    assert load_run(tmp_path).state == "finished"
