"""When samples, records and scores are due, and how many steps to train until the next."""

import math

from dcgan_tf.config import Config

CALL_SECONDS = 0.5  # of training in one call of the compiled function: short enough for a live bar and Ctrl-C
MOST_STEPS = 64  # of one call


def total_steps(config: Config) -> int:
    """Return the steps that show at least `kimg` thousand pictures."""
    return math.ceil(round(config.kimg * 1000 / config.batch_size, 6))


def steps_between(kimg: float, batch_size: int) -> int:
    """Return a number of kimg as steps, at least one."""
    return max(1, round(kimg * 1000 / batch_size))


class Schedule:
    """The intervals between the regular events of a run, in steps, and its speed."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.end = total_steps(config)
        self.log_steps = steps_between(config.log_kimg, config.batch_size)
        self.sample_steps = steps_between(config.sample_kimg, config.batch_size)
        self.score_steps = steps_between(config.score_kimg, config.batch_size) if config.score_kimg else 0
        self.rate = 0.0  # steps a second, smoothed; 0 while unknown

    def add(self, steps: int, seconds: float, *, first: bool) -> None:
        """Update the speed by a call of some steps; the first call is ignored, since it compiles."""
        if not first:
            rate = steps / max(seconds, 1e-6)  # a clock may stand still for a short call
            self.rate = rate if self.rate == 0 else 0.8 * self.rate + 0.2 * rate

    def steps_to_next_event(self, step: int) -> int:
        """Return how many steps to train in one call: about half a second of them, but not past the next event."""
        steps = max(1, min(MOST_STEPS, round(self.rate * CALL_SECONDS)))
        for every in (self.log_steps, self.sample_steps, self.score_steps):
            steps = min(steps, every - step % every) if every else steps
        return min(steps, self.end - step)

    def seconds_left(self, step: int, seconds: float) -> float:
        """Return the seconds until `kimg` or `minutes` is reached, whichever comes first."""
        left = (self.end - step) / self.rate if self.rate else math.inf
        return min(left, self.config.minutes * 60 - seconds) if self.config.minutes else left


def is_finished(config: Config, kimg_done: float, seconds: float) -> bool:
    """Return whether a run has reached its `kimg`, or its `minutes` if these are limited."""
    return kimg_done >= total_steps(config) * config.batch_size / 1000 or (0 < config.minutes * 60 <= seconds)
