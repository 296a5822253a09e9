"""The step as a program for a GPU: what is exported, and what is said where JAX and PyTorch are missing."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.gpu.__main__ import main
from benchmarks.gpu.cases import CASES, Case, named
from benchmarks.gpu.export import export, settings, words
from dcgan_tf.model.networks import build_discriminator, build_generator

TINY = Case(16, 4, 8, "float32")


def test_cases_are_found_by_their_names():
    assert all(named(case.name) == case for case in CASES)
    assert {case.side for case in CASES} == {28, 64, 128} and {case.batch for case in CASES} == {16, 64, 256, 1024}


def test_layers_are_told_to_pytorch():
    config = settings(Case(28, 32, 16, "float32"))
    told = [[words(layer)[0] for layer in build(config).layers] for build in (build_generator, build_discriminator)]
    assert told[0].count("up") == 3 and told[0][-1] == "tanh" and told[0].count("tanh") == 1
    assert told[0].count("crop") == 1  # 8 to 7
    assert told[1] == ["down", "leaky"] * 3 + ["flatten", "dense"]


@pytest.mark.slow
def test_a_program_is_written_with_its_weights_and_outcome(tmp_path):
    about = export(TINY, tmp_path)
    program = (tmp_path / f"{TINY.name}.mlir").read_text()
    head = next(line for line in program.splitlines() if "@main(" in line)
    weights = np.load(tmp_path / f"{TINY.network}.npz")
    assert len(re.findall(r"%arg\d+: tensor<", head)) == 1 + len(weights.files) == 1 + len(about["norms"])
    assert len(about["logs"]) == 4 and about["step_flops"] > 0


def test_what_is_missing_is_said(tmp_path):
    if subprocess.run([sys.executable, "-c", "import jax"], capture_output=True, check=False).returncode == 0:
        pytest.skip("JAX is installed")
    (tmp_path / f"{CASES[0].name}.mlir").touch()
    main([str(tmp_path), "--results", str(tmp_path), "--minutes", "1"])
    written = json.loads((tmp_path / "gpu.json").read_text())
    assert {row["way"] for row in written["rows"]} == {"ours", "torch", "ours, deterministic"}
    assert all(row["missing"].startswith("ModuleNotFoundError") for row in written["rows"])
    assert "jax" in written["peak_tflops"]["missing"]
