import errno
import shutil
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from dcgan_tf.cli.main import main
from dcgan_tf.common.errors import DcganError
from dcgan_tf.data import download as download_module
from dcgan_tf.data.download import SOURCES, download
from dcgan_tf.data.sets import find_fruit, find_vehicles
from tests.support.kaggle_files import FILES, picture


def unpack(handle: str, folder: Path) -> Path:
    for name in FILES[handle]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(picture())
    return folder


class Refusal(OSError):
    """As requests.HTTPError, which kagglehub's errors derive from: an OSError with a response."""

    def __init__(self, status):
        super().__init__(f"{status} Client Error.\n\nYou don't have permission")
        self.response = type("Response", (), {"status_code": status})()


@pytest.fixture
def kagglehub(monkeypatch, tmp_path):
    """Stand in for the client library: `fails` is raised by it, `calls` are noted, `cache` is where it unpacks."""
    module, exceptions = ModuleType("kagglehub"), ModuleType("kagglehub.exceptions")

    class UnauthenticatedError(Exception):
        pass

    def dataset_download(handle, path=None, *, force_download=False, output_dir=None):
        module.calls.append((handle, output_dir))
        if Path(output_dir).exists():  # as kagglehub does
            raise FileExistsError(f"output_dir is not empty: {output_dir}")
        if module.fails:
            (Path(output_dir) / "half").mkdir(parents=True)
            raise module.fails
        return str(unpack(handle, Path(output_dir)))

    def old_download(handle, path=None, *, force_download=False):
        module.calls.append((handle, None))
        return str(unpack(handle, module.cache))

    exceptions.UnauthenticatedError = UnauthenticatedError
    module.exceptions, module.dataset_download, module.old_download = exceptions, dataset_download, old_download
    module.calls, module.fails, module.cache = [], None, tmp_path / "cache/versions/3"
    monkeypatch.setitem(sys.modules, "kagglehub", module)
    monkeypatch.setitem(sys.modules, "kagglehub.exceptions", exceptions)
    return module


def test_kiwi_arrives_where_it_is_looked_for(tmp_path, kagglehub, capsys):
    folder = download("kiwi", tmp_path / "data")
    assert folder == tmp_path / "data/fruits-360/fruits-360_100x100/fruits-360/Training/Kiwi 1"
    assert find_fruit(root=tmp_path).train == (folder,)
    assert [handle for handle, _ in kagglehub.calls] == ["moltean/fruits"]
    assert [place.name for place in (tmp_path / "data").iterdir()] == ["fruits-360"]  # nothing left beside it
    out = capsys.readouterr().out
    assert out == (
        f"Downloaded: 2 training and 1 test pictures, class Kiwi 1 of 2, in {folder}\n"
        "Licence: Fruits-360 by Mihai Oltean, CC BY-SA 4.0; https://www.kaggle.com/datasets/moltean/fruits\n"
    )


def test_vehicles_arrive_where_they_are_looked_for(tmp_path, kagglehub, capsys):
    folder = download("vehicles", tmp_path / "data")
    assert folder == tmp_path / "data/vehicles/Vehicles"
    assert find_vehicles(root=tmp_path).source == "folder"
    out = capsys.readouterr().out
    assert f"3 pictures, 2 classes (Cars, Trains), in {folder}\n" in out
    assert "CC0" in out


@pytest.mark.parametrize("name", ["kiwi", "vehicles"])
def test_what_is_there_is_not_downloaded_again(tmp_path, kagglehub, capsys, name):
    first = download(name, tmp_path / "data")
    capsys.readouterr()
    assert download(name, tmp_path / "data") == first
    assert len(kagglehub.calls) == 1
    assert capsys.readouterr().out.startswith("Already downloaded: ")


def test_the_rendered_set_does_not_count_as_downloaded(tmp_path, kagglehub):
    place = tmp_path / "data/rendered/kiwi/Training/Kiwi/0_100.jpg"
    place.parent.mkdir(parents=True)
    place.write_bytes(picture())
    download("kiwi", tmp_path / "data")
    assert len(kagglehub.calls) == 1


@pytest.mark.parametrize("links", [True, False])
def test_an_older_kagglehub_without_output_dir(tmp_path, kagglehub, monkeypatch, links):
    kagglehub.dataset_download = kagglehub.old_download
    if not links:

        def refuse(*_, **__):
            raise OSError("links are for administrators")

        monkeypatch.setattr(Path, "symlink_to", refuse)
    download("kiwi", tmp_path / "data")
    assert (tmp_path / "data/fruits-360").is_symlink() is links
    assert len(find_fruit(root=tmp_path).train) == 1
    assert kagglehub.cache.is_dir()  # the cache stays as it was


def test_a_mounted_folder_is_linked(tmp_path, kagglehub):
    """On Colab and Kaggle kagglehub passes over output_dir and returns a folder that is mounted read-only."""

    def mounted(handle, path=None, *, force_download=False, output_dir=None):
        return kagglehub.old_download(handle)

    kagglehub.dataset_download = mounted
    download("vehicles", tmp_path / "data")
    assert (tmp_path / "data/vehicles").is_symlink()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Refusal(401), "Kaggle refused access, HTTP 401"),
        (Refusal(403), "Kaggle refused access, HTTP 403"),
        (Refusal(404), "Kaggle answered HTTP 404"),
        (ConnectionError("HTTPSConnectionPool(host=...)"), "no connection to Kaggle"),
        (TimeoutError("timed out"), "no connection to Kaggle"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
        (ValueError("Unsupported archive type."), "ValueError: Unsupported archive type."),
        (zipfile.BadZipFile("File is not a zip file"), "BadZipFile: File is not a zip file"),
        ("UnauthenticatedError", "UnauthenticatedError: User is not authenticated"),
    ],
)
def test_no_network_and_no_access_are_one_sentence(tmp_path, kagglehub, error, reason):
    if isinstance(error, str):
        error = getattr(kagglehub.exceptions, error)("User is not authenticated")
    kagglehub.fails = error
    with pytest.raises(DcganError) as raised:
        download("kiwi", tmp_path / "data")
    assert str(raised.value) == (
        f"moltean/fruits could not be downloaded ({reason}). Download it by hand from "
        f"https://www.kaggle.com/datasets/moltean/fruits and unpack it into {tmp_path / 'data/fruits-360'}. "
        "Without it, training takes the built-in pictures."
    )
    assert list((tmp_path / "data").iterdir()) == []
    kagglehub.fails = None
    download("kiwi", tmp_path / "data")


