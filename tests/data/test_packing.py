"""Sets on disk: equal to the same sets in memory, whatever happens to the process or to the file."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_tf import DcganError, evaluate, train
from dcgan_tf.common import machine
from dcgan_tf.common.errors import TrainingInterrupted
from dcgan_tf.common.pixels import on_background, premultiplied
from dcgan_tf.data import packing
from dcgan_tf.data.images import hold_out, load_images
from dcgan_tf.data.sets import find_folder, load_split
from dcgan_tf.data.stored import StoredPixels, changed
from dcgan_tf.data.survey import survey
from dcgan_tf.training.doctor import examine
from tests.support.deep_files import pixmap, tiff
from tests.support.run_files import same_weights, weights

SHAPE = {"image_size": 16, "channels": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Return a folder of 60 pictures: of three classes, four kinds of values, and two that cannot be read."""
    place, rng = tmp_path_factory.mktemp("pictures") / "set", np.random.default_rng(0)
    for index in range(60):
        path = place / f"class {index % 3}" / f"{index:02d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = rng.integers(0, 256, (20, 24, 3))
        if index % 10 == 3:  # 12 bits in files of 16, which do not say so
            path.with_suffix(".tif").write_bytes(tiff((values[..., :1] * 16).astype(np.uint16), 16))
        elif index % 10 == 7:
            path.with_suffix(".pgm").write_bytes(pixmap(values[..., 0], 1000))
        else:
            Image.fromarray(values.astype(np.uint8)).save(path.with_suffix(".png"))
    (place / "class 1" / "31.png").write_bytes(b"\x89PNG\r\n cut")
    (place / "class 2" / "44.png").write_bytes(b"")
    return place


@pytest.fixture
def small_blocks(monkeypatch):
    """Let a block hold 8 pictures."""
    monkeypatch.setattr(packing, "BLOCK_BYTES", 8 * 16 * 16 * 3)


@pytest.fixture
def decoded(monkeypatch):
    """Return the blocks that are decoded, in order."""
    found, plain = [], packing._Packing._decode

    def decode(self, block, rows, work):
        found.append(block)
        plain(self, block, rows, work)

    monkeypatch.setattr(packing._Packing, "_decode", decode)
    return found


def on_disk(folder, cache, **changes):
    return load_images(folder, **{**SHAPE, "cache": "disk", "cache_folder": cache, **changes})


def in_memory(folder, **changes):
    return load_images(folder, **{**SHAPE, "cache": "memory", **changes})


def sets(cache):
    """Return the folders of the sets that are kept."""
    return [path.parent for path in cache.glob("*/pixels.u8")]


def same(one, other):
    """Return whether two sets are equal in everything."""
    told = ("files", "labels", "skipped", "notes", "ranges", "headers", "background")
    return one.sha256 == other.sha256 and all(getattr(one, name) == getattr(other, name) for name in told)


@pytest.mark.parametrize("changes", [{}, {"channels": 1}, {"channels": 4}, {"image_size": "16x20"}, {"limit": 30}])
def test_a_set_on_disk_is_that_in_memory(folder, tmp_path, small_blocks, decoded, changes):
    expected = in_memory(folder, **changes)
    assert same(on_disk(folder, tmp_path, **changes), expected)
    assert decoded
    decoded.clear()
    again = on_disk(folder, tmp_path, **changes)
    assert same(again, expected) and not decoded
    assert isinstance(again.pixels, StoredPixels) and again.describe() == expected.describe()


@pytest.mark.parametrize("after", [1, 4, 8, 9])  # 8 blocks, then those with files whose range is known at last
def test_packing_goes_on_where_it_was_killed(folder, tmp_path, small_blocks, decoded, monkeypatch, after):
    plain = packing._Packing._decode

    def killed(self, block, rows, work):
        if len(decoded) == after:
            self._open(block)[:] = 77  # it was writing
            raise KeyboardInterrupt
        plain(self, block, rows, work)

    with monkeypatch.context() as patch:
        patch.setattr(packing._Packing, "_decode", killed)
        with pytest.raises(KeyboardInterrupt):
            on_disk(folder, tmp_path)
    done = set(decoded)
    decoded.clear()
    assert same(on_disk(folder, tmp_path), in_memory(folder))
    if after < 8:  # none is decoded twice, but for what had to wait
        assert decoded[: 8 - after] == [block for block in range(8) if block not in done]


