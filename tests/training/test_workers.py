"""One run on several devices, and by several processes: TensorFlow's own strategies, on processors."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.shared.processes import worker_settings
from dcgan_tf.run.checkpoint import checkpoint_paths
from tests.support.waiting import wait_until

FIFTY_STEPS = {"kimg": 0.8}
# oneDNN takes other kernels for other batch sizes, whose rounding differs more than the sums over devices do.
PLAIN = {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}


def start(folder: Path, fields: dict, **environment: str) -> subprocess.Popen:
    """Start a process that trains into a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.worker", str(folder), json.dumps(fields)],
        env=os.environ | PLAIN | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def start_two(folder: Path, fields: dict, others: dict | None = None) -> list[subprocess.Popen]:
    """Start two workers; the second has `others` as its fields, if they are given."""
    first, second = worker_settings(2)
    return [start(folder, fields, **first), start(folder / "unused", others or fields, **second)]


def printed(process: subprocess.Popen) -> str:
    """Wait for a process to end, and return what it printed."""
    return process.communicate(timeout=200)[0]


def weights(folder: Path) -> dict[str, np.ndarray]:
    """Return every variable of the newest checkpoint."""
    with np.load(checkpoint_paths(folder)[0]) as saved:
        return {name: saved[name] for name in saved.files if name not in ("about", "pending_logs")}


def furthest(first: Path, second: Path) -> float:
    """Return the largest difference between weights of two runs."""
    one, other = weights(first), weights(second)
    names = [name for name in one if name.startswith(("generator/", "discriminator/", "ema_generator/"))]
    return max(float(np.abs(one[name] - other[name]).max()) for name in names)


@pytest.mark.slow
def test_two_devices_and_two_workers_train_as_one_device_does(tmp_path):
    assert not start(tmp_path / "one", FIFTY_STEPS).wait(200)
    assert "on 2 devices" in printed(start(tmp_path / "devices", FIFTY_STEPS | {"devices": 2}))
    chief, follower = start_two(tmp_path / "workers", FIFTY_STEPS)
    assert "0.8 of 0.8 kimg" in printed(chief)
    said = printed(follower)
    assert "Worker 1 of 2: training has ended; worker 0 has the run." in said, said
    assert not (tmp_path / "workers" / "unused").exists()
    assert furthest(tmp_path / "one", tmp_path / "devices") < 1e-4
    assert furthest(tmp_path / "one", tmp_path / "workers") < 1e-4
    moved = {"learning_rate": 3e-4}
    assert not start(tmp_path / "other", FIFTY_STEPS | moved).wait(200)
    assert furthest(tmp_path / "one", tmp_path / "other") > 1e-3  # so that the bound means something

    # A run on two devices goes on on one.
    said = printed(start(tmp_path / "devices", {"kimg": 0.9, "devices": 1}))
    assert "The run was trained on 2 devices together and goes on on 1 device" in said
    assert "0.9 of 0.9 kimg" in said


@pytest.mark.slow
def test_workers_go_on_exactly_after_one_was_killed(tmp_path):
    length = {"kimg": 4.8, "checkpoint_minutes": 0}
    for worker in start_two(tmp_path / "whole", length):
        printed(worker)
    whole = weights(tmp_path / "whole")
    for victim in (0, 1):
        folder = tmp_path / f"broken {victim}"
        pair = start_two(folder, length)
        wait_until(lambda folder=folder: checkpoint_paths(folder), 100)
        pair[victim].send_signal(signal.SIGKILL)
        said = printed(pair[1 - victim])
        assert "Another worker no longer answers. Start all workers again: they go on" in said, said
        assert 0 < int(checkpoint_paths(folder)[0].stem) < int(checkpoint_paths(tmp_path / "whole")[0].stem)
        for worker in start_two(folder, length):
            printed(worker)
        broken = weights(folder)
        assert all(np.array_equal(whole[name], broken[name]) for name in whole)

    chief, follower = start_two(tmp_path / "whole", length)  # which is finished
    assert "nothing left to train" in printed(follower)
    assert not printed(chief).count("kimg,")


@pytest.mark.slow
def test_ctrl_c_in_any_worker_saves_the_run_and_others_stop(tmp_path):
    chief, follower = start_two(tmp_path / "run", {"kimg": 1000, "checkpoint_minutes": 0})
    wait_until(lambda: checkpoint_paths(tmp_path / "run"), 100)
    follower.send_signal(signal.SIGINT)
    assert "everything is saved" in printed(chief)
    assert "training has ended" in printed(follower)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "interrupted"


@pytest.mark.slow
def test_workers_with_other_settings_do_not_train(tmp_path):
    chief, follower = start_two(tmp_path / "run", FIFTY_STEPS, FIFTY_STEPS | {"seed": 1})
    assert "All workers should have the same settings and pictures. Received: others in worker 1" in printed(follower)
    assert "Another worker no longer answers." in printed(chief)
