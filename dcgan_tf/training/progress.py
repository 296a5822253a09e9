"""How training shows where it stands: a live bar, or a plain line at intervals."""

import math
import sys
import time
import warnings
from collections.abc import Mapping

from tqdm import tqdm

from dcgan_tf.common.errors import DcganError

LINE_SECONDS = 15.0  # between plain lines
MODES = ("auto", "bar", "lines", "none")


def choose_mode(requested: str) -> str:
    """Return "bar", "lines" or "none"; "auto" is a bar in a terminal or in Jupyter, and lines elsewhere."""
    if requested not in MODES:
        raise DcganError(f"`progress` should be one of {', '.join(map(repr, MODES))}. Received: {requested!r}.")
    if requested != "auto":
        return requested
    if type(sys.stdout).__module__.startswith("ipykernel"):
        return "lines" if _runs_headless() else "bar"
    return "bar" if sys.stdout.isatty() else "lines"


def _runs_headless() -> bool:
    """Return whether papermill or nbconvert started this kernel: nothing else tells it from a live one."""
    import psutil  # comes with ipykernel

    started_by = " ".join(psutil.Process().parent().cmdline())
    return "papermill" in started_by or "nbconvert" in started_by


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, or hours, minutes and seconds; "?" while it is unknown."""
    if not math.isfinite(seconds):
        return "?"
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


class Progress:
    """Shows kimg done, pictures a second, time left and both losses, on standard output."""

    def __init__(self, mode: str, total_kimg: float, done_kimg: float) -> None:
        """Start at `done_kimg` of `total_kimg`; `mode` as `choose_mode` takes it."""
        self.mode = choose_mode(mode)
        self.total_kimg = total_kimg
        self.last_line = -LINE_SECONDS  # the first line comes at once
        self.bar: tqdm | None = None
        if self.mode == "bar":
            # No widgets: they hang in executed notebooks, and standard error is red in Jupyter.
            self.bar = tqdm(
                total=total_kimg, initial=done_kimg, file=sys.stdout, dynamic_ncols=True, mininterval=0.5,
                bar_format="{l_bar}{bar:20}| {n:.1f} of " + f"{total_kimg:g}" + " kimg{postfix}",
            )  # fmt: skip

    def update(self, done_kimg: float, seconds_left: float, record: Mapping[str, float], *, last: bool) -> None:
        """Show the newest record of history.jsonl, once its speed is known."""
        if not record["img_per_s"] and not last:
            return  # the first step holds the compiling
        text = (
            f"{record['img_per_s']:.0f} img/s, {clock(seconds_left)} left, G loss {record['g_loss']:.2f}, "
            f"D loss {record['d_loss']:.2f}"
        )
        if self.bar is not None:
            self.bar.set_postfix_str(text, refresh=False)
            self.bar.update(min(done_kimg, self.total_kimg) - self.bar.n)  # the last batch may overshoot
        elif self.mode == "lines" and (last or time.monotonic() - self.last_line >= LINE_SECONDS):
            self.last_line = time.monotonic()
            scores = f"D says real {record['real_score']:.2f}, fake {record['fake_score']:.2f}"
            print(f"{done_kimg:7.1f} of {self.total_kimg:g} kimg, {text}, {scores}", flush=True)

    def note(self, message: str) -> None:
        """Show a message once, above the bar; as a Python warning where nothing else is shown."""
        if self.mode == "none":
            warnings.warn(message, stacklevel=2)
        elif self.bar is not None:
            self.bar.write(message, file=sys.stdout)
        else:
            print(message, flush=True)

    def close(self) -> None:
        """Leave the bar as it stands."""
        if self.bar is not None:
            self.bar.close()
