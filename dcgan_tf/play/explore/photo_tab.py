"""The tab "Photo": an uploaded photo, as the generator would draw it, to be changed by the sliders."""

from collections.abc import Callable

import ipywidgets as widgets

from dcgan_tf.play.explore.figures import SMALL, enlarged, figures
from dcgan_tf.play.explore.jobs import Job, Notice, Progress, column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.upload import Photo
from dcgan_tf.play.invert import invert

LARGER = SMALL + SMALL // 3  # pixels, of two pictures side by side


class PhotoTab:
    """Finds the latents of the uploaded photo."""

    def __init__(self, state: State, photo: Photo, to_sliders: Callable[[], None]) -> None:
        """Share the photo with other tabs; `to_sliders` opens the tab with the sliders."""
        self.state, self.photo = state, photo
        self.notice = Notice()
        self.result = widgets.HTML()
        self.verdict = text("")
        self.project = Job(
            "Project", "Find the generated picture that is most like the photo: takes some seconds", self.work,
            self.notice,
        )  # fmt: skip
        self.edit = widgets.Button(
            description="Change it with the sliders", tooltip="Open the tab with the sliders", disabled=True
        )
        self.edit.on_click(lambda _: to_sliders())
        photo.on_change(self._show)
        self.box = column(
            text("Upload a photo of the kind that the generator knows, and <b>Project</b> searches the random numbers "
                 "whose picture is most like it. Then the sliders change your photo. What the generator never learned "
                 "comes out as the nearest thing that it knows."),
            photo.box,
            row(self.project.box, self.edit),
            self.notice.box, self.result, self.verdict,
        )  # fmt: skip

    def _show(self) -> None:
        """Show a new photo, without a projection yet."""
        self.result.value = figures(("Your photo", enlarged(self.photo.needed(), LARGER)))
        self.verdict.value, self.edit.disabled = "", True
        self.notice.say("")

    def work(self, progress: Progress) -> None:
        """Find the photo's latents, and make them the current picture."""
        pixels = self.photo.needed()
        found = invert(self.state.run, pixels[None], progress=progress)
        pictures = (("Your photo", pixels), ("The generator's", found.generated[0]))
        self.result.value = figures(*((name, enlarged(picture, LARGER)) for name, picture in pictures))
        self.verdict.value = f"<p>{judged(float(found.errors[0]), float(found.plausibility[0]))}</p>"
        self.state.choose(found.latents[0], "Your photo, as the generator draws it")
        self.edit.disabled = False


def judged(error: float, plausibility: float) -> str:
    """Return what remains of the difference, in shades of 255, and what the discriminator says, as a sentence."""
    words = "very near" if error < 10 else "near" if error < 25 else "only roughly alike" if error < 45 else "far off"
    return (
        f"Remaining difference: <b>{error:.0f}</b> of 255 shades a pixel ({words}). The discriminator takes the "
        f"generated picture for a real one with a probability of <b>{plausibility:.0%}</b>."
    )
