import pytest

from dcgan_tf import machine
from dcgan_tf.machine import choose_precision, describe_machine, name_device, processor_flags


@pytest.mark.parametrize(
    ("requested", "flags", "expected"),
    [
        ("auto", {"amx_bf16", "avx2"}, "bfloat16"),
        ("auto", {"avx2", "avx512f"}, "float32"),
        ("auto", set(), "float32"),
        ("float32", {"amx_bf16"}, "float32"),
        ("bfloat16", set(), "bfloat16"),
    ],
)
def test_precision_follows_the_request_then_the_processor(requested, flags, expected):
    precision, reason = choose_precision(requested, frozenset(flags))
    assert precision == expected
    assert reason


def test_the_processor_does_not_decide_for_a_gpu():
    assert choose_precision("auto", frozenset({"amx_bf16"}), gpu=True) == ("float32", "a GPU does the work")


def test_flags_are_read_from_the_first_processor(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nflags\t\t: fpu amx_bf16 avx2\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert processor_flags(cpuinfo) == {"fpu", "amx_bf16", "avx2"}
    assert processor_flags(tmp_path / "missing") == frozenset()


def test_the_machine_is_described_with_versions_and_precision():
    found = describe_machine("float32")
    assert found["precision"] == "float32"
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
