import base64
import sys
import types

import pytest
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from dcgan_tf import DcganError, TrainingInterrupted, notebook
from dcgan_tf.common.machine import on_colab
from dcgan_tf.notebook import prepare, show
from dcgan_tf.play.explore import explore
from dcgan_tf.run.places import find_root, run_folder


def test_the_root_is_the_clone_around_the_notebook(tmp_path, monkeypatch):
    (tmp_path / "clone" / "notebooks").mkdir(parents=True)
    (tmp_path / "clone" / "dcgan_tf").mkdir()
    assert find_root(tmp_path / "clone" / "notebooks") == tmp_path / "clone"
    assert find_root(tmp_path / "clone") == tmp_path / "clone"
    monkeypatch.chdir(tmp_path)
    assert find_root() == tmp_path


def test_a_name_goes_below_outputs_and_a_path_where_it_points(tmp_path):
    assert run_folder(tmp_path, "kiwi", "default") == tmp_path / "outputs" / "kiwi" / "default"
    assert run_folder(tmp_path, "kiwi", "outputs/else/x") == tmp_path / "outputs" / "else" / "x"
    assert run_folder(tmp_path, "kiwi", "/runs/x").as_posix() == "/runs/x"
    for wrong in ("", " ", ".", ".."):
        with pytest.raises(DcganError, match="`run` should be the name of a run or a folder"):
            run_folder(tmp_path, "kiwi", wrong)


def test_the_device_and_versions_are_told(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert prepare() == tmp_path
    line = capsys.readouterr().out
    assert "TensorFlow 2." in line and "Keras 3." in line


def test_drive_is_for_colab_alone():
    assert not on_colab()
    with pytest.raises(DcganError, match="`use_drive` should be False outside Colab"):
        prepare(use_drive=True)


@pytest.fixture
def colab(monkeypatch, tmp_path):
    """Stand in for Colab's own package, and return the list of what it is asked for."""
    asked = []
    package, drive, output = (types.ModuleType(name) for name in ("google.colab", "drive", "output"))
    package.drive, package.output = drive, output
    drive.mount = asked.append
    output.enable_custom_widget_manager = lambda: asked.append("widgets")
    monkeypatch.setitem(sys.modules, "google.colab", package)
    monkeypatch.setattr(notebook, "DRIVE", tmp_path / "drive")
    return asked


def test_on_colab_results_go_to_drive_when_asked(colab, tmp_path, capsys):
    assert on_colab()
    assert prepare(use_drive=True) == tmp_path / "drive" / "MyDrive" / "dcgan-tf"
    assert colab == [str(tmp_path / "drive")]
    assert "Change runtime type" in capsys.readouterr().out  # no GPU here


def test_drive_without_access_is_a_sentence(colab, monkeypatch):
    def refuse(place: str) -> None:
        raise ValueError("mount failed")

    monkeypatch.setattr(sys.modules["google.colab"].drive, "mount", refuse)
    with pytest.raises(
        DcganError, match=r"^Google Drive could not be mounted \(mount failed\)\. Run the cell again and"
    ):
        prepare(use_drive=True)


def test_kaggle_is_not_colab_though_it_has_the_package(colab, monkeypatch, capsys):
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    prepare()
    assert "Change runtime type" not in capsys.readouterr().out
    with pytest.raises(DcganError, match="`use_drive` should be False outside Colab"):
        prepare(use_drive=True)
    assert colab == []


def test_colab_is_asked_to_show_the_widgets_of_the_explore_page(colab, tmp_path):
    explore("", tmp_path)
    assert colab == ["widgets"]


def test_pictures_are_shown_with_the_file_inside(tmp_path, monkeypatch):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.gif")
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    image = Image.new("RGB", (3, 3))
    image.info["title"] = "seven < eight"
    show(tmp_path / "a.gif", image)
    html = shown[0].data
    assert base64.b64encode((tmp_path / "a.gif").read_bytes()).decode() in html
    assert "data:image/gif;base64," in html and str(tmp_path) not in html
    assert 'alt="a.gif"' in html
    assert "data:image/png;base64," in shown[1].data and 'alt="seven &lt; eight"' in shown[1].data


@pytest.mark.parametrize("error", [DcganError("one sentence."), TrainingInterrupted("one sentence.")])
def test_jupyter_shows_the_sentence_without_a_traceback(error, capsys):
    shell = InteractiveShell.instance()
    try:
        raise error
    except (DcganError, TrainingInterrupted):
        shell.showtraceback()
    shown = capsys.readouterr()
    assert (shown.out + shown.err).strip() == "one sentence."
