from dataclasses import fields
from pathlib import Path

import pytest

from dcgan_tf import Config, DcganError
from dcgan_tf.cli import notebooks as launcher
from dcgan_tf.cli.main import main
from dcgan_tf.cli.notebooks import ALIASES, check_parameters, read_variables
from dcgan_tf.data import rendered
from dcgan_tf.run.places import find_root
from dcgan_tf.training import estimate
from tests.support.picture_sets import fill

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
        (["run", "kiwi", "SIZE=300"], "`image_size` should be a whole number from 16 to 256. Received: 300."),
        (["run", "kiwi", "KIMG=nan"], "`kimg` should be a number from 0.001 to 1e+06. Received: nan."),
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


NOTEBOOKS = {kind: ROOT / "notebooks" / f"{name}.ipynb" for kind, name in launcher.NOTEBOOKS.items()}
TEXTS = ("data", "fruit", "run")  # which may be anything, as long as it is there
FIELDS = {spec.name: spec for spec in fields(Config)}


def parameters_of(kind: str) -> list[str]:
    from papermill import inspect_notebook

    return list(inspect_notebook(str(NOTEBOOKS[kind])))


PARAMETERS = [(kind, name) for kind in NOTEBOOKS for name in parameters_of(kind)]


@pytest.fixture
def nothing_starts(monkeypatch):
    """Let no kernel start, nothing be measured and no picture be drawn: mistakes are told before."""
    monkeypatch.setattr(launcher, "run_headless", lambda *_: pytest.fail("a kernel was started"))
    monkeypatch.setattr(estimate, "describe_duration", lambda *_: pytest.fail("a measurement was started"))
    for name in ("render_kiwis", "render_vehicles"):
        monkeypatch.setattr(rendered, name, lambda *_, **__: pytest.fail("pictures were drawn"))


def told(kind: str, root: Path, variables: dict[str, str]) -> str:
    """Return the sentence that these variables are answered by."""
    words = [f"{name}={value}" for name, value in variables.items()]
    with pytest.raises(DcganError) as raised:
        check_parameters(kind, root, read_variables(words, NOTEBOOKS[kind]))
    sentence = str(raised.value)
    assert sentence.isprintable() and len(sentence) < 1500
    return sentence


def wrong_values(name: str) -> list[str]:
    """Return texts that a parameter should not take."""
    if name in TEXTS:
        return ["\0", "x" * 300, "y/" * 5000, "~nobody-here/pictures", *([""] * (name != "data"))]
    if name in ("use_drive", "augment_flip"):
        return ["", "nan", "maybe", "2", "tru", "x" * 10**6, *(["true"] * (name == "use_drive"))]
    numbers = ["nan", "inf", "-1", "1e400", "1" * 5000, "1j", "None", "[1]"]
    return ["", " ", "x", "x" * 10**6, *(numbers if name in FIELDS else ["nowhere.keras", "\0"])]


@pytest.mark.parametrize(("kind", "name"), PARAMETERS)
def test_every_parameter_of_every_notebook_refuses_what_it_is_not(kind, name, tmp_path, nothing_starts):
    variable = {parameter: alias for alias, parameter in ALIASES.items()}.get(name, name.upper())
    given = {"DATA": str(fill(tmp_path / "photos"))} if kind == "own" and name != "data" else {}
    for value in wrong_values(name):
        if (kind, name, value) == ("own", "run", ""):  # which is named after the folder of pictures
            continue
        sentence = told(kind, tmp_path, given | {variable: value})
        assert f"`{variable}`" in sentence or f"`{name}`" in sentence, (value, sentence)
    assert f"`{variable}X` is not a variable of this notebook. Did you mean " in told(
        kind, tmp_path, {f"{variable}X": "1"}
    )


def test_bounds_are_told_before_anything_starts(tmp_path, nothing_starts):
    for kind, name in PARAMETERS:
        spec = FIELDS.get(name)
        if spec and "high" in spec.metadata:
            variable = {parameter: alias for alias, parameter in ALIASES.items()}.get(name, name.upper())
            for beyond in (spec.metadata["low"] - 1, spec.metadata["high"] + 1):
                assert told(kind, tmp_path, {variable: str(beyond)}).startswith(f"`{name}` should be a ")


@pytest.mark.parametrize(
    "run", ["", " ", ".", "..", "./", "..//", "a/../..", "outputs", "outputs/kiwi", "outputs/kiwi/..", "/",
            "file.txt/below/it", "outputs/kiwi/file", "file", "a\0b", "n" * 300, "deep/" * 2000, "~nobody-here/run"],
)  # fmt: skip
def test_a_run_has_a_folder_of_its_own(run, tmp_path, nothing_starts, renderer):
    (tmp_path / "file.txt").touch()
    (tmp_path / "outputs/kiwi").mkdir(parents=True)
    (tmp_path / "outputs/kiwi/file").write_text("mine")
    if run == "outputs":  # a name, below outputs/kiwi/
        assert launcher.run_folder(tmp_path, "kiwi", run) == tmp_path / "outputs/kiwi/outputs"
        return
    assert "`run` should be " in told("kiwi", tmp_path, {"RUN": run})
    assert (tmp_path / "outputs/kiwi/file").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.txt", "outputs"]


@pytest.mark.parametrize(
    "run", ["mine", "my run", "outputs/kiwi/mine", "../elsewhere/run", "ünïcode", "a=b", "-x", "/new/run"]
)
def test_other_runs_are_let_through(run, tmp_path):
    assert launcher.run_folder(tmp_path, "kiwi", run).name == Path(run).name


def test_a_right_set_of_parameters_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(estimate, "describe_duration", lambda config, folder: f"seed {config.seed}")
    (tmp_path / "eye.keras").touch()
    words = [f"DATA={fill(tmp_path / 'photos')}", "RUN=mine", "SEED=7", "RESIZE=pad", "PROGRESS=none",
             "FEATURES=eye.keras", "USE_DRIVE=no"]  # fmt: skip
    folder = check_parameters("own", tmp_path, read_variables(words, NOTEBOOKS["own"]))
    assert folder == tmp_path / "outputs/own_images/mine" and not folder.exists()
    assert capsys.readouterr().out == "photos (own folder): 2 pictures, 64x64, 100 kimg, seed 7\n"


def test_long_words_are_shortened(capsys):
    for arguments in (["x" * 10**6], ["download", "kiwi", "x" * 10**6], ["run", "kiwi", "X" * 10**6]):
        assert main(arguments) == 2
        assert len(capsys.readouterr().err) < 1500


def test_ctrl_c_is_a_sentence_and_status_130(monkeypatch, capsys):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dcgan_tf.cli.main.run_notebook", interrupted)
    assert main(["run", "kiwi"]) == 130
    assert "nothing was lost" in capsys.readouterr().err


def test_outside_a_clone_the_sentence_says_where_to_be(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", "kiwi"]) == 2
    assert "run this from a clone" in capsys.readouterr().err
