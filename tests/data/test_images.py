import hashlib
import subprocess
import sys
import warnings

import numpy as np
import pytest
from PIL import Image, ImageFile

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data import decoding
from dcgan_tf.data.images import ImageSet, hold_out
from tests.support.awkward import encoded, make_awkward_folder, photo
from tests.support.pictures import pixels, read, save

# The awkward folder


@pytest.fixture(scope="module")
def awkward(tmp_path_factory):
    folder = tmp_path_factory.mktemp("awkward")
    return folder, *make_awkward_folder(folder)


@pytest.mark.parametrize("resize", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_reads_or_lists_each_of_forty_files(awkward, resize, channels):
    folder, readable, unreadable = awkward
    images = read(folder, channels=channels, resize=resize, image_size=20)
    assert len(readable) + len(unreadable) == 40
    assert images.files == tuple(sorted(readable))
    assert images.pixels.shape == (len(readable), 20, 20, channels)
    assert images.pixels.dtype == np.uint8
    assert {name for name, _ in images.skipped} == unreadable
    assert len(images.skipped) == len(unreadable)


def test_reasons_are_short_sentences_without_paths(awkward):
    folder, _, _ = awkward
    skipped = dict(read(folder).skipped)
    skipped.pop("ycbcr.tif", None)  # older Pillows cannot read it
    assert skipped == {
        "broken link.jpg": "a broken link",
        "empty.jpg": "empty file",
        "text.jpg": "not a picture, or in a format that Pillow cannot read",
        "truncated.jpg": "the file is truncated",
        "truncated.png": "the file is truncated",
    }


def test_pictures_do_not_mix_up_when_others_are_skipped(awkward):
    folder, _, _ = awkward
    images = read(folder)
    for name, got in zip(images.files, images.pixels, strict=True):
        assert np.array_equal(got, pixels((folder / name).read_bytes())), name


# The folder


def test_gigantic_pictures_are_skipped(tmp_path, monkeypatch):
    save(tmp_path, "small.png")
    Image.new("1", (700, 700)).save(tmp_path / "warned.png")
    Image.new("1", (1000, 1000)).save(tmp_path / "refused.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 400_000)
    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))
    images = read(tmp_path)
    assert images.files == ("small.png",)
    reason = "more than the 400,000 pixels that Pillow allows"
    assert images.skipped == (("refused.png", reason), ("warned.png", reason))
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)) == before


