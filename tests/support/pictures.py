"""Small pictures and folders of them, for the tests of reading pictures."""

from pathlib import Path

import numpy as np
from PIL import Image

from dcgan_tf.data import decoding
from dcgan_tf.data.images import load_images
from tests.support.awkward import encoded

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def pixels(picture, *, size=16, channels=3, **changes):
    """Decode one picture, given as bytes or as an open picture to be written as PNG."""
    data = picture if isinstance(picture, bytes) else encoded(picture, "PNG")
    with decoding.strict_pillow():
        return decoding.decode(data, (size, size, channels), **{"resize": "crop", **changes})


def save(folder: Path, *names: str, color="red") -> Path:
    """Write a picture of one colour under each name, as its ending says, and return the folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 20), color).save(path, path.suffix.lstrip(".").replace("jpg", "jpeg") or "png")
    return folder


def read(folder, **changes):
    """Read a folder at 16 x 16 in colour, unless told otherwise."""
    return load_images(folder, **{"image_size": 16, "channels": 3, **changes})


def near(value, expected, by=3):
    """Return whether no value differs by more than `by`."""
    return np.abs(np.asarray(value, int) - np.asarray(expected, int)).max() <= by
