"""The tabs "Photo", "Repair" and "Enlarge", which use `invert` on an uploaded photo."""

import html
from collections.abc import Callable

import ipywidgets as widgets
import numpy as np
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import one_line
from dcgan_tf.draw.grids import to_image, with_alpha
from dcgan_tf.draw.inline import png_address
from dcgan_tf.play.explore.figures import SMALL, enlarged, figures
from dcgan_tf.play.explore.jobs import Job, Notice, Progress
from dcgan_tf.play.explore.layout import button, column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.upload import Photo, chosen
from dcgan_tf.play.explore.widgets import Painter
from dcgan_tf.play.invert import Inverted, invert

LARGER = SMALL + SMALL // 3  # pixels, of two pictures side by side
HOLE = 200  # shade of the painted part
FACTORS = (2, 4, 8)


class Search:
    """A button that starts a search, and its result: pictures with a sentence below, or an error."""

    def __init__(self, label: str, tooltip: str, work: Callable[[Progress], None], side: int) -> None:
        self.notice = Notice()
        self.pictures, self.verdict = widgets.HTML(), text("")
        self.job = Job(label, f"{tooltip}; takes some seconds", work, self.notice)
        self.answer = self.notice.box, self.pictures, self.verdict
        self._side = side  # the most pixels a side of a picture shown

    def show(self, verdict: str, *captioned: tuple[str, np.ndarray]) -> None:
        """Show captioned uint8 pictures and a sentence, in HTML, in place of the last result."""
        self.notice.say("")
        images = [(name, enlarged(picture, self._side)) for name, picture in captioned]
        self.pictures.value = figures(*images) if images else ""
        self.verdict.value = f"<p>{verdict}</p>" if verdict else ""


def judged(found: Inverted) -> str:
    """Return a sentence, in HTML, on the remaining difference, the discriminator's opinion, and the class if any."""
    error, label = float(found.errors[0]), html.escape(one_line(str(found.labels[0])))
    words = "very close" if error < 10 else "close" if error < 25 else "roughly similar" if error < 45 else "far off"
    return (
        f"Remaining difference: <b>{error:.0f}</b> of 255 shades per pixel ({words}). The discriminator finds the "
        f"generated picture real with a probability of <b>{float(found.plausibility[0]):.0%}</b>."
        + (f" Class: <b>{label}</b>." if label else "")
    )


class PhotoTab:
    """Finds the latents of the uploaded photo, so that the sliders can change it."""

    def __init__(self, state: State, photo: Photo, to_sliders: Callable[[], None]) -> None:
        self.state, self.photo = state, photo
        self.search = Search("Project", "Find the most similar generated picture", self.work, LARGER)
        self.edit = button("Change it with the sliders", "Open the tab with the sliders", to_sliders)
        self.edit.disabled = True
        photo.when_changed.append(self._show)
        self.box = column(
            text("Upload a photo of something that the generator has learned. <b>Project</b> finds the most similar "
                 "picture that it can draw, and the sliders then change your photo. What the generator has not "
                 "learned turns into the most similar thing that it knows."),
            photo.box,
            row(self.search.job.box, self.edit),
            *self.search.answer,
        )  # fmt: skip

    def _show(self) -> None:
        """Show a new photo before it is projected."""
        self.search.show("", ("Your photo", self.photo.pixels))
        self.edit.disabled = True

    def work(self, progress: Progress) -> None:
        """Find the photo's latents and make them the current picture."""
        pixels = chosen(self.photo.pixels)
        found = invert(self.state.run, pixels[None], progress=progress)
        self.search.show(judged(found), ("Your photo", pixels), ("The generator's", found.generated[0]))
        label = str(found.labels[0]) or None
        found_input = self.state.run.inputs_of(found.latents, label=label)[0]
        self.state.choose(found_input, "Your photo, as the generator draws it")
        self.edit.disabled = False


