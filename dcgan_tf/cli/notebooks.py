"""The notebooks of `dcgan-tf run`: their parameters are checked first, then papermill executes them."""

import ast
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dcgan_tf.cli.options import Option
from dcgan_tf.common.checks import check_choice, check_color, check_path
from dcgan_tf.common.devices import this_place
from dcgan_tf.common.errors import DcganError, WorkerDone
from dcgan_tf.common.files import check_space
from dcgan_tf.common.keras_package import check_keras
from dcgan_tf.common.machine import check_drive
from dcgan_tf.common.text import in_utf8, short, shown
from dcgan_tf.config import Config
from dcgan_tf.data import sets
from dcgan_tf.data.decoding import RESIZES
from dcgan_tf.data.kinds import CLASSES
from dcgan_tf.data.packing import CACHES
from dcgan_tf.judge.features import check_features
from dcgan_tf.run.places import find_notebook, find_root, run_folder
from dcgan_tf.run.start import find_start

REPORT_BYTES = 3e7  # of GIFs, the executed notebook and the report, at most sizes


class Notebook(NamedTuple):
    """A notebook of `dcgan-tf run <kind>` and `make run-<kind>`; its preset of Config is called <kind>, too."""

    file: str  # its name below notebooks/, and that of the folder of its runs below outputs/
    # Finds its pictures by its parameters and the project's folder.
    find: Callable[[Mapping[str, Any], Path], sets.PictureFolders]
    about: str
    next: tuple[str, ...]  # commands to suggest after it


NOTEBOOKS = {
    "kiwi": Notebook(
        "kiwi",
        lambda values, root: sets.find_fruit(values["data"], values["fruit"], root),
        "Train on kiwis or another fruit: Fruits-360 if it is in data/, else the built-in kiwis",
        ("run vehicles", "run own DATA=folder"),
    ),
    "vehicles": Notebook(
        "vehicles",
        lambda values, root: sets.find_vehicles(values["data"], root),
        "Train on vehicles, 28x28 gray: those in data/ if they are there, else the built-in ones",
        ("run kiwi", "run own DATA=folder"),
    ),
    "own": Notebook(
        "own_images",
        lambda values, root: sets.find_folder(values["data"], root),
        "Train on your own folder of pictures",
        ("run own DATA=folder SIZE=100 RUN=large",),
    ),
}


def read_parameters(notebook: Path) -> list[Option]:
    """Return the parameters of a notebook: name, type, default and comment from its cell tagged `parameters`.

    Like papermill's `inspect_notebook`, which takes 3 seconds to import.
    """
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        source = next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ()))
        lines = source.splitlines()
        return [
            Option(
                statement.target.id,
                statement.annotation.id,
                ast.literal_eval(statement.value),
                lines[statement.lineno - 1].partition("  # ")[2],
            )
            for statement in ast.parse(source).body
        ]
    except (ValueError, SyntaxError, LookupError, AttributeError, StopIteration) as error:
        raise DcganError(
            f"{notebook} has no readable cell of parameters: one tagged `parameters`, with lines such as "
            "`kimg: float = 100.0  # length`."
        ) from error


def options_of(kind: str) -> list[Option]:
    """Return the parameters of the notebook of `dcgan-tf run <kind>`."""
    return read_parameters(find_notebook(NOTEBOOKS[kind].file, find_root()))


def run_notebook(kind: str, given: dict[str, object], *, measured: bool = True) -> int:
    """Run a notebook with the given parameters, write its report, and print where the results are.

    With `measured`, it first measures and says how long the run will take.
    """
    check_keras()
    root, notebook = find_root(), NOTEBOOKS[kind]
    path = find_notebook(notebook.file, root)
    if given.get("progress", "auto") == "auto":
        given = given | {"progress": "lines"}  # an executed notebook cannot hold a live bar
    parameters = {name: in_utf8(name, value) if isinstance(value, str) else value for name, value in given.items()}
    folder = check_parameters(kind, root, given, measured=measured)
    if this_place().index:
        return follow_headless(path, parameters, root)
    report = run_headless(path, folder, parameters, root)
    film, page = (short(each, root) for each in (folder / "progress.gif", report))
    next_ones = ", or ".join(as_typed(command) for command in notebook.next)
    print(f"\nTraining as a GIF:  {film}\nThe whole report:   {page}\nTry next:           {next_ones}")
    return 0


