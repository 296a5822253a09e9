import os
from pathlib import Path

import pytest
import tensorflow as tf

from dcgan_tf.common import machine
from dcgan_tf.common.machine import (
    Execution,
    choose_execution,
    compute_threads,
    describe_change,
    describe_machine,
    name_device,
    processor_flags,
    this_execution,
    unused_gpu,
)


@pytest.mark.parametrize(
    ("requested", "flags", "expected"),
    [
        ("auto", {"amx_bf16", "avx2"}, "bfloat16"),
        ("auto", {"avx512_bf16", "avx2"}, "bfloat16"),
        ("auto", {"avx2", "avx512f"}, "float32"),
        ("auto", set(), "float32"),
        ("float32", {"amx_bf16"}, "float32"),
        ("bfloat16", set(), "bfloat16"),
        ("float16", set(), "float16"),
    ],
)
def test_without_gpu_precision_follows_the_request_then_the_processor(requested, flags, expected):
    execution = choose_execution(requested, frozenset(flags))
    assert execution.precision == expected
    unit = "AMX" if "amx_bf16" in flags else "AVX512_BF16"
    reason = f"the processor has {unit}" if expected == "bfloat16" else "no bfloat16 unit"
    assert execution.reason == (reason if requested == "auto" else "as asked")
    assert execution.matmul_gradients and not execution.jit_compile


@pytest.mark.parametrize(
    ("requested", "gpus", "expected"),
    [
        ("auto", [(9, 0)], ("bfloat16", True)),  # H100
        ("auto", [(8, 0), (7, 5)], ("bfloat16", True)),  # A100 first
        ("auto", [(12, 0)], ("bfloat16", False)),  # RTX 5090, whose XLA ends the process
        ("auto", [(7, 5)], ("float16", True)),  # T4
        ("auto", [(7, 0)], ("float16", True)),  # V100
        ("auto", [(6, 1)], ("float32", True)),  # GTX 1080
        ("auto", [None], ("float32", False)),  # not NVIDIA's
        ("float32", [(9, 0)], ("float32", True)),
    ],
)
def test_a_gpu_decides_for_itself_whatever_the_processor(requested, gpus, expected):
    execution = choose_execution(requested, frozenset({"amx_bf16"}), gpus)
    assert (execution.precision, execution.jit_compile) == expected
    assert not execution.matmul_gradients
    assert ("GPU" in execution.reason) == (requested == "auto")


def test_this_machine_is_asked_for_its_gpus(monkeypatch):
    monkeypatch.setattr(machine, "_gpus", lambda: [{"device_name": "Tesla T4", "compute_capability": (7, 5)}])
    assert this_execution("auto").precision == "float16"
    monkeypatch.setattr(machine, "_gpus", lambda: [{"device_name": "METAL"}])
    assert this_execution("auto").precision == "float32"


