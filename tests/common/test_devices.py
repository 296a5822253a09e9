"""Which devices and processes train a run together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import tensorflow as tf

from benchmarks.shared.processes import free_port
from dcgan_tf.common.devices import (
    Place,
    check_gpus,
    compute_repeatably,
    join_workers,
    open_strategy,
    this_place,
)
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.machine import Execution, this_execution
from dcgan_tf.config import Config

HOSTS = ["a:1", "b:1", "c:1"]


def cluster(task: object, **groups: list[str]) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": groups, "task": task})}


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({}, Place(0, 1)),
        ({"TF_CONFIG": " "}, Place(0, 1)),
        ({"TF_CONFIG": "{}"}, Place(0, 1)),
        (cluster({"type": "worker", "index": 2}, worker=HOSTS), Place(2, 3)),
        (cluster({"type": "worker", "index": "1"}, chief=HOSTS[:1], worker=HOSTS[1:]), Place(2, 3)),
        (cluster({"type": "chief", "index": 0}, chief=HOSTS[:1], worker=HOSTS[1:]), Place(0, 3)),
        (cluster({"type": "chief", "index": 0}, chief=HOSTS[:1]), Place(0, 1)),  # a job of one machine on Vertex AI
    ],
)
def test_the_place_among_the_workers(environment, place):
    assert this_place(environment) == place


@pytest.mark.parametrize(
    "environment",
    [
        {"TF_CONFIG": "worker 1"},
        {"TF_CONFIG": "[]"},
        cluster({"type": "worker", "index": 3}, worker=HOSTS),
        cluster({"type": "worker"}, worker=HOSTS),
        cluster({"type": "ps", "index": 0}, worker=HOSTS, ps=HOSTS),
        cluster({}, ps=HOSTS),
        cluster({"type": "worker", "index": None}, worker=HOSTS),
    ],
)
def test_a_wrong_tf_config_is_one_sentence(environment):
    with pytest.raises(DcganError, match="`TF_CONFIG` in the environment should name the workers and this one"):
        this_place(environment)


@pytest.fixture
def with_gpus(monkeypatch):
    """Return a function that makes TensorFlow list so many GPUs."""

    def make(count: int) -> None:
        names = [SimpleNamespace(name=f"/device:GPU:{number}") for number in range(count)]
        monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: names if kind == "GPU" else ["CPU"])
        monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda devices: devices)
        monkeypatch.setattr(tf.distribute, "get_strategy", lambda: ["one"])

    return make


@pytest.mark.parametrize(
    ("gpus", "devices", "batch", "chosen"),
    [(0, "auto", 16, 1), (1, "auto", 16, 1), (8, "auto", 16, 1), (8, "auto", 64, 4), (8, "auto", 1024, 8),
     (3, "auto", 64, 2), (3, "auto", 96, 3), (8, 8, 16, 8), (8, 2, 16, 2), (8, 1, 1024, 1)],
)  # fmt: skip
def test_how_many_devices_share_a_batch(with_gpus, gpus, devices, batch, chosen):
    with_gpus(gpus)
    assert len(open_strategy(devices, batch)) == chosen


def test_devices_that_are_not_there_or_cannot_share_are_refused(with_gpus):
    with_gpus(2)
    with pytest.raises(DcganError, match=r"at most the number of GPUs that TensorFlow sees, 2\. Received: 4"):
        open_strategy(4, 16)
    with pytest.raises(DcganError, match=r"`batch_size` should be a multiple of `devices`, 2.*Received: 15"):
        open_strategy(2, 15)
    with_gpus(0)
    with pytest.raises(DcganError, match=r"at most the number of devices that TensorFlow sees, 1\. Received: 2"):
        open_strategy(2, 16)


def test_devices_of_a_configuration():
    assert Config(devices="3").devices == 3
    for wrong in (0, "some", "", 1.5, None, True, "99999999999", 65):
        with pytest.raises(DcganError, match=r"`devices` should be auto, or 1 to 64\. Received: "):
            Config(devices=wrong)


def test_xla_is_for_one_device(monkeypatch):
    monkeypatch.setattr("dcgan_tf.common.machine._gpus", lambda: [{"compute_capability": (9, 0)}])
    assert this_execution("auto") == Execution("bfloat16", "the GPU is Ampere or newer", True, False)
    assert this_execution("auto", 2) == Execution("bfloat16", "the GPU is Ampere or newer", False, False, 2)


def test_without_other_workers_nothing_is_joined():
    assert join_workers() is None


JOIN = """
import dcgan_tf, sys
import tensorflow as tf
from dcgan_tf.common import devices
from dcgan_tf.common.errors import DcganError
if "late" in sys.argv:
    tf.constant(1) + 1