def test_truncated_pictures_are_skipped_even_if_pillow_is_set_to_accept_them(tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    save(tmp_path, "whole.png")
    for kind in ("jpeg", "png", "gif", "bmp", "tiff", "webp"):
        data = encoded(photo(64, 64), kind.upper())
        (tmp_path / f"cut.{kind}").write_bytes(data[: len(data) * 3 // 4])
    images = read(tmp_path)
    assert images.files == ("whole.png",)
    assert len(images.skipped) == 6
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_limit_is_spread_evenly_and_stable(tmp_path):
    names = [f"{i:02}.png" for i in range(30)]
    save(tmp_path, *names)
    assert read(tmp_path, limit=3).files == ("00.png", "10.png", "20.png")
    assert len(read(tmp_path, limit=7)) == 7
    assert read(tmp_path, limit=30).files == read(tmp_path, limit=99).files == tuple(names)


def test_progress_is_shown_only_for_many_files(tmp_path, monkeypatch, capsys):
    save(tmp_path, *(f"{i}.png" for i in range(50)))
    read(tmp_path)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(decoding, "PROGRESS_FROM", 50)
    read(tmp_path)
    shown = capsys.readouterr()
    assert "50/50" in shown.out and not shown.err


def test_threads_and_order_do_not_change_the_result(tmp_path, monkeypatch):
    for i in range(100):
        Image.new("L", (16, 16), i).save(tmp_path / f"{i:03}.png")
    many = read(tmp_path, channels=1)
    assert np.array_equal(many.pixels[:, 0, 0, 0], np.arange(100))
    monkeypatch.setattr(decoding, "MAX_THREADS", 1)
    assert read(tmp_path, channels=1).sha256 == many.sha256


def test_relative_folders_and_the_home_folder(tmp_path, monkeypatch):
    save(tmp_path / "pics", "a.jpg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read("pics").labels == read("~/pics").labels == ("pics",)
    monkeypatch.chdir(tmp_path / "pics")
    assert read(".").labels == ("pics",)


# ImageSet


def test_sha256_tells_pixels_and_shapes_apart():
    def of(array):
        return ImageSet(array, ("f",) * len(array), ("l",) * len(array), (), "").sha256

    ones = np.ones((2, 4, 4, 1), np.uint8)
    assert of(ones) == of(ones.copy())
    assert of(ones) != of(ones.reshape(1, 4, 8, 1))
    assert of(ones) != of(ones * 2)
    assert of(ones[::-1][:, ::-1]) == of(ones)
    assert len(of(ones[:0])) == 64


def test_subset_keeps_the_order_asked_for(tmp_path):
    images = read(save(tmp_path, "a.png", "b.png", "c.png"))
    part = images.subset([2, 0])
    assert part.files == ("c.png", "a.png")
    assert len(part) == len(part.labels) == 2
    assert len(images.subset([])) == 0


def test_an_image_set_must_fit_together():
    with pytest.raises(DcganError, match=r"`pixels` should be uint8 .* Received: float32 with 4 dimensions"):
        ImageSet(np.zeros((1, 2, 2, 3), np.float32), ("a",), ("",), (), "")
    with pytest.raises(DcganError, match="Received: 1 files and 1 labels for 2 pictures"):
        ImageSet(np.zeros((2, 2, 2, 3), np.uint8), ("a",), ("",), (), "")


# hold_out


def numbered(n, prefix="f"):
    shape = (n, 1, 1, 1)
    names = tuple(f"{prefix}{i:04}.jpg" for i in range(n))
    return ImageSet(np.arange(n).astype(np.uint8).reshape(shape), names, ("",) * n, (), "")


def test_hold_out_parts_are_disjoint_complete_and_about_as_large_as_asked():
    images = numbered(1000)
    train, held = hold_out(images, 0.1)
    assert set(train.files) | set(held.files) == set(images.files)
    assert len(train) + len(held) == 1000
    assert 70 <= len(held) <= 130
    assert held.files == tuple(sorted(held.files))
    assert all(held.pixels[i, 0, 0, 0] == int(held.files[i][1:5]) % 256 for i in range(len(held)))


def test_hold_out_is_the_same_on_all_machines():
    assert hold_out(numbered(60), 0.05)[1].files == (
        "f0011.jpg",
        "f0024.jpg",
        "f0026.jpg",
        "f0033.jpg",
        "f0045.jpg",
        "f0052.jpg",
    )


def test_adding_files_moves_no_other():
    few, many = hold_out(numbered(100), 0.2)[1], hold_out(numbered(200), 0.2)[1]
    assert set(few.files) == {name for name in many.files if int(name[1:5]) < 100}


def test_a_larger_fraction_holds_out_the_same_and_more():
    assert set(hold_out(numbered(100), 0.1)[1].files) < set(hold_out(numbered(100), 0.5)[1].files)


def test_hold_out_of_ten_takes_at_least_one():
    for prefix in "abcdefgh":
        images = numbered(10, prefix)
        assert len(hold_out(images, 0.0001)[1]) == 1
        assert len(hold_out(images.subset(range(9)), 0.0001)[1]) == 0


@pytest.mark.parametrize("prefix", ["a", "b", "c"])
def test_if_no_hash_of_ten_is_low_enough_the_lowest_is_held_out(prefix):
    images = numbered(10, prefix)
    lowest = min(images.files, key=lambda name: hashlib.sha256(name.encode()).digest())
    train, held = hold_out(images, 1e-9)
    assert held.files == (lowest,)
    assert len(train) == 9


def test_hold_out_nothing_and_never_everything():
    train, held = hold_out(numbered(20), 0)
    assert (len(train), len(held)) == (20, 0)
    assert held.pixels.shape == (0, 1, 1, 1)
    assert len(hold_out(numbered(3), 0.999)[0]) == 1
    assert len(hold_out(numbered(1), 0.999)[0]) == 1


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5, float("nan"), "0.1"])
def test_hold_out_refuses_a_wrong_fraction(fraction):
    with pytest.raises(DcganError, match=rf"`fraction` should be a number from 0 to 0.999. Received: {fraction!r}\."):
        hold_out(numbered(3), fraction)


# Mistakes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"image_size": 15},
            "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Received: 15.",
        ),
        (
            {"image_size": 257},
            "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Received: 257.",
        ),
        (
            {"image_size": 64.0},
            "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Received: 64.0.",
        ),
        (
            {"image_size": True},
            "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Received: True.",
        ),
        ({"channels": 2}, "`channels` should be one of 1, 3, 4. Received: 2."),
        ({"background": "#fff"}, "`background` should be white, black or #rrggbb, such as #80c0ff. Received: '#fff'."),
        ({"resize": "fit"}, "`resize` should be one of 'crop', 'pad', 'stretch'. Received: 'fit'."),
        ({"limit": 0}, "`limit` should be a whole number of at least 1. Received: 0."),
        ({"limit": 2.5}, "`limit` should be a whole number of at least 1. Received: 2.5."),
    ],
)
def test_a_wrong_argument_is_one_sentence(tmp_path, changes, message):
    save(tmp_path, "a.png")
    with pytest.raises(DcganError) as error:
        read(tmp_path, **changes)
    assert str(error.value) == message


