"""The tab "Repair": a part of the photo is painted out, and the generator fills it in."""

import ipywidgets as widgets
import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.draw.grids import to_image
from dcgan_tf.draw.inline import png_address
from dcgan_tf.play.explore.figures import SMALL, enlarged, figures
from dcgan_tf.play.explore.jobs import Job, Notice, Progress, column, row, text
from dcgan_tf.play.explore.photo_tab import judged
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.upload import Photo
from dcgan_tf.play.explore.widgets import Painter
from dcgan_tf.play.invert import invert

HOLE = 200  # the shade of a hole


class RepairTab:
    """Fills in what was painted out of the uploaded photo or of the current picture."""

    def __init__(self, state: State, photo: Photo) -> None:
        """Share the photo with other tabs."""
        self.state, self.photo = state, photo
        self.pixels: np.ndarray | None = None  # uint8 [size, size, channels], what is to be repaired
        self.painter = Painter()
        self.notice = Notice()
        self.result, self.verdict = widgets.HTML(), text("")
        self.take = widgets.Button(
            description="Take the current picture", tooltip="Repair a generated picture in place of a photo"
        )
        self.fill = Job("Fill in", "Search what could be below the paint: takes some seconds", self.work, self.notice)
        self.take.on_click(lambda _: self.show(state.draw(state.latents[None])[0]))
        photo.on_change(lambda: self.show(photo.needed()))
        self.box = column(
            text("Upload a photo, <b>paint over</b> a part of it with the mouse or a finger, and let the generator "
                 "guess what was there. The buttons paint whole parts."),
            photo.box,
            row(self.take),
            self.painter,
            self.fill.box, self.notice.box, self.result, self.verdict,
        )  # fmt: skip

    def show(self, pixels: np.ndarray) -> None:
        """Show another picture to paint on, uint8 `[size, size, channels]`."""
        self.pixels = pixels
        self.painter.show(png_address(to_image(pixels)), self.state.size)
        self.result.value = self.verdict.value = ""
        self.notice.say("")

    def work(self, progress: Progress) -> None:
        """Fill in what is painted out."""
        if self.pixels is None:
            raise DcganError("A picture should be chosen first. Received: none. Choose one above.")
        mask = self.painter.mask
        if not mask.any() or mask.all():
            part = "all of it is" if mask.any() else "nothing is"
            raise DcganError(f"A part of the picture should be painted out, but {part}. Paint over what is to be new.")
        found = invert(self.state.run, self.pixels[None], mask, progress=progress)
        hole = np.where(mask[:, :, None], np.uint8(HOLE), self.pixels)
        shown = (("With the hole", hole), ("Filled in", found.pictures[0]), ("Before", self.pixels))
        self.result.value = figures(*((name, enlarged(picture, SMALL)) for name, picture in shown))
        self.verdict.value = f"<p>{judged(float(found.errors[0]), float(found.plausibility[0]))}</p>"
