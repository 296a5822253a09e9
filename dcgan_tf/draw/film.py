"""Frames to an MP4 that every browser and phone plays (H.264), by PyAV."""

import importlib.util
import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_atomically
from dcgan_tf.common.pixels import evenly_spread


def save_gif(path: Path, frames: Sequence[Image.Image], *, milliseconds: int, hold: int = 0) -> Path:
    """Write a looping GIF of RGB frames, `milliseconds` each and `hold` more on the last.

    All frames share one palette of 256 colours and are not dithered: both would flicker. Browsers play frames
    shorter than 20 ms at 100 ms instead, so that less is never written.
    """
    palette = _shared_palette(frames)
    indexed = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    colors = bytes(palette.getpalette())  # named below, because Pillow would repeat them in each frame
    durations = [max(20, milliseconds)] * len(frames)
    durations[-1] += hold
    return write_atomically(
        path,
        lambda beside: indexed[0].save(
            beside, save_all=True, append_images=indexed[1:], duration=durations, loop=0, optimize=False, palette=colors
        ),
    )


def _shared_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Return a palette image that fits all frames, found on a sheet of up to 16 of them."""
    picked = [frames[index] for index in evenly_spread(len(frames), 16)]
    width, height = picked[0].size
    sheet = Image.new("RGB", (width, height * len(picked)))
    for index, frame in enumerate(picked):
        sheet.paste(frame, (0, index * height))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


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


def gif_bytes(frames: Sequence[Image.Image], *, milliseconds: int) -> bytes:
    """Return a looping GIF, each frame with a palette of its own and not dithered."""
    # Not by `render.save_gif`, which writes a file: what became of an uploaded picture stays in memory.
    indexed = [frame.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE) for frame in frames]
    page = io.BytesIO()
    indexed[0].save(
        page, "GIF", save_all=True, append_images=indexed[1:], duration=max(20, milliseconds), loop=0, disposal=1
    )
    return page.getvalue()
