"""The tabs of the explore page that take a photo, without a browser."""

import functools

import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError
from dcgan_tf.common.text import clean
from dcgan_tf.play.explore.page import Page
from dcgan_tf.play.explore.upload import read_photo
from dcgan_tf.play.explore.widgets import MAX_UPLOAD, Painter, Uploader
from tests.support.awkward import encoded
from tests.support.deep_files import tiff
from tests.support.explorers import photo, send, shown, upload


@pytest.fixture
def explorer(finished, tmp_path):
    return Page(str(finished.folder), tmp_path).explorer


def test_bad_uploads_show_an_error_and_good_ones_still_work(explorer):
    assert "a.png cannot be read: not a picture, or" in upload(explorer, "a.png", b"text" * 99)
    assert "a.png is empty. Choose another file." in upload(explorer, "a.png", b"")
    wide = "a.png has 17,000 x 9 pixels. Choose a picture of at most 16,384 a side."
    assert wide in upload(explorer, "a.png", photo(17_000, 9))
    assert "a.png has 9 x 17,000 pixels." in upload(explorer, "a.png", photo(9, 17_000))
    assert "truncated" in upload(explorer, "a.png", photo(90, 90)[:150])
    assert "&lt;b&gt;" in upload(explorer, "<b>.png", b"text")
    assert explorer.photo.pixels is None
    assert upload(explorer, "good.png", photo()) == ""
    assert explorer.photo.pixels.shape == (16, 16, 3)
    assert "truncated" in upload(explorer, "a.png", photo(90, 90)[:150])
    assert explorer.photo.pixels is not None  # the last good one stays


def test_a_file_above_the_limit_shows_an_error_without_being_sent(explorer):
    send(explorer.photo.uploader, {"kind": "refused", "upload": "1", "name": "big.tif", "size": 90_000_000})
    assert "big.tif has 90 MB. Choose a picture of at most 64 MB." in shown(explorer.photo.notice)


def test_pieces_are_joined_and_those_of_another_upload_ignored():
    received = []
    uploader = Uploader(lambda *file: received.append(file))
    send(uploader, {"kind": "begin", "upload": "1", "name": "old.png"})
    send(uploader, {"kind": "piece", "upload": "1"}, b"old")
    send(uploader, {"kind": "begin", "upload": "2", "name": "new.png"})
    send(uploader, {"kind": "piece", "upload": "1"}, b"old")
    send(uploader, {"kind": "piece", "upload": "2"}, b"ne")
    send(uploader, {"kind": "piece", "upload": "2"}, b"w")
    send(uploader, {"kind": "end", "upload": "1"})
    send(uploader, {"kind": "end", "upload": "2"})
    send(uploader, {"kind": "end", "upload": "2"})
    assert received == [("new.png", b"new", 3)]
    uploader.limit = 10
    send(uploader, {"kind": "begin", "upload": "3", "name": "long.png"})
    for _ in range(4):
        send(uploader, {"kind": "piece", "upload": "3"}, b"12345")
    assert received[1:] == [("long.png", b"", 11)]


def test_names_that_are_not_unicode_are_shown_with_replacements(explorer):
    assert clean("\ud83d.png") == "?.png" and clean("\udcff\xe9.png") == "\ufffd\xe9.png"
    assert "?.png cannot be read" in upload(explorer, "\ud83d.png", b"text")


def test_a_long_name_is_shortened_in_errors():
    with pytest.raises(DcganError, match=rf"^{'n' * 60}\.\.\. cannot be read"):
        read_photo("n" * 500, b"text", 4, (16, 16, 3))
    with pytest.raises(DcganError, match=r"at most 64 MB"):
        read_photo("a", b"", MAX_UPLOAD + 1, (16, 16, 3))


def test_an_upload_has_the_range_of_the_training_images():
    data = tiff(np.full((20, 20), 1000, np.uint16), 16)
    read = functools.partial(read_photo, "a.tif", data, len(data), (16, 16, 1))
    assert read(ranges={"16-bit": (0, 4095)}).max() == 62
    assert read().max() == 249  # alone, it has 10 bits


def test_a_photo_of_108_million_pixels_can_be_uploaded():
    data = encoded(Image.new("L", (12_000, 9_000), 90), "JPEG", quality=30)
    assert abs(read_photo("a.jpg", data, len(data), (16, 16, 1)).mean() - 90) < 2


def test_a_photo_is_projected_and_becomes_the_current_picture(explorer):
    tab = explorer.projection
    tab.search.job.start()
    assert "Choose a picture first." in shown(tab.search.notice)
    upload(explorer, "disc.png", photo())
    assert tab.search.pictures.value.count("<figure>") == 1 and tab.edit.disabled
    tab.search.job.start()
    assert shown(tab.search.notice) == "" and "Remaining difference" in tab.search.verdict.value
    assert tab.search.pictures.value.count("<figure>") == 2
    assert explorer.picture.name == "Your photo, as the generator draws it"
    tab.edit.click()
    assert explorer.tabs.selected_index == 1
    before = explorer.picture.address
    explorer.sliders.sliders[0].slider.value = 3.0
    assert explorer.picture.address != before


def test_a_photo_gets_a_class(of_classes, tmp_path):
    explorer = Page(str(of_classes.folder), tmp_path).explorer
    upload(explorer, "disc.png", photo())
    explorer.projection.search.job.start()
    number = explorer.state.latents[8:].argmax()
    name = ("bright", "dark", "&lt;b&gt;gr|y&lt;/b&gt;")[number]
    assert f"Class: <b>{name}</b>." in explorer.projection.search.verdict.value
    assert explorer.state.latents[8:].sum() == 1


def test_the_painted_part_is_filled_in_and_the_rest_stays(explorer):
    tab = explorer.repair
    search = tab.search
    search.job.start()
    assert "Choose a picture first." in shown(search.notice)
    tab.take.click()
    mask = np.zeros((16, 16), np.uint8)
    for painted, sentence in ((0, "Nothing is painted over yet."), (1, "All of the picture is painted over.")):
        send(tab.painter, {"kind": "mask"}, (mask + painted).astype(np.uint8).tobytes())
        search.job.start()
        assert sentence in shown(search.notice)
    mask[4:12, 4:12] = 1
    send(tab.painter, {"kind": "mask"}, mask.tobytes())
    np.testing.assert_array_equal(tab.painter.mask, mask > 0)
    search.job.start()
    assert shown(search.notice) == "" and search.pictures.value.count("<figure>") == 3
    upload(explorer, "disc.png", photo())
    assert not tab.painter.mask.any() and search.pictures.value == search.verdict.value == ""


def test_masks_of_another_size_are_ignored():
    painter = Painter()
    painter.show("data:,", 3, 4)
    send(painter, {"kind": "mask"}, b"\1" * 9)
    assert painter.mask.shape == (3, 4) and not painter.mask.any()


def test_a_small_picture_is_enlarged_beside_interpolation(explorer):
    tab = explorer.enlarge
    upload(explorer, "disc.png", photo())
    assert [factor for _, factor in tab.factor.options] == [2, 4, 8] and tab.small().shape == (4, 4, 3)
    tab.search.job.start()
    assert tab.search.pictures.value.count("<figure>") == 4
    assert "Enlarged by interpolation" in tab.search.pictures.value and "255 shades" in tab.search.verdict.value
    tab.factor.value = 2
    assert tab.small().shape == (8, 8, 3) and tab.search.pictures.value.count("<figure>") == 1
