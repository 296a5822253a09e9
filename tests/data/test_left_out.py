"""What is read although its name or its size is odd, and what is told of the files that are left out."""

import io
import struct
import sys
import types

import numpy as np
import pytest
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data import decoding
from dcgan_tf.data.sets import count_pictures, find_folder, find_fruit, load_split
from tests.support.awkward import encoded, photo, see_through
from tests.support.pictures import BLUE, RED, near, pixels, read, save

HEIC = struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(2000)


def notes_of(folder, **files):
    """Return the notes on a folder with a good picture and these files, named `ending_with_dots=content`."""
    save(folder, "good.png")
    for name, content in files.items():
        (folder / f"file.{name}").write_bytes(content)
    return read(folder).notes


# Names


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg?width=200",
        "a.jpg!large",
        "a.jpg.1",
        "a.jpeg_large",
        "IMG.JPG~",
        "b.png:large",
        "A.JFIF",
        "a.b.c",
        "x.PNG",
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM"])
def test_pictures_of_odd_names_are_read_by_their_content(tmp_path, name, kind):
    (tmp_path / name).write_bytes(encoded(photo(), kind))
    images = read(tmp_path)
    assert images.files == (name,) and images.notes == ()
    assert count_pictures(find_folder(str(tmp_path))) == 1


def test_files_of_odd_names_without_a_picture_are_counted_and_never_hang(tmp_path):
    save(tmp_path, "good.png")
    for name in ("a.jpg?x=1", "b.jpg?x=1", "c.one", "d.verylongendingindeed", "e.bin"):
        (tmp_path / name).write_bytes(b"BM" + b"text" * 9)
    (tmp_path / "zero.weird").symlink_to("/dev/zero")
    (tmp_path / "loop.weird").symlink_to("loop.weird")
    for name in ("labels.txt", "labels.json", "README", "Thumbs.db", "desktop.ini", ".DS_Store"):
        (tmp_path / name).write_bytes(b"text")
    images = read(tmp_path)
    assert images.files == ("good.png",) and images.skipped == ()
    assert images.notes == ("7 other files are left out (2 .jpg?x=1, 2 .weird, 1 .one, 1 .verylongend..., 1 .bin).",)


@pytest.mark.parametrize("ending", ["tga", "ico", "pcx"])
def test_rare_formats_are_read(tmp_path, ending):
    picture = Image.new("RGB", (64, 64), RED)
    picture.save(tmp_path / f"a.{ending}")
    assert near(read(tmp_path).pixels, RED)


def test_the_layers_of_a_psd_are_one_picture(tmp_path):
    header = b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 20, 20, 8, 3)
    planes = b"".join(bytes([value]) * 400 for value in RED)
    (tmp_path / "a.psd").write_bytes(header + bytes(12) + b"\0\0" + planes)
    images = read(tmp_path)
    assert near(images.pixels, RED) and images.notes == ()


def test_text_is_no_picture_whatever_its_name(tmp_path):
    save(tmp_path, "good.png")
    for ending in ("tga", "ico", "pcx", "psd", "pfm"):
        (tmp_path / f"a.{ending}").write_bytes(b"This is a shopping list, not a picture.\n" * 9)
    images = read(tmp_path)
    assert images.files == ("good.png",) and len(images.skipped) == 5


@pytest.mark.parametrize(
    ("ending", "help"),
    [
        ("CR2", "RAW photos should be exported as JPEG or 16-bit TIFF first."),
        ("dng", "RAW photos should be exported as JPEG or 16-bit TIFF first."),
        ("svg", "Drawings should be exported as PNG first."),
        ("zip", "Archives should be unpacked first."),
        ("tar.gz", "Archives should be unpacked first."),
        ("mp4", "Frames of videos should be saved as pictures first, for example with ffmpeg."),
        ("jxl", "Pictures in these formats should be saved as PNG or TIFF first."),
        ("npy", "Arrays should be saved as pictures first."),
        ("pdf", "Pages of documents should be saved as pictures first."),
    ],
)
def test_each_kind_of_other_file_has_its_advice(tmp_path, ending, help):
    shown = "." + ending.lower().split(".")[-1]
    told = f"1 other file is left out (1 {shown}). {help}"
    assert notes_of(tmp_path, **{ending: b"II*\0" + bytes(99)}) == (told,)
    (tmp_path / "good.png").unlink()
    with pytest.raises(DcganError) as error:
        read(tmp_path)
    assert str(error.value) == (
        f"There are no pictures in {tmp_path}. {told} Put JPEG or PNG files into it, or name another `folder`."
    )


def test_heic_says_what_would_read_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # not installed
    reason = "a HEIC photo; `pip install pillow-heif` makes it readable"
    for name in ("IMG_1.HEIC", "IMG_2.jpg", "IMG_3.heic?raw=1"):
        (tmp_path / name).write_bytes(HEIC)
    with pytest.raises(DcganError, match="None of the 3 pictures") as error:
        read(tmp_path)
    assert str(error.value).endswith(f"IMG_1.HEIC: {reason}.")


def test_heic_is_read_if_pillow_heif_is_installed(tmp_path, monkeypatch):
    def register_heif_opener():
        decoded = encoded(Image.new("RGB", (30, 30), BLUE), "PNG")
        Image.register_open("HEIF", lambda stream, name: Image.open(io.BytesIO(decoded)), lambda start: True)

    monkeypatch.setitem(sys.modules, "pillow_heif", types.SimpleNamespace(register_heif_opener=register_heif_opener))
    monkeypatch.setattr(Image, "ID", list(Image.ID))
    monkeypatch.setattr(Image, "OPEN", dict(Image.OPEN))
    (tmp_path / "IMG_1.HEIC").write_bytes(HEIC)
    assert near(read(tmp_path).pixels, BLUE)


