"""Wall-clock time."""

import statistics
import time
from collections.abc import Callable


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_seconds(work: Callable[[], object], rounds: int) -> float:
    """Return how long `work` takes, the median of several calls after one that does not count."""
    work()
    return statistics.median(seconds_of(work) for _ in range(rounds))
