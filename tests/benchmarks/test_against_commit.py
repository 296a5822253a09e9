"""The comparison with another checkout, here one with flat modules whose steps do nothing."""

import re

import pytest

from benchmarks.speed.against_commit import IMPORTS, main

FLAT = {
    "__init__.py": "from dcgan_tf.config import Config\n\ntrain = None\n",
    "config.py": """
from dataclasses import dataclass

@dataclass
class Config:
    image_size: int
    channels: int
    batch_size: int
    precision: str
""",
    "machine.py": "this_execution = str\n",
    "steps.py": """
from pathlib import Path
import numpy as np
import tensorflow as tf

def build_model(config, execution):
    Path(__file__).with_name("built").write_text(f"{config} {execution}")

def compile_steps(model, pixels):
    return lambda indices: tf.zeros(indices.shape)

def batch_indices(config, count, start, steps):
    return np.zeros((steps, config.batch_size))
""",
    "explore/__init__.py": "",
    "explore/finding.py": "find_runs = None\n",
}


@pytest.mark.slow
def test_steps_and_imports_of_both_are_compared(tmp_path, capsys):
    library = tmp_path / "dcgan_tf"
    for name, source in FLAT.items():
        (library / name).parent.mkdir(parents=True, exist_ok=True)
        (library / name).write_text(source)
    main([str(tmp_path), "--rounds", "1", "--turn-seconds", "0.1", "--cases", "vehicles preset"])
    assert "Config(image_size=28, channels=1, batch_size=16, precision='auto') auto" in (library / "built").read_text()
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \| [\d.]+ \(.+ to .+\) \|$", capsys.readouterr().out, re.M)
    assert [row[0] for row in rows] == ["vehicles preset", *(f"`{statement}`" for statement in IMPORTS)]


def test_another_checkout_must_hold_the_library(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path)])
    assert stop.value.code == 2 and f"there is no dcgan_tf in {tmp_path}." in capsys.readouterr().err
