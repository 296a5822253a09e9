"""Widgets that ipywidgets lacks; each has a script in `assets/`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from PIL import Image

from dcgan_tf.draw.inline import png_address

ASSETS = Path(__file__).parent / "assets"
MAX_UPLOAD = 64_000_000  # bytes


def asset(*names: str) -> str:
    """Return the text of one or several files in `assets/`."""
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


class Picture(anywidget.AnyWidget):
    """One picture that changes in place."""

    _esm = asset("shared.js", "picture.js")
    address = traitlets.Unicode().tag(sync=True)  # of an image
    name = traitlets.Unicode().tag(sync=True)  # of the picture, also for screen readers

    def show(self, image: Image.Image, name: str) -> None:
        """Show another image."""
        with self.hold_sync():
            self.address, self.name = png_address(image), name


class SliderNames(anywidget.AnyWidget):
    """An invisible widget that names all sliders of the page for screen readers."""

    _esm = asset("names.js")


class Wall(anywidget.AnyWidget):
    """Pictures to click, each a button with a name; `pick` gets the index of a clicked one."""

    _esm = asset("shared.js", "wall.js")
    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)  # addresses of images
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)  # one per picture, also for screen readers
    marks = traitlets.List(traitlets.Unicode()).tag(sync=True)  # one per picture, shown on it; "" for none
    selected = traitlets.Int(-1).tag(sync=True)  # index of the framed picture; -1 for none
    label = traitlets.Unicode().tag(sync=True)

    def __init__(self, label: str, pick: Callable[[int], None]) -> None:
        super().__init__(label=label)
        self._pick = pick
        self.on_msg(self._receive)

    def _receive(self, _: object, content: Any, __: object) -> None:  # noqa: ANN401 - pages may send anything
        index = content.get("pick") if isinstance(content, dict) else None
        if isinstance(index, int) and 0 <= index < len(self.pictures):
            self._pick(index)


class Painter(anywidget.AnyWidget):
    """A picture; parts of it can be painted over with a finger, a mouse or buttons."""

    _esm = asset("shared.js", "painter.js")
    picture = traitlets.Unicode().tag(sync=True)  # address of an image
    size = traitlets.List([1, 1]).tag(sync=True)  # height and width of the picture, in pixels

    def __init__(self) -> None:
        super().__init__()
        self._painted = b""
        self.on_msg(self._receive)

    @property
    def mask(self) -> np.ndarray:
        """Return the painted part, bool `[height, width]`."""
        height, width = self.size
        if len(self._painted) != height * width:  # nothing yet, or the mask of the last picture
            return np.zeros((height, width), bool)
        return np.frombuffer(self._painted, np.uint8).reshape(height, width) > 0

    def show(self, address: str, height: int, width: int) -> None:
        """Show another picture without paint."""
        self._painted = b""
        self.size = [height, width]
        self.picture = ""  # so that showing the same picture again also removes the paint
        self.picture = address

    def _receive(self, _: object, content: Any, buffers: list[memoryview]) -> None:  # noqa: ANN401
        """Keep the mask that the page sends, one byte per pixel."""
        if isinstance(content, dict) and content.get("kind") == "mask" and len(buffers) == 1:
            self._painted = bytes(buffers[0])


class Uploader(anywidget.AnyWidget):
    """A field for one file, which is sent in pieces; `take` gets its name, its content (b"" above the limit) and size.

    The upload of ipywidgets sends a file in one message. Servers with a lower limit close the connection then, and the
    page shows no reason.
    """

    _esm = asset("shared.js", "uploader.js")
    limit = traitlets.Int(MAX_UPLOAD).tag(sync=True)  # bytes; of a larger file the page sends only name and size
    status = traitlets.Unicode().tag(sync=True)  # a text about the current file

    def __init__(self, take: Callable[[str, bytes, int], None]) -> None:
        super().__init__()
        self._upload, self._name, self._pieces = "", "", []
        self._take = take
        self.on_msg(self._receive)

    def finish(self, name: str, content: bytes, size: int) -> None:
        """Pass a complete file on."""
        self._upload, self._pieces = "", []
        self._take(name, content, size)

    def _receive(self, _: object, content: Any, buffers: list[memoryview]) -> None:  # noqa: ANN401
        """Take the next piece of a file; pieces of an earlier upload are ignored."""
        if not isinstance(content, dict):
            return
        kind, upload = content.get("kind"), str(content.get("upload"))
        if kind == "begin":
            self._upload, self._name, self._pieces = upload, str(content.get("name", "")), []
        elif kind == "refused":
            self.finish(str(content.get("name", "")), b"", int(content.get("size", 0)))
        elif upload == self._upload and kind == "piece":
            self._pieces += [bytes(piece) for piece in buffers]
            if sum(map(len, self._pieces)) > self.limit:
                self.finish(self._name, b"", self.limit + 1)
        elif upload == self._upload and kind == "end":
            whole = b"".join(self._pieces)
            self.finish(self._name, whole, len(whole))
