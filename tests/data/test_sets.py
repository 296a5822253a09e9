import numpy as np
import pytest
from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.data.sets import PictureFolders, count_pictures, find_folder, find_fruit, find_vehicles, load_split
from tests.support.picture_sets import fill, fruits

# Vehicles


@pytest.mark.parametrize(
    "layout", ["Vehicles", "vehicles", "VEHICLES", "vehicle-classification/Vehicles", "archive/Vehicles", "a/b/vehicle"]
)
def test_finds_vehicles(tmp_path, layout, no_renderer):
    fill(tmp_path / "data" / layout / "Cars", 2)
    fill(tmp_path / "data" / layout / "Trains", 3)
    found = find_vehicles(root=tmp_path)
    assert count_pictures(found) == 5
    assert (found.name, found.source, found.test) == ("vehicles", "folder", ())
    assert found.train[0].is_relative_to(tmp_path / "data" / layout.split("/")[0])
    assert found.title == "vehicles (own folder)"
    train, held = load_split(found, image_size=16, channels=1)
    assert set(train.labels) | set(held.labels) == {"Cars", "Trains"}
    assert (train.title, train.source) == (held.title, held.source) == (found.title, "folder")


def test_relative_titles(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "data/vehicles/car")
    assert find_vehicles().title == "vehicles (own folder)"
    fill(tmp_path / "photos/x")
    assert find_folder("photos").title == "photos (own folder)"
    assert find_folder("./photos/../photos/").name == "photos"


def test_without_photos_the_vehicles_are_rendered(tmp_path, renderer):
    (tmp_path / "data/vehicles").mkdir(parents=True)  # empty
    for _ in range(2):
        found = find_vehicles(root=tmp_path)
        assert found == PictureFolders("vehicles", "rendered", (tmp_path / "data/rendered/vehicles",), ())
        assert found.title == "vehicles (rendered)"
    assert renderer == [("vehicles", tmp_path / "data/rendered/vehicles", 0)] * 2


@pytest.mark.parametrize(("train", "test"), [("train", "test"), ("Training", "Test"), ("TRAIN", "Validation")])
def test_a_split_of_vehicles_or_of_a_folder_is_used(tmp_path, train, test):
    for wrapper in ("data/vehicles", "data/vehicles_2/inner"):
        fill(tmp_path / wrapper / train / "car")
        fill(tmp_path / wrapper / test / "car")
        top = tmp_path / wrapper
        for found in (find_vehicles(wrapper, root=tmp_path), find_folder(wrapper, root=tmp_path)):
            assert found.train == (top / train,)
            assert found.test == (top / test,)
            assert found.title == f"{found.name} (own folder)"


def test_a_class_of_trains_is_no_split(tmp_path):
    fill(tmp_path / "v/train")
    fill(tmp_path / "v/car")
    assert find_vehicles("v", root=tmp_path).train == (tmp_path / "v",)
    (tmp_path / "v/test").mkdir()  # empty
    assert find_vehicles("v", root=tmp_path).test == ()


# Any folder


def test_a_folder_of_pictures(tmp_path):
    folder = fill(tmp_path / "my cats")
    (folder / "notes.txt").touch()
    (folder / "LICENSE").touch()
    (folder / "empty.jpg").touch()
    found = find_folder("my cats", root=tmp_path)
    assert found == PictureFolders("my cats", "folder", (folder,), ())
    assert count_pictures(found) == 3  # by name: nothing is decoded


@pytest.mark.parametrize(("data", "message"), [("", "`data` is empty."), ("gone", "gone, which does not exist")])
def test_no_folder_is_one_sentence(tmp_path, data, message):
    for find in (find_folder, find_vehicles) if data else (find_folder,):
        with pytest.raises(DcganError, match=rf"^`data` should be .* folder of pictures\. {message}|{message}"):
            find(data, root=tmp_path)


# Reading


def test_load_split_keeps_training_and_test_apart(tmp_path):
    fruits(tmp_path, "Kiwi", "Kiwi 1")
    train, test = load_split(find_fruit(str(tmp_path)), image_size=16, channels=3, held_out=0.9)
    assert train.files == tuple(f"{name}/{i}_100.jpg" for name in ("Kiwi 1", "Kiwi") for i in range(3))
    assert test.files == ("Kiwi 1/0_100.jpg", "Kiwi/0_100.jpg")


def test_load_split_holds_out_where_there_is_no_test(tmp_path):
    fill(tmp_path / "pics", 60)
    found = find_folder("pics", root=tmp_path)
    train, held = load_split(found, image_size=16, channels=1, held_out=0.5)
    assert len(train) + len(held) == 60
    assert len(held) >= 20
    assert not set(train.files) & set(held.files)
    train, held = load_split(found, image_size=16, channels=1)  # a tenth is too few to score by: none are lost to it
    assert (len(train), len(held), held.title) == (60, 0, found.title)
    assert len(load_split(found, image_size=16, channels=1, held_out=0)[1]) == 0
    with pytest.raises(DcganError, match=r"`held_out` should be a number from 0 to 0.999. Received: 2"):
        load_split(found, image_size=16, channels=1, held_out=2)


def test_load_split_passes_its_settings_on(tmp_path):
    top = fruits(tmp_path, "Kiwi")
    Image.new("RGB", (20, 10), "black").save(top / "Training/Kiwi/0_100.jpg")
    found = find_fruit(str(top))
    train, test = load_split(found, image_size=18, channels=1, resize="pad", limit=1)
    assert train.pixels.shape == test.pixels.shape == (1, 18, 18, 1)
    assert train.pixels[0, 0].min() == 255
    assert np.abs(train.pixels[0, 9].astype(int)).max() < 10
