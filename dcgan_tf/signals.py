"""Stopping in order: Ctrl-C, `kill` and Jupyter's interrupt ask training to save and stop."""

import signal
import threading
from types import FrameType, TracebackType


class StopRequest:
    """Within `with StopRequest() as stop:`, the first SIGINT or SIGTERM sets `stop.received`.

    A second SIGINT stops at once, without saving, in case the first is not answered soon enough.
    Outside the main thread, where Python allows no handlers, nothing is caught.
    """

    def __init__(self) -> None:
        """Nothing received yet."""
        self.received = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> "StopRequest":
        """Take over both signals."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Remember the first signal; a second Ctrl-C interrupts as usual."""
        if self.received and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.received = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give both signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
