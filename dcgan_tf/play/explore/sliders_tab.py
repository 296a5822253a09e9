"""The tab "Sliders": the current picture, moved along the directions that change it most."""

import ipywidgets as widgets
import numpy as np

from dcgan_tf.model.latent import truncate
from dcgan_tf.play.directions import Directions
from dcgan_tf.play.explore.figures import enlarged
from dcgan_tf.play.explore.jobs import Notice, column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.widgets import Picture

MOST = 8  # sliders
REACH = 3.0  # how far one goes, in standard deviations of the latents
THUMB = 64  # pixels
KINDS = (("of the first layer (SeFa)", "sefa"), ("of the activations (GANSpace)", "ganspace"))


class Slider:
    """One direction: how far along it the picture goes, and what lies at both ends."""

    def __init__(self, number: int) -> None:
        """Make the slider of the given number, from 1."""
        self.number = number
        self.slider = widgets.FloatSlider(
            0.0, min=-REACH, max=REACH, step=0.05, readout_format="+.2f", description=f"Direction {number}"
        )
        self.ends = [Picture(), Picture()]
        self.effect = widgets.HTML()
        self.box = widgets.HBox([self.effect, self.ends[0], self.slider, self.ends[1]])
        self.box.add_class("dcgan-slider")

    def describe(self, effect: float) -> None:
        """Say how strong the direction is: the change of a picture for one unit, in shades of 255."""
        self.effect.value = f"<b>{self.number}</b> one step changes {effect:.0f} of 255 shades"
        self.slider.tooltip = f"Direction {self.number}: one step changes a pixel by {effect:.0f} of 255 shades"

    def show_ends(self, low: np.ndarray, high: np.ndarray) -> None:
        """Show the pictures at both ends, uint8 `[size, size, channels]`."""
        for image, picture, end in zip(self.ends, (low, high), (-REACH, REACH), strict=True):
            image.show(enlarged(picture, THUMB), f"Where direction {self.number} leads at {end:+.0f}")


class SlidersTab:
    """Sliders along the strongest directions, one for how typical the picture is, and a way back."""

    def __init__(self, state: State) -> None:
        """Start with the directions of the first layer."""
        self.state = state
        self._quiet = False
        self.notice = Notice()
        self.kind = widgets.Dropdown(
            options=KINDS, description="Directions", tooltip="Two ways of finding what varies most"
        )
        self.variety = widgets.FloatSlider(
            1.0, min=0.0, max=1.0, step=0.01, description="Variety", readout_format=".2f",
            tooltip="Lower is nearer to the average picture: more typical, less varied",
        )  # fmt: skip
        self.reset = widgets.Button(description="Reset", tooltip="Back to the picture that was chosen")
        self.sliders = [Slider(number + 1) for number in range(min(MOST, state.latent_dim))]
        grid = widgets.Box([each.box for each in self.sliders])
        grid.add_class("dcgan-sliders")
        self.box = column(
            text("Each slider changes the current picture in one way that the generator has learned, the strongest "
                 "first. The small pictures show where it leads. What it means is for you to find out: nobody told "
                 "the generator."),
            row(self.kind, self.variety, self.reset),
            self.notice.box,
            grid,
        )  # fmt: skip
        for each in (self.variety, *(each.slider for each in self.sliders)):
            each.observe(lambda _: self.move(), "value")
        self.kind.observe(lambda _: self.change_kind(), "value")
        self.reset.on_click(lambda _: self.go_back())
        state.on_chosen(self._chosen)
        self._chosen()

    @property
    def directions(self) -> Directions:
        """Return the directions in use."""
        return self.state.directions(self.kind.value)

    def latents(self) -> np.ndarray:
        """Return where the sliders have taken the chosen picture, float32 `[latent_dim]`."""
        amounts = np.array([each.slider.value for each in self.sliders], np.float32)
        moved = self.state.base + amounts[: len(self.directions.vectors)] @ self.directions.vectors[: len(amounts)]
        return truncate(moved, self.variety.value)

    def move(self) -> None:
        """Show where the sliders stand."""
        if not self._quiet:
            self.state.move(self.latents())

    def change_kind(self) -> None:
        """Go on from the picture as it is, along directions of the other kind."""
        with self.notice.listening():
            self.notice.tell("Looking for directions...")
            self.state.directions(self.kind.value)  # takes a second or two the first time
            self.notice.say("")
            self.state.start_from(self.state.latents)

    def go_back(self) -> None:
        """Show the chosen picture as it was."""
        self.state.start_from(self.state.origin)

    def _chosen(self) -> None:
        """Put all sliders back, and show what lies at their ends from here."""
        self._quiet = True
        self.variety.value = 1.0
        for each in self.sliders:
            each.slider.value = 0.0
        self._quiet = False
        steps = REACH * self.directions.vectors[: len(self.sliders)]
        lows, highs = np.split(self.state.draw(np.concatenate([self.state.base - steps, self.state.base + steps])), 2)
        for each, effect, low, high in zip(self.sliders, self.directions.effects, lows, highs, strict=False):
            each.describe(float(effect))
            each.show_ends(low, high)