# Pages, alpha


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "WEBP", "PNG", "MPO"])
def test_pages_and_frames_beyond_the_first_are_told(tmp_path, kind):
    frames = [Image.new("RGB", (20, 20), color) for color in (RED, BLUE)]
    save(tmp_path, "single.gif", "single.webp", "single.png")
    for name in ("one.png", "two.png"):
        (tmp_path / name).write_bytes(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    images = read(tmp_path)
    assert images.notes == ("2 files hold several pages or frames; the first of each is used.",)
    assert near(images.pixels, RED, by=8)


def test_a_damaged_second_frame_costs_nothing(tmp_path):
    frames = [Image.new("RGB", (20, 20), color) for color in (RED, BLUE)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    (tmp_path / "a.gif").write_bytes(data[: data.rindex(b"!\xf9") + 3])
    assert near(read(tmp_path).pixels, RED)


def test_alpha_is_told(tmp_path):
    save(tmp_path, "plain.png")
    see_through().save(tmp_path / "a.png")
    assert read(tmp_path).notes == ("1 file has transparent parts, put on white.",)


# Size


def test_a_phone_photo_of_108_million_pixels_is_read_at_reduced_scale(tmp_path):
    Image.new("RGB", (12_000, 9_000), BLUE).save(tmp_path / "108.jpg", quality=30)
    assert near(read(tmp_path).pixels, BLUE)


def test_other_pictures_above_the_limit_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 30_000)
    size = (250, 200)  # 50,000 pixels
    picture = photo(*size)
    save(tmp_path, "good.png")
    picture.save(tmp_path / "fine.jpg")
    picture.save(tmp_path / "progressive.jpg", progressive=True)
    picture.save(tmp_path / "large.png")
    picture.save(tmp_path / "large.tif")
    photo(400, 400).save(tmp_path / "too large.jpg")  # more than four times the limit
    (tmp_path / "scans.jpg").write_bytes(one_color_a_scan(encoded(picture, "JPEG")))
    images = read(tmp_path)
    assert images.files == ("fine.jpg", "good.png")
    assert {reason for _, reason in images.skipped} == {"more than the 30,000 pixels that Pillow allows"}
    assert near(images.pixels[0].mean((0, 1)), np.asarray(picture).mean((0, 1)), by=2)


def one_color_a_scan(data):
    """Return a JPEG whose first scan says that it holds only one of the colours."""
    place = data.index(b"\xff\xda")
    return data[: place + 2] + b"\0\x08\1\1\0\0\x3f\0" + data[place + 14 :]


def test_a_reduced_jpeg_must_still_be_small_enough(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 900)
    data = encoded(photo(60, 50), "JPEG")  # 60 by 50 for a target of 32
    with pytest.raises(Image.DecompressionBombError):
        pixels(data, size=32)
    assert decoding.why_unreadable(Image.DecompressionBombError()) == "more than the 900 pixels that Pillow allows"


# Folders


def test_what_is_beside_train_and_test_is_told(tmp_path):
    save(tmp_path, *(f"{i}.png" for i in range(30)), "train/a.png", "test/b.png", "extra/c.png", "extra/deep/d.png")
    save(tmp_path, ".hidden.png", "__MACOSX/e.png")
    images, unseen = load_split(find_folder(str(tmp_path)), image_size=16, channels=3)
    assert (len(images), len(unseen)) == (1, 1)
    assert images.notes == ("Pictures beside train/, test/ are left out: 2 in extra/, 30 loose.",)


def test_a_split_is_found_among_thousands_of_loose_pictures(tmp_path):
    save(tmp_path, "train/a.png", "test/b.png")
    for i in range(1500):
        (tmp_path / f"{i}.png").touch()
    folders = find_folder(str(tmp_path))
    assert folders.train == (tmp_path / "train",) and "1,500 loose" in folders.notes[0]


@pytest.mark.parametrize("name", ["valid", "val", "Validation", "VALID"])
def test_validation_pictures_count_as_unseen(tmp_path, name):
    save(tmp_path, "train/a.png", "test/b.png", f"{name}/c.png", "Train/d.png")
    images, unseen = load_split(find_folder(str(tmp_path)), image_size=16, channels=3)
    assert images.files == ("Train/d.png", "train/a.png")
    assert set(unseen.files) == {f"{name}/c.png", "test/b.png"} and images.notes == ()


def test_validation_pictures_of_a_fruit_are_unseen(tmp_path):
    save(tmp_path, "fruits-360/Training/Kiwi/a.png", "fruits-360/Test/Kiwi/b.png", "fruits-360/Validation/Kiwi/c.png")
    found = find_fruit(str(tmp_path), "Kiwi")
    assert [folder.parent.name for folder in found.test] == ["Test", "Validation"]


def test_notes_on_held_out_images_are_told_with_the_training_images(tmp_path):
    save(tmp_path, "train/a.png", "test/b.png")
    (tmp_path / "test/raw.nef").touch()
    (tmp_path / "test/cut.jpg").touch()
    images, unseen = load_split(find_folder(str(tmp_path)), image_size=16, channels=3)
    raw = "1 other file is left out (1 .nef). RAW photos should be exported as JPEG or 16-bit TIFF first."
    assert unseen.notes == (raw,)
    assert images.notes == (f"Held-out images: {raw}", "Held-out images: 1 skipped.")
