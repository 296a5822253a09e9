"""Waiting for what other processes do."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], object], seconds: float = 300) -> None:
    """Wait until a function returns something true."""
    ended = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ended, "it takes too long"
        time.sleep(0.05)
