"""Signal handlers for a while: Ctrl-C, `kill`, a closed terminal or Jupyter's interrupt ask training to stop."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_SECONDS = 10.0  # signals closer together are one request: runners and people repeat them
STOPPING = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def handling(handler: Callable[[int, FrameType | None], object] | signal.Handlers, *names: str) -> Iterator[None]:
    """Call `handler` for these signals until the block ends, then restore the handlers that were there.

    Signals that the system lacks are left out, and so is a hang-up that was ignored at the start, as under nohup.
    Outside the main thread, where Python allows no handlers, this does nothing.
    """
    before: dict[int, object] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
                if number == getattr(signal, "SIGHUP", None) and signal.getsignal(number) == signal.SIG_IGN:
                    continue
                before[number] = signal.signal(number, handler)
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


class StopRequest:
    """Whether somebody asked to stop: `received` is True from the first signal on."""

    def __init__(self) -> None:
        self.received = False
        self._last = 0.0

    def note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Remember the signal; a Ctrl-C long after the last one interrupts at once, without saving."""
        now = time.monotonic()
        if self.received and number == signal.SIGINT and now - self._last > GRACE_SECONDS:
            raise KeyboardInterrupt
        self.received, self._last = True, now


@contextmanager
def stop_request() -> Iterator[StopRequest]:
    """Yield a `StopRequest` that notes Ctrl-C, `kill` and a closed terminal until the block ends."""
    stop = StopRequest()
    with handling(stop.note, *STOPPING):
        yield stop
