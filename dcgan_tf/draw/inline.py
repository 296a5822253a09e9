"""Pictures as `data:` addresses, made in memory."""

import base64
import io

from PIL import Image


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
