"""The tab "Enlarge": a tiny picture, and what the generator believes it shows."""

import ipywidgets as widgets
import numpy as np
from PIL import Image

from dcgan_tf.draw.grids import to_image
from dcgan_tf.play.explore.figures import SMALL, enlarged, figures
from dcgan_tf.play.explore.jobs import Job, Notice, Progress, column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.upload import Photo
from dcgan_tf.play.invert import invert

FACTORS = (2, 4, 8)


class EnlargeTab:
    """Enlarges the uploaded picture, reduced to a few pixels first."""

    def __init__(self, state: State, photo: Photo) -> None:
        """Share the photo with other tabs."""
        self.state, self.photo = state, photo
        self.notice = Notice()
        self.result, self.verdict = widgets.HTML(), text("")
        self.side = state.size * max(1, SMALL // state.size)  # pixels, of what is shown, the small picture too
        fitting = [factor for factor in FACTORS if state.size % factor == 0] or [1]
        self.factor = widgets.Dropdown(
            options=[(f"{state.size // factor} x {state.size // factor}", factor) for factor in fitting],
            value=4 if 4 in fitting else fitting[0],
            description="Reduced to",
            tooltip="How many pixels the generator gets to see",
        )
        self.enlarge = Job("Enlarge", "Search a picture that fits: takes some seconds", self.work, self.notice)
        photo.on_change(self._show)
        self.factor.observe(lambda _: self._show(), "value")
        self.box = column(
            text("Your picture is reduced to a few pixels, and the generator looks for one of its own that is the "
                 "same when reduced. What it adds is <b>made up</b>: it fits, but need not be true."),
            photo.box,
            row(self.factor, self.enlarge.box),
            self.notice.box, self.result, self.verdict,
        )  # fmt: skip

    def _show(self) -> None:
        """Show the photo, reduced."""
        self.verdict.value = self.result.value = ""
        self.notice.say("")
        if self.photo.pixels is not None:
            self.result.value = figures(("The small picture", enlarged(self.small(), self.side)))

    def small(self) -> np.ndarray:
        """Return the photo, reduced, uint8 `[size / factor, size / factor, channels]`."""
        return self.photo.small(self.state.size // self.factor.value)

    def work(self, progress: Progress) -> None:
        """Enlarge the small picture and show it beside what interpolation makes of it."""
        truth = self.photo.needed()
        small = self.small()
        found = invert(self.state.run, small[None], downscale=self.factor.value, progress=progress)
        smooth = to_image(small).resize((self.state.size, self.state.size), Image.Resampling.BICUBIC)
        shown = (
            ("The small picture", small),
            ("Enlarged by interpolation", np.asarray(smooth)),
            ("Enlarged by the generator", found.pictures[0]),
            ("The photo itself", truth),
        )
        self.result.value = figures(*((name, enlarged(picture, self.side)) for name, picture in shown))
        self.verdict.value = (
            f"<p>Reduced again, it differs from the small picture by {found.errors[0]:.0f} of 255 shades a pixel "
            "before the two are joined.</p>"
        )
