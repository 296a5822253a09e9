"""No run, however odd or large its files, stops the gallery, stalls it, or makes a page that no browser opens."""

import errno
import io
import os
import shutil

import imageio.v3 as iio
import numpy as np
import pytest
from PIL import Image
from PIL.GifImagePlugin import GifImageFile

from dcgan_tf import DcganError
from dcgan_tf.share.gallery import gallery
from dcgan_tf.share.gallery import pictures as gallery_pictures
from dcgan_tf.share.gallery.gallery import collect_runs, write_gallery
from dcgan_tf.share.gallery.pictures import still_frame
from tests.share.test_gallery import change, copy, outputs, page_of, template

__all__ = ["outputs", "template"]  # fixtures


@pytest.mark.parametrize("name", ["scores.json", "losses.png", "progress.gif", "samples/999.png"])
def test_a_link_to_a_name_that_cannot_be_stops_nothing(outputs, name):
    path = outputs / "own" / "one" / name
    path.unlink(missing_ok=True)
    path.symlink_to("x" * 300)
    entry = collect_runs(outputs).entries[0]
    told = "A grid in samples/" if "samples" in name else name
    assert f"{told} is damaged." in entry.pictures.notes + entry.notes
    page_of(outputs)


def test_links_that_go_in_circles_end_and_a_run_is_shown_once(outputs, tmp_path):
    (outputs / "loop").symlink_to(outputs)
    (outputs / "self").symlink_to(outputs / "self")
    (outputs / "own" / "again").symlink_to(outputs / "own" / "one")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(outputs / "own" / "one", elsewhere)
    (outputs / "linked").symlink_to(elsewhere)
    assert sorted(entry.name for entry in collect_runs(outputs).entries) == ["linked", "own/one"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="There are no named pipes here.")
def test_a_pipe_is_not_waited_for(outputs):
    for name in ("scores.json", "progress.gif"):
        (outputs / "own" / "one" / name).unlink()
        os.mkfifo(outputs / "own" / "one" / name)
    entry = collect_runs(outputs).entries[0]
    assert not entry.scores and list(entry.pictures.films) == ["interpolation.gif"]


def make_gif(frames: int, size: tuple[int, int]) -> bytes:
    """Return a GIF of `frames` frames of one pixel, each on all of the others."""
    content = io.BytesIO()
    Image.new("P", size).save(content, "GIF")
    head = content.getvalue()[:-1]
    dot = b"!\xf9\x04\x08\x02\x00\x00\x00," + bytes(4) + b"\x01\x00\x01\x00\x00\x02\x02D\x01\x00"
    return head + dot * frames + b";"


@pytest.mark.parametrize(("frames", "size"), [(5_000, (4_000, 4_000)), (1_000_000, (1, 1))])
def test_a_small_file_of_endless_frames_is_left_out_before_many_are_drawn(outputs, monkeypatch, frames, size):
    (outputs / "own" / "one" / "progress.gif").write_bytes(make_gif(frames, size))
    monkeypatch.setattr(gallery_pictures, "MOST_DRAWN", 40_000_000)
    drawn, seek = [], GifImageFile.seek

    def counting(image, frame):
        drawn.extend([frame] if frame else [])  # the first is there already
        return seek(image, frame)

    monkeypatch.setattr(GifImageFile, "seek", counting)
    entry = collect_runs(outputs).entries[0]
    assert "progress.gif has too many pixels for a page." in entry.pictures.notes and len(drawn) <= 4_000
    assert list(entry.pictures.films) == ["interpolation.gif"]


def test_the_last_frame_is_what_stands_still(outputs):
    content = (outputs / "own" / "one" / "progress.gif").read_bytes()
    frames = iio.imread(content, plugin="pillow", mode="RGB")
    assert len(frames) > 1 and (frames[0] != frames[-1]).any()
    for last in (False, True):
        np.testing.assert_array_equal(np.asarray(still_frame(content, last=last)), frames[-1 if last else 0])


def test_films_beyond_what_a_page_can_hold_are_left_out(outputs, monkeypatch):
    copy(outputs, "two")
    size = (outputs / "two" / "progress.gif").stat().st_size
    monkeypatch.setattr(gallery, "MOST_FILMS", size + 10_000)
    films = [len(entry.pictures.films) for entry in collect_runs(outputs).entries]
    assert 1 <= sum(films) < 4
    assert "is too large for a page of all runs" in page_of(outputs)


def test_pictures_beyond_what_a_page_can_hold_are_left_out(outputs, monkeypatch):
    copy(outputs, "two")
    monkeypatch.setattr(gallery, "MOST_STILLS", (outputs / "two" / "losses.png").stat().st_size + 10_000)
    stills = [len(entry.pictures.stills) for entry in collect_runs(outputs).entries]
    assert stills[0] > 0 == stills[1]
    assert "losses.png is too large for a page of all runs" in page_of(outputs)


def test_of_very_many_runs_the_newest_are_shown_and_the_others_named(outputs, monkeypatch):
    for year in range(2001, 2005):
        change(copy(outputs, str(year)), finished=f"{year}-01-01T00:00:00+00:00")
    monkeypatch.setattr(gallery, "MOST_RUNS", 3)
    found = collect_runs(outputs)
    assert [entry.name for entry in found.entries] == ["own/one", "2004", "2003"]
    assert found.left_out == [f"outputs/{year} is finished, but older than the 3 shown." for year in (2001, 2002)]


def test_where_nothing_may_be_written_the_advice_can_be_followed(outputs, monkeypatch):
    def refuse(*given):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DcganError, match=r"the disk is read-only\. Make the folder writable and run the same again\.$"):
        write_gallery(outputs)
