from dataclasses import replace
from types import SimpleNamespace

import pytest
import tensorflow as tf

from dcgan_tf import Config, DcganError, train
from dcgan_tf.training import estimate
from dcgan_tf.training.estimate import describe_duration, describe_progress, measure_in_process


@pytest.fixture
def slow_machine(monkeypatch):
    speed = {"img_per_s": 100.0, "device": "2 CPU cores", "precision": "float32", "reason": "no bfloat16 unit"}
    monkeypatch.setattr(estimate, "measure_in_process", lambda config: speed)


@pytest.mark.parametrize(
    ("kimg", "minutes", "text"),
    [(120.0, 0.0, "about 20 minutes"), (120.0, 5.0, "about 5 minutes"), (1.0, 0.0, "about a minute")],
)
def test_kimg_or_minutes_whichever_ends_first(tmp_path, slow_machine, kimg, minutes, text):
    clause = describe_duration(Config(kimg=kimg, minutes=minutes), tmp_path)
    assert clause == f"{text} of training on 2 CPU cores in float32 (no bfloat16 unit)"


def test_what_is_done_does_not_count_again(config, images, tmp_path, slow_machine):
    run = train(config, images, tmp_path, progress="none", pictures=False)
    assert describe_duration(config, tmp_path).startswith("already trained in ")
    longer = describe_duration(replace(config, kimg=60.064), tmp_path)
    assert longer.startswith("resuming at 0.1, about 10 minutes of training")
    spent = run.info["seconds"] / 60
    assert describe_duration(replace(config, kimg=99.0, minutes=spent / 2), tmp_path).startswith("already trained")
    assert "about 5 minutes" in describe_duration(replace(config, kimg=99.0, minutes=spent + 5), tmp_path)


def test_one_run_of_many_is_not_measured(config, images, tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "measure_in_process", lambda _: pytest.fail("a measurement was started"))
    assert describe_progress(config, tmp_path) == "from the start"
    train(config, images, tmp_path, progress="none", pictures=False)
    assert describe_progress(replace(config, kimg=60.064), tmp_path) == "resuming at 0.1"
    assert describe_progress(config, tmp_path).startswith("already trained in ")


def test_a_damaged_run_json_does_not_keep_training_from_restoring_it(tmp_path, slow_machine):
    (tmp_path / "run.json").write_text("{")
    assert describe_duration(Config(kimg=120.0), tmp_path).startswith("about 20 minutes of training")


@pytest.mark.slow
def test_the_speed_is_measured_elsewhere_and_told_with_its_device(config):
    speed = measure_in_process(config)
    assert speed["img_per_s"] > 0
    assert (speed["precision"], speed["reason"]) == ("float32", "as asked")
    assert speed["device"]


def test_a_measurement_that_fails_says_why(config, monkeypatch):
    monkeypatch.setattr(estimate.sys, "executable", "/bin/false")
    with pytest.raises(DcganError, match="A first step of training with these settings failed"):
        measure_in_process(config)


def test_memory_that_is_too_small_is_told_as_by_training(config, monkeypatch, capsys):
    def hungry(model, pixels):
        def run_steps(indices):
            if indices.shape[1] > 3:
                raise tf.errors.ResourceExhaustedError(None, None, "OOM")
            return tf.ones([len(indices), 4])

        return run_steps

    monkeypatch.setattr("dcgan_tf.training.loop.compile_steps", hungry)
    with pytest.raises(SystemExit) as ended:
        estimate.measure(config)
    sentence = capsys.readouterr().err
    assert "A `batch_size` of 2 fits: train again with that" in sentence

    def measured(status, said):
        done = SimpleNamespace(returncode=status, stdout="", stderr=said)
        monkeypatch.setattr(estimate.subprocess, "run", lambda *_, **__: done)
        with pytest.raises(DcganError) as failure:
            estimate.measure_in_process(config)
        return str(failure.value)

    assert measured(ended.value.code, "TensorFlow said something\n" + sentence) == sentence.strip()
    assert "with these settings was killed (signal 9), perhaps because memory ran out. Lower `batch_size`" in measured(
        -9, ""
    )
