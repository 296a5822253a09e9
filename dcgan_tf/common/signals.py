"""Stopping in order: Ctrl-C, `kill` and Jupyter's interrupt ask training to save and stop."""

import signal
import threading
import time
from types import FrameType, TracebackType

GRACE_SECONDS = 10.0  # between signals of one and the same request: a runner repeats it, a hand trembles


class StopRequest:
    """Within `with StopRequest() as stop:`, the first SIGINT or SIGTERM sets `stop.received`.

    A SIGINT more than GRACE_SECONDS after the last stops at once, without saving, in case that is not answered.
    Outside the main thread, where Python allows no handlers, nothing is caught.
    """

    def __init__(self) -> None:
        """Nothing received yet."""
        self.received = False
        self._last = 0.0
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> "StopRequest":
        """Take over both signals."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Remember the signal; a Ctrl-C long after the last one interrupts as usual."""
        now = time.monotonic()
        if self.received and number == signal.SIGINT and now - self._last > GRACE_SECONDS:
            raise KeyboardInterrupt
        self.received, self._last = True, now

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give both signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
