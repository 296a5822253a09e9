"""The tab "Blend": the pictures between two others, and a film of a walk through several."""

from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from PIL import Image

from dcgan_tf.draw.film import gif_bytes, mp4_bytes
from dcgan_tf.draw.inline import data_address
from dcgan_tf.play.explore.figures import LARGE, SMALL, download_link, enlarged
from dcgan_tf.play.explore.jobs import Job, Notice, Progress
from dcgan_tf.play.explore.layout import button, column, row, text
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.wall_tab import WallTab
from dcgan_tf.play.explore.widgets import Picture, Wall
from dcgan_tf.play.walks import between, walk_through

MILLISECONDS = 80  # per frame of a walk
MOST_STOPS = 12
PICKS = (("A", "a"), ("B", "b"), ("stops of a walk", "walk"))


class Stop(NamedTuple):
    """A picked picture."""

    latents: np.ndarray  # float32 [input_dim], with its class if the run has classes
    index: int  # on the wall; -1 if it is not there


class BlendTab:
    """Two picked pictures with a slider between them, and a list of stops with a film through them."""

    def __init__(self, state: State, wall: WallTab) -> None:
        self.state, self.wall_tab = state, wall
        self.wall = Wall(
            "Pictures to blend: click one to pick it", lambda index: self.pick(Stop(wall.latents[index], index))
        )
        self.notice = Notice()
        self.target = widgets.ToggleButtons(
            options=PICKS, description="A click picks", tooltips=["The left end", "The right end", "One more stop"]
        )
        self.share = widgets.FloatSlider(
            0.5, min=0.0, max=1.0, step=0.01, description="A to B", tooltip="How much of A, how much of B"
        )
        self.frames = widgets.IntSlider(
            48, min=12, max=120, step=4, description="Frames", tooltip="More frames make a slower, smoother film"
        )
        self.current = button(
            "Pick the current picture", "Such as your projected photo", lambda: self.pick(Stop(state.latents, -1))
        )
        self.keep = button(
            "Use this blend", "Make it the current picture in all tabs", lambda: state.choose(self.between(), "A blend")
        )
        self.clear = button("Clear the stops", "Start a new list", self.forget)
        self.ends, self.middle = [Picture(), Picture()], Picture()
        self.film, self.links = widgets.HTML(), widgets.HTML()
        self.make = Job("Make the film", "Draw the walk as a looping film", self.walk, self.notice)
        self.mp4 = Job("Make an MP4", "The same film as a video file", self.make_video, self.notice)
        self.mp4.button.button_style, self.mp4.button.disabled = "", True
        self._frames: list[Image.Image] = []
        wall.when_drawn.append(self._restart)
        self.share.observe(lambda _: self.blend(), "value")
        self._restart()
        self.box = self._layout()

    def _layout(self) -> widgets.VBox:
        """Return the layout of the tab."""
        return column(
            text("<b>Pick two pictures, A and B,</b> on the wall, and move the slider to see the pictures between "
                 "them. Or pick several stops, and make a film of a walk through them all."),
            row(self.target, self.current),
            self.wall,
            widgets.HTML("<h2>Between A and B</h2>"),
            widgets.HBox([self.ends[0], self.middle, self.ends[1]]).add_class("dcgan-trio"),
            row(self.share, self.keep),
            widgets.HTML("<h2>A walk through the stops</h2>"), row(self.frames, self.clear),
            row(self.make.box, self.mp4.box), self.notice.box, self.film, self.links,
        )  # fmt: skip

    def _restart(self) -> None:
        """Pick the first pictures of a new wall."""
        first = [Stop(latents, index) for index, latents in enumerate(self.wall_tab.latents[:4])]
        self.a, self.b, self.stops = first[0], first[1], first
        self.wall.names, self.wall.pictures = self.wall_tab.wall.names, self.wall_tab.wall.pictures
        self._mark()
        self.blend()

    def pick(self, stop: Stop) -> None:
        """Use a picture as A, B or a stop, as chosen above the wall; A and B are picked in turn."""
        if self.target.value == "a":
            self.a, self.target.value = stop, "b"
        elif self.target.value == "b":
            self.b, self.target.value = stop, "a"
        elif len(self.stops) < MOST_STOPS:
            self.stops = [*self.stops, stop]
        else:
            self.notice.say(f"A walk has at most {MOST_STOPS} stops. Clear the stops to pick others.")
        self._mark()
        self.blend()

    def forget(self) -> None:
        """Empty the list of stops; the next clicks add stops."""
        self.stops, self.target.value = [], "walk"
        self.notice.say("")
        self._mark()

    def _mark(self) -> None:
        """Mark the pictures of the wall that are A, B or a stop."""
        marks: list[list[str]] = [[] for _ in self.wall_tab.latents]
        numbered = [(str(number + 1), stop) for number, stop in enumerate(self.stops)]
        for mark, stop in (("A", self.a), ("B", self.b), *numbered):
            if stop.index >= 0:
                marks[stop.index].append(mark)
        self.wall.marks = [" ".join(each) for each in marks]

    def between(self) -> np.ndarray:
        """Return the input at the slider's position between A and B, float32 `[input_dim]`."""
        return between(self.a.latents, self.b.latents, self.share.value, self.state.latent_dim)

    def blend(self) -> None:
        """Show A, B and the picture between them."""
        pictures = self.state.draw(np.stack([self.a.latents, self.b.latents, self.between()]))
        names = "A", "B", f"{1 - self.share.value:.0%} A, {self.share.value:.0%} B"
        sides = SMALL // 2, SMALL // 2, SMALL
        for image, picture, name, side in zip((*self.ends, self.middle), pictures, names, sides, strict=True):
            image.show(enlarged(picture, side), name)

    def walk(self, progress: Progress) -> None:
        """Draw the film and show it."""
        if len(self.stops) < 2:
            self.notice.say("A walk needs at least two stops. Pick some on the wall first.")
            return
        stops = np.stack([stop.latents for stop in self.stops])
        latents = walk_through(stops, self.frames.value, self.state.latent_dim)
        self._frames = []
        for part in np.array_split(latents, max(1, len(latents) // 8)):
            self._frames += [enlarged(picture, LARGE) for picture in self.state.draw(part)]
            progress(len(self._frames), len(latents) + 1)
        content = gif_bytes(self._frames, milliseconds=MILLISECONDS)
        name = f"A walk through {len(self.stops)} pictures"
        self.film.value = f'<img class="dcgan-film" src="{data_address(content, "image/gif")}" alt="{name}">'
        self.links.value = self._gif = download_link("walk.gif", content, "image/gif")
        self.mp4.button.disabled = False

    def make_video(self, progress: Progress) -> None:
        """Add a link to the film as MP4."""
        progress(0, 1)
        content = mp4_bytes(self._frames, milliseconds=MILLISECONDS)
        self.links.value = f"{self._gif} {download_link('walk.mp4', content, 'video/mp4')}"