try:
    devices.join_workers()
except DcganError as error:
    print(error)
"""


def start_joining(address: str, *words: str) -> subprocess.Popen[str]:
    """Start a first worker whose second does not start."""
    about = {"cluster": {"worker": [address, "127.0.0.1:9"]}, "task": {"type": "worker", "index": 0}}
    environment = os.environ | {"TF_CONFIG": json.dumps(about), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen(
        [sys.executable, "-u", "-c", JOIN, *words], env=environment, stdout=subprocess.PIPE, text=True
    )


def join_in_process(address: str, *words: str) -> str:
    """Return what such a worker prints; it must end without an error."""
    process = start_joining(address, *words)
    printed, _ = process.communicate()
    assert process.returncode == 0
    return printed


@pytest.mark.slow
def test_workers_that_cannot_join_say_why():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = join_in_process(address)
        assert said.startswith("Worker 0 of 2: waiting until all have started.\nThis worker of `TF_CONFIG` cannot")
        assert "join the others before TensorFlow computes anything" in join_in_process(address, "late")


@pytest.mark.slow
def test_ctrl_c_ends_a_worker_that_waits():
    with start_joining(f"127.0.0.1:{free_port()}") as process:
        try:
            assert "waiting until all have started" in process.stdout.readline()
            time.sleep(2)  # until TensorFlow waits
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == -signal.SIGINT
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "--xla_gpu_deterministic_ops=true"),
        ("--xla_dump_to=here", "--xla_dump_to=here --xla_gpu_deterministic_ops=true"),
        ("--xla_gpu_deterministic_ops=false", "--xla_gpu_deterministic_ops=false"),  # asked for
    ],
)
def test_gpus_compute_the_same_each_time(given, expected, monkeypatch):
    asked = []
    monkeypatch.setenv("XLA_FLAGS", given)
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: asked.append(True))
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [])
    compute_repeatably()
    assert not asked and os.environ["XLA_FLAGS"] == given  # processors need nothing
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [kind])
    compute_repeatably()
    assert asked and os.environ["XLA_FLAGS"] == expected


def test_xla_takes_the_flag_even_after_tensorflow_has_started():
    code = (
        "import os, tensorflow as tf; tf.config.list_logical_devices(); from unittest import mock\n"
        "from dcgan_tf.common.devices import compute_repeatably\n"
        "with mock.patch.object(tf.config, 'get_visible_devices', lambda kind: [kind]): compute_repeatably()\n"
        "print(float(tf.function(lambda: tf.ones([2]) + 1, jit_compile=True)()[0]), os.environ['XLA_FLAGS'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2.0", "--xla_gpu_deterministic_ops=true"]


def test_a_card_that_tensorflow_cannot_compute_on_is_one_sentence(monkeypatch):
    def fail(*_: object) -> None:
        raise tf.errors.InternalError(None, None, "'cuLaunchKernel(...)' failed with 'CUDA_ERROR_INVALID_HANDLE'")

    check_gpus()
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [SimpleNamespace(name="/device:GPU:0")])
    monkeypatch.setattr(tf, "device", lambda name: tf.name_scope("gpu"))
    check_gpus()
    monkeypatch.setattr(tf, "matmul", fail)
    with pytest.raises(DcganError, match=r"sees /device:GPU:0 but cannot compute on it: .*CUDA_ERROR_INVALID_HANDLE"):
        check_gpus()