def test_numpy_numbers_are_numbers(tmp_path):
    save(tmp_path, "a.png")
    assert len(read(tmp_path, image_size=np.int64(16), channels=np.int32(1), limit=np.int64(1))) == 1


def test_a_missing_folder_a_file_and_nothing(tmp_path):
    save(tmp_path, "a.png")
    with pytest.raises(DcganError, match=r"existing folder of pictures. Received: .*gone, which does not exist\.$"):
        read(tmp_path / "gone")
    with pytest.raises(DcganError, match=r"Received: .*a\.png, a file\. Name the folder that it is in\.$"):
        read(tmp_path / "a.png")
    with pytest.raises(DcganError, match="at least one folder"):
        read([])


def test_a_folder_without_a_readable_picture(tmp_path):
    with pytest.raises(DcganError, match=rf"^There are no pictures in {tmp_path}\. Put JPEG or PNG files into it"):
        read(tmp_path)
    (tmp_path / "a.jpeg_large").write_bytes(b"?")
    left = r"1 other file is left out \(1 \.jpeg_large\)\."
    with pytest.raises(DcganError, match=rf"^There are no pictures in {tmp_path}\. {left} Put"):
        read(tmp_path)
    (tmp_path / "b.jpg").write_bytes(b"")
    (tmp_path / "c.jpg").write_bytes(b"text")
    with pytest.raises(DcganError, match=rf"^None of the 2 pictures in {tmp_path} can be read\. .* b\.jpg: empty file"):
        read(tmp_path)


def test_more_pictures_than_fit_in_memory_is_one_sentence(tmp_path, monkeypatch):
    save(tmp_path, "a.png")

    def refuse(shape, dtype):
        raise MemoryError

    monkeypatch.setattr(np, "empty", refuse)
    with pytest.raises(
        DcganError, match=r"^There is not enough memory for the 1 pictures \(0 GB\)\. Set `cache` to disk\."
    ):
        read(tmp_path)


def test_reading_pictures_does_not_import_tensorflow():
    code = "import sys, dcgan_tf.data.images, dcgan_tf.data.sets; print({'tensorflow', 'keras'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_spread_shows_the_whole_set_and_describe_names_what_was_skipped(tmp_path):
    _, unreadable = make_awkward_folder(tmp_path)
    images = read(tmp_path, image_size=16, channels=1)
    assert np.array_equal(images.spread(2), images.pixels[[0, -1]])
    assert len(images.spread(1000)) == len(images)
    text = images.describe()
    assert f"{len(images)} pictures" in text and "16x16 gray" in text and f"{len(unreadable)} skipped" in text
    assert all(name in text for name in unreadable)
