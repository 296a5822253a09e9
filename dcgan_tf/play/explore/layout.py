"""The plain parts of the page: text, buttons, rows and columns."""

from collections.abc import Callable

import ipywidgets as widgets


def text(content: str) -> widgets.HTML:
    """Return a paragraph of the page, in HTML."""
    return widgets.HTML(f"<p>{content}</p>").add_class("dcgan-text")


def button(label: str, tooltip: str, press: Callable[[], None], *, primary: bool = False) -> widgets.Button:
    """Return a button that calls `press`; a primary one stands out."""
    made = widgets.Button(description=label, tooltip=tooltip, button_style="primary" if primary else "")
    made.on_click(lambda _: press())
    return made


def column(*children: widgets.Widget) -> widgets.VBox:
    """Return parts of the page below one another."""
    return widgets.VBox(children).add_class("dcgan-column")


def row(*children: widgets.Widget) -> widgets.HBox:
    """Return parts of the page side by side, in several rows on a narrow page."""
    return widgets.HBox(children).add_class("dcgan-row")
