"""The speed benchmark, with short turns."""

import json

import pytest

from benchmarks.speed.__main__ import main
from benchmarks.speed.cases import CASES
from benchmarks.speed.limits import step_flops
from benchmarks.speed.tensorflow_peers import keras_io, tutorial
from benchmarks.speed.turns import why_not
from dcgan_tf import Config
from dcgan_tf.common.machine import processor_flags

TINY = Config(image_size=16, generator_width=4, discriminator_width=4, latent_dim=8)


@pytest.mark.parametrize("peer", [tutorial, keras_io])
def test_peers_train(peer):
    peer(TINY)(2)


@pytest.mark.slow
def test_a_comparison_is_run_and_written(tmp_path, capsys):
    case, peers = "28x28x1, width 64", ["ours", "tutorial", "ours bfloat16"]
    turns = ["--rounds", "2", "--turn-seconds", "0.1"]
    main([*turns, "--cases", case, "--peers", *peers, "--results", str(tmp_path)])
    (written,) = json.loads((tmp_path / "speed.json").read_text())["processors"].values()
    rows = written["cases"][case]["rows"]
    assert rows["ours"]["ratio"] == 1.0 and rows["ours"]["tflops"] > 0 and min(written["limits"].values()) > 0
    assert 0 < rows["tutorial"]["slowest"] <= rows["tutorial"]["img_per_s"] <= rows["tutorial"]["fastest"]
    assert 0 < rows["tutorial"]["ratio_low"] <= rows["tutorial"]["ratio"] <= rows["tutorial"]["ratio_high"]
    assert rows["ours bfloat16"].get("missing", "") == why_not("ours bfloat16", CASES[case], processor_flags())
    printed = capsys.readouterr().out
    assert all(f"| {peer} | " in printed for peer in peers)


def test_only_a_processor_with_a_bfloat16_unit_tries_bfloat16():
    assert why_not("torch bfloat16", TINY, frozenset({"avx2"})) == "the processor has no bfloat16 unit"
    assert not why_not("torch bfloat16", TINY, frozenset({"avx2", "amx_bf16"}))
    assert not why_not("torch float32", TINY, frozenset({"avx2"}))


def test_lightweight_gan_is_tried_where_it_can():
    assert not why_not("lightweight-gan", CASES["kiwi preset"], frozenset())
    for case in ("28x28x1, width 64", "100x100x3, width 32"):
        assert why_not("lightweight-gan", CASES[case], frozenset()) == "only sides that are powers of two, in colour"


def test_operations_of_a_step_are_counted():
    # 16x16 to 4x4, width 4: D has kernels of 4x4x3x4 at 8x8 and 4x4x4x8 at 4x4, and 128 weights at the end.
    discriminator = 2 * (4 * 4 * 3 * 4 * 64 + 4 * 4 * 4 * 8 * 16 + 128)
    generator = 2 * (8 * 128 + 4 * 4 * 8 * 4 * 16 + 4 * 4 * 4 * 3 * 64)
    assert step_flops(TINY) == 3 * generator + 6 * discriminator
    assert step_flops(CASES["64x64x3, width 64"]) > 3 * step_flops(CASES["64x64x3, width 32"])
