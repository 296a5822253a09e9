"""The tab "Wall": pictures that never existed, to choose from."""

from collections.abc import Callable

import ipywidgets as widgets
import numpy as np

from dcgan_tf.draw.inline import png_address
from dcgan_tf.model.latent import draw_latents
from dcgan_tf.play.explore.figures import CELL, enlarged
from dcgan_tf.play.explore.jobs import column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.widgets import Wall

COUNTS = (24, 36, 48)
MOST_SEEDS = 2**31 - 1


class WallTab:
    """Pictures of a seed; the one that is clicked becomes the current picture."""

    def __init__(self, state: State) -> None:
        """Draw the first pictures and choose one."""
        self.state = state
        self.wall = Wall(label="Generated pictures: click one")
        self.latents = np.zeros((0, state.latent_dim), np.float32)
        self.addresses: list[str] = []
        self.seed = widgets.BoundedIntText(
            0, min=0, max=MOST_SEEDS, description="Seed", tooltip="The same number gives the same pictures"
        )
        self.count = widgets.Dropdown(options=COUNTS, description="Pictures", tooltip="How many to show")
        self.more = widgets.Button(
            description="More pictures", tooltip="Show others, of the next seed", button_style="primary"
        )
        self._listeners: list[Callable[[], None]] = []
        self.seed.observe(lambda _: self.draw(), "value")
        self.count.observe(lambda _: self.draw(), "value")
        self.more.on_click(lambda _: self.advance())
        self.wall.on_pick(self.pick)
        state.on_chosen(self._mark)
        self.box = column(
            text("None of these pictures is a photo: the generator made each from a handful of random numbers. "
                 "<b>Click one</b> to look at it and to change it in the other tabs."),
            row(self.more, self.seed, self.count),
            self.wall,
        )  # fmt: skip
        self.draw()
        self.pick(0)

    def draw(self) -> None:
        """Show the pictures of the seed."""
        self.latents = draw_latents(self.count.value, self.state.latent_dim, self.seed.value)
        self.addresses = [png_address(enlarged(each, CELL)) for each in self.state.draw(self.latents)]
        self.wall.selected = -1
        self.wall.names = [self.name(index) for index in range(len(self.latents))]
        self.wall.pictures = self.addresses
        self._mark()  # the current picture may be among them
        for callback in self._listeners:
            callback()

    def on_draw(self, callback: Callable[[], None]) -> None:
        """Call this whenever there are other pictures on the wall."""
        self._listeners.append(callback)

    def name(self, index: int) -> str:
        """Return what a picture is called."""
        return f"Picture {index + 1} of seed {self.seed.value}"

    def advance(self) -> None:
        """Show the pictures of the next seed."""
        self.seed.value = (self.seed.value + 1) % MOST_SEEDS

    def pick(self, index: int) -> None:
        """Make a picture of the wall the current one."""
        self.state.choose(self.latents[index], self.name(index))

    def _mark(self) -> None:
        """Frame the current picture, if it is on the wall."""
        same = np.flatnonzero((self.latents == self.state.origin).all(axis=1))
        self.wall.selected = int(same[0]) if len(same) else -1
