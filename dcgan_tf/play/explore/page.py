"""The explore page: the list of runs, the current picture, and the tabs."""

import html
from pathlib import Path

import ipywidgets as widgets

from dcgan_tf.play.explore.blend_tab import BlendTab
from dcgan_tf.play.explore.figures import LARGE, enlarged
from dcgan_tf.play.explore.jobs import Notice
from dcgan_tf.play.explore.layout import column
from dcgan_tf.play.explore.photo_tabs import EnlargeTab, PhotoTab, RepairTab
from dcgan_tf.play.explore.sliders_tab import SlidersTab
from dcgan_tf.play.explore.state import State
from dcgan_tf.play.explore.upload import Photo
from dcgan_tf.play.explore.wall_tab import WallTab
from dcgan_tf.play.explore.widgets import Picture, SliderNames, asset
from dcgan_tf.run.places import find_run, find_runs

TITLES = ("Wall", "Sliders", "Blend", "Photo", "Repair", "Enlarge")


class Page:
    """A list of runs and, below it, the chosen one: at first `run`, or the newest if that is empty."""

    def __init__(self, run: str, root: Path) -> None:
        self.root = root
        self.notice = Notice()
        self.content = column()
        self.explorer: Explorer | None = None
        found = find_runs(root)
        if run and run not in [name for _, name in found]:
            found = [(run, run), *found]
        self.picker = widgets.Dropdown(
            options=found, description="Run", tooltip="The finished run to explore", disabled=not found
        )
        style = widgets.HTML(f"<style>{asset('style.css')}</style>")
        self.box = column(style, self.picker, self.notice.box, self.content, SliderNames()).add_class("dcgan-page")
        if not found:
            self.notice.say(f"There is no finished run in {root / 'outputs'} yet. Train one first.")
            return
        if run:
            self.picker.value = run
        self.picker.observe(lambda _: self.open(), "value")
        self.open()

    def open(self) -> None:
        """Open the chosen run, or say why it cannot be opened."""
        self.content.children = ()
        if self.explorer:
            close(self.explorer.box)
        self.explorer = None
        with self.notice.listening():
            self.notice.tell("Opening the run...")
            self.explorer = Explorer(State(find_run(self.picker.value, self.root)))
            self.content.children = (self.explorer.box,)
            self.notice.say("")


def close(widget: widgets.Widget) -> None:
    """Close a widget and all widgets in it; otherwise the kernel and the page would keep them for ever."""
    for name in widget.keys:
        value = getattr(widget, name)
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, widgets.Widget):
                close(each)
    widget.close()


class Explorer:
    """One run: its current picture beside the tabs."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.picture = Picture().add_class("dcgan-current")
        self.caption = widgets.HTML()
        state.when_moved.append(self.show)
        self.photo = Photo(state.shape, state.run.background, state.run.ranges)
        self.wall = WallTab(state)
        self.sliders = SlidersTab(state)
        self.blend = BlendTab(state, self.wall)
        self.projection = PhotoTab(state, self.photo, lambda: self.go_to("Sliders"))
        self.repair = RepairTab(state, self.photo)
        self.enlarge = EnlargeTab(state, self.photo)
        parts = self.wall, self.sliders, self.blend, self.projection, self.repair, self.enlarge
        self.tabs = widgets.Tab([part.box for part in parts]).add_class("dcgan-tabs")
        for index, title in enumerate(TITLES):
            self.tabs.set_title(index, title)  # works in ipywidgets 7 too, which Colab has
        panel = column(self.picture, self.caption).add_class("dcgan-panel")
        self.box = widgets.Box([panel, self.tabs]).add_class("dcgan-explorer")
        self.show()

    def go_to(self, title: str) -> None:
        """Open the tab with this title."""
        self.tabs.selected_index = TITLES.index(title)

    def show(self) -> None:
        """Show the current picture."""
        changed = "" if (self.state.latents == self.state.origin).all() else ", changed"
        name = f"{self.state.name}{changed}"
        self.picture.show(enlarged(self.state.current(), LARGE), name)
        self.caption.value = f"<b>The current picture</b><br>{html.escape(name)}"
