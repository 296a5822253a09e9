"""The benchmark of starts from a finished run."""

import json

import numpy as np
import pytest

from benchmarks.quality import start
from benchmarks.shared.sets import SETS, load


@pytest.mark.slow
def test_it_trains_from_a_start_and_from_scratch(tmp_path, capsys):
    start.main(["--sets", "tiny", "--start", "tiny", "--minutes", "0.002", "--seeds", "0", "--results", str(tmp_path)])
    (row,) = json.loads((tmp_path / "start.json").read_text())["rows"]
    assert row["set"] == "tiny" and {"start", "scratch", "scratch, as short"} <= set(row)
    assert "| tiny | start | 1 |" in capsys.readouterr().out


def test_a_model_begins_with_the_networks_of_another():
    config = SETS["tiny"].config
    first = start.begin(config, None)
    first.generator.weights[0].assign_add(np.ones(first.generator.weights[0].shape))
    data = load("tiny", None, tuning=False)[0]
    second = start.begin(config, start.Trained(config, data, first))
    for one, other in zip(first.generator.get_weights(), second.generator.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert int(second.steps_done.numpy()) == 0
