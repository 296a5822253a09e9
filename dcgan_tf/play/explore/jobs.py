"""Buttons that start long tasks, with a progress bar and a notice for errors."""

import asyncio
import html
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import ipywidgets as widgets

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import why
from dcgan_tf.play.explore.layout import button

Progress = Callable[[int, int], None]
BETWEEN = 0.1  # seconds between two updates of a bar
PAUSE = 0.5  # seconds after work before its button can be pressed again


class Notice:
    """A place for one sentence, which is escaped."""

    def __init__(self) -> None:
        self.box = widgets.HTML().add_class("dcgan-notice")

    def say(self, sentence: str) -> None:
        """Show what is wrong; an empty sentence clears the notice."""
        self.box.value = f'<p role="alert">{html.escape(sentence)}</p>' if sentence else ""

    def tell(self, sentence: str) -> None:
        """Show what is going on, for work without a bar."""
        self.box.value = f'<p role="status">{html.escape(sentence)}</p>'

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Clear the notice, and show why the block fails there; errors other than `DcganError` are raised again."""
        self.say("")
        try:
            yield
        except DcganError as error:
            self.say(str(error))
        except Exception as error:
            name = type(error).__name__
            self.say(f"That failed unexpectedly ({name}: {why(error)}). Try again, or reload the page.")
            raise


class Job:
    """A button that starts a long task, with a progress bar; it is disabled until the end."""

    def __init__(self, label: str, tooltip: str, work: Callable[[Progress], None], notice: Notice) -> None:
        """Take the label, the notice for errors, and the task, which gets a function to call with done and total."""
        self.button = button(label, tooltip, self.start, primary=True)
        self.bar = widgets.IntProgress(layout=widgets.Layout(display="none")).add_class("dcgan-bar")
        self.box = widgets.HBox([self.button, self.bar]).add_class("dcgan-job")
        self._label, self._work, self._notice = label, work, notice
        self._moved = 0.0

    def start(self) -> None:
        """Run the task now."""
        if self.button.disabled:
            return
        self.button.disabled, self.button.description = True, "Working..."
        self.bar.value, self.bar.layout.display = 0, ""
        try:
            with self._notice.listening():
                self._work(self._progress)
        finally:
            self.button.description = self._label
            self.bar.layout.display = "none"
            self._release()

    def _release(self) -> None:
        """Enable the button after a pause: the second click of a double click arrives after the work."""

        def enable() -> None:
            self.button.disabled = False

        try:
            asyncio.get_running_loop().call_later(PAUSE, enable)
        except RuntimeError:  # no event loop, so no page with queued clicks
            enable()

    def _progress(self, done: int, total: int) -> None:
        """Update the bar, at most every `BETWEEN` seconds."""
        if done >= total or time.monotonic() - self._moved > BETWEEN:
            self._moved = time.monotonic()
            self.bar.max, self.bar.value = total, done