def test_what_is_damaged_is_decoded_again(folder, tmp_path, small_blocks, decoded):
    expected = on_disk(folder, tmp_path).sha256
    pixels, journal = next(tmp_path.glob("*/pixels.u8")), next(tmp_path.glob("*/blocks.jsonl"))
    values = np.fromfile(pixels, np.uint8)
    values[9 * 16 * 16 * 3] ^= 1  # in block 1
    values.tofile(pixels)
    decoded.clear()
    assert on_disk(folder, tmp_path).sha256 == expected and set(decoded) == {1}

    lines = [line for line in journal.read_text().splitlines() if json.loads(line)["block"] != 5]
    journal.write_text("\n".join([*lines, '{"block": 5, "sha256": "0123']))
    decoded.clear()
    assert on_disk(folder, tmp_path).sha256 == expected and set(decoded) == {5}

    with pixels.open("r+b") as file:
        file.truncate(30 * 16 * 16 * 3)
    decoded.clear()
    assert on_disk(folder, tmp_path).sha256 == expected and set(decoded) == {3, 4, 5, 6, 7}


def test_changed_files_make_a_new_set_in_place_of_the_old_one(folder, tmp_path):
    copy, cache = shutil.copytree(folder, tmp_path / "set"), tmp_path / "cache"
    before = on_disk(copy, cache)
    Image.new("RGB", (20, 20), "red").save(copy / "class 0" / "00.png")
    after = on_disk(copy, cache)
    assert after.sha256 == in_memory(copy).sha256 != before.sha256
    assert len(sets(cache)) == 1
    assert before.pixels[1].any()  # the file is gone, but still open


