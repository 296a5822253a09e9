import os
import sys
import unicodedata
from pathlib import Path

import pytest

from dcgan_tf.data.images import hold_out
from tests.conftest import lock_folders
from tests.support.awkward import encoded, photo
from tests.support.pictures import BLUE, RED, near, read, save


def test_hidden_and_system_files_and_other_endings_are_ignored(tmp_path):
    save(tmp_path, "a.jpg", ".hidden.jpg", "._a.jpg", ".folder/b.jpg", "__MACOSX/c.jpg", "__MACOSX/._a.jpg")
    for name in ("notes.txt", "x.csv", "x.json", "x.md", "x.html", "x.xml", "x.npz", "x.zip", "photo.jpeg_large"):
        (tmp_path / name).write_bytes(b"text")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "README", "LICENSE"):
        (tmp_path / name).write_bytes(b"text")
    images = read(tmp_path)
    assert images.files == ("a.jpg",)
    assert images.skipped == ()


def test_skipped_files_are_sorted_whatever_the_reason(tmp_path):
    save(tmp_path, "ok.png")
    for name in ("a.jpg", "y.jpg"):
        (tmp_path / name).touch()
    for name in ("b.jpg", "z.jpg"):
        (tmp_path / name).symlink_to("gone")
    assert [name for name, _ in read(tmp_path).skipped] == ["a.jpg", "b.jpg", "y.jpg", "z.jpg"]


def test_files_without_ending_are_tried(tmp_path):
    save(tmp_path, "photo")
    (tmp_path / "cut").write_bytes(encoded(photo(), "PNG")[:200])
    images = read(tmp_path)
    assert images.files == ("photo",)
    assert images.skipped == (("cut", "the file is truncated"),)


def test_unreadable_formats_with_a_picture_ending_are_listed(tmp_path):
    save(tmp_path, "a.jpg")
    (tmp_path / "phone.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
    (tmp_path / "trap.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    assert [name for name, _ in read(tmp_path).skipped] == ["phone.heic", "trap.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_devices_are_listed_and_never_opened(tmp_path):
    save(tmp_path, "a.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "device.png").symlink_to("/dev/zero")
    images = read(tmp_path)  # reading either would never end
    reason = "not a file (a pipe, a socket or a device)"
    assert images.skipped == (("device.png", reason), ("pipe.jpg", reason))


def test_links_are_followed_but_not_in_circles(tmp_path):
    save(tmp_path / "far away", "deep/a.jpg")
    folder = save(tmp_path / "set", "b.jpg")
    (folder / "linked").symlink_to(tmp_path / "far away")
    (folder / "c.jpg").symlink_to(folder / "b.jpg")
    (folder / "circle").symlink_to(folder)
    (tmp_path / "far away/deep/up").symlink_to(folder)
    assert read(folder).files == ("b.jpg", "c.jpg", "linked/deep/a.jpg")


def test_a_link_to_itself_is_a_broken_link(tmp_path):
    save(tmp_path, "a.jpg")
    for name in ("loop.jpg", "loop", "loop.txt"):
        (tmp_path / name).symlink_to(name)
    assert read(tmp_path).skipped == (("loop", "a broken link"), ("loop.jpg", "a broken link"))


def test_a_folder_that_cannot_be_opened_is_listed(tmp_path, monkeypatch):
    save(tmp_path, "a.jpg", "locked/b.jpg")
    lock_folders(monkeypatch)
    images = read(tmp_path)
    assert images.files == ("a.jpg",)
    assert images.skipped == (("locked", "the folder cannot be opened (Permission denied)"),)


def test_subfolders_are_merged_in_the_order_of_code_points(tmp_path):
    names = ["Z.jpg", "a/2.jpg", "a/10.jpg", "a/b/c/d.jpg", "a b/x.jpg", "é.jpg", "ß.jpg", "中/1.jpg"]
    images = read(save(tmp_path / "top", *names))
    assert images.files == tuple(sorted(names))
    labels = dict(zip(images.files, images.labels, strict=True))
    assert labels["a/b/c/d.jpg"] == "c"
    assert labels["a/2.jpg"] == "a"
    assert labels["Z.jpg"] == "top"
    assert images.folder == str(tmp_path / "top")


def test_decomposed_names_are_composed(tmp_path):
    save(tmp_path, unicodedata.normalize("NFD", "é.jpg"))
    assert read(tmp_path).files == (unicodedata.normalize("NFC", "é.jpg"),)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows such names")
def test_names_that_are_not_unicode(tmp_path):
    save(tmp_path, "a.jpg")
    (tmp_path / "a.jpg").rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg"))
    images = read(tmp_path)
    assert images.files == ("\ufffd.jpg",)
    hold_out(images)


def test_several_folders_are_merged_with_unique_names(tmp_path):
    one, two = save(tmp_path / "Kiwi", "1.jpg", "2.jpg"), save(tmp_path / "Kiwi 1", "1.jpg", color="blue")
    images = read([two, one])
    assert images.files == ("Kiwi 1/1.jpg", "Kiwi/1.jpg", "Kiwi/2.jpg")
    assert images.labels == ("Kiwi 1", "Kiwi", "Kiwi")
    assert near(images.pixels[0], BLUE)
    assert near(images.pixels[1:], RED)
    save(tmp_path / "a/Kiwi", "1.jpg")
    save(tmp_path / "b/Kiwi", "1.jpg")
    assert read([tmp_path / "a/Kiwi", tmp_path / "b/Kiwi"]).files == ("a/Kiwi/1.jpg", "b/Kiwi/1.jpg")


def test_the_same_folder_twice_counts_once(tmp_path):
    folder = save(tmp_path / "set", "1.jpg", "in/2.jpg")
    assert read([folder, folder, folder / "in"]).files == ("set/1.jpg", "set/in/2.jpg")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows such names")
def test_names_cannot_speak_to_the_terminal(tmp_path):
    good = [
        "\x1b[31mred\x1b[0m.png",
        "two\nlines.png",
        "\x9b2J.png",
        "\u202egnp.jpg.png",
        "tab\t.png",
        "x" * 251 + ".png",
    ]
    save(tmp_path / "a\x1b]0;title\x07", *good)
    (tmp_path / "bad\r\x1b[2K\nskipped 0.jpg").write_bytes(b"text")
    images = read(tmp_path)
    assert len(images) == len(good) and images.labels[0] == r"a\x1b]0;title\x07"
    assert images.skipped == (
        (r"bad\r\x1b[2K\nskipped 0.jpg", "not a picture, or in a format that Pillow cannot read"),
    )
    lines = images.describe().split("\n")
    assert len(lines) == 2 and all(line.isprintable() for line in lines)
    assert all(name.isprintable() for name in images.files)
    assert r"a\x1b]0;title\x07/two\nlines.png" in images.files
    assert len(hold_out(images, 0.5)[0]) + len(hold_out(images, 0.5)[1]) == len(images)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows such names")
def test_the_name_of_the_folder_itself_can_be_printed(tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b[1m"))
    images = read(save(folder, "a.png"))
    assert images.title == images.labels[0] == "\ufffd\\x1b[1m"
    assert images.describe().isprintable()


def test_names_that_people_use_stay_as_they_are(tmp_path):
    names = [
        "Bildschirmfoto 10.00\u202fAM.png",
        "a\u00a0b.png",
        "👩\u200d👧.png",
        "50% \\x1b.png",
        "soft\u00adhyphen.png",
    ]
    assert set(read(save(tmp_path, *names)).files) == set(names)  # else they would change sides in hold_out