class RepairTab:
    """Fills in a painted part of the uploaded photo or of the current picture."""

    def __init__(self, state: State, photo: Photo) -> None:
        self.state = state
        self.pixels: np.ndarray | None = None  # uint8 [height, width, channels], the picture to repair
        self.painter = Painter()
        hint = "Repair a generated picture instead of a photo"
        self.take = button("Take the current picture", hint, lambda: self.show(state.current()))
        self.search = Search("Fill in", "Generate what could be under the paint", self.work, SMALL)
        photo.when_changed.append(lambda: self.show(photo.pixels))
        self.box = column(
            text("Upload a photo, <b>paint over</b> a part of it with the mouse or a finger, and let the generator "
                 "guess what was there. The buttons below the picture paint larger parts."),
            photo.box,
            row(self.take),
            self.painter,
            self.search.job.box, *self.search.answer,
        )  # fmt: skip

    def show(self, pixels: np.ndarray) -> None:
        """Show another picture to paint on, uint8 `[height, width, channels]`."""
        self.pixels = pixels
        self.painter.show(png_address(to_image(pixels)), *self.state.shape[:2])
        self.search.show("")

    def work(self, progress: Progress) -> None:
        """Fill in the painted part."""
        pixels, mask = chosen(self.pixels), self.painter.mask
        if not mask.any():
            raise DcganError("Nothing is painted over yet. Paint over the part to fill in.")
        if mask.all():
            raise DcganError("All of the picture is painted over. Leave a part of it visible.")
        found = invert(self.state.run, pixels[None], mask, progress=progress)
        hole = np.where(mask[:, :, None], np.uint8([HOLE, HOLE, HOLE, 255])[: pixels.shape[2]], pixels)
        self.search.show(judged(found), ("With the hole", hole), ("Filled in", found.pictures[0]), ("Before", pixels))


class EnlargeTab:
    """Reduces the uploaded photo to a few pixels, and enlarges it again."""

    def __init__(self, state: State, photo: Photo) -> None:
        self.state, self.photo = state, photo
        height, width, _ = state.shape
        fitting = [factor for factor in FACTORS if height % factor == width % factor == 0] or [1]
        self.factor = widgets.Dropdown(
            options=[(f"{height // factor} x {width // factor}", factor) for factor in fitting],
            value=4 if 4 in fitting else fitting[0],
            description="Reduced to",
            tooltip="How many pixels the generator sees",
        )
        # A multiple of all sizes, so that the small picture is shown as large as the others.
        side = max(height, width) * max(1, SMALL // max(height, width))
        self.search = Search("Enlarge", "Find a generated picture that fits", self.work, side)
        photo.when_changed.append(self._show)
        self.factor.observe(lambda _: self._show(), "value")
        self.box = column(
            text("Your picture is reduced to a few pixels, and the generator looks for one of its own that is the "
                 "same at that size. The details that it adds are <b>made up</b>: they fit, but may be wrong."),
            photo.box,
            row(self.factor, self.search.job.box),
            *self.search.answer,
        )  # fmt: skip

    def _show(self) -> None:
        """Show the reduced photo."""
        if self.photo.pixels is not None:
            self.search.show("", ("The small picture", self.small()))

    def small(self) -> np.ndarray:
        """Return the reduced photo, uint8 `[height / factor, width / factor, channels]`."""
        return self.photo.small(self.factor.value)

    def work(self, progress: Progress) -> None:
        """Enlarge the small picture, and show it beside plain interpolation."""
        truth, small = chosen(self.photo.pixels), self.small()
        found = invert(self.state.run, small[None], downscale=self.factor.value, progress=progress)
        height, width, channels = self.state.shape
        smooth = with_alpha(small).resize((width, height), Image.Resampling.BICUBIC)
        self.search.show(
            f"Before it was matched to the small picture, the generator's picture differed from it by "
            f"{found.errors[0]:.0f} of 255 shades per pixel.",
            ("The small picture", small),
            ("Enlarged by interpolation", np.asarray(smooth).reshape(height, width, channels)),
            ("Enlarged by the generator", found.pictures[0]),
            ("The photo itself", truth),
        )