def test_flags_are_read_from_the_first_processor(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu amx_bf16 avx2\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert processor_flags(cpuinfo) == {"fpu", "amx_bf16", "avx2"}
    assert processor_flags(tmp_path / "missing") == frozenset()


def test_the_machine_is_described_with_versions_and_precision():
    found = describe_machine(Execution("bfloat16", "the processor has AMX"))
    assert (found["precision"], found["precision_reason"]) == ("bfloat16", "the processor has AMX")
    assert found["packages"]["keras"].startswith("3.")
    assert found["packages"]["tensorflow"].startswith("2.")
    assert found["cpu_count"] >= 1


@pytest.mark.parametrize(
    ("gpus", "cores", "expected"),
    [([], 1, "1 CPU core"), ([], 2, "2 CPU cores"), (["Tesla T4", "Tesla T4"], 2, "Tesla T4, Tesla T4")],
)
def test_the_device_is_named_in_words(monkeypatch, gpus, cores, expected):
    monkeypatch.setattr(machine, "gpu_names", lambda: gpus)
    monkeypatch.setattr(machine, "usable_cores", lambda: cores)
    assert name_device() == expected


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Return a function that makes nvidia-smi print this and end with this status."""
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("TensorFlow uses a GPU here")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    def prints(text: str, status: int = 0) -> None:
        tool = Path(tmp_path / "nvidia-smi")
        tool.write_text(f"#!/bin/sh\necho '{text}'\nexit {status}\n")
        tool.chmod(0o755)

    return prints


T4 = "GPU 0: NVIDIA T4 (UUID: GPU-6d3c1a)"


def test_a_card_that_a_cpu_build_cannot_use_is_told(driver, monkeypatch):
    driver(T4)
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: False)
    assert unused_gpu() == (
        "The NVIDIA T4 is not used: this TensorFlow is built for CPUs only. Replace it by the build for NVIDIA "
        "cards: `pip uninstall tensorflow-cpu tensorflow`, then "
        f'`pip install "tensorflow[and-cuda]=={tf.__version__}"`.'
    )


@pytest.mark.parametrize(
    ("count", "used", "said"),
    [(1, 1, ""), (8, 8, ""), (2, 4, ""), (8, 1, "One of 8 GPUs is used. With"), (8, 2, "2 of 8 GPUs are used. With")],
)
def test_gpus_that_do_not_share_the_batch_are_told(monkeypatch, count, used, said):
    for name in ("get_visible_devices", "list_physical_devices"):
        monkeypatch.setattr(tf.config, name, lambda kind: ["a GPU"] * count)
    sentence = unused_gpu(Execution(devices=used))
    assert sentence.startswith(said)
    assert bool(sentence) == bool(said)


def test_a_card_without_matching_driver_or_libraries_is_told(driver, monkeypatch):
    driver("GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)\n  MIG 1g.10gb Device 0: (UUID: MIG-2)")
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: True)
    sentence = unused_gpu()
    assert sentence.startswith(
        "The NVIDIA H100 80GB HBM3 is not used: TensorFlow finds no matching driver or CUDA libraries"
    )
    assert f'`pip install --force-reinstall "tensorflow[and-cuda]=={tf.__version__}"`' in sentence


@pytest.mark.parametrize("hidden", ["", "-1", "NoDevFiles", "none"])
def test_a_card_hidden_on_purpose_is_not_mentioned(driver, monkeypatch, hidden):
    driver(T4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert unused_gpu() == ""


@pytest.mark.parametrize("shown", ["0", "1,0", "GPU-6d3c1a"])
def test_a_card_that_is_named_is(driver, monkeypatch, shown):
    driver(T4)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", shown)
    assert unused_gpu()


def test_without_a_card_there_is_nothing_to_say(driver, tmp_path, monkeypatch):
    driver("No devices were found", 6)
    assert unused_gpu() == ""
    driver("NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.", 9)
    assert unused_gpu() == ""
    (tmp_path / "nvidia-smi").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unused_gpu() == ""


def test_a_card_that_is_used_is_not_asked_about(driver, monkeypatch):
    driver(T4)
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: ["GPU:0"])
    assert unused_gpu() == ""


HERE = {
    "precision": "float32", "xla": False, "device": "CPU", "cpu_count": 2, "threads": 2, "onednn": True,
    "flags": ["avx2", "fma"], "packages": {"tensorflow": "2.21.0", "keras": "3.15.1"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ({"threads": 1}, "with 1 thread and goes on with 2 threads"),
        ({"onednn": False}, "without oneDNN and goes on with oneDNN"),
        ({"flags": ["avx512f"]}, "for a processor with avx512f and goes on for a processor with avx2, fma"),
        ({"packages": {"tensorflow": "2.19.0"}}, "by TensorFlow 2.19.0 and goes on by TensorFlow 2.21.0"),
        ({"device": "Tesla T4", "precision": "float16", "xla": True, "threads": 8},
         "in float16 compiled by XLA, on a Tesla T4 and goes on in float32, on a CPU"),
    ],
)  # fmt: skip
def test_a_change_of_rounding_is_told(there, sentence):
    expected = f"The run was trained {sentence}: its end will depend on where it stopped."
    assert describe_change(HERE | there, HERE) == expected


def test_what_does_not_change_rounding_is_not_told():
    of_version_1 = {name: HERE[name] for name in ("precision", "xla", "device", "cpu_count", "packages")}
    for there in (
        HERE,
        HERE | {"packages": {"tensorflow": "2.21.0", "keras": "3.8.0"}},
        of_version_1,
        {"precision": "float32"},
    ):
        assert describe_change(there, HERE) == ""
    assert "with 4 threads" in describe_change(of_version_1 | {"cpu_count": 4}, HERE)
    on_gpu = {"device": "Tesla T4"}
    assert describe_change(HERE | on_gpu | {"threads": 2}, HERE | on_gpu | {"threads": 4}) == ""


def test_threads_are_those_that_tensorflow_takes(monkeypatch):
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    assert compute_threads() == machine.usable_cores()
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "7")
    assert compute_threads() == 7
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "many")
    assert compute_threads() == machine.usable_cores()
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    found = describe_machine(Execution())
    assert found["onednn"] is False and found["threads"] == machine.usable_cores()
