"""What is checked before a notebook runs, and which one it is."""

import json
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import nbformat
import pytest
from papermill import inspect_notebook

from dcgan_tf import Config, DcganError
from dcgan_tf.cli import notebooks as launcher
from dcgan_tf.cli.main import COMMANDS, main
from dcgan_tf.cli.notebooks import NOTEBOOKS, check_parameters, read_parameters
from dcgan_tf.cli.options import read_values
from dcgan_tf.config import PRESETS
from dcgan_tf.data import rendered
from dcgan_tf.run.places import find_notebook, find_root
from dcgan_tf.training import estimate
from tests.support.picture_sets import fill

ROOT = find_root()
FILES = {kind: ROOT / "notebooks" / f"{notebook.file}.ipynb" for kind, notebook in NOTEBOOKS.items()}
OPTIONS = {kind: read_parameters(path) for kind, path in FILES.items()}
TEXTS = ("data", "fruit", "run", "start")  # which may be anything, as long as it is there
FIELDS = {spec.name: spec for spec in fields(Config)}
PARAMETERS = [(kind, option) for kind, options in OPTIONS.items() for option in options]


@pytest.mark.parametrize("kind", NOTEBOOKS)
def test_parameters_are_those_that_papermill_reads(kind):
    known = inspect_notebook(str(FILES[kind]))
    assert [(each.name, each.kind, repr(each.default), each.help) for each in OPTIONS[kind]] == [
        (name, one["inferred_type_name"], one["default"].replace('"', "'"), one["help"]) for name, one in known.items()
    ]


@pytest.mark.parametrize("source", ["x = [1, 2", "kimg: float = other", "import this", "kimg, seed = 1, 2", None])
def test_a_cell_of_parameters_that_cannot_be_read_is_told(tmp_path, source):
    cell = nbformat.v4.new_code_cell(source or "", metadata={"tags": ["parameters"] if source else []})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "mine.ipynb")
    with pytest.raises(DcganError, match=r"mine.ipynb has no readable cell of parameters: one tagged `parameters`"):
        read_parameters(tmp_path / "mine.ipynb")


def test_a_notebook_is_that_of_the_folder_or_else_the_one_that_came_with_the_package(tmp_path):
    assert find_notebook("kiwi", ROOT) == FILES["kiwi"]
    assert find_notebook("kiwi", tmp_path).read_bytes() == FILES["kiwi"].read_bytes()
    (tmp_path / "notebooks").mkdir()
    mine = shutil.copy(FILES["kiwi"], tmp_path / "notebooks" / "kiwi.ipynb")
    assert find_notebook("kiwi", tmp_path) == mine
    with pytest.raises(DcganError, match=r"holds no pears.ipynb. Install dcgan-tf again.$"):
        find_notebook("pears", tmp_path)


