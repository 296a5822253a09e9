"""Frames to an MP4 that every browser and phone plays (H.264), by PyAV."""

import importlib.util
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan_tf.errors import DcganError
from dcgan_tf.files import write_atomically

QUALITY = "18"  # x264's constant rate factor: differences can hardly be seen


def save_mp4(path: Path, frames: Sequence[Image.Image], *, milliseconds: int) -> Path:
    """Write frames as an MP4, `milliseconds` each, and return its path; see `mp4_bytes`."""
    content = mp4_bytes(frames, milliseconds=milliseconds)
    return write_atomically(path, lambda beside: beside.write_bytes(content))


def mp4_bytes(frames: Sequence[Image.Image], *, milliseconds: int) -> bytes:
    """Return frames as the content of an MP4 file, H.264 in yuv420p.

    Args:
        frames: at least one image, all of one size; odd sides are padded by one pixel, as the format wants.
        milliseconds: that each frame is shown.

    Raises:
        DcganError: there are no frames, or of different sizes, the time is not positive, or PyAV is missing.
    """
    if importlib.util.find_spec("av") is None:
        raise DcganError(
            'An MP4 needs the package `av`, which is not installed. Install it with `pip install "dcgan-tf[explore]"`, '
            "or save a GIF."
        )
    sizes = {frame.size for frame in frames}
    if len(sizes) != 1:
        raise DcganError(f"`frames` should be images of one size. Received: {len(frames)} of {len(sizes)} sizes.")
    if milliseconds < 1:
        raise DcganError(f"`milliseconds` should be at least 1. Received: {milliseconds}.")
    return _encode([_even(frame) for frame in frames], Fraction(1000, milliseconds))


def _even(frame: Image.Image) -> np.ndarray:
    """Return a frame as uint8 `[height, width, 3]`, its last row and column repeated where a side is odd."""
    pixels = np.asarray(frame.convert("RGB"))
    return np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), mode="edge")


def _encode(frames: Sequence[np.ndarray], rate: Fraction) -> bytes:
    """Return uint8 frames `[height, width, 3]` with even sides as MP4."""
    import av

    page = io.BytesIO()
    with av.open(page, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": QUALITY})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        container.mux(stream.encode())
    return page.getvalue()