def test_a_mistake_in_the_program_is_not_dressed_up(tmp_path, kagglehub):
    kagglehub.fails = AttributeError("a bug")
    with pytest.raises(AttributeError):
        download("kiwi", tmp_path / "data")


def test_an_interrupted_download_starts_anew(tmp_path, kagglehub):
    kagglehub.fails = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        download("kiwi", tmp_path / "data")
    kagglehub.fails = None
    download("kiwi", tmp_path / "data")
    assert [place.name for place in (tmp_path / "data").iterdir()] == ["fruits-360"]


def test_ctrl_c_is_a_sentence_and_leaves_what_was_there(tmp_path, kagglehub, capsys, monkeypatch):
    mine = tmp_path / "data/mine/1.jpg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    monkeypatch.chdir(tmp_path)
    kagglehub.fails = KeyboardInterrupt()
    assert main(["download", "kiwi"]) == 130
    assert capsys.readouterr().err == "The download was stopped, and nothing of it was kept. Run the same again.\n"
    assert [place.name for place in (tmp_path / "data").iterdir()] == ["mine"] and mine.read_bytes() == b"mine"


@pytest.mark.parametrize("step", ["mkdir", "rename"])
def test_a_full_disk_at_any_step_is_a_sentence(tmp_path, kagglehub, monkeypatch, step):
    (tmp_path / "data").mkdir()

    def full(self, *_, **__):
        raise OSError(errno.ENOSPC, "No space left on device", str(self))

    with (
        monkeypatch.context() as patch,
        pytest.raises(DcganError, match=r"\(OSError: \[Errno 28\] No space left .*\. Download it by hand"),
    ):
        patch.setattr(Path, step, full)
        download("kiwi", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_full_disk_while_copying_leaves_no_half_set(tmp_path, kagglehub, monkeypatch):
    kagglehub.dataset_download = kagglehub.old_download

    def refuse(*_, **__):
        raise OSError("links are for administrators")

    def half(came, place):
        (place / "half").mkdir(parents=True)
        raise shutil.Error([("1.jpg", "1.jpg", "[Errno 28] No space left on device")])

    monkeypatch.setattr(Path, "symlink_to", refuse)
    monkeypatch.setattr(shutil, "copytree", half)
    with pytest.raises(DcganError, match=r"No space left on device.*Download it by hand"):
        download("kiwi", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("goal", ["outside", "itself", "inside"])
def test_links_that_lead_out_of_what_came_are_refused(tmp_path, kagglehub, old, goal):
    (tmp_path / "outside").mkdir()
    plain = kagglehub.old_download if old else kagglehub.dataset_download

    def linking(handle, path=None, *, force_download=False, output_dir=None):
        came = Path(plain(handle) if old else plain(handle, output_dir=output_dir))
        goals = {"outside": tmp_path / "outside", "itself": came / "deep/way", "inside": Path("../fruits-360_100x100")}
        (came / "deep").mkdir()
        (came / "deep/way").symlink_to(goals[goal])
        return str(came)

    kagglehub.dataset_download = linking
    if goal == "inside":
        assert download("kiwi", tmp_path / "data").name == "Kiwi 1"
        return
    with pytest.raises(DcganError, match=r"fruits was refused: it holds a link out of its folder, 'way'. Without it,"):
        download("kiwi", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_other_content_than_expected_is_one_sentence(tmp_path, kagglehub, monkeypatch):
    monkeypatch.setitem(FILES, "moltean/fruits", ("Training/Banana/1.jpg",))
    with pytest.raises(DcganError, match=r"datasets/moltean/fruits no longer holds the pictures of `kiwi`"):
        download("kiwi", tmp_path / "data")


def test_a_folder_in_the_way_is_left_alone(tmp_path, kagglehub):
    mine = tmp_path / "data/vehicles/notes.txt"
    mine.parent.mkdir(parents=True)
    mine.touch()
    with pytest.raises(DcganError, match=r"already holds other files. Move them away before the download.$"):
        download("vehicles", tmp_path / "data")
    assert mine.exists()
    assert kagglehub.calls == []


def test_an_empty_folder_is_not_in_the_way(tmp_path, kagglehub):
    (tmp_path / "data/vehicles").mkdir(parents=True)
    assert download("vehicles", tmp_path / "data") == tmp_path / "data/vehicles/Vehicles"


def test_without_kagglehub_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(
        DcganError, match=r"Install it with `pip install kagglehub`. Without it, training takes the built-in"
    ):
        download("vehicles", tmp_path)


def test_an_unknown_name_is_one_sentence(tmp_path):
    with pytest.raises(DcganError, match=r"`name` should be one of 'kiwi', 'vehicles'\. Received: 'cats'\."):
        download("cats", tmp_path)


def test_the_client_library_is_not_imported_before_it_is_needed():
    assert not {"kagglehub", "kagglesdk"} & set(vars(download_module))
    assert all(source.handle in FILES for source in SOURCES.values())
