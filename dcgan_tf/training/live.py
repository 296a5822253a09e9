"""The live view of training in Jupyter: the newest grid and the curves, redrawn in place."""

import time

from dcgan_tf.draw.inline import data_address, figure_bytes, file_address, image_tag
from dcgan_tf.run.checkpoint import Standing
from dcgan_tf.run.pictures import figure_of_curves
from dcgan_tf.run.run import Run

DPI = 60  # of the curves: smaller than losses.png, so that drawing costs less
SHARE = 1 / 30  # of the time, at most, for drawing; with small pictures, drawing each grid would take 10%


class LiveView:
    """One output of a notebook cell that shows a run while it trains."""

    def __init__(self) -> None:
        self._handle = None
        self._drawn_at, self._seconds = 0.0, 0.0  # when the last drawing ended, and how long it took

    def show(self, run: Run, standing: Standing, *, last: bool) -> None:
        """Show the newest grid of the fixed latents, and the curves once there are any; `last` is always shown."""
        from IPython.display import HTML, display

        started = time.monotonic()
        if started - self._drawn_at < self._seconds / SHARE and not last:
            return
        pictures = {"the newest grid": file_address(run.samples[-1])}
        if standing.history:
            figure = figure_of_curves(run, standing.history, standing.kid_curve)
            pictures["the curves"] = data_address(figure_bytes(figure, DPI), "image/png")
        html = HTML("".join(image_tag(address, name) for name, address in pictures.items()))
        if self._handle is None:
            self._handle = display(html, display_id=True)
        else:
            self._handle.update(html)
        self._drawn_at = time.monotonic()
        self._seconds = self._drawn_at - started
