import pytest

from dcgan_tf.common import machine
from dcgan_tf.common.machine import (
    Execution,
    choose_execution,
    describe_machine,
    name_device,
    processor_flags,
    this_execution,
)


@pytest.mark.parametrize(
    ("requested", "flags", "expected"),
    [
        ("auto", {"amx_bf16", "avx2"}, "bfloat16"),
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
    assert execution.reason == {"auto": "the processor has AMX" if flags > {"amx_bf16"} else "no AMX"}.get(
        requested, "as asked"
    )
    assert execution.matmul_gradients and not execution.jit_compile


@pytest.mark.parametrize(
    ("requested", "gpus", "expected"),
    [
        ("auto", [(9, 0)], ("bfloat16", True)),  # H100
        ("auto", [(8, 0), (7, 5)], ("bfloat16", True)),  # A100 first
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
