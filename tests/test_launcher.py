import pytest

from dcgan_tf import DcganError, launcher
from dcgan_tf.launcher import main, read_variables
from dcgan_tf.notebook import find_root

ROOT = find_root()
KIWI = ROOT / "notebooks" / "kiwi.ipynb"


def test_variables_become_parameters_of_their_type():
    parameters = read_variables(["KIMG=3", "SIZE=100", "AUGMENT_FLIP=yes", "FRUIT=Apple Braeburn", "RUN=007"], KIWI)
    assert parameters == {
        "kimg": 3.0, "image_size": 100, "augment_flip": True, "fruit": "Apple Braeburn", "run": "007",
    }  # fmt: skip
    assert type(parameters["kimg"]) is float


def test_a_name_alone_is_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("DATA", "it's a $HOME folder")
    assert read_variables(["DATA"], KIWI) == {"data": "it's a $HOME folder"}


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("KMIG=3", "`KMIG` is not a variable of this notebook. Did you mean KIMG?"),
        ("SIZ=3", "Did you mean SIZE"),
        ("QWERTY=3", "`QWERTY` is not a variable of this notebook. There are: DATA, FRUIT"),
        ("kimg=3", "`kimg` is not a variable of this notebook. Did you mean KIMG"),
        ("KIMG=long", "`KIMG` should be a number. Received: 'long'."),
        ("SIZE=64.5", "`SIZE` should be a whole number. Received: '64.5'."),
        ("SEED=", "`SEED` should be a whole number. Received: ''."),
        ("AUGMENT_FLIP=maybe", "`AUGMENT_FLIP` should be true or false. Received: 'maybe'."),
    ],
)
def test_a_wrong_variable_is_one_sentence(word, sentence):
    with pytest.raises(DcganError) as raised:
        read_variables([word], KIWI)
    assert sentence in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "kiwi", "SIZE=300"], "`image_size` should be a whole number between 16 and 256. Received: 300."),
        (["run", "kiwi", "KIMG=nan"], "`kimg` should be a number between 0.001 and 1e+06. Received: nan."),
        (["run", "kiwi", "PRECISION=half"], "`precision` should be one of 'auto', 'float32', 'bfloat16', 'float16'."),
        (["run", "kiwi", "DATA=/nowhere/at/all"], "/nowhere/at/all"),
        (["run", "vehicles", "DATA=/nowhere/at/all"], "/nowhere/at/all"),
        (["run", "own"], "pass DATA=folder"),
        (["run", "kiwi", "RUN="], "`run` should be the name of a run or a folder"),
        (["run", "pears"], "Usage: python -m dcgan_tf run kiwi|vehicles|own"),
        ([], "Received: nothing."),
        (["download", "kiwi", "KIMG"], "takes no variables"),
    ],
)
def test_mistakes_are_one_sentence_and_status_2(arguments, sentence, capsys, monkeypatch):
    monkeypatch.setattr(launcher, "run_headless", lambda *_: pytest.fail("a kernel was started"))
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err and len(shown.err.strip().splitlines()) == 1
    assert "Traceback" not in shown.err


def test_ctrl_c_is_a_sentence_and_status_130(monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(launcher, "run_notebook", interrupted)
    assert main(["run", "kiwi"]) == 130
    assert "nothing was lost" in capsys.readouterr().err


def test_outside_a_clone_the_sentence_says_where_to_be(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "kiwi"]) == 2
    assert "run this from a clone" in capsys.readouterr().err
