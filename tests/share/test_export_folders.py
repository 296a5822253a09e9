"""The folder of an export is replaced whole or not at all, and nothing else ever is."""

import errno
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from dcgan_tf import DcganError, load_run
from dcgan_tf.run.run import Run
from dcgan_tf.share import export as exports
from dcgan_tf.share.export import ExportedFile, export

for package in exports.PACKAGES:
    pytest.importorskip(package)


@pytest.fixture
def run(finished, tmp_path) -> Run:
    return load_run(shutil.copytree(finished.folder, tmp_path / "run"))


@pytest.fixture
def quick(monkeypatch):
    """Let nothing be converted: each file holds its own name."""

    def write(run, model, folder: Path) -> list[ExportedFile]:
        (folder / "saved_model").mkdir()
        files = []
        for name in ("saved_model/saved_model.pb", "generator.onnx", "generator.tflite"):
            (folder / name).write_text(name)
            files.append(ExportedFile(folder / name.partition("/")[0], len(name), 0.0))
        return files

    monkeypatch.setattr(exports, "_write_models", write)


def test_an_earlier_export_is_replaced_whole(run, quick):
    first = export(run)
    (first.folder / "generator.onnx").write_bytes(b"old")
    (first.folder / "saved_model" / "old").touch()
    shutil.copy(run.folder / "generator.keras", run.folder / "best.keras")
    second = export(run.best)
    assert second == first and second.onnx.path.stat().st_size == second.onnx.size
    assert not (second.folder / "saved_model" / "old").exists()
    assert "`best.keras`" in (second.folder / "README.md").read_text(encoding="utf-8")
    assert not list(run.folder.glob(".*draft*"))


def test_an_empty_folder_and_a_link_to_one_will_do(run, quick, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    assert export(run, str(tmp_path / "link")).onnx.path.is_file() and (tmp_path / "empty" / "README.md").is_file()
    assert (tmp_path / "link").is_symlink()


def test_where_the_name_cannot_be_given_the_old_export_stays(run, quick, monkeypatch):
    old = export(run)
    (old.folder / "generator.onnx").write_bytes(b"old")
    plain = Path.rename

    def rename(path: Path, target):
        if path.name == "new":
            raise OSError(errno.ENOSPC, "No space left on device")
        return plain(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(DcganError, match="export cannot be written: the disk is full"):
        export(run)
    assert old.onnx.path.read_bytes() == b"old" and not list(run.folder.glob(".*draft*"))


def test_drafts_of_killed_processes_go_and_those_of_others_stay(run, quick):
    old, new = run.folder / ".export-draft-old", run.folder / ".export-draft-new"
    for draft in (old, new):
        (draft / "new").mkdir(parents=True)
    os.utime(old, (time.time() - 7200,) * 2)
    export(run)
    assert not old.exists() and new.exists()


def test_other_folders_are_never_replaced(run, quick, tmp_path, monkeypatch):
    exported = export(run, tmp_path / "added")
    (exported.folder / ".git").mkdir()
    (tmp_path / "readme").mkdir()
    (tmp_path / "readme" / "README.md").write_text("# Mine\n")
    (tmp_path / "file").touch()
    found = {
        run.folder: "the run folder itself", run.folder / "samples": "which holds 000000.png",
        tmp_path / "added": "which holds .git", tmp_path / "readme": "which holds README.md",
        tmp_path / "file": "which is a file", tmp_path: "which holds ",
    }  # fmt: skip
    before = sorted(tmp_path.rglob("*"))
    for folder, words in found.items():
        with pytest.raises(DcganError, match=r"^`folder` should be new, empty, or an earlier export") as raised:
            export(run, folder)
        assert words.replace("holds ", "holds '") in str(raised.value) or words in str(raised.value)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(DcganError, match=f"{tmp_path / 'file'}, which is a file"):
        export(run, "~/file")
    for folder in ("a\0b", "x" * 5000):
        with pytest.raises(DcganError, match=r"^`folder` should be a possible path"):
            export(run, folder)
    with pytest.raises(DcganError, match="there is a file where its folder should be"):
        export(run, tmp_path / "file" / "inside")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(("inside", "expected"), [(("old", "new"), b"old"), (("old",), None), (("new",), None)])
def test_what_a_killed_export_had_put_aside_comes_back(run, quick, monkeypatch, inside, expected):
    whole = export(run)
    draft = run.folder / ".export-draft-killed"
    for name in inside:
        shutil.copytree(whole.folder, draft / name)
        (draft / name / "generator.onnx").write_bytes(name.encode())
    shutil.rmtree(whole.folder)
    os.utime(draft, (time.time() - 7200,) * 2)

    def fail(*given):
        raise DcganError("differs")

    monkeypatch.setattr(exports, "_write_models", fail)
    with pytest.raises(DcganError, match="differs"):
        export(run)
    assert (whole.onnx.path.read_bytes() if whole.onnx.path.exists() else None) == expected
    assert not list(run.folder.glob(".*draft*"))


def test_where_nothing_may_be_written_the_advice_can_be_followed(run, quick, monkeypatch):
    def refuse(**given):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("dcgan_tf.common.folders.tempfile.mkdtemp", refuse)
    with pytest.raises(DcganError, match=r"the disk is read-only\. Make the folder writable, or export to another"):
        export(run)


@pytest.mark.parametrize("package", exports.PACKAGES)
def test_a_missing_package_is_told(run, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        DcganError, match=rf'needs the package {package}, which cannot be imported .*`pip install "dcgan-tf\[export\]"`'
    ):
        export(run)


def test_without_a_generator_or_with_a_damaged_one_there_is_no_export(run):
    with pytest.raises(DcganError, match=r"best.keras does not exist yet: it is first written after `score_kimg`"):
        export(run.best)
    (run.folder / "generator.keras").write_bytes(b"damaged")
    with pytest.raises(DcganError, match=r"generator.keras cannot be opened as a Keras model"):
        export(run)
    assert not list(run.folder.glob("*export*"))
