import os
from pathlib import Path

import pytest

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data import layouts
from dcgan_tf.data.sets import PictureFolders, count_pictures, find_folder, find_fruit
from tests.conftest import lock_folders
from tests.support.picture_sets import fill, fruits

LAYOUTS = [
    "Training/Kiwi",
    "fruits-360/Training/Kiwi",
    "fruits-360_dataset/fruits-360/Training/Kiwi",
    "fruits-360_dataset_100x100/fruits-360/Training/Kiwi",
    "fruits-360_100x100/fruits-360/Training/Kiwi 1",
    "Fruits-360/TRAINING/KIWI",
    "fruits-360_original-size/fruits-360-original-size/training/kiwi_1",
    "fruits-360/fruits-360_100x100/fruits-360/Training/Kiwi 1",
    "fruits-360/train/kiwi",
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_finds_kiwi_in_every_layout(tmp_path, layout, no_renderer):
    folder = tmp_path / "data" / layout
    fill(folder, 3)
    same_case = {"TRAINING": "TEST", "training": "test", "train": "test"}.get(folder.parent.name, "Test")
    test = fill(folder.parent.parent / same_case / folder.name, 1)
    found = find_fruit(root=tmp_path)
    assert found == PictureFolders(found.name, "Fruits-360", (folder,), (test,))
    assert found.title.casefold() == "kiwi (fruits-360)"
    assert count_pictures(found) == 3


@pytest.mark.parametrize("layout", LAYOUTS)
def test_data_may_name_any_level(tmp_path, layout, no_renderer):
    folder = fill(tmp_path / "elsewhere" / layout)
    levels = [place for place in (folder, *folder.parents) if tmp_path in place.parents]
    for level in levels:
        for data in (str(level), str(level.relative_to(tmp_path)), str(level) + "/"):
            found = find_fruit(data, root=tmp_path)
            assert [place.resolve() for place in found.train] == [folder]
            assert found.source == "Fruits-360"
            assert found.test == ()
    fill(folder.parent.parent / "Test" / folder.name)
    for level in levels:
        assert len(find_fruit(str(level), root=tmp_path).test) == 1


def test_data_may_be_the_current_folder(tmp_path, monkeypatch):
    top = fruits(tmp_path / "f", "Kiwi")
    for place in (top, top / "Training", top / "Training/Kiwi"):
        monkeypatch.chdir(place)
        found = find_fruit(".")
        assert found.name == "Kiwi"
        assert count_pictures(found) == 3
        assert len(found.test) == 1


def test_a_name_without_number_stands_for_all_numbers(tmp_path):
    top = fruits(tmp_path / "data/fruits-360", "Kiwi", "Kiwi 1", "Kiwi 2", "Kiwifruit", "Apple Kiwi 1")
    found = find_fruit(fruit="kiwi", root=tmp_path)
    assert [place.name for place in found.train] == ["Kiwi", "Kiwi 1", "Kiwi 2"]
    assert [place.name for place in found.test] == ["Kiwi", "Kiwi 1", "Kiwi 2"]
    assert found.name == "Kiwi"
    assert found.train[0].parent == top / "Training"


@pytest.mark.parametrize("fruit", ["Apple Braeburn 1", "apple braeburn 1", "APPLE_BRAEBURN_1"])
def test_a_name_with_number_stands_for_one(tmp_path, fruit):
    fruits(tmp_path / "data/fruits-360", "Apple Braeburn 1", "Apple Braeburn 10", "Apple Braeburn 2")
    found = find_fruit(fruit=fruit, root=tmp_path)
    assert [place.name for place in found.train] == ["Apple Braeburn 1"]
    assert [place.name for place in found.test] == ["Apple Braeburn 1"]
    assert found.title == "Apple Braeburn 1 (Fruits-360)"


def test_a_class_without_test_is_held_out(tmp_path):
    fruits(tmp_path / "data/fruits-360", "Kiwi", test="")
    (tmp_path / "data/fruits-360/Test/Kiwi").mkdir(parents=True)  # there, but empty
    assert find_fruit(root=tmp_path).test == ()


def test_without_photos_the_kiwis_are_rendered(tmp_path, renderer):
    for fruit in ("Kiwi", "kiwi", " KIWI "):
        found = find_fruit(fruit=fruit, root=tmp_path)
        assert found.title == "Kiwi (rendered)"
        assert found.train == (tmp_path / "data/rendered/kiwi/Training/Kiwi",)
        assert found.test == (tmp_path / "data/rendered/kiwi/Test/Kiwi",)
    # What was rendered before lies below data/, and must not pass for photos.
    assert renderer == [("kiwis", tmp_path / "data/rendered/kiwi", 0)] * 3


def test_photos_win_over_the_rendered_set(tmp_path, renderer):
    find_fruit(root=tmp_path)
    fruits(tmp_path / "data/z/fruits-360", "Kiwi 1")
    assert find_fruit(root=tmp_path).source == "Fruits-360"
    assert len(renderer) == 1


def test_the_rendered_set_by_its_folder_is_called_rendered(tmp_path, renderer):
    find_fruit(root=tmp_path)
    assert find_fruit("data/rendered/kiwi", root=tmp_path).title == "Kiwi (rendered)"


def test_a_part_of_fruits_360_without_kiwi_renders(tmp_path, renderer):
    fruits(tmp_path / "data/fruits-360", "Banana")
    assert find_fruit(root=tmp_path).source == "rendered"
    assert find_fruit(fruit="Banana", root=tmp_path).source == "Fruits-360"


def test_another_fruit_without_photos_is_one_sentence(tmp_path, no_renderer):
    with pytest.raises(DcganError) as error:
        find_fruit(fruit="Banana", root=tmp_path)
    assert str(error.value) == (
        f"`fruit` should be Kiwi as long as there is no Fruits-360 in {tmp_path / 'data'}. Received: 'Banana'. "
        "Download Fruits-360, or name its folder as `data`."
    )


@pytest.mark.parametrize(
    ("fruit", "near"),
    [("Aple Braeburn", "Apple Braeburn 1"), ("braeburn", "Apple Braeburn 1"), ("Kiwi 7", "Kiwi"), ("xyz", "Banana")],
)
@pytest.mark.parametrize("data", ["", "data/fruits-360", "data/fruits-360/Training"])
def test_a_wrong_fruit_is_one_sentence_with_the_nearest(tmp_path, fruit, near, data, no_renderer):
    fruits(tmp_path / "data/fruits-360", "Apple Braeburn 1", "Banana", "Cherry 1", "Kiwi", "Tomato 1")
    with pytest.raises(DcganError, match=r"`fruit` should be one of the 5 classes in .*, such as ") as error:
        find_fruit(data, fruit, root=tmp_path)
    assert near in str(error.value)
    assert str(error.value).endswith(f"Received: {fruit!r}.")
    assert str(error.value).count("\n") == 0


def test_a_wrong_folder_is_one_sentence(tmp_path, no_renderer):
    with pytest.raises(DcganError, match=r"`data` should be an existing folder .*: .*gone, which does not exist\.$"):
        find_fruit("gone", root=tmp_path)
    fill(tmp_path / "cats/tabby")
    with pytest.raises(DcganError, match=r"^There is no Training/Kiwi or Training/Kiwi 1 in .*cats\. Name a folder"):
        find_fruit("cats", root=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(DcganError, match=r"Received: .*file, a file\. Name the folder that it is in\.$"):
        find_fruit("file", root=tmp_path)


def test_the_folder_of_a_class_wins_over_the_default_fruit(tmp_path):
    top = fruits(tmp_path / "f", "Banana", "Kiwi")
    found = find_fruit(str(top / "Training/Banana"))
    assert found.title == "Banana (Fruits-360)"
    assert found.test == (top / "Test/Banana",)
    with pytest.raises(DcganError):
        find_fruit(str(top / "Training/Banana"), "Cherry")


def test_a_class_outside_of_a_split(tmp_path):
    folder = fill(tmp_path / "my/Kiwi")
    for data in ("my", "my/Kiwi"):
        assert find_fruit(data, root=tmp_path) == PictureFolders("Kiwi", "folder", (folder,), ())
    assert find_fruit("my", root=tmp_path).title == "Kiwi (own folder)"


def test_a_split_of_another_origin_is_not_called_fruits_360(tmp_path):
    fruits(tmp_path / "data/market", "kiwi", training="train", test="test")
    assert find_fruit(root=tmp_path).source == "folder"


def test_the_search_is_bounded(tmp_path, monkeypatch, renderer):
    fruits(tmp_path / "data/fruits-360", "Banana", "Cherry")
    fill(tmp_path / "data/1/2/3/4/5/Training/Kiwi")
    looked = []
    plain = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: looked.append(Path(place)) or plain(place))
    assert find_fruit(root=tmp_path).source == "rendered"
    inside = [place.relative_to(tmp_path / "data") for place in looked]
    assert not any(place.name in ("Banana", "Cherry") for place in inside)  # never into classes
    assert max(len(place.parts) for place in inside if place.parts[:1] != ("rendered",)) == 3


def test_the_search_ignores_links_to_themselves_and_locked_folders(tmp_path, monkeypatch):
    fruits(tmp_path / "data/fruits-360", "Kiwi")
    (tmp_path / "data/a").symlink_to("a")
    (tmp_path / "data/circle").symlink_to(tmp_path / "data")
    (tmp_path / "data/b locked").mkdir()
    lock_folders(monkeypatch)
    assert count_pictures(find_fruit(root=tmp_path)) == 3


def test_only_a_part_of_a_large_folder_is_searched(tmp_path, monkeypatch):
    monkeypatch.setattr(layouts, "MANY", 5)
    for i in range(20):
        (tmp_path / f"{i}.jpg").touch()
    assert len(layouts.entries(tmp_path)) == 5


def test_a_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    fruits(tmp_path / "f", "Kiwi")
    fill(tmp_path / "pics")
    assert find_fruit("~/f", root=tmp_path / "other").train == (tmp_path / "f/Training/Kiwi",)
    assert find_folder("~/pics", root=tmp_path / "other").train == (tmp_path / "pics",)
