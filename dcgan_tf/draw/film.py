"""Films of images, written by imageio: looping GIFs, and MP4s that every browser and phone plays."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import imageio.v3 as iio
import numpy as np
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_atomically
from dcgan_tf.common.pixels import evenly_spread

SHORTEST = 20  # milliseconds: browsers show shorter frames for 100
SAMPLED = 16  # frames that the palette of a GIF is chosen from


def save_gif(path: Path, frames: Sequence[Image.Image], *, milliseconds: int, hold: int = 0) -> Path:
    """Write a looping GIF and return its path; see `gif_bytes`."""
    content = gif_bytes(frames, milliseconds=milliseconds, hold=hold)
    return write_atomically(path, lambda beside: beside.write_bytes(content))


def gif_bytes(frames: Sequence[Image.Image], *, milliseconds: int, hold: int = 0) -> bytes:
    """Return RGB images as the content of a looping GIF, each shown for `milliseconds` (20 at least).

    The last one is shown `hold` milliseconds longer. All frames share one palette of 256 colours without dithering, so
    that still parts do not flicker. Raises `DcganError` if there are no frames, or they differ in size.
    """
    _check_sizes(frames)
    palette = _shared_palette(frames)
    indices = [np.asarray(frame.quantize(palette=palette, dither=Image.Dither.NONE)) for frame in frames]
    durations = [max(SHORTEST, milliseconds)] * len(frames)
    durations[-1] += hold
    return iio.imwrite(
        "<bytes>",
        indices,
        extension=".gif",
        plugin="pillow",
        mode="P",
        palette=bytes(palette.getpalette()),  # without it, Pillow would write one with each frame
        duration=durations if len(frames) > 1 else durations[0],  # Pillow takes no list for a single frame
        loop=0,  # for ever
        optimize=False,
    )


def mp4_bytes(frames: Sequence[Image.Image], *, milliseconds: int) -> bytes:
    """Return images as the content of an MP4, H.264 in yuv420p, each shown for `milliseconds` (1 at least).

    Odd sides get one more pixel, because yuv420p needs even ones. Raises `DcganError` if there are no frames, they
    differ in size, the time is too short, or PyAV is not installed.
    """
    if importlib.util.find_spec("av") is None:
        raise DcganError(
            'An MP4 needs the package `av`, which is not installed. Install it with `pip install "dcgan-tf[explore]"`, '
            "or save a GIF."
        )
    _check_sizes(frames)
    if milliseconds < 1:
        raise DcganError(f"`milliseconds` should be at least 1. Received: {milliseconds}.")
    return iio.imwrite(
        "<bytes>",
        [_even(frame) for frame in frames],
        extension=".mp4",
        plugin="pyav",
        codec="libx264",
        fps=1000 / milliseconds,
        out_pixel_format="yuv420p",
    )


def _check_sizes(frames: Sequence[Image.Image]) -> None:
    """Raise `DcganError` unless there are frames and all have one size."""
    sizes = {frame.size for frame in frames}
    if len(sizes) != 1:
        raise DcganError(f"`frames` should be images of one size. Received: {len(frames)} of {len(sizes)} sizes.")


def _shared_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Return a palette image that fits all frames, found on a sheet of up to 16 of them."""
    picked = [frames[index] for index in evenly_spread(len(frames), SAMPLED)]
    sheet = Image.fromarray(np.concatenate([np.asarray(frame) for frame in picked]))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


def _even(frame: Image.Image) -> np.ndarray:
    """Return a frame as uint8 `[height, width, 3]`, its last row and column repeated if a side is odd."""
    pixels = np.asarray(frame.convert("RGB"))
    return np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), mode="edge")
