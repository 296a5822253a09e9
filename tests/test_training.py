import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from conftest import make_images

from dcgan_tf import DcganError, TrainingInterrupted, load_run, session, train
from dcgan_tf.checkpoint import checkpoint_path
from dcgan_tf.kid_curve import KidCurve
from dcgan_tf.runs import update_run


def weights(folder):
    with np.load(checkpoint_path(folder)) as saved:
        return {name: saved[name] for name in saved.files if name != "seconds"}


def same_weights(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def timeless(history):
    return [{name: value for name, value in record.items() if name not in TIMES} for record in history]


TIMES = ("seconds", "img_per_s")


@pytest.fixture(scope="module")
def finished(config, images, tmp_path_factory):
    """Return an unbroken run of 8 steps."""
    folder = tmp_path_factory.mktemp("runs") / "unbroken"
    return train(config, images, folder, progress="none")


def test_a_run_leaves_every_file_of_training(finished, config, images):
    folder = finished.folder
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    samples = {f"samples/{step:06d}.png" for step in (0, 4, 8)}
    assert (
        names
        == {"run.json", "history.jsonl", "kid.jsonl", "real.png", "generator.keras", "checkpoint/state.npz"} | samples
    )
    info = json.loads((folder / "run.json").read_text())
    assert (info["state"], info["kimg_done"]) == ("finished", 0.064)
    assert info["config"] == config.to_dict()
    assert {"n": 24, "height": 16, "width": 16, "channels": 3, "sha256": images.sha256}.items() <= info["data"].items()
    assert info["environment"]["precision"] == "float32"
    assert info["started"] <= info["finished"] and info["seconds"] > 0


def test_the_history_has_a_record_every_log_kimg(finished):
    history = finished.history
    assert [record["step"] for record in history] == [2, 4, 6, 8]
    assert [record["kimg"] for record in history] == [0.016, 0.032, 0.048, 0.064]
    expected = {"step", "kimg", "seconds", "g_loss", "d_loss", "real_score", "fake_score", "img_per_s"}
    for record in history:
        assert set(record) == expected
        assert 0 <= record["real_score"] <= 1 and 0 <= record["fake_score"] <= 1


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(finished, config, images, tmp_path):
    again = train(config, images, tmp_path / "again", progress="none")
    assert same_weights(weights(again.folder), weights(finished.folder))
    assert timeless(again.history) == timeless(finished.history)
    other = train(replace(config, seed=1), images, tmp_path / "other", progress="none")
    assert not same_weights(weights(other.folder), weights(finished.folder))


def test_a_finished_run_returns_at_once(finished, config, images):
    before = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*.npz")}
    again = train(config, images, finished.folder, progress="none")
    assert again.state == "finished" and again.kimg_done == 0.064
    assert {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*.npz")} == before


def test_a_longer_run_goes_on_and_ends_as_if_asked_for_at_once(config, images, finished, tmp_path):
    odd = replace(config, kimg=0.040)  # 5 steps: its end lies between the regular records and grids
    train(odd, images, tmp_path, progress="none")
    longer = train(config, images, tmp_path, progress="none")
    assert same_weights(weights(tmp_path), weights(finished.folder))
    assert timeless(longer.history) == timeless(finished.history)
    assert [path.name for path in longer.samples] == [path.name for path in finished.samples]
    assert longer.config.kimg == 0.064 == load_run(tmp_path).config.kimg


def test_other_settings_or_pictures_are_refused_by_name(finished, config, images):
    with pytest.raises(DcganError, match=r"learning_rate 0.0004, now 0.001.*RUN="):
        train(replace(config, learning_rate=0.001), images, finished.folder, progress="none")
    with pytest.raises(DcganError, match="seed 0, now 3; latent_dim 8, now 9"):
        train(replace(config, latent_dim=9, seed=3), images, finished.folder, progress="none")
    with pytest.raises(DcganError, match="pictures"):
        train(config, make_images(seed=9), finished.folder, progress="none")
    with pytest.raises(DcganError, match=r"`kimg` should be at least what the run .* has reached, 0.064"):
        train(replace(config, kimg=0.008), images, finished.folder, progress="none")


def test_fewer_pictures_than_a_batch_or_of_another_size_are_refused(config, tmp_path):
    with pytest.raises(DcganError, match=r"`batch_size` should be at most the number of pictures, 5 in discs"):
        train(config, make_images(5), tmp_path / "few")
    with pytest.raises(DcganError, match=r"\(16, 16, 3\). Received: \(20, 20, 3\)"):
        train(config, make_images(size=20), tmp_path / "large")
    with pytest.raises(DcganError, match=r"Received: \(16, 16, 1\)"):
        train(config, make_images(channels=1), tmp_path / "gray")
    assert not list(tmp_path.iterdir())


def test_one_picture_is_not_told_to_lower_the_batch(config, tmp_path):
    with pytest.raises(DcganError, match=r"Received: 8. Add pictures.$"):
        train(config, make_images(1), tmp_path / "one")


def test_a_wrong_progress_mode_is_told_before_anything_is_written(config, images, tmp_path):
    with pytest.raises(DcganError, match="`progress`"):
        train(config, images, tmp_path / "run", progress="fancy")
    assert not (tmp_path / "run").exists()


def test_a_checkpoint_without_its_run_is_not_taken_for_one(config, images, tmp_path):
    train(config, images, tmp_path, progress="none")
    (tmp_path / "run.json").unlink()
    with pytest.raises(DcganError, match=r"holds a checkpoint without a run.json"):
        train(config, images, tmp_path, progress="none")


def test_losses_that_are_no_numbers_stop_the_run_and_keep_its_checkpoint(config, images, tmp_path, monkeypatch):
    train(config, images, tmp_path, progress="none")
    before = weights(tmp_path)

    def broken(model, pixels):
        return lambda indices: tf.fill([len(indices), 4], float("nan"))

    monkeypatch.setattr("dcgan_tf.session.compile_steps", broken)
    with pytest.raises(DcganError, match=r"losses should be finite.*after step 9.*LEARNING_RATE=0.0002"):
        train(replace(config, kimg=1.0), images, tmp_path, progress="none")
    assert load_run(tmp_path).state == "failed"
    assert same_weights(weights(tmp_path), before)
    monkeypatch.undo()
    assert train(replace(config, kimg=0.08), images, tmp_path, progress="none").state == "finished"


@pytest.mark.parametrize("kimg", [0.008, 0.040, 0.064])
def test_a_kill_between_the_last_files_loses_neither_grid_nor_record(config, images, tmp_path, monkeypatch, kimg):
    """The checkpoint of the last step is written, and the process dies before run.json says so."""
    short = replace(config, kimg=kimg)
    whole = train(short, images, tmp_path / "whole", progress="none")

    def die(run, **changes):
        if changes.get("state") == "finished":
            raise SystemExit
        return update_run(run, **changes)

    monkeypatch.setattr("dcgan_tf.session.update_run", die)
    with pytest.raises(SystemExit):
        train(short, images, tmp_path / "killed", progress="none")
    monkeypatch.undo()
    assert load_run(tmp_path / "killed").state == "training"
    again = train(short, images, tmp_path / "killed", progress="none")
    assert again.state == "finished" and again.info["finished"]
    assert timeless(again.history) == timeless(whole.history)
    assert [path.name for path in again.samples] == [path.name for path in whole.samples]


def test_going_on_in_another_precision_says_so(config, images, tmp_path, capsys):
    train(config, images, tmp_path, progress="none")
    info = json.loads((tmp_path / "run.json").read_text())
    info["environment"] |= {"precision": "bfloat16", "xla": True}
    (tmp_path / "run.json").write_text(json.dumps(info))
    run = train(replace(config, kimg=0.08), images, tmp_path, progress="none")
    assert "began in bfloat16 compiled by XLA; it goes on in float32, so that" in capsys.readouterr().out
    assert run.info["environment"]["precision"] == "float32"


def test_minutes_end_a_run_and_the_kimg_reached_gives_the_same_weights(config, images, tmp_path):
    endless = replace(config, kimg=1e5, minutes=0.03)
    timed = train(endless, images, tmp_path / "timed", progress="none")
    assert timed.state == "finished" and 0 < timed.kimg_done < 1e5
    assert timed.info["seconds"] >= 1.8
    assert train(endless, images, tmp_path / "timed", progress="none").kimg_done == timed.kimg_done
    counted = train(replace(config, kimg=timed.kimg_done), images, tmp_path / "counted", progress="none")
    assert counted.kimg_done == timed.kimg_done
    assert same_weights(weights(counted.folder), weights(timed.folder))


def test_gray_and_odd_sizes_train(config, tmp_path):
    odd = replace(config, image_size=19, channels=1, kimg=0.016, loss="hinge", augment_flip=True, augment_cutout=0.3)
    run = train(odd, make_images(size=19, channels=1), tmp_path, progress="none")
    assert run.generate(3).shape == (3, 19, 19, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
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
    with pytest.raises(TrainingInterrupted, match=r"Stopped at .* of 100 kimg; all of it is saved in .*go on"):
        train(long, images, tmp_path, progress="none")
    assert signal.getsignal(number) == before
    stopped = load_run(tmp_path)
    assert stopped.state == "interrupted" and 0 < stopped.kimg_done < 100
    assert stopped.generate(2).shape == (2, 16, 16, 3)
    target = replace(config, kimg=stopped.kimg_done + 0.064)
    assert train(target, images, tmp_path, progress="none").state == "finished"


SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path[:0] = {paths!r}
from conftest import make_images
from dcgan_tf import Config, train
train(Config.from_dict({config!r}), make_images(), {folder!r}, progress="none")
"""


def test_a_killed_run_goes_on_at_its_last_checkpoint(config, images, tmp_path):
    """SIGKILL leaves no time to save; the next call goes on and ends like an unbroken run."""
    long = replace(config, kimg=1.2, checkpoint_minutes=0.0, score_kimg=0.2)
    folder = tmp_path / "killed"
    tests = Path(__file__).parent
    script = SCRIPT.format(paths=[str(tests), str(tests.parent)], config=long.to_dict(), folder=str(folder))
    child = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 120
    while not checkpoint_path(folder).exists():
        assert child.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    child.kill()
    child.wait()
    assert load_run(folder).state == "training"
    train(long, images, folder, progress="none")
    unbroken = train(long, images, tmp_path / "unbroken", progress="none")
    assert same_weights(weights(folder), weights(unbroken.folder))
    assert timeless(load_run(folder).history) == timeless(unbroken.history)
    assert load_run(folder).kid_curve == unbroken.kid_curve and len(unbroken.kid_curve) == 6
    assert load_run(folder).info["best"] == unbroken.info["best"]
    np.testing.assert_array_equal(load_run(folder).best.generate(3), unbroken.best.generate(3))


def test_half_a_last_line_of_history_is_trained_again(config, images, tmp_path):
    train(replace(config, kimg=0.032), images, tmp_path, progress="none")
    with (tmp_path / "history.jsonl").open("a") as file:
        file.write('{"step": 6, "kim')
    run = train(config, images, tmp_path, progress="none")
    assert [record["step"] for record in run.history] == [2, 4, 6, 8]


@pytest.fixture(scope="module")
def curve_config(config):
    return replace(config, score_kimg=0.016)


def test_the_kid_curve_has_its_points_and_keeps_the_best(curve_config, images, tmp_path):
    run = train(curve_config, images, tmp_path, progress="none")
    assert [point["step"] for point in run.kid_curve] == [2, 4, 6, 8]
    lowest = min(run.kid_curve, key=lambda point: point["kid_random"])
    assert run.info["best"] == lowest
    judge = KidCurve(curve_config, images)
    assert judge.measure(run.best.generator) == pytest.approx(lowest["kid_random"], rel=1e-3)
    assert judge.measure(run.generator) == pytest.approx(run.kid_curve[-1]["kid_random"], rel=1e-3)
    assert run.best.generate(3).shape == (3, 16, 16, 3)


def test_a_longer_run_has_the_same_curve_and_the_same_best(curve_config, images, tmp_path):
    train(replace(curve_config, kimg=0.04), images, tmp_path / "parts", progress="none")
    parts = train(curve_config, images, tmp_path / "parts", progress="none")
    whole = train(curve_config, images, tmp_path / "whole", progress="none")
    assert parts.kid_curve == whole.kid_curve and parts.info["best"] == whole.info["best"]
    np.testing.assert_array_equal(parts.best.generate(4), whole.best.generate(4))


def test_a_run_that_died_right_after_its_best_ends_like_an_unbroken_one(curve_config, images, tmp_path, monkeypatch):
    append = session.append_record

    def die(folder, name, record):
        if name == "kid.jsonl" and record["step"] == 4:
            raise SystemExit
        append(folder, name, record)

    monkeypatch.setattr(session, "append_record", die)
    monkeypatch.setattr(KidCurve, "measure", lambda judge, generator: 1.0 / int(judge_steps.pop(0)))
    judge_steps = [2, 4]
    with pytest.raises(SystemExit):
        train(curve_config, images, tmp_path / "dead", progress="none")
    monkeypatch.setattr(session, "append_record", append)
    judge_steps[:] = [4, 6, 8]
    again = train(curve_config, images, tmp_path / "dead", progress="none")
    judge_steps[:] = [2, 4, 6, 8]
    whole = train(curve_config, images, tmp_path / "whole", progress="none")
    assert again.kid_curve == whole.kid_curve and again.info["best"] == whole.info["best"] == whole.kid_curve[-1]
    np.testing.assert_array_equal(again.best.generate(3), whole.best.generate(3))


def test_no_curve_where_none_is_asked_for(config, images, tmp_path):
    run = train(replace(config, score_kimg=0.0), images, tmp_path, progress="none")
    assert run.kid_curve == [] and "best" not in run.info
    with pytest.raises(DcganError, match=r"best.keras should hold the generator.*first multiple of score_kimg"):
        run.best.generate(1)
