"""The command where terminals, pipes, home folders and settings are not as usual."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcgan_tf import DcganError
from dcgan_tf.cli.surroundings import FIXED, PRIVATE, UNSET, settings_of_our_own
from dcgan_tf.common.text import in_utf8

TALK = """
import os, sys
from dcgan_tf.cli.surroundings import lasting_output
with lasting_output():
    for number in range(20000):
        print("kätzchen 猫", number)
    sys.stdout.flush()
    sys.stderr.write("done \\N{CAT FACE}\\n")
"""


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHON": sys.executable, "CODE": TALK} | environment
    return subprocess.run(["bash", "-o", "pipefail", "-c", command], env=environment, capture_output=True, check=False)


def test_a_reader_that_leaves_changes_nothing():
    done = shell('"$PYTHON" -c "$CODE" | head -1', PYTHONIOENCODING="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "kätzchen 猫 0\n".encode(), "done 🐱\n".encode())


def test_an_output_in_ascii_gets_question_marks():
    done = shell('"$PYTHON" -c "$CODE" | tail -1', PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"k?tzchen ? 19999\n", b"done ?\n")


def test_closed_standard_files_do_not_get_the_numbers_of_others(tmp_path):
    code = TALK + f"    open({str(tmp_path / 'numbers')!r}, 'w').write(str(os.open(os.devnull, os.O_RDONLY)))\n"
    code += "    import subprocess; subprocess.run(['sh', '-c', 'echo . && echo . >&2'], check=True)\n"
    done = shell('"$PYTHON" -c "$CODE" >&- 2>&- <&-', CODE=code)
    assert done.returncode == 0
    assert int((tmp_path / "numbers").read_text()) > 2


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    for name in (
        "JUPYTER_RUNTIME_DIR",
        "IPYTHONDIR",
        "MPLCONFIGDIR",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "JUPYTER_DATA_DIR",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_usual_home_stays_and_settings_of_jupyter_and_python_are_not_used(home, monkeypatch):
    for name in (*PRIVATE, *UNSET):
        monkeypatch.setenv(name, str(home / "mine"))
    before = dict(os.environ)
    with settings_of_our_own():
        found = [Path(os.environ[name]) for name in PRIVATE]
        for folder in found:
            folder.mkdir()
        assert not any(name in os.environ for name in UNSET)
        changed = {name for name, value in os.environ.items() if before.get(name) != value}
        assert changed <= {*PRIVATE, *FIXED}
        assert not list(home.iterdir())
    assert dict(os.environ) == before and not any(folder.parent.exists() for folder in found)


@pytest.mark.parametrize("name", ["MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"])
def test_matplotlib_gets_a_folder_where_its_own_cannot_be_written(home, monkeypatch, name):
    (home / "file").touch()
    monkeypatch.setenv(name, str(home / "file" / "below"))
    with settings_of_our_own():
        Path(os.environ["MPLCONFIGDIR"]).mkdir()
        assert os.environ["HOME"] == str(home)


def test_without_a_home_there_is_a_temporary_one(home, monkeypatch, capsys):
    def no_home(_):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(Path, "home", classmethod(no_home))
    with settings_of_our_own():
        assert Path(os.environ["HOME"]).is_dir()
    assert "HOME" not in os.environ
    assert capsys.readouterr().out == "There is no home folder (HOME is not set): a temporary one is used.\n"


def test_where_no_temporary_folder_can_be_written_the_variable_is_named(monkeypatch):
    def refuse(*_, **__):
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with (
        pytest.raises(DcganError, match=r"No temporary folder can be written: .*\. Set TMPDIR to a folder with"),
        settings_of_our_own(),
    ):
        pass


def test_a_path_that_is_not_utf8_is_refused_by_its_field():
    assert in_utf8("data", "kätzchen 猫") == "kätzchen 猫"
    with pytest.raises(
        DcganError, match=r"`data` should be a path in UTF-8\. Received: 'caf\\udce9'\. Rename that folder\."
    ):
        in_utf8("data", "caf\udce9")