def test_the_registry_names_presets_and_every_notebook_but_explore():
    assert NOTEBOOKS.keys() == PRESETS.keys()
    files = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert files == {notebook.file for notebook in NOTEBOOKS.values()} | {"explore"}
    for notebook in NOTEBOOKS.values():
        for command in notebook.next:
            assert " ".join(command.split()[:2]) in COMMANDS


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["run", "kiwi", "SIZE=300"],
            "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Received: '300'.",
        ),
        (["run", "kiwi", "KIMG=nan"], "`kimg` should be a number from 0.001 to 1e+06. Received: nan."),
        (["run", "kiwi", "--precision", "half"], "`precision` should be one of 'auto', 'float32', 'bfloat16'"),
        (["run", "kiwi", "DATA=/nowhere/at/all"], "/nowhere/at/all"),
        (["run", "vehicles", "DATA=/nowhere/at/all"], "/nowhere/at/all"),
        (["run", "own"], "`data` is empty. Name a folder of pictures. (here: DATA=... or --data ...)"),
        (["run", "kiwi", "RUN="], "`run` should be the name of a run or a folder"),
        (["run", "kiwi", "FRUIT=Pear"], "`fruit` should be Kiwi as long as there is no Fruits-360 in"),
    ],
)
def test_mistakes_are_one_sentence_and_status_2(arguments, sentence, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(launcher, "run_headless", lambda *_: pytest.fail("a kernel was started"))
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err and len(shown.err.strip().splitlines()) == 1
    assert "Traceback" not in shown.err


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
        check_parameters(kind, root, read_values(f"run {kind}", OPTIONS[kind], words))
    sentence = str(raised.value)
    assert sentence.isprintable() and len(sentence) < 1500
    return sentence


def wrong_values(name: str) -> list[str]:
    """Return texts that a parameter should not take."""
    if name in TEXTS:
        return ["\0", "x" * 300, "y/" * 5000, "~nobody-here/pictures", *([""] * (name not in ("data", "start")))]
    if name in ("use_drive", "augment_flip"):
        return ["", "nan", "maybe", "2", "tru", "x" * 10**6, *(["true"] * (name == "use_drive"))]
    numbers = ["nan", "inf", "-1", "1e400", "1" * 5000, "1j", "None", "[1]"]
    return ["", " ", "x", "x" * 10**6, *(numbers if name in FIELDS else ["nowhere.keras", "\0"])]


@pytest.mark.parametrize(("kind", "option"), PARAMETERS, ids=lambda each: getattr(each, "name", each))
def test_every_parameter_of_every_notebook_refuses_what_it_is_not(kind, option, tmp_path, nothing_starts):
    variable = option.names[0].upper()
    given = {"DATA": str(fill(tmp_path / "photos"))} if kind == "own" and option.name != "data" else {}
    for value in wrong_values(option.name):
        if (kind, option.name, value) == ("own", "run", ""):  # which is named after the folder of pictures
            continue
        sentence = told(kind, tmp_path, given | {variable: value})
        assert f"`{variable}`" in sentence or f"`{option.name}`" in sentence, (value, sentence)
    assert f"`{variable}X` is not an option of `dcgan-tf run {kind}`. Did you mean " in told(
        kind, tmp_path, {f"{variable}X": "1"}
    )


def test_bounds_are_told_before_anything_starts(tmp_path, nothing_starts):
    for kind, option in PARAMETERS:
        spec = FIELDS.get(option.name)
        if spec and "high" in spec.metadata:
            for beyond in (spec.metadata["low"] - 1, spec.metadata["high"] + 1):
                sentence = told(kind, tmp_path, {option.names[0].upper(): str(beyond)})
                assert sentence.startswith(f"`{option.name}` should be a ")


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


def test_a_start_is_checked_before_a_kernel_runs_unless_the_run_has_begun(tmp_path, finished, monkeypatch, renderer):
    monkeypatch.setattr(estimate, "describe_duration", lambda *_: "soon")
    assert told("kiwi", tmp_path, {"START": "."}).startswith("`start` should be the name of a run or a folder")
    sentence = told("kiwi", tmp_path, {"START": "apple"})
    assert sentence.startswith(f"`start` should be the folder of a run. Received: {tmp_path / 'outputs/kiwi/apple'}, ")
    shutil.copytree(finished.folder, tmp_path / "outputs/kiwi/apple")
    for start in ("apple", "outputs/kiwi/apple", str(tmp_path / "outputs/kiwi/apple")):
        assert told("kiwi", tmp_path, {"START": start}).startswith("`image_size`, `latent_dim`, `generator_width`, ")
    fitting = {"image_size": 16, "latent_dim": 8, "generator_width": 4, "discriminator_width": 4, "start": "apple"}
    check_parameters("kiwi", tmp_path, fitting)
    shutil.move(tmp_path / "outputs/kiwi/apple", tmp_path / "outputs/kiwi/mine")
    check_parameters("kiwi", tmp_path, fitting | {"run": "mine"})


def test_a_start_that_does_not_fit_says_what_to_type(tmp_path, finished, monkeypatch, renderer, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["START=" + str(finished.folder), "SIZE=16", "GENERATOR_WIDTH=4", "DISCRIMINATOR_WIDTH=4"]
    assert main(["run", "kiwi", *words]) == 2
    assert capsys.readouterr().err == (
        f"`latent_dim` should be 8, as in the run to start from, {finished.folder}. Received: 16. Change that, or name "
        "another `start`. (here: LATENT_DIM=... or --latent-dim ...)\n"
    )


@pytest.mark.parametrize("kind", NOTEBOOKS)
def test_what_is_estimated_is_the_configuration_that_the_notebook_builds(kind, tmp_path, monkeypatch, renderer):
    estimated = []
    monkeypatch.setattr(estimate, "describe_duration", lambda config, folder: str(estimated.append(config)))
    given = {"data": str(fill(tmp_path / "photos"))} if kind == "own" else {}
    check_parameters(kind, tmp_path, given | {"seed": 7})
    parameters = "".join(json.loads(FILES[kind].read_text())["cells"][1]["source"])
    variables: dict[str, object] = {}
    exec(parameters, variables)
    assert estimated == [Config.preset(kind, variables | {"seed": 7})]


def test_a_right_set_of_parameters_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(estimate, "describe_duration", lambda config, folder: f"seed {config.seed}")
    (tmp_path / "eye.keras").touch()
    words = [f"DATA={fill(tmp_path / 'photos')}", "RUN=mine", "SEED=7", "RESIZE=pad", "PROGRESS=none",
             "FEATURES=eye.keras", "USE_DRIVE=no"]  # fmt: skip
    folder = check_parameters("own", tmp_path, read_values("run own", OPTIONS["own"], words))
    assert folder == tmp_path / "outputs/own_images/mine" and not folder.exists()
    assert capsys.readouterr().out == "photos (own folder): 2 pictures, 64x64, 100 kimg, seed 7\n"


@pytest.mark.parametrize(
    ("started_by", "expected"),
    [("make", "make run-vehicles, or make run-own DATA=folder"), ("", "dcgan-tf run vehicles")],
)
def test_what_to_try_next_is_said_as_one_types_it(tmp_path, monkeypatch, capsys, started_by, expected, renderer):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(estimate, "describe_duration", lambda *_: "soon")
    seen = []
    monkeypatch.setattr(launcher, "run_headless", lambda *each: seen.append(each) or each[1] / "report.html")
    monkeypatch.delenv("MAKELEVEL", raising=False)
    if started_by:
        monkeypatch.setenv("MAKELEVEL", "1")
    assert main(["run", "kiwi", "SEED=3"]) == 0
    assert f"Try next:           {expected}" in capsys.readouterr().out
    assert seen == [(FILES["kiwi"], tmp_path / "outputs/kiwi/default", {"seed": 3, "progress": "lines"}, tmp_path)]


def test_long_words_are_shortened(capsys):
    for arguments in (["x" * 10**6], ["download", "kiwi", "x" * 10**6], ["run", "kiwi", "X" * 10**6]):
        assert main(arguments) == 2
        assert len(capsys.readouterr().err) < 1500


def test_help_and_mistakes_wait_for_no_slow_import(tmp_path):
    code = """
import sys
from dcgan_tf.cli.main import main
for words in ("--help", "run kiwi --help", "run kiwi --kmig 3", "run kiwi SIZE=300", "pears"):
    main(words.split())
print(sorted({"tensorflow", "keras", "matplotlib", "papermill", "IPython"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]" and len(done.stderr.splitlines()) == 3
