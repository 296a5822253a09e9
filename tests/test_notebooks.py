"""The notebooks: their form, their parameters, and each of them run by papermill on a folder made here."""

import ast
import json
import re
from dataclasses import fields
from pathlib import Path

import nbformat
import pytest
from papermill import inspect_notebook

from dcgan_tf import Config, DcganError, load_run
from dcgan_tf.cli.headless import execute, write_report
from dcgan_tf.cli.notebooks import NOTEBOOKS
from dcgan_tf.run.places import find_root
from tests.support.awkward import make_awkward_folder
from tests.support.picture_sets import fill_discs

ROOT = find_root()
PRESETS = {notebook.file: Config.preset(kind) for kind, notebook in NOTEBOOKS.items()}
TINY = {
    "image_size": 16, "kimg": 0.05, "batch_size": 8, "generator_width": 4, "discriminator_width": 4, "latent_dim": 8,
    "sample_kimg": 0.02, "features": "random", "precision": "float32", "progress": "lines",
}  # fmt: skip
CONTRACT = {
    "run.json", "history.jsonl", "kid.jsonl", "scores.json", "real.png", "progress.gif", "losses.png",
    "interpolation.gif", "neighbors.png", "opinions.png",
    "generator.keras", "notebook.ipynb", "report.html", "samples", "checkpoint", ".lock", ".notebook.lock",
}  # fmt: skip


def read(name: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def parameters_cell(name: str) -> nbformat.NotebookNode:
    tagged = [cell for cell in read(name).cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    return tagged[0]


@pytest.mark.parametrize("name", PRESETS)
def test_a_notebook_is_short_thin_stripped_and_titled(name):
    notebook = read(name)
    assert 8 <= len(notebook.cells) <= 14
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
            assert len(cell.source.splitlines()) <= 35
            assert "def " not in cell.source and "tensorflow as" not in cell.source


@pytest.mark.parametrize("name", PRESETS)
def test_what_scoring_needs_is_looked_for_before_training(name):
    cells = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
    looks, trains = (
        next(n for n, cell in enumerate(cells) if call in cell) for call in ("load_features(f", "train(config")
    )
    assert looks < trains


@pytest.mark.parametrize("name", [*PRESETS, "explore"])
def test_colab_gets_this_package_alone(name):
    setup = next(cell.source for cell in read(name).cells if "%pip" in cell.source)
    installed = [line for line in setup.splitlines() if "%pip" in line]
    assert "except ImportError" in setup and '"dcgan-tf @ git+' in installed[0]
    assert all("--no-deps" in line for line in installed)


@pytest.mark.parametrize("name", PRESETS)
def test_parameters_are_literals_that_agree_with_the_config(name):
    assigned = {}
    for statement in ast.parse(parameters_cell(name).source).body:
        assert isinstance(statement, ast.AnnAssign)
        assigned[statement.target.id] = ast.literal_eval(statement.value)
    shared = {spec.name for spec in fields(Config)} & assigned.keys()
    assert {"image_size", "kimg", "minutes", "seed", "batch_size", "precision", "learning_rate"} <= shared
    config = Config(**{field: assigned[field] for field in shared})
    assert all(getattr(config, field) == getattr(PRESETS[name], field) for field in shared)


@pytest.mark.parametrize("name", PRESETS)
def test_papermill_shows_every_parameter_with_its_type_and_help(name):
    known = inspect_notebook(str(ROOT / "notebooks" / f"{name}.ipynb"))
    assigned = [statement.target.id for statement in ast.parse(parameters_cell(name).source).body]
    assert list(known) == assigned
    for parameter in known.values():
        assert parameter["inferred_type_name"] in {"int", "float", "str", "bool"}
        assert len(parameter["help"]) > 5


def run(name: str, folder: Path, parameters: dict[str, object]) -> Path:
    """Execute a notebook with tiny networks and return the run's folder."""
    execute(ROOT / "notebooks" / f"{name}.ipynb", folder / "notebook.ipynb", TINY | parameters, ROOT)
    write_report(folder / "notebook.ipynb")
    return folder


def check_whole(folder: Path) -> None:
    """Check that every file of the contract is there, and that the report needs no other."""
    assert {path.name for path in folder.iterdir()} == CONTRACT
    assert load_run(folder).state == "finished"
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert report.count("data:image/gif;base64,") == 2
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#|https://(?:colab|www\.kaggle))[^"']+["']""", report)
    for cell in json.loads((folder / "notebook.ipynb").read_text())["cells"]:
        assert not any(output.get("name") == "stderr" for output in cell.get("outputs", [])), cell["outputs"]


@pytest.mark.slow
@pytest.mark.notebook
def test_kiwi_runs_on_fruits_and_keeps_the_test_photos_apart(tmp_path):
    fruits = tmp_path / "fruits-360_100x100" / "fruits-360"
    fill_discs(fruits / "Training" / "Kiwi 1", 12, seed=0)
    fill_discs(fruits / "Test" / "Kiwi 1", 4, seed=1)
    folder = run("kiwi", tmp_path / "run", {"data": str(tmp_path), "run": str(tmp_path / "run")})
    check_whole(folder)
    data = load_run(folder).info["data"]
    assert (data["n"], data["source"], data["title"]) == (12, "Fruits-360", "Kiwi (Fruits-360)")


@pytest.mark.slow
@pytest.mark.notebook
def test_vehicles_merges_classes_to_gray(tmp_path):
    for seed, name in enumerate(("Cars", "Planes", "Ships")):
        fill_discs(tmp_path / "vehicles" / name, 100, seed)
    parameters = {"data": str(tmp_path / "vehicles"), "run": str(tmp_path / "run"), "image_size": 28}
    folder = run("vehicles", tmp_path / "run", parameters)
    check_whole(folder)
    run_ = load_run(folder)
    assert run_.generate(2).shape == (2, 28, 28, 1)
    assert 240 < run_.info["data"]["n"] <= 280  # a tenth, by names, is held out
    assert json.loads((folder / "scores.json").read_text())["kid_random"]["floor_of"] == "held-out pictures"


@pytest.mark.slow
@pytest.mark.notebook
def test_own_images_trains_on_awkward_files_and_lists_exactly_the_unreadable(tmp_path):
    _, unreadable = make_awkward_folder(tmp_path / "awkward")
    parameters = {"data": str(tmp_path / "awkward"), "run": str(tmp_path / "run"), "channels": 3}
    folder = run("own_images", tmp_path / "run", parameters)
    check_whole(folder)
    skipped = load_run(folder).info["data"]["skipped"]
    assert {name for name, _ in skipped} == unreadable
    assert all(reason for _, reason in skipped)


@pytest.mark.slow
@pytest.mark.notebook
def test_a_mistake_in_a_cell_is_the_sentence_of_the_library(tmp_path):
    with pytest.raises(DcganError, match=r"^`data` should be an existing folder of pictures. Received: .*nowhere"):
        run("own_images", tmp_path / "run", {"data": str(tmp_path / "nowhere"), "run": str(tmp_path / "run")})