def test_the_sets_unused_for_longest_make_room(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(packing, "MOST_BYTES", 2e5)
    for age, changes in enumerate([{"resize": "pad"}, {"resize": "stretch"}, {"resize": "crop"}]):
        on_disk(folder, tmp_path, **changes)
        newest = max(sets(tmp_path), key=lambda each: each.stat().st_mtime)
        os.utime(newest, (age, age))
    assert len(sets(tmp_path)) == 3
    on_disk(folder, tmp_path, resize="pad")  # used again
    on_disk(folder, tmp_path, channels=4)
    assert len(sets(tmp_path)) == 3  # too large together, without one of them
    times = sorted(each.stat().st_mtime for each in sets(tmp_path))
    assert times[0] == 2


def test_a_full_disk_is_told_before_packing(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(1e9, 1e9, 1e3))
    with pytest.raises(
        DcganError, match=r"needs about 1 MB, and the disk has only .* run the same again, or set `cache` to memory\."
    ):
        on_disk(folder, tmp_path)


def test_a_file_in_the_way_is_one_sentence(folder, tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(
        DcganError, match=r"there is a file where its folder should be. Move it away, or set `cache` to memory\."
    ):
        on_disk(folder, tmp_path / "cache")


def test_auto_takes_the_disk_where_memory_is_short(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert isinstance(load_images(folder, **SHAPE).pixels, np.ndarray)
    monkeypatch.setattr(packing, "free_memory", lambda: 100_000)
    assert isinstance(load_images(folder, **SHAPE).pixels, StoredPixels)
    place = sets(tmp_path / "data" / "cache")[0]
    assert capsys.readouterr().out.startswith(f"60 pictures are decoded once into {place.relative_to(tmp_path)}: ")
    with pytest.raises(DcganError, match="`cache` should be one of 'auto', 'memory', 'disk'"):
        load_images(folder, **SHAPE, cache="ram")


def test_a_containers_memory_counts(tmp_path):
    assert machine.free_memory(tmp_path) > 1e6
    for name, text in {
        "memory.max": "max\n",
        "memory.current": "5000\n",
        "memory.stat": "inactive_file 1000\n",
    }.items():
        (tmp_path / name).write_text(text)
    assert machine.free_memory(tmp_path) > 1e6
    (tmp_path / "memory.max").write_text("9000\n")
    assert machine.free_memory(tmp_path) == 5000


def test_stored_pictures_are_indexed_like_an_array(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (10, 4, 6, 4), np.uint8)
    pixels.tofile(tmp_path / "pixels")
    stored = StoredPixels(tmp_path / "pixels", pixels.shape)
    assert (stored.shape, stored.dtype, stored.ndim, stored.size, len(stored)) == (
        pixels.shape, pixels.dtype, 4, pixels.size, 10,
    )  # fmt: skip
    for chosen in (3, -1, np.int64(2), slice(2, 5), slice(None, None, 3), slice(0, 0), np.array([7, 1, 1])):
        np.testing.assert_array_equal(stored[chosen], pixels[chosen])
    some = stored.only(np.array([9, 4, 2]))
    np.testing.assert_array_equal(np.asarray(some), pixels[[9, 4, 2]])
    np.testing.assert_array_equal(some.only(np.array([1]))[:], pixels[[4]])
    for change in (premultiplied, lambda block: on_background(block, "red")):
        seen = changed(some, change)
        np.testing.assert_array_equal(seen[:], change(pixels[[9, 4, 2]]))
        assert seen.shape == seen[:].shape
    some.prepare(np.array([[0, 2]]))
    with pytest.raises(IndexError):
        stored[10]


def test_a_run_from_disk_is_that_from_memory(folder, tmp_path, config, monkeypatch):
    places = find_folder(str(folder))
    config = replace(config, class_names=("class 0", "class 1", "class 2"), kimg=0.064)
    runs = {}
    for cache in ("memory", "disk"):
        images, held_out = load_split(places, **SHAPE, held_out=0.4, cache=cache, root=tmp_path)
        assert isinstance(images.pixels, StoredPixels) == (cache == "disk") == isinstance(held_out.pixels, StoredPixels)
        run = train(config, images, tmp_path / cache, progress="none", pictures=False)
        scores = evaluate(run, images, held_out, count=8, features="random")
        checkup = examine(images, held_out)
        runs[cache] = [scores, checkup.lines, np.asarray(checkup.sheet).tolist(), run.info["data"]]
        runs[cache].append((run.folder / "neighbors.png").read_bytes())
    assert runs["disk"] == runs["memory"]
    assert same_weights(weights(tmp_path / "disk"), weights(tmp_path / "memory"))

    stopping = replace(config, checkpoint_minutes=0.0)
    from dcgan_tf.training import trainer

    with monkeypatch.context() as patch, pytest.raises(TrainingInterrupted):
        plain = trainer.compile_steps

        def compile_steps(*given):
            run_steps = plain(*given)

            def stop(indices):
                os.kill(os.getpid(), 15)
                return run_steps(indices)

            return stop

        patch.setattr(trainer, "compile_steps", compile_steps)
        train(stopping, images, tmp_path / "stopped", progress="none", pictures=False)
    train(stopping, images, tmp_path / "stopped", progress="none", pictures=False)
    assert same_weights(weights(tmp_path / "stopped"), weights(tmp_path / "memory"))


def test_a_set_on_disk_is_surveyed_and_split_without_reading_it_all(folder, tmp_path, monkeypatch):
    images = on_disk(folder, tmp_path)
    rest, unseen = hold_out(images, 0.3)
    expected, expected_unseen = hold_out(in_memory(folder), 0.3)
    monkeypatch.setattr(StoredPixels, "__array__", None)  # which would read it all
    assert (rest.sha256, unseen.sha256) == (expected.sha256, expected_unseen.sha256)
    for one, other in zip(survey(rest.pixels), survey(expected.pixels), strict=True):
        np.testing.assert_array_equal(one, other)
