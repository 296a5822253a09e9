"""The tabs of the explore page that take a photo, without a browser."""

import numpy as np
import pytest

from dcgan_tf import DcganError
from dcgan_tf.common.text import clean
from dcgan_tf.play.explore.page import Page
from dcgan_tf.play.explore.upload import read_photo
from dcgan_tf.play.explore.widgets import MAX_UPLOAD, Painter, Uploader
from tests.support.explorers import photo, send, shown, upload


@pytest.fixture
def explorer(finished, tmp_path):
    return Page(str(finished.folder), tmp_path).explorer


def test_uploads_that_are_no_pictures_are_told_and_the_page_goes_on(explorer):
    assert "should be a picture, as JPEG, PNG or WebP. Received: not a picture" in upload(
        explorer, "a.png", b"text" * 99
    )
    assert "Received: an empty file" in upload(explorer, "a.png", b"")
    assert "at most 16,384 pixels wide and high. Received: 17,000 x 9." in upload(explorer, "a.png", photo(17_000, 9))
    assert "Received: 9 x 17,000." in upload(explorer, "a.png", photo(9, 17_000))
    assert "truncated" in upload(explorer, "a.png", photo(90, 90)[:150])
    assert "&lt;b&gt;" in upload(explorer, "<b>.png", b"text")
    assert explorer.photo.pixels is None
    assert upload(explorer, "good.png", photo()) == ""
    assert explorer.photo.pixels.shape == (16, 16, 3)
    assert "truncated" in upload(explorer, "a.png", photo(90, 90)[:150])
    assert explorer.photo.pixels is not None  # the last good one stays


def test_a_file_above_the_limit_is_told_without_being_sent(explorer):
    send(explorer.photo.uploader, {"kind": "refused", "upload": "1", "name": "big.tif", "size": 90_000_000})
    assert "big.tif should have at most 64 MB. Received: 90 MB." in shown(explorer.photo.notice)


def test_pieces_are_joined_and_those_of_another_upload_left_out():
    uploader, received = Uploader(), []
    uploader.on_file(lambda *file: received.append(file))
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


def test_names_that_are_no_unicode_are_shown_as_well_as_can_be(explorer):
    assert clean("\ud83d.png") == "?.png" and clean("\udcff\xe9.png") == "\ufffd\xe9.png"
    assert "?.png should be a picture" in upload(explorer, "\ud83d.png", b"text")


def test_a_long_name_is_cut_in_sentences():
    with pytest.raises(DcganError, match=rf"^{'n' * 60}\.\.\. should be a picture"):
        read_photo("n" * 500, b"text", 4, image_size=16, channels=3)
    with pytest.raises(DcganError, match=r"at most 64 MB"):
        read_photo("a", b"", MAX_UPLOAD + 1, image_size=16, channels=3)


def test_a_photo_is_projected_and_becomes_the_current_picture(explorer):
    explorer.projection.project.start()
    assert "A picture should be chosen first" in shown(explorer.projection.notice)
    upload(explorer, "disc.png", photo())
    explorer.projection.project.start()
    assert shown(explorer.projection.notice) == "" and "Remaining difference" in explorer.projection.verdict.value
    assert explorer.picture.name == "Your photo, as the generator draws it"
    explorer.projection.edit.click()
    assert explorer.tabs.selected_index == 1
    before = explorer.picture.address
    explorer.sliders.sliders[0].slider.value = 3.0
    assert explorer.picture.address != before


def test_what_is_painted_out_is_filled_in_and_the_rest_stays(explorer):
    tab = explorer.repair
    tab.fill.start()
    assert "A picture should be chosen first" in shown(tab.notice)
    tab.take.click()
    mask = np.zeros((16, 16), np.uint8)
    for painted, sentence in ((0, "but nothing is"), (1, "but all of it is")):
        send(tab.painter, {"kind": "mask"}, (mask + painted).astype(np.uint8).tobytes())
        tab.fill.start()
        assert sentence in shown(tab.notice)
    mask[4:12, 4:12] = 1
    send(tab.painter, {"kind": "mask"}, mask.tobytes())
    np.testing.assert_array_equal(tab.painter.mask, mask > 0)
    tab.fill.start()
    assert shown(tab.notice) == "" and tab.result.value.count("<figure>") == 3
    upload(explorer, "disc.png", photo())
    assert not tab.painter.mask.any() and tab.result.value == ""


def test_masks_of_another_size_are_left_out():
    painter = Painter()
    painter.show("data:,", 4)
    send(painter, {"kind": "mask"}, b"\1" * 9)
    assert painter.mask.shape == (4, 4) and not painter.mask.any()


def test_a_small_picture_is_enlarged_beside_interpolation(explorer):
    tab = explorer.enlarge
    upload(explorer, "disc.png", photo())
    assert [factor for _, factor in tab.factor.options] == [2, 4, 8] and tab.small().shape == (4, 4, 3)
    tab.enlarge.start()
    assert tab.result.value.count("<figure>") == 4 and "Enlarged by interpolation" in tab.result.value
    tab.factor.value = 2
    assert tab.small().shape == (8, 8, 3) and tab.result.value.count("<figure>") == 1
