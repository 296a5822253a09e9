"""Pictures as a browser takes them: bytes and `data:` addresses, made in memory."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from dcgan_tf.render import to_image

LARGE, SMALL, CELL = 320, 192, 96  # pixels that a picture should measure at most, alone, among others, on the wall


def enlarged(picture: np.ndarray, side: int) -> Image.Image:
    """Return a uint8 picture `[h, w, channels]`, enlarged by the largest whole factor that keeps it within `side`."""
    image = to_image(picture)
    zoom = max(1, side // max(image.size))
    return image.resize((image.width * zoom, image.height * zoom), Image.Resampling.NEAREST)


def png_bytes(image: Image.Image) -> bytes:
    """Return the image as PNG, compressed little, because a slider waits for it."""
    page = io.BytesIO()
    image.save(page, "PNG", compress_level=1)
    return page.getvalue()


def png_address(image: Image.Image) -> str:
    """Return the image as a `data:` address."""
    return data_address(png_bytes(image), "image/png")


def data_address(content: bytes, media: str) -> str:
    """Return bytes as a `data:` address of this media type."""
    return f"data:{media};base64,{base64.b64encode(content).decode('ascii')}"


def gif_bytes(frames: Sequence[Image.Image], *, milliseconds: int) -> bytes:
    """Return a looping GIF, each frame with a palette of its own and not dithered."""
    # Not by `render.save_gif`, which writes a file: what became of an uploaded picture stays in memory.
    indexed = [frame.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE) for frame in frames]
    page = io.BytesIO()
    indexed[0].save(
        page, "GIF", save_all=True, append_images=indexed[1:], duration=max(20, milliseconds), loop=0, disposal=1
    )
    return page.getvalue()


def figures(*captioned: tuple[str, Image.Image]) -> str:
    """Return HTML that shows captioned images side by side, below one another where it is narrow."""
    parts = [
        f'<figure><img src="{png_address(image)}" width="{image.width}" height="{image.height}" '
        f'alt="{html.escape(caption)}"><figcaption>{html.escape(caption)}</figcaption></figure>'
        for caption, image in captioned
    ]
    return f'<div class="dcgan-figures">{"".join(parts)}</div>'


def download_link(name: str, content: bytes, media: str) -> str:
    """Return HTML of a link that saves the content as a file of this name."""
    address = data_address(content, media)
    size = f"{len(content) / 1000:,.0f} kB" if len(content) < 10**6 else f"{len(content) / 10**6:,.1f} MB"
    return (
        f'<a class="dcgan-save" download="{html.escape(name)}" href="{address}">Save {html.escape(name)}</a> ({size})'
    )
