"""Pictures as HTML that contains their data."""

import html

import numpy as np
from PIL import Image

from dcgan_tf.draw.grids import to_image
from dcgan_tf.draw.inline import data_address, png_address

LARGE, SMALL, CELL = 320, 192, 96  # largest side in pixels: of a single picture, among others, on the wall


def enlarged(picture: np.ndarray, side: int) -> Image.Image:
    """Return a uint8 picture `[h, w, channels]`, enlarged by the largest whole number that keeps it within `side`."""
    image = to_image(picture)
    zoom = max(1, side // max(image.size))
    return image.resize((image.width * zoom, image.height * zoom), Image.Resampling.NEAREST)


def figures(*captioned: tuple[str, Image.Image]) -> str:
    """Return HTML that shows images with captions side by side, or one below the other on a narrow page."""
    parts = [
        f'<figure><img src="{png_address(image)}" width="{image.width}" height="{image.height}" '
        f'alt="{html.escape(caption)}"><figcaption>{html.escape(caption)}</figcaption></figure>'
        for caption, image in captioned
    ]
    return f'<div class="dcgan-figures">{"".join(parts)}</div>'


def download_link(name: str, content: bytes, media: str) -> str:
    """Return HTML of a link that saves the content as a file of this name."""
    name = html.escape(name)
    size = f"{len(content) / 1000:,.0f} kB" if len(content) < 10**6 else f"{len(content) / 10**6:,.1f} MB"
    return f'<a class="dcgan-save" download="{name}" href="{data_address(content, media)}">Save {name}</a> ({size})'
