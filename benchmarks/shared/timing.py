"""Wall-clock time, and training for a time of the processor."""

import statistics
import time
from collections.abc import Callable, Collection, Iterator

CALL_SECONDS = 1.0  # of one call of a training, about


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_seconds(work: Callable[[], object], rounds: int) -> float:
    """Return how long `work` takes, the median of several calls after one that does not count."""
    work()
    return statistics.median(seconds_of(work) for _ in range(rounds))


def train_for(
    train: Callable[[int, int], None], seconds: float, stops: Collection[int] = (), start: int = 0
) -> Iterator[int]:
    """Train for a time of the processor, and yield the number of steps done at each of `stops` and at the end.

    `train` takes a step and how many to train from there on; the first is `start`.
    """
    step, used, call = start, 0.0, 1
    while used < seconds:
        steps = min(call, *(stop - step for stop in stops if stop > step), call)
        began = time.process_time()
        train(step, steps)
        took = time.process_time() - began
        step, used = step + steps, used + took
        if steps == call:
            call = max(1, min(2 * call, round(call * CALL_SECONDS / took)))
        if step in stops or used >= seconds:
            yield step
