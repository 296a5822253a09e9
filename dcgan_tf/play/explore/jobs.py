"""Buttons that start work: progress while it goes on, a sentence where it fails."""

import asyncio
import html
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import ipywidgets as widgets

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import why

Progress = Callable[[int, int], None]
BETWEEN = 0.1  # seconds between two moves of a bar
PAUSE = 0.5  # seconds after work in which its button cannot be pressed again


class Notice:
    """A place for one sentence."""

    def __init__(self) -> None:
        """Start empty."""
        self.box = widgets.HTML()
        self.box.add_class("dcgan-notice")

    def say(self, sentence: str) -> None:
        """Show what is wrong, as a sentence, which may quote anything; nothing for an empty one."""
        self.box.value = f'<p role="alert">{html.escape(sentence)}</p>' if sentence else ""

    def tell(self, sentence: str) -> None:
        """Show what goes on, for work that has no bar."""
        self.box.value = f'<p role="status">{html.escape(sentence)}</p>'

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Within the block, show why it failed in place of what was said before; only a `DcganError` ends there."""
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
    """A button that does long work: it cannot be pressed meanwhile, and a bar shows how far the work is."""

    def __init__(self, label: str, tooltip: str, work: Callable[[Progress], None], notice: Notice) -> None:
        """Take what the button says, and the work, which is given a function to call with done and total."""
        self.button = widgets.Button(description=label, tooltip=tooltip, button_style="primary")
        self.bar = widgets.IntProgress(layout=widgets.Layout(display="none"))
        self.bar.add_class("dcgan-bar")
        self.box = widgets.HBox([self.button, self.bar])
        self.box.add_class("dcgan-job")
        self._label, self._work, self._notice = label, work, notice
        self._moved = 0.0
        self.button.on_click(lambda _: self.start())

    def start(self) -> None:
        """Do the work now."""
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
        """Let the button be pressed again: not at once, because a second click of two comes after the work."""

        def enable() -> None:
            self.button.disabled = False

        try:
            asyncio.get_running_loop().call_later(PAUSE, enable)
        except RuntimeError:  # no loop, and so no page whose clicks wait
            enable()

    def _progress(self, done: int, total: int) -> None:
        """Move the bar, not more often than can be seen."""
        if done >= total or time.monotonic() - self._moved > BETWEEN:
            self._moved = time.monotonic()
            self.bar.max, self.bar.value = total, done


def text(content: str) -> widgets.HTML:
    """Return a paragraph of the page's own text, in HTML."""
    box = widgets.HTML(f"<p>{content}</p>")
    box.add_class("dcgan-text")
    return box


def column(*children: widgets.Widget) -> widgets.VBox:
    """Return parts of the page below one another."""
    box = widgets.VBox(children)
    box.add_class("dcgan-column")
    return box


def row(*children: widgets.Widget) -> widgets.HBox:
    """Return parts of the page beside one another, in several rows where it is narrow."""
    box = widgets.HBox(children)
    box.add_class("dcgan-row")
    return box
