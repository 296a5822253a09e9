"""The parts of the page that ipywidgets lack, each with a script of its own beside this file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from PIL import Image

from dcgan_tf.draw.inline import png_address

FOLDER = Path(__file__).parent / "assets"
MAX_UPLOAD = 64_000_000  # bytes


class Picture(anywidget.AnyWidget):
    """One picture that changes in place."""

    _esm = FOLDER / "picture.js"
    address = traitlets.Unicode().tag(sync=True)  # of an image
    name = traitlets.Unicode().tag(sync=True)  # what it is, for who cannot see it

    def show(self, image: Image.Image, name: str) -> None:
        """Show another image."""
        with self.hold_sync():
            self.address, self.name = png_address(image), name


class SliderNames(anywidget.AnyWidget):
    """Nothing to see: gives all sliders of the page their names, for who cannot see them."""

    _esm = FOLDER / "names.js"


class Wall(anywidget.AnyWidget):
    """Pictures to click: each a button, with what it is as its text."""

    _esm = FOLDER / "wall.js"
    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)  # addresses of images
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)  # one a picture, for who cannot see it
    marks = traitlets.List(traitlets.Unicode()).tag(sync=True)  # one a picture, shown on it; "" for none
    selected = traitlets.Int(-1).tag(sync=True)  # the picture with a frame; -1 for none
    label = traitlets.Unicode("Pictures").tag(sync=True)

    def on_pick(self, callback: Callable[[int], None]) -> None:
        """Call this with the index of each picture that is clicked."""

        def receive(_: object, content: Any, __: object) -> None:  # noqa: ANN401 - whatever a page sends
            index = content.get("pick") if isinstance(content, dict) else None
            if isinstance(index, int) and 0 <= index < len(self.pictures):
                callback(index)

        self.on_msg(receive)


class Painter(anywidget.AnyWidget):
    """A square picture on which a part is painted out, by a finger, a mouse or a button."""

    _esm = FOLDER / "painter.js"
    picture = traitlets.Unicode().tag(sync=True)  # address of an image
    side = traitlets.Int(1).tag(sync=True)  # of the picture, in pixels

    def __init__(self) -> None:
        """Start with nothing painted out."""
        super().__init__()
        self._painted = b""
        self.on_msg(self._receive)

    @property
    def mask(self) -> np.ndarray:
        """Return what is painted out, bool `[side, side]`."""
        if len(self._painted) != self.side**2:  # nothing yet, or that of the last picture
            return np.zeros((self.side, self.side), bool)
        return np.frombuffer(self._painted, np.uint8).reshape(self.side, self.side) > 0

    def show(self, address: str, side: int) -> None:
        """Show another picture, with nothing painted out."""
        self._painted = b""
        self.side = side
        self.picture = ""  # the same picture again must clear what is painted, too
        self.picture = address

    def _receive(self, _: object, content: Any, buffers: list[memoryview]) -> None:  # noqa: ANN401
        """Keep the mask that the page sends, one byte a pixel."""
        if isinstance(content, dict) and content.get("kind") == "mask" and len(buffers) == 1:
            self._painted = bytes(buffers[0])


class Uploader(anywidget.AnyWidget):
    """A field for one file, which comes in pieces.

    The upload of ipywidgets sends a file as one message: servers that take only smaller ones hang up, and nothing in
    the page says why.
    """

    _esm = FOLDER / "uploader.js"
    limit = traitlets.Int(MAX_UPLOAD).tag(sync=True)  # bytes; more is not sent, only told
    status = traitlets.Unicode().tag(sync=True)  # what the field says of the file it holds

    def __init__(self) -> None:
        """Start without a file."""
        super().__init__()
        self._upload, self._name, self._pieces = "", "", []
        self._callbacks: list[Callable[[str, bytes, int], None]] = []
        self.on_msg(self._receive)

    def on_file(self, callback: Callable[[str, bytes, int], None]) -> None:
        """Call this with name, content and size in bytes of each file; one above the limit comes without content."""
        self._callbacks.append(callback)

    def finish(self, name: str, content: bytes, size: int) -> None:
        """Hand a whole file on."""
        self._upload, self._pieces = "", []
        for callback in self._callbacks:
            callback(name, content, size)

    def _receive(self, _: object, content: Any, buffers: list[memoryview]) -> None:  # noqa: ANN401
        """Take the next piece of a file: pieces of one that another has followed are left out."""
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
