import json
import sys

import keras
import pytest

from benchmarks import tables
from benchmarks.shared import report
from benchmarks.speed import speed, turns, variants
from benchmarks.speed.cases import CASES, INGREDIENTS
from benchmarks.speed.limits import step_flops
from benchmarks.speed.tensorflow_peers import keras_io, tutorial
from dcgan_tf import Config
from dcgan_tf.model.layers import FusableLeakyReLU

TINY = Config(image_size=16, generator_width=4, discriminator_width=4, latent_dim=8)


@pytest.mark.parametrize("name", [name for name in INGREDIENTS if name != "ours"])
def test_our_step_trains_with_any_one_thing_changed(name):
    variants.variant(name.removeprefix("ours, "), TINY)(2)


def test_a_changed_step_is_changed(monkeypatch):
    built = []
    original = variants.build_model
    monkeypatch.setattr(variants, "build_model", lambda *settings: built.append(original(*settings)) or built[-1])
    names = ("Keras normalization", "Keras Adam", "batch together", "XLA", "passes apart", "Keras leaky")
    for name in names:
        variants.variant(name, TINY)
    normalized, optimized, together, compiled, apart, leaky = built
    assert apart.discriminator_mixes_batch and not together.discriminator_mixes_batch
    assert type(leaky.discriminator.get_layer("leaky_8")) is keras.layers.LeakyReLU
    assert type(apart.discriminator.get_layer("leaky_8")) is FusableLeakyReLU
    assert type(normalized.generator.get_layer("norm_4")).__name__ == "BatchNormalization"
    assert type(optimized.generator_optimizer).__name__ == "Adam"
    assert type(together) is variants.TogetherDCGAN
    assert compiled.jit_compile and not together.jit_compile


@pytest.mark.parametrize("peer", [tutorial, keras_io])
def test_peers_train(peer):
    peer(TINY)(2)


def test_a_comparison_is_run_and_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.1)
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    case, peers = "28x28x1, width 64", ["ours", "tutorial", "ours bfloat16"]
    monkeypatch.setattr(turns, "processor_flags", lambda: frozenset({"avx2"}))
    monkeypatch.setattr(sys, "argv", ["speed.py", "--rounds", "2", "--cases", case, "--peers", *peers])
    monkeypatch.setattr(speed, "measure_limits", lambda: {"float32": 0.1, "bfloat16": 0.2})
    speed.main()
    written = json.loads((tmp_path / "speed.json").read_text())["cases"][case]
    assert written["rows"]["tutorial"]["img_per_s"] > 0
    assert written["rows"]["ours"]["ratio"] == 1.0
    printed = capsys.readouterr().out
    assert "| ours bfloat16 | the processor has no bfloat16 unit | | |" in printed


def test_operations_of_a_step_are_counted():
    # 16x16 to 4x4, width 4: D has kernels of 4x4x3x4 at 8x8 and 4x4x4x8 at 4x4, and 128 weights at the end.
    discriminator = 2 * (4 * 4 * 3 * 4 * 64 + 4 * 4 * 4 * 8 * 16 + 128)
    generator = 2 * (8 * 128 + 4 * 4 * 8 * 4 * 16 + 4 * 4 * 4 * 3 * 64)
    assert step_flops(TINY) == 3 * generator + 6 * discriminator
    assert step_flops(CASES["64x64x3, width 64"]) > 3 * step_flops(CASES["64x64x3, width 32"])


def test_every_result_has_its_table():
    page = tables.page()
    for path in report.RESULTS.glob("*.json"):
        assert f"`benchmarks/{path.stem}.py`" in page
    assert "| 64x64x3, width 32 | " in page
