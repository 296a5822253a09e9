"""Frames to MP4."""

import av
import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError
from dcgan_tf.draw.film import mp4_bytes, save_mp4


def frames(count: int = 6, size: tuple[int, int] = (21, 15)) -> list[Image.Image]:
    return [Image.new("RGB", size, (40 * index, 200, 60)) for index in range(count)]


def test_an_mp4_holds_all_frames_at_even_sides(tmp_path):
    path = save_mp4(tmp_path / "new" / "film.mp4", frames(), milliseconds=80)
    assert [each.name for each in path.parent.iterdir()] == ["film.mp4"]
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt, stream.width, stream.height) == ("h264", "yuv420p", 22, 16)
        assert stream.average_rate == 12.5
        decoded = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert len(decoded) == 6
    assert np.abs(decoded[4][7, 9].astype(int) - (160, 200, 60)).max() < 8


def test_frames_that_make_no_film_are_told(monkeypatch):
    with pytest.raises(DcganError, match=r"images of one size. Received: 0 of 0 sizes"):
        mp4_bytes([], milliseconds=80)
    with pytest.raises(DcganError, match=r"Received: 2 of 2 sizes"):
        mp4_bytes([*frames(1), *frames(1, (8, 8))], milliseconds=80)
    with pytest.raises(DcganError, match=r"`milliseconds` should be at least 1. Received: 0"):
        mp4_bytes(frames(), milliseconds=0)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DcganError, match=r'^An MP4 needs the package `av`.*`pip install "dcgan-tf\[explore\]"`'):
        mp4_bytes(frames(), milliseconds=80)
