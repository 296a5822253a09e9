"""What the benchmark that kills a run calls good, and what it shows."""

import pytest

from benchmarks import tables
from benchmarks.soak.__main__ import is_good

GOOD = {
    "planned": {"training": 30, "start": 5, "checkpoint": 10, "gif": 5},
    "kills": {"training": 30, "start": 5, "checkpoint": 10, "gif": 5},
    "half_written": {"checkpoint": 9, "gif": 5},
    "failed_resumes": 0,
    "passed_over": 0,
    "steps": 1000,
    "commit": "0123456789",
    "interval_seconds": 3.0,
    "lost_seconds": 2.9,
    "lost_steps": 90,
    "identical": {"weights": True, "history": True, "samples": True},
}


@pytest.mark.parametrize(
    "bad",
    [
        {"failed_resumes": 1},
        {"passed_over": 1},
        {"lost_seconds": 3.1},
        {"kills": {"training": 28, "start": 5, "checkpoint": 10, "gif": 7}},
        {"half_written": {"checkpoint": 9, "gif": 0}},
        {"identical": {"weights": True, "history": False, "samples": True}},
    ],
)
def test_what_is_not_good_is_not_called_good(bad):
    assert is_good(GOOD)
    assert not is_good(GOOD | bad)


def test_few_kills_are_good_without_those_that_are_not_planned():
    few = {"training": 2, "start": 0, "checkpoint": 1, "gif": 0}
    assert is_good(GOOD | {"planned": few, "kills": few, "half_written": {"checkpoint": 1, "gif": 0}})


def test_the_table_says_what_was_found():
    table = tables.soak({"rows": {"float32": GOOD | {"identical": {"weights": True, "samples": False}}}})
    assert (
        "| float32 | 50 (5, 30, 10, 5) | 9, 5 | 0 | 90 | 2.9 | 3 | 1,000 | weights: yes, samples: NO | 0123456 |"
        in table
    )
