"""Folders that change while they are read, and other odd folders. Each fault is a real one."""

import faulthandler
import os
import random
import socket
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

from dcgan_tf.data import images as images_module
from dcgan_tf.data.listing import open_file
from tests.support.awkward import encoded, photo
from tests.support.pictures import read, save

NOT_A_FILE = "not a file (a pipe, a socket or a device)"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such files or depths")


@pytest.fixture(autouse=True)
def no_hang():
    """End the tests with a traceback if one waits for ever."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def reason_after(folder: Path, monkeypatch, change) -> str:
    """Return why `a.jpg` is skipped if `change(path)` happens between listing and reading."""
    save(folder, "a.jpg", "good.png")
    plain = images_module.decode_files

    def decode_files(paths, *rest):
        (folder / "a.jpg").unlink()
        change(folder / "a.jpg")
        return plain(paths, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(images_module, "decode_files", decode_files)
        images = read(folder)
    assert images.files == ("good.png",)
    return dict(images.skipped)["a.jpg"]


# Files that are replaced after they were listed


@linux_only
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (os.mkfifo, NOT_A_FILE),  # a plain open() would wait for a writer
        (lambda path: path.symlink_to("/dev/zero"), NOT_A_FILE),
        (lambda path: path.mkdir(), "not a file (a folder)"),
        (lambda path: None, "the file cannot be read (No such file or directory)"),
        (lambda path: path.symlink_to(path), "the file cannot be read (Too many levels of symbolic links)"),
        (lambda path: path.touch(), "empty file"),
        (lambda path: path.write_bytes(encoded(photo(), "JPEG")[:500]), "the file is truncated"),
    ],
    ids=["pipe", "device", "folder", "deleted", "loop", "emptied", "cut"],
)
def test_a_file_is_replaced_between_listing_and_reading(tmp_path, monkeypatch, change, reason):
    assert reason_after(tmp_path, monkeypatch, change) == reason


@linux_only
def test_a_socket_in_place_of_a_file(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX) as listener:
        monkeypatch.chdir(tmp_path)  # names of sockets are short
        assert reason_after(tmp_path, monkeypatch, lambda path: listener.bind(path.name)) == NOT_A_FILE
        assert dict(read(tmp_path).skipped) == {"a.jpg": NOT_A_FILE}


def test_a_file_of_twenty_gigabytes_is_not_read(tmp_path):
    save(tmp_path, "good.png")
    with (tmp_path / "sparse.jpg").open("wb") as file:
        file.truncate(20 * 10**9)
    assert read(tmp_path).skipped == (("sparse.jpg", "a file of more than 1,000 MB"),)


def test_a_file_that_grows_or_shrinks_while_it_is_read(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"begin")
    file, size = open_file(str(path))
    with file, path.open("ab") as other:
        other.write(b"more" * 1000)
        other.flush()
        assert file.read(size) == b"begin"
    file, size = open_file(str(path))
    with file:
        os.truncate(path, 9)
        assert file.read(size) == b"beginmore"


def test_a_file_that_must_not_be_read_is_listed(tmp_path, monkeypatch):
    save(tmp_path, "good.png", "secret.png")
    plain = os.open

    def refuse(path, *rest, **named):  # root, who runs CI, may read everything
        if str(path).endswith("secret.png"):
            raise PermissionError(13, "Permission denied")
        return plain(path, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    assert read(tmp_path).skipped == (("secret.png", "the file cannot be read (Permission denied)"),)


def test_a_folder_that_others_change_all_the_while(tmp_path):
    save(tmp_path, "good.png")
    data, done = encoded(photo(), "PNG"), threading.Event()

    def meddle(seed):
        rng = random.Random(seed)
        while not done.is_set():
            path = tmp_path / f"folder {rng.randrange(4)}" / f"{rng.randrange(30)}.png"
            try:
                path.parent.mkdir(exist_ok=True)
                match rng.randrange(5):
                    case 0 | 1:
                        path.write_bytes(data[: rng.choice((0, 300, len(data)))])
                    case 2:
                        path.unlink()
                    case 3:
                        path.rename(path.with_name("renamed.png"))
                    case 4:
                        with path.open("ab") as file:
                            file.write(data)
                if rng.random() < 0.02:
                    for inside in path.parent.iterdir():
                        inside.unlink()
                    path.parent.rmdir()
            except OSError:
                pass  # the other one was faster

    threads = [threading.Thread(target=meddle, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    try:
        seen = [read(tmp_path) for _ in range(25)]
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert any(len(images) > 1 for images in seen) and any(images.skipped for images in seen)
    for images in seen:
        assert "good.png" in images.files
        assert not set(images.files) & {name for name, _ in images.skipped}
        beginnings = ("empty file", "the file is ", "the file cannot be read", "the folder cannot", "not a picture")
        assert all(reason.startswith(beginnings) for _, reason in images.skipped)


# Shapes of folders


def test_links_that_go_round_in_circles_forty_deep(tmp_path):
    save(tmp_path / "a", "one.png")
    place = tmp_path
    for depth in range(40):
        place = place / f"{depth}"
        save(place, "deep.png")
        (place / "back").symlink_to(tmp_path)
    (tmp_path / "a/b").symlink_to(tmp_path / "a")
    images = read(tmp_path)
    assert len(images) == 41
    assert images.skipped == ()


@linux_only
def test_a_thousand_levels(tmp_path):
    path, levels = str(tmp_path), []
    for _ in range(1000):
        path += "/d"
        os.mkdir(path)  # noqa: PTH102 - a Path of as many parts is slow
        levels.append(path)
    try:
        save(Path(path), "bottom.png")
        images = read(tmp_path)
        assert images.files == ("d/" * 1000 + "bottom.png",)
    finally:
        os.unlink(path + "/bottom.png")  # noqa: PTH108 - shutil.rmtree cannot go as deep
        for level in reversed(levels):
            os.rmdir(level)  # noqa: PTH106


@linux_only
def test_paths_longer_than_the_system_allows_are_listed(tmp_path):
    save(tmp_path, "good.png")
    name, data = "n" * 200, encoded(photo(), "PNG")
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):
        os.mkdir(name, dir_fd=place)  # the only way to get there is step by step
        inner = os.open(name, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
        with os.fdopen(os.open("m" * 96 + ".png", os.O_WRONLY | os.O_CREAT, dir_fd=place), "wb") as file:
            file.write(data)
    os.close(place)
    images = read(tmp_path)
    assert len(images) > 15
    assert images.skipped[-1][1] == "the folder cannot be opened (File name too long)"
    assert {reason for _, reason in images.skipped} <= {
        "the folder cannot be opened (File name too long)",
        "the file cannot be read (File name too long)",
    }


@pytest.mark.slow
@linux_only
def test_a_hundred_thousand_files():
    data = encoded(photo(8, 8), "PNG")
    with tempfile.TemporaryDirectory() as folder:  # pytest would keep them
        for part in "ab":  # a file may not have many more links than this
            first = f"{folder}/{part}00000.png"
            Path(first).write_bytes(data)
            for i in range(1, 50_000):
                os.link(first, f"{folder}/{part}{i:05}.png")
        images = read(folder, limit=50)
    assert len(images) == 50
    assert images.files[0] == "a00000.png" and images.files[-1] == "b48000.png"
    assert np.array_equal(images.pixels[0], images.pixels[-1])
