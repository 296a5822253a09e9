"""The tab "Wall": generated pictures to choose from."""

from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from dcgan_tf.common.text import one_line
from dcgan_tf.draw.inline import png_address
from dcgan_tf.model.latent import draw_latents
from dcgan_tf.play.explore.figures import CELL, enlarged
from dcgan_tf.play.explore.layout import button, column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.widgets import Wall

COUNTS = (24, 36, 48)
MOST_SEEDS = 2**31 - 1


class WallTab:
    """The pictures of a seed; a click on one makes it the current picture."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.wall = Wall("Generated pictures: click one", self.pick)
        self.latents = np.zeros((0, state.input_dim), np.float32)
        self.seed = widgets.BoundedIntText(
            0, min=0, max=MOST_SEEDS, description="Seed", tooltip="The same number gives the same pictures"
        )
        self.count = widgets.Dropdown(options=COUNTS, description="Pictures", tooltip="How many to show")
        names = state.run.config.class_names
        self.label = widgets.Dropdown(
            options=[("any", None), *((one_line(name), name) for name in names)],
            description="Class",
            tooltip="What the pictures should show",
            layout=widgets.Layout(display=None if names else "none"),
        )
        self.more = button("More pictures", "Show the pictures of the next seed", self.advance, primary=True)
        self.when_drawn: list[Callable[[], None]] = []  # called after the pictures of the wall change
        self.seed.observe(lambda _: self.draw(), "value")
        self.count.observe(lambda _: self.draw(), "value")
        self.label.observe(lambda _: self.draw(), "value")
        state.when_chosen.append(self._mark)
        self.box = column(
            text("None of these pictures is a photo. The generator made each of them from random numbers. "
                 "<b>Click one</b> to see it larger, and to change it in the other tabs."),
            row(self.more, self.seed, self.count, self.label),
            self.wall,
        )  # fmt: skip
        self.draw()
        self.pick(0)

    def draw(self) -> None:
        """Show the pictures of the seed."""
        latents = draw_latents(self.count.value, self.state.latent_dim, self.seed.value)
        self.latents = self.state.run.inputs_of(latents, self.seed.value, self.label.value)
        self.wall.selected = -1
        self.wall.names = [self.name(index) for index in range(len(self.latents))]
        self.wall.pictures = [png_address(enlarged(each, CELL)) for each in self.state.draw(self.latents)]
        self._mark()
        for callback in self.when_drawn:
            callback()

    def name(self, index: int) -> str:
        """Return the name of a picture, with its class if the run has classes."""
        names, chosen = self.state.run.config.class_names, self.latents[index, self.state.latent_dim :]
        label = f", {one_line(names[chosen.argmax()])}" if names else ""
        return f"Picture {index + 1} of seed {self.seed.value}{label}"

    def advance(self) -> None:
        """Show the pictures of the next seed."""
        self.seed.value = (self.seed.value + 1) % MOST_SEEDS

    def pick(self, index: int) -> None:
        """Make a picture of the wall the current one."""
        self.state.choose(self.latents[index], self.name(index))

    def _mark(self) -> None:
        """Frame the current picture if it is on the wall."""
        same = np.flatnonzero((self.latents == self.state.origin).all(axis=1))
        self.wall.selected = int(same[0]) if len(same) else -1
