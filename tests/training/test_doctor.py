"""What is said of a folder of pictures before training, with a sheet of examples."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data.sets import find_folder, load_split
from dcgan_tf.training.doctor import Checkup, alike_note, examine
from tests.support.picture_sets import random_discs, write_pictures
from tests.support.pictures import read


def checked(folder, *, image_size=32, channels=3, resize="crop") -> Checkup:
    """Examine a folder as the command does."""
    images, held_out = load_split(find_folder(str(folder)), image_size=image_size, channels=channels, resize=resize)
    return examine(images, held_out, resize=resize)


def whites(count: int) -> np.ndarray:
    """Return white discs on transparency, RGBA; the colour below what is transparent is black."""
    return np.where(random_discs(count)[..., :1] < 160, 255, 0).astype(np.uint8).repeat(4, axis=3)


def on_canvas(pictures: np.ndarray, height: int, width: int) -> list[np.ndarray]:
    return [np.asarray(Image.fromarray(picture).resize((width, height))) for picture in pictures]


def test_of_a_healthy_set_little_is_said(tmp_path):
    found = checked(write_pictures(tmp_path / "discs", random_discs(150)))
    assert found.lines == (
        "discs (own folder): 150 pictures, PNG of 32x32 pixels, read as 32x32 RGB.",
        "Nothing speaks against training on them. `kimg=100` is a good length to begin with.",
    )
    assert found.settings == {}
    assert found.sheet.info["title"] == "discs (own folder): examples"
    assert str(found) == "\n".join(found.lines)


# Folders with something wrong: what comes first, after what is there and how it was converted, and what is suggested


def equal(folder):
    write_pictures(folder, random_discs(1).repeat(120, axis=0))


def similar(folder):
    write_pictures(folder, (random_discs(1)[0] + np.arange(3, dtype=np.uint8)[:, None, None, None]).repeat(40, axis=0))


def repeated(folder):
    write_pictures(folder, np.tile(random_discs(5), (30, 1, 1, 1)))


def white_on_transparency(folder):
    write_pictures(folder, whites(120))


def some_white_on_transparency(folder):
    pictures = whites(120)
    pictures[::2, ..., :3] = random_discs(60, seed=1)
    pictures[::2, ..., 3] = 255
    write_pictures(folder, pictures)


def black(folder):
    write_pictures(folder, np.zeros((120, 32, 32, 3), np.uint8))


def colours_alone(folder):
    write_pictures(folder, np.broadcast_to(random_discs(120)[:, :1, :1], (120, 32, 32, 3)))


def one(folder):
    write_pictures(folder, random_discs(1))


def few(folder):
    write_pictures(folder, random_discs(40))


def one_plain(folder):
    pictures = random_discs(120)
    pictures[3] = 255
    write_pictures(folder, pictures)


def copies(folder):
    write_pictures(folder, random_discs(120))
    write_pictures(folder, random_discs(3), start=500)


def saved_again(folder):
    write_pictures(folder, random_discs(120))
    write_pictures(folder, random_discs(2), "jpg", start=500)


def film(folder):
    shades = np.arange(6, dtype=np.uint8)[None, :, None, None, None]
    write_pictures(folder, (random_discs(30)[:, None] + shades).reshape(-1, 32, 32, 3))


def in_train_and_test(folder):
    write_pictures(folder / "train", random_discs(120))
    write_pictures(folder / "test", random_discs(30, seed=1))
    write_pictures(folder / "test", random_discs(4), start=500)
    write_pictures(folder / "test", random_discs(5)[4:], "jpg", start=600)


def outlier(folder):
    write_pictures(folder, random_discs(120))
    stripes = np.indices((3000, 4000))[1] // 400 % 2 * 255
    Image.fromarray(stripes.astype(np.uint8)).save(folder / "IMG_9999.jpg")


def corrupt(folder):
    write_pictures(folder, random_discs(120))
    for number in range(5):
        path = folder / f"{number:04d}.png"
        path.write_bytes(path.read_bytes()[:60])
    (folder / "text.jpg").write_text("hello")


def small_class(folder):
    write_pictures(folder / "cats", random_discs(300))
    write_pictures(folder / "dogs", random_discs(1, seed=1))


def unequal_classes(folder):
    write_pictures(folder / "cats", random_discs(300))
    write_pictures(folder / "dogs", random_discs(25, seed=1))


def tiny(folder):
    write_pictures(folder, [np.asarray(Image.fromarray(each).resize((8, 8))) for each in random_discs(120)])


def wide(folder):
    write_pictures(folder, on_canvas(random_discs(120), 48, 64))


def of_many_shapes(folder):
    write_pictures(folder, on_canvas(random_discs(60), 40, 100))
    write_pictures(folder, on_canvas(random_discs(60, seed=1), 100, 40), start=500)


def gray(folder):
    write_pictures(folder, random_discs(120)[..., 0])


def gray_and_colour(folder):
    write_pictures(folder, random_discs(60)[..., 0])
    write_pictures(folder, random_discs(60, seed=1), start=500)


@pytest.mark.parametrize(
    ("make", "sentence", "settings"),
    [
        (equal, "All 120 pictures are the same, so there is nothing to learn", {}),
        (similar, "All 120 pictures look alike (they vary by 0.8 of 255 shades), so there is hardly", {}),
        (repeated, "The 150 pictures are only 5 different ones, repeated: the generator will copy them.", {}),
        (
            white_on_transparency,
            "All 120 pictures come out plain white, so there is nothing to learn; they have transparency, so try "
            "`background=black`.",
            {"background": "black"},
        ),
        (
            some_white_on_transparency,
            "60 of 120 pictures come out plain white: 0001.png, 0003.png, 0005.png and 57 more. They have transparency",
            {"background": "black"},
        ),
        (black, "All 120 pictures come out plain black, so there is nothing to learn.", {}),
        (colours_alone, "All pictures come out plain, each of one colour, so there are only colours to learn.", {}),
        (one, "1 picture cannot be trained on: a step takes 16. Add pictures;", {}),
        (few, "Only 40 pictures: the generator will soon copy them.", {"kimg": 40}),
        (one_plain, "1 of 120 pictures comes out plain white: 0003.png. Delete it, unless it belongs there.", {}),
        (copies, "3 pictures are exact copies of others, such as 0500.png of 0000.png. The generator repeats", {}),
        (saved_again, "4 pictures are nearly the same as another, such as 0001.png and 0501.jpg.", {}),
        (film, "180 of 180 pictures are nearly the same as another, as frames of a film are. They count as fewer", {}),
        (
            in_train_and_test,
            "Of the 35 held-out pictures, 4 are the same as a training picture and 1 is nearly the same as a training",
            {},
        ),
        (outlier, "1 picture looks unlike all others: IMG_9999.jpg. Check whether it belongs there.", {}),
        (
            corrupt,
            "6 files cannot be read and are left out: 0000.png, 0001.png, 0002.png and 2 more: the file is truncated; "
            "text.jpg: not a picture",
            {},
        ),
        (small_class, "Subfolders count as classes only if nearly all have 20 pictures (dogs has 1 picture, cats", {}),
        (unequal_classes, "The classes are unequal: dogs has 25 pictures, cats 300.", {"kimg": 240}),
        (tiny, "Most pictures are smaller than 32 pixels (typically 8 on the shorter side)", {"image_size": 16}),
        (
            wide,
            "The centre square leaves out 25% of the typical picture: if what matters reaches to the edges, "
            "`resize=stretch` keeps all of it, or `image_size=24x32` keeps their shape.",
            {"resize": "stretch"},
        ),
        (
            of_many_shapes,
            "The centre square leaves out 60% of the typical picture: if what matters reaches to the edges, "
            "`resize=pad` keeps all of it.",
            {"resize": "pad"},
        ),
        (gray, "All pictures are gray: `channels=1` trains faster and adds no false colours.", {"channels": 1}),
        (gray_and_colour, "Of 120 pictures 60 are gray, and so will generated ones be, unless `channels=1`.", {}),
    ],
)
def test_what_matters_most_comes_first(tmp_path, make, sentence, settings):
    make(tmp_path / "set")
    found = checked(tmp_path / "set")
    after = [line for line in found.lines[1:] if not line.startswith("Converted: ")]
    assert sentence in after[0]
    assert len(after) <= 3
    assert ("subfolders" in found.lines[0]) == ("class" in make.__name__)
    assert found.settings == settings


def test_a_folder_without_pictures_is_the_loader_s_sentence(tmp_path):
    with pytest.raises(DcganError, match=r"^There are no pictures in "):
        checked(tmp_path)


def test_conversions_are_told(tmp_path):
    discs = random_discs(110)
    write_pictures(tmp_path, discs)
    for number, mode, ending in ((0, "CMYK", "jpg"), (1, "P", "png"), (2, "RGBA", "png")):
        Image.fromarray(discs[number]).convert(mode).save(tmp_path / f"{number:04d}.{ending}")
    Image.fromarray(discs[3][..., 0].astype(np.uint16) * 257).save(tmp_path / "0003.png")
    lines = checked(tmp_path).lines
    assert lines[1] == "Converted: 1 from CMYK to RGB, 1 from palette to RGB."
    for note in ("1 file has transparent parts, put on white.", "1 file of 16 bits: values 0 to 65,535 are taken"):
        assert any(line.startswith(note) for line in lines[2:])


def test_the_sheet_shows_what_the_words_tell_in_rows(tmp_path):
    healthy = checked(write_pictures(tmp_path / "healthy", random_discs(120))).sheet
    copies(tmp_path / "copies")
    in_train_and_test(tmp_path / "both")
    rows = [(checked(tmp_path / name).sheet.height - healthy.height) / 37 for name in ("copies", "both")]
    assert [round(each) for each in rows] == [2, 4]  # exact copies and what they copy; nearly the same, too


def test_classes_have_rows_of_their_own_even_if_one_is_called_plain(tmp_path):
    for seed, name in enumerate(("plain", "cats")):
        write_pictures(tmp_path / name, random_discs(60, seed=seed))
    sheet = checked(tmp_path).sheet
    assert np.asarray(sheet).shape[0] < 3 * 60


def test_pictures_that_differ_have_no_note(tmp_path):
    assert alike_note(read(write_pictures(tmp_path, random_discs(20)))) == ""


def test_the_doctor_does_not_wait_for_tensorflow():
    line = "import sys, dcgan_tf.cli.main, dcgan_tf.training.doctor; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", line], check=False).returncode == 0


def test_transparency_that_is_learned_hides_no_white_drawing(tmp_path):
    white_on_transparency(tmp_path / "set")
    found = checked(tmp_path / "set", channels=4)
    assert "RGBA" in found.lines[0] and not any("plain" in line or "put on" in line for line in found.lines)
    assert "background" not in found.settings and "channels" not in found.settings
