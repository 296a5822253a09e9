"""The tab "Sliders": moving the current picture along the directions that change it most."""

import ipywidgets as widgets
import numpy as np

from dcgan_tf.model.latent import truncate
from dcgan_tf.play.directions import Directions
from dcgan_tf.play.explore.figures import enlarged
from dcgan_tf.play.explore.jobs import Notice
from dcgan_tf.play.explore.layout import button, column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.widgets import Picture

MOST = 8  # sliders
REACH = 3.0  # of a slider, in standard deviations of the latents
THUMB = 64  # pixels
KINDS = (("of the first layer (SeFa)", "sefa"), ("of the activations (GANSpace)", "ganspace"))


class Slider:
    """One direction: a slider along it, between pictures of both ends."""

    def __init__(self, number: int) -> None:
        self.number = number  # from 1
        self.slider = widgets.FloatSlider(
            0.0, min=-REACH, max=REACH, step=0.05, readout_format="+.2f", description=f"Direction {number}"
        )
        self.ends = [Picture(), Picture()]
        self.effect = widgets.HTML()
        self.box = widgets.HBox([self.effect, self.ends[0], self.slider, self.ends[1]]).add_class("dcgan-slider")

    def show(self, effect: float, low: np.ndarray, high: np.ndarray) -> None:
        """Show another direction: its effect (change by one unit, in shades of 255) and the pictures at both ends."""
        self.effect.value = f"<b>{self.number}</b> one step changes {effect:.0f} of 255 shades"
        self.slider.tooltip = f"Direction {self.number}: one step changes a pixel by {effect:.0f} of 255 shades"
        for image, picture, end in zip(self.ends, (low, high), (-REACH, REACH), strict=True):
            image.show(enlarged(picture, THUMB), f"Direction {self.number} at {end:+.0f}")


class SlidersTab:
    """Sliders along the strongest directions, one for variety, and a reset."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._quiet = False
        self.notice = Notice()
        self.kind = widgets.Dropdown(
            options=KINDS, description="Directions", tooltip="Two methods to find what varies most"
        )
        self.variety = widgets.FloatSlider(
            1.0, min=0.0, max=1.0, step=0.01, description="Variety", readout_format=".2f",
            tooltip="Lower is closer to the average picture: more typical, less varied",
        )  # fmt: skip
        self.reset = button("Reset", "Back to the chosen picture", lambda: state.start_from(state.origin))
        self.sliders = [Slider(number + 1) for number in range(min(MOST, state.latent_dim))]
        self.box = column(
            text("Each slider changes the current picture in one way that the generator has learned, the strongest "
                 "first. The small pictures show both ends. The directions have no names: move a slider to find out "
                 "what it does."),
            row(self.kind, self.variety, self.reset),
            self.notice.box,
            widgets.Box([each.box for each in self.sliders]).add_class("dcgan-sliders"),
        )  # fmt: skip
        for each in (self.variety, *(each.slider for each in self.sliders)):
            each.observe(lambda _: self.move(), "value")
        self.kind.observe(lambda _: self.change_kind(), "value")
        state.when_chosen.append(self._chosen)
        self._chosen()

    @property
    def directions(self) -> Directions:
        """Return the directions of the chosen kind."""
        return self.state.directions(self.kind.value)

    def latents(self) -> np.ndarray:
        """Return the input at the sliders' positions, float32 `[input_dim]`."""
        amounts = np.array([each.slider.value for each in self.sliders], np.float32)
        moved = self.state.base + amounts[: len(self.directions.vectors)] @ self.directions.vectors[: len(amounts)]
        moved[: self.state.latent_dim] = truncate(moved[: self.state.latent_dim], self.variety.value)
        return moved

    def move(self) -> None:
        """Show the picture at the sliders' positions."""
        if not self._quiet:
            self.state.move(self.latents())

    def change_kind(self) -> None:
        """Continue from the current picture, along directions of the other kind."""
        with self.notice.listening():
            self.notice.tell("Finding directions...")
            self.state.directions(self.kind.value)  # takes a second or two the first time
            self.notice.say("")
            self.state.start_from(self.state.latents)

    def _chosen(self) -> None:
        """Move all sliders back, and show the pictures at their ends."""
        self._quiet = True
        self.variety.value = 1.0
        for each in self.sliders:
            each.slider.value = 0.0
        self._quiet = False
        steps = REACH * self.directions.vectors[: len(self.sliders)]
        lows, highs = np.split(self.state.draw(np.concatenate([self.state.base - steps, self.state.base + steps])), 2)
        for each, effect, low, high in zip(self.sliders, self.directions.effects, lows, highs, strict=False):
            each.show(effect, low, high)
