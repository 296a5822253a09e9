"""Images and files as bytes and as `data:` addresses, so that a page needs no other files."""

import base64
import html
import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure  # slow to import

MEDIA = {".png": "image/png", ".gif": "image/gif", ".mp4": "video/mp4"}  # by the ending of a file


def figure_bytes(figure: "Figure", dpi: int = 100) -> bytes:
    """Return a Matplotlib figure as PNG, with `dpi` dots per inch."""
    page = io.BytesIO()
    figure.savefig(page, format="png", dpi=dpi)
    return page.getvalue()


def png_address(image: Image.Image, compression: int = 1) -> str:
    """Return an image as the `data:` address of a PNG; `compression` is 0 to 9, low by default for speed."""
    page = io.BytesIO()
    image.save(page, "PNG", compress_level=compression)
    return data_address(page.getvalue(), MEDIA[".png"])


def file_address(path: Path) -> str:
    """Return a PNG, GIF or MP4 file as a `data:` address."""
    return data_address(path.read_bytes(), MEDIA[path.suffix])


def image_tag(address: str, name: str) -> str:
    """Return the HTML of an image in a notebook, at most as wide as the page; `name` is for screen readers."""
    return f'<img src="{address}" alt="{html.escape(name)}" style="max-width: 100%; background: #fafafa">'


def data_address(content: bytes, media: str) -> str:
    """Return bytes as a `data:` address of this media type."""
    return f"data:{media};base64,{base64.b64encode(content).decode('ascii')}"
