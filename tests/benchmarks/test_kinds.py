"""What the distance of generated pictures is made of."""

import numpy as np
import pytest

from benchmarks.quality.kinds import describe, parts

REAL = np.random.default_rng(0).normal(size=(200, 8)) + np.repeat([[-10.0], [10.0]], 100, axis=0)
LABELS = np.repeat(["kind 1", "kind 2"], 100)


@pytest.mark.parametrize(
    ("made", "lost", "of_kinds", "of_looks"),
    [
        (REAL, 0, False, False),
        (REAL[:100], 1, True, False),
        (REAL + 4.0, 0, False, True),
        (REAL[:100] + 4.0, 1, True, True),
    ],
)
def test_kinds_and_looks_are_told_apart(made, lost, of_kinds, of_looks):
    found = parts(REAL, LABELS, made)
    assert (found["kinds"], found["kinds_lost"]) == (2, lost)
    large = parts(REAL, LABELS, REAL + 4.0)["kid_of_looks"] / 4
    assert (found["kid_of_kinds"] > large, found["kid_of_looks"] > large) == (of_kinds, of_looks)
    assert found["photos_near"] <= (0.5 if lost else 1.0)


def test_the_table_has_a_line_for_each_set_recipe_and_time():
    rows = [
        {"set": "apples", "recipe": recipe, "seed": seed, "seconds": 720.0} | parts(REAL, LABELS, REAL[:100])
        for recipe in ("ours", "first")
        for seed in (0, 1)
    ]
    table = describe(rows)
    assert "| apples | ours | 12 | 2 | " in table and "| apples | first | 12 | 2 | " in table
    assert table.count("1 (1 to 1) of 2 |") == 2
