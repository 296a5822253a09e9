"""Films, read back by imageio: GIFs of one palette that do not flicker, and MP4s."""

import sys

import av
import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError
from dcgan_tf.draw.film import gif_bytes, mp4_bytes, save_gif
from dcgan_tf.draw.grids import GROUND, draw_grid


def frames(count: int = 6, size: tuple[int, int] = (21, 15)) -> list[Image.Image]:
    return [Image.new("RGB", size, (40 * index, 200, 60)) for index in range(count)]


def read_gif(content) -> tuple[np.ndarray, list[int], int]:
    """Return frames `[n, height, width, 3]`, their durations in milliseconds, and how often it plays, 0 for ever."""
    with iio.imopen(content, "r", plugin="pillow") as film:
        read = film.read(mode="RGB")
        metadata = [film.metadata(index=index) for index in range(len(read))]
    return read, [each["duration"] for each in metadata], metadata[0]["loop"]


def test_a_gif_plays_as_asked_and_loops(tmp_path):
    path = save_gif(tmp_path / "new" / "a.gif", frames(5), milliseconds=120, hold=2000)
    assert [each.name for each in path.parent.iterdir()] == ["a.gif"]
    read, durations, loop = read_gif(path)
    assert durations == [120, 120, 120, 120, 2120] and loop == 0
    assert np.abs(read.astype(int) - np.stack([np.asarray(frame) for frame in frames(5)])).max() <= 8
    assert gif_bytes(frames(5), milliseconds=120, hold=2000) == path.read_bytes()


def test_frames_too_short_for_browsers_are_never_written():
    assert read_gif(gif_bytes(frames(3), milliseconds=5))[1] == [20, 20, 20]
    assert read_gif(gif_bytes(frames(1), milliseconds=5, hold=30))[1] == [50]


def test_the_ground_is_the_same_white_in_every_frame():
    random = np.random.default_rng(0)
    noise = [random.integers(0, 256, (9, 28, 28, 3), np.uint8) for _ in range(20)]
    sheets = [draw_grid(pictures, f"after {index} kimg", columns=3) for index, pictures in enumerate(noise)]
    read = read_gif(gif_bytes(sheets, milliseconds=100))[0]
    gaps = read[:, 26:30]  # the white line between title and pictures
    assert (gaps == gaps[0, 0, 0]).all()
    assert np.abs(gaps[0, 0, 0].astype(int) - GROUND).max() <= 3


def test_one_palette_serves_all_frames_so_that_still_parts_do_not_flicker():
    generator = np.random.default_rng(0)
    still = generator.integers(0, 256, (30, 60, 3), np.uint8)
    moving = [np.broadcast_to(color, (30, 60, 3)) for color in generator.integers(0, 256, (12, 3), np.uint8)]
    content = gif_bytes([Image.fromarray(np.concatenate([still, each])) for each in moving], milliseconds=100)
    read = read_gif(content)[0]
    assert len(read) == 12 and (read[:, :30] == read[0, :30]).all()
    assert palettes(content) == (True, 0)


def palettes(data: bytes) -> tuple[bool, int]:
    """Return whether a GIF has a palette for all frames, and how many frames bring their own.

    Its blocks are walked as GIF89a, section 20 and following, describes them.
    """
    place, own = 13 + (3 * 2 ** ((data[10] & 7) + 1) if data[10] >> 7 else 0), 0
    while data[place] != 0x3B:
        if data[place] == 0x21:
            place += 2
        else:
            flags = data[place + 9]
            own += flags >> 7
            place += 10 + (3 * 2 ** ((flags & 7) + 1) if flags >> 7 else 0) + 1
        while data[place]:
            place += data[place] + 1
        place += 1
    return bool(data[10] >> 7), own


def test_an_mp4_holds_all_frames_at_even_sides(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(mp4_bytes(frames(), milliseconds=80))
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt, stream.width, stream.height) == ("h264", "yuv420p", 22, 16)
        assert stream.average_rate == 12.5
    read = iio.imread(path, plugin="pyav")
    assert read.shape == (6, 16, 22, 3)
    expected = [np.asarray(frame)[0, 0] for frame in frames()]
    assert np.abs(read[:, 7, 9].astype(int) - expected).max() < 8


def test_frames_that_make_no_film_are_told(monkeypatch):
    for write in (gif_bytes, mp4_bytes):
        with pytest.raises(DcganError, match=r"images of one size. Received: 0 of 0 sizes"):
            write([], milliseconds=80)
        with pytest.raises(DcganError, match=r"Received: 2 of 2 sizes"):
            write([*frames(1), *frames(1, (8, 8))], milliseconds=80)
    with pytest.raises(DcganError, match=r"`milliseconds` should be at least 1. Received: 0"):
        mp4_bytes(frames(), milliseconds=0)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DcganError, match=r'^An MP4 needs the package `av`.*`pip install "dcgan-tf\[explore\]"`'):
        mp4_bytes(frames(), milliseconds=80)
