"""Files on disks that are full, read-only or lost in the middle of a write: real ones, mounted for the test."""

import errno
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dcgan_tf import DcganError, evaluate, load_run, train
from dcgan_tf.common.files import (
    PARTIAL,
    check_space,
    explaining,
    partial_path,
    remove_leftovers,
    write_atomically,
    write_json,
    write_text,
)
from dcgan_tf.run.pictures import write_curves, write_progress, write_walk
from tests.support.run_files import grids, same_weights, timeless, weights


def mount(folder: Path, options: str) -> bool:
    """Mount a disk in memory, or change its options; whether this user may."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return sys.platform == "linux" and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path):
    """Return a folder on a disk of 600 kB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount(folder, "size=600k"):
        pytest.skip("mounting a disk takes the rights of root on Linux")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Fill a disk to the last byte and return the file that does it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC
    return filler


def files(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


FULL = r"cannot be written: the disk is full. Free some space and run the same again"


def test_a_full_disk_keeps_the_old_file_and_leaves_no_half_of_a_new_one(disk):
    path = write_text(disk / "file.txt", "old")
    fill(disk)
    with pytest.raises(DcganError, match=rf"file.txt {FULL}; nothing that was written is lost\.$"):
        write_text(path, "new" * 10_000)
    assert path.read_text() == "old"
    assert {path.name for path in disk.iterdir()} == {"file.txt", "filler"}


@pytest.mark.slow
def test_training_on_a_full_disk_fails_with_a_sentence_and_goes_on_once_there_is_room(disk, config, images, finished):
    folder = disk / "run"
    train(replace(config, kimg=0.032), images, folder, progress="none", pictures=False)
    filler = fill(disk)
    before = files(folder)
    with pytest.raises(DcganError, match=FULL) as refused:
        train(config, images, folder, progress="none", pictures=False)
    assert "\n" not in str(refused.value)
    after = files(folder)
    for name in before:  # what a later step needs is as it was
        assert after[name] == before[name] or name.endswith(("run.json", ".jsonl"))
    assert not [name for name in after if ".partial" in name]
    assert load_run(folder).generate(2).shape == (2, 16, 16, 3)
    filler.unlink()
    run = train(config, images, folder, progress="none", pictures=False)
    assert run.state == "finished" and run.info["error"] is None
    assert same_weights(weights(folder), weights(finished.folder))
    assert timeless(run.history) == timeless(finished.history) and grids(folder) == grids(finished.folder)


def test_a_disk_too_small_for_the_run_is_told_before_training(disk, config, images):
    long = replace(config, kimg=1.0)
    with pytest.raises(DcganError, match=r"needs about \d+ MB, and the disk has only 0\.\d MB free\. Free some space"):
        train(long, images, disk / "run", progress="none", pictures=False)
    assert load_run(disk / "run").kimg_done == 0
    with pytest.raises(DcganError, match=r"/none/yet needs about 30 MB, and the disk has only"):
        check_space(disk / "none" / "yet", 3e7)
    check_space(disk / "none" / "yet", 1e5)


def test_a_disk_that_fills_up_during_training_marks_the_run_failed(disk, config, images, monkeypatch):
    folder = disk / "run"
    train(replace(config, kimg=0.032), images, folder, progress="none", pictures=False)
    plain = replace(config, kimg=0.064)

    def fill_up(*arguments):
        filler = fill(disk)
        os.truncate(filler, filler.stat().st_size - 16384)  # room for run.json, none for a checkpoint
        monkeypatch.undo()
        return ""

    monkeypatch.setattr("dcgan_tf.training.health.discriminator_won", fill_up)
    with pytest.raises(DcganError, match=FULL):
        train(plain, images, folder, progress="none", pictures=False)
    info = load_run(folder).info
    assert info["state"] == "failed" and info["error"]["step"] > 4 and "the disk is full" in info["error"]["message"]


@pytest.mark.slow
def test_every_writer_of_a_run_says_that_the_disk_is_full(disk, finished, images):
    folder = disk / "run"
    shutil.copytree(finished.folder, folder)
    run = load_run(folder)
    fill(disk)
    for write in (write_progress, write_curves, write_walk, lambda run: evaluate(run, images, features="random")):
        with pytest.raises(DcganError, match=FULL):
            write(run)
    assert not list(folder.rglob(".partial-*"))


def test_a_read_only_disk_is_a_sentence_and_the_run_can_be_read(disk, config, images, finished):
    folder = disk / "run"
    shutil.copytree(finished.folder, folder)
    assert mount(disk, "remount,ro")
    sentence = r"cannot be written: the disk is read-only. Name another `folder`\.$"
    with pytest.raises(DcganError, match=sentence):
        train(replace(config, kimg=0.08), images, folder, progress="none", pictures=False)
    with pytest.raises(DcganError, match=sentence):
        train(config, images, disk / "new", progress="none", pictures=False)
    assert load_run(folder).generate(2).shape == (2, 16, 16, 3)


def test_other_obstacles_are_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DcganError, match=r"x.json cannot be written: there is a file where its folder should be"):
        write_json(tmp_path / "file" / "x.json", {})
    with pytest.raises(DcganError, match="File name too long"):
        write_json(tmp_path / ("x" * 300), {})
    with (
        pytest.raises(DcganError, match=r": you have no permission to write there. Name another `folder`"),
        explaining(tmp_path),
    ):
        raise PermissionError(errno.EACCES, "Permission denied")  # root, who runs CI, may write anywhere
    with pytest.raises(DcganError, match="cannot be written: the quota of this disk is used up"), explaining(tmp_path):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
    with pytest.raises(DcganError, match=r"cannot be written: encoder error. Check"), explaining(tmp_path):
        raise OSError("encoder\nerror")


