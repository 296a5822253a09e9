"""The progress of training: pictures and a bar in Jupyter, a bar in a terminal, lines elsewhere."""

import math
import sys
import time
import warnings
from collections.abc import Mapping

from tqdm import tqdm

from dcgan_tf.common.checks import check_choice
from dcgan_tf.common.output import tell
from dcgan_tf.run.checkpoint import Standing
from dcgan_tf.run.run import Run
from dcgan_tf.training.live import LiveView

LINE_SECONDS = 15.0  # between plain lines
MODES = ("auto", "live", "bar", "lines", "none")


def choose_mode(requested: str) -> str:
    """Return how to show progress; "auto" is "live" in Jupyter, "bar" in a terminal, and "lines" elsewhere.

    "live" is a bar with the newest grid and the curves above it, redrawn in place; "lines" is a line of text every 15
    seconds. Raises `DcganError` for an unknown mode.
    """
    check_choice("progress", requested, MODES)
    if requested != "auto":
        return requested
    if type(sys.stdout).__module__.startswith("ipykernel"):
        return "lines" if _runs_headless() else "live"
    return "bar" if sys.stdout.isatty() else "lines"


def _runs_headless() -> bool:
    """Return whether papermill or nbconvert started this kernel; it looks like any other otherwise."""
    import psutil  # comes with ipykernel

    try:
        parent = psutil.Process().parent()  # None for the first process of a container
        started_by = " ".join(parent.cmdline()) if parent else ""
    except psutil.Error:  # another user's, or just ended
        return False
    return "papermill" in started_by or "nbconvert" in started_by


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, or hours, minutes and seconds; "?" while it is unknown."""
    if not math.isfinite(seconds):
        return "?"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


class Progress:
    """Shows kimg done, pictures a second, time left and both losses, on standard output; see `choose_mode`."""

    def __init__(self, mode: str, total_kimg: float, done_kimg: float) -> None:
        self.mode = choose_mode(mode)
        self.total_kimg, self.done_kimg = total_kimg, done_kimg
        self.last_line = -LINE_SECONDS  # the first line comes at once
        self.bar: tqdm | None = None
        self.view = LiveView() if self.mode == "live" else None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def show(self, run: Run, standing: Standing, *, last: bool = False) -> None:
        """Show the newest grid and the curves, in "live" mode; the bar comes below them."""
        if self.view is not None:
            self.view.show(run, standing, last=last)
        self._start_bar()

    def update(self, done_kimg: float, seconds_left: float, record: Mapping[str, float], *, last: bool) -> None:
        """Show the newest record of history.jsonl, once its speed is known."""
        if not record["img_per_s"] and not last:
            return  # the first call, which compiles, tells nothing about speed
        text = (
            f"{record['img_per_s']:.0f} img/s, {clock(seconds_left)} left, G loss {record['g_loss']:.2f}, "
            f"D loss {record['d_loss']:.2f}"
        )
        self._start_bar()
        if self.bar is not None:
            self.bar.set_postfix_str(text, refresh=False)
            self.bar.update(min(done_kimg, self.total_kimg) - self.bar.n)  # the last batch may overshoot
        elif self.mode == "lines" and (last or time.monotonic() - self.last_line >= LINE_SECONDS):
            self.last_line = time.monotonic()
            scores = f"D says real {record['real_score']:.2f}, fake {record['fake_score']:.2f}"
            tell(f"{done_kimg:7.1f} of {self.total_kimg:g} kimg, {text}, {scores}")

    def _start_bar(self) -> None:
        """Show the bar: plain text, since widgets hang in executed notebooks and standard error is red in Jupyter."""
        if self.bar is None and self.mode in ("live", "bar"):
            self.bar = tqdm(
                total=self.total_kimg, initial=self.done_kimg, file=sys.stdout, dynamic_ncols=True, mininterval=0.5,
                bar_format="{l_bar}{bar:20}| {n:.1f} of " + f"{self.total_kimg:g}" + " kimg{postfix}",
            )  # fmt: skip

    def note(self, message: str) -> None:
        """Print a message, above the bar if there is one; a Python warning in the mode "none"."""
        if self.mode == "none":
            warnings.warn(message, stacklevel=2)
        elif self.bar is not None:
            self.bar.write(message, file=sys.stdout)
        else:
            tell(message)