def as_typed(command: str) -> str:
    """Return a command as the user would type it, with make or without."""
    return f"make {command.replace(' ', '-', 1)}" if "MAKELEVEL" in os.environ else f"dcgan-tf {command}"


def run_headless(notebook: Path, folder: Path, parameters: dict[str, object], root: Path) -> Path:
    """Execute the notebook into the run's folder and return its report."""
    from dcgan_tf.cli.headless import execute, write_report  # slow to import, and not needed for errors

    executed = folder / "notebook.ipynb"
    execute(notebook, executed, parameters, root)
    return write_report(executed)


def follow_headless(notebook: Path, parameters: dict[str, object], root: Path) -> int:
    """Execute the notebook as a worker of TF_CONFIG other than the first; what it writes goes, unless it fails."""
    from dcgan_tf.cli.headless import FAILED, execute

    folder = Path(tempfile.mkdtemp(prefix="dcgan-tf-worker-"))
    try:
        execute(notebook, folder / "notebook.ipynb", parameters, root)
    except WorkerDone as done:
        print(done)
    finally:
        if not (folder / FAILED).exists():
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def check_parameters(kind: str, root: Path, given: Mapping[str, object], *, measured: bool = True) -> Path:
    """Print the pictures, size and duration of a run in a line, and return its folder; raises as `check_values`."""
    config, folders, folder = check_values(kind, root, given)
    check_space(folder, REPORT_BYTES)
    size = f"{'x'.join(map(str, config.shape[:2]))}, {config.kimg:g} kimg"
    print(f"{folders.title}: {sets.count_pictures(folders)} pictures, {size}, ", end="", flush=True)
    if (place := this_place()).count > 1:
        print(f"by {place.count} workers, of which this is number {place.index}", flush=True)
        return folder
    from dcgan_tf.training.estimate import describe_duration, describe_progress

    # Measuring takes about ten seconds, so the first half of the line is printed before.
    print((describe_duration if measured else describe_progress)(config, folder), flush=True)
    return folder


def check_values(kind: str, root: Path, given: Mapping[str, object]) -> tuple[Config, sets.PictureFolders, Path]:
    """Return the settings of a run, its pictures and its folder.

    Raises `DcganError` for a wrong value or missing pictures before a kernel is started.
    """
    notebook = NOTEBOOKS[kind]
    defaults = {option.name: option.default for option in read_parameters(find_notebook(notebook.file, root))}
    values: dict[str, Any] = defaults | dict(given)
    config = Config.preset(kind, values)
    _check_others(root, values)
    start = run_folder(root, notebook.file, values["start"], "start") if values["start"] else None
    if values["run"] or defaults["run"]:  # if both are empty, the run is named after its pictures
        run_folder(root, notebook.file, values["run"])

    folders = notebook.find(values, root)
    folder = run_folder(root, notebook.file, values["run"] or folders.name)
    if start:
        find_start(start, config, folder)
    return config, folders, folder


def _check_others(root: Path, values: Mapping[str, Any]) -> None:
    """Raise `DcganError` for a wrong value of a parameter that is not a field of Config."""
    from dcgan_tf.training.progress import choose_mode  # imports matplotlib

    for name in ("data", "run"):
        check_path(name, values[name])
    fruit = values.get("fruit", "Kiwi")
    if not fruit.strip() or len(fruit) > 100:
        raise DcganError(f"`fruit` should be the name of a class, such as Kiwi. Received: {shown(fruit)}.")
    choose_mode(values["progress"][:80])
    check_choice("resize", values["resize"], RESIZES)
    check_color("background", values["background"])
    check_choice("cache", values["cache"], CACHES)
    check_choice("classes", values.get("classes", "auto"), CLASSES)
    check_features(values["features"], root)
    check_drive(values["use_drive"])