def test_a_writer_that_fails_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "file.txt", "old")

    def fail(beside):
        beside.write_text("half of the n")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, fail)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be opened elsewhere")
def test_content_is_on_the_disk_before_its_name_and_the_name_after(tmp_path, monkeypatch):
    done = []
    sync, rename = os.fsync, Path.replace

    def note(descriptor):
        done.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()) if sys.platform == "linux" else "")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(Path, "replace", lambda path, target: done.append("renamed") or rename(path, target))
    write_text(tmp_path / "file.txt", "new")
    assert len(done) == 3 and done[1] == "renamed"
    if sys.platform == "linux":
        assert done[0].endswith("-file.txt") and done[2] == str(tmp_path)


def test_a_share_that_refuses_to_sync_folders_is_written_to(tmp_path, monkeypatch):
    sync = os.fsync

    def refuse_folders(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    assert write_text(tmp_path / "file.txt", "new").read_text() == "new"


KILLED = """
import os, signal, sys
from pathlib import Path
from dcgan_tf.common.files import write_atomically
def write(beside):
    beside.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
write_atomically(Path(sys.argv[1]), write)
"""


def test_what_a_killed_process_had_half_written_is_removed_and_nothing_else(tmp_path):
    path = write_text(tmp_path / "deep" / "file.txt", "old")
    child = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert child.returncode == -9 and len(list(tmp_path.rglob(".partial-*"))) == 1
    keep = [
        tmp_path / f".partial-{os.getpid()}-mine.png",
        tmp_path / ".partial-of-somebody",
        tmp_path / "x.partial-1-y",
    ]
    for other in keep:
        other.touch()
    remove_leftovers(tmp_path)
    assert path.read_text() == "old"
    assert {each for each in tmp_path.rglob("*") if each.is_file()} == {path, *keep}


def test_what_is_written_beside_is_known_as_a_leftover(tmp_path):
    beside = partial_path(tmp_path / "notebook.ipynb")
    assert beside.parent == tmp_path and beside.suffix == ".ipynb"
    assert int(PARTIAL.fullmatch(beside.name)[1]) == os.getpid()
