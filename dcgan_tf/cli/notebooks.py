"""Running a notebook headless: variables in, executed notebook and report out, one sentence for a mistake."""

import difflib
import os
from collections.abc import Sequence
from pathlib import Path

from dcgan_tf.common.checks import check_path
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.machine import on_colab
from dcgan_tf.common.text import short, shown
from dcgan_tf.run.places import find_root, run_folder

NOTEBOOKS = {"kiwi": "kiwi", "vehicles": "vehicles", "own": "own_images"}  # name for make: notebook
ALIASES = {"SIZE": "image_size", "BATCH": "batch_size"}  # short variables; the others are parameters in capitals
LOOK_NEXT = {
    "kiwi": "make run-vehicles, or your own photos: make run DATA=folder",
    "vehicles": "make run-kiwi, or your own photos: make run DATA=folder",
    "own": "larger pictures: make run DATA=... SIZE=100 RUN=large",
}


def run_notebook(kind: str, variables: Sequence[str]) -> int:
    """Run the notebook with these variables, write its report, and say where everything is."""
    root = find_root()
    notebook = root / "notebooks" / f"{NOTEBOOKS[kind]}.ipynb"
    if not notebook.is_file():
        raise DcganError(f"{notebook} should be there: run this from a clone of dcgan-tf, whose notebooks it runs.")
    parameters = read_variables(variables, notebook)
    folder = check_parameters(kind, root, parameters)

    report = run_headless(notebook, folder, {"progress": "lines"} | parameters, root)
    shown = [short(path, root) for path in (folder / "progress.gif", report)]
    print(f"\nTraining as a GIF:  {shown[0]}\nThe whole report:   {shown[1]}\nTry next:           {LOOK_NEXT[kind]}")
    return 0


def run_headless(notebook: Path, folder: Path, parameters: dict[str, object], root: Path) -> Path:
    """Execute the notebook into the run's folder and return the report made of it."""
    from dcgan_tf.cli.headless import execute, write_report  # slow to import, and not needed to answer a mistake

    executed = folder / "notebook.ipynb"
    execute(notebook, executed, parameters, root)
    return write_report(executed)


def read_variables(variables: Sequence[str], notebook: Path) -> dict[str, object]:
    """Return notebook parameters for `NAME=VALUE` words, or `NAME` words whose value is in the environment.

    make hands over names alone: their values, spaces and all, are in its environment.
    Raises `DcganError` for a name that the notebook lacks or a value of another type than its default's.
    """
    from papermill import inspect_notebook

    known = inspect_notebook(str(notebook))
    parameters: dict[str, object] = {}
    for word in variables:
        name, given, value = word.partition("=")
        parameter = ALIASES.get(name, name.lower())
        if parameter not in known or name != name.upper():
            raise DcganError(_unknown(name, known))
        text = value if given else os.environ.get(name, "")
        parameters[parameter] = _convert(name, text, known[parameter]["inferred_type_name"])
    return parameters


def _unknown(name: str, known: Sequence[str]) -> str:
    """Return the sentence for a variable that the notebook lacks."""
    short = {parameter: alias for alias, parameter in ALIASES.items()}
    names = [short.get(parameter, parameter.upper()) for parameter in known]
    name = shown(name).strip("'")
    near = difflib.get_close_matches(name.upper(), names, n=2, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(names)}."
    return f"`{name}` is not a variable of this notebook. {hint}"


def _convert(name: str, text: str, kind: str) -> object:
    """Return the text of a variable in the type of the notebook's parameter."""
    if kind == "str":
        return text
    if kind == "bool":
        values = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
        if text.lower() not in values:
            raise DcganError(f"`{name}` should be true or false. Received: {shown(text)}.")
        return values[text.lower()]
    try:
        return {"int": int, "float": float}[kind](text)
    except ValueError:
        noun = "a whole number" if kind == "int" else "a number"
        raise DcganError(f"`{name}` should be {noun}. Received: {shown(text)}.") from None


def check_parameters(kind: str, root: Path, parameters: dict[str, object]) -> Path:
    """Print the first line of a run, which pictures and how long, and return its folder.

    Raises `DcganError` for a wrong value or missing pictures before a kernel is started.
    """
    from dcgan_tf.config import Config
    from dcgan_tf.data.sets import count_pictures, find_folder, find_fruit, find_vehicles

    config = Config.preset(kind, parameters)
    _check_others(root, parameters)
    run = str(parameters.get("run", "" if kind == "own" else "default"))
    if run or kind != "own":
        run_folder(root, NOTEBOOKS[kind], run)

    data = str(parameters.get("data", ""))
    if kind == "kiwi":
        folders = find_fruit(data, str(parameters.get("fruit", "Kiwi")), root)
    else:
        folders = find_vehicles(data, root) if kind == "vehicles" else find_folder(data, root)
    folder = run_folder(root, NOTEBOOKS[kind], run or (folders.name if kind == "own" else ""))

    size = f"{config.image_size}x{config.image_size}, {config.kimg:g} kimg"
    print(f"{folders.title}: {count_pictures(folders)} pictures, {size}, ", end="", flush=True)
    from dcgan_tf.training.estimate import describe_duration

    # Measuring takes some ten seconds, which the first half of the line bridges.
    print(describe_duration(config, folder), flush=True)
    return folder


def _check_others(root: Path, parameters: dict[str, object]) -> None:
    """Raise `DcganError` for a wrong parameter that is no field of Config, as the notebook itself would."""
    from dcgan_tf.data.decoding import RESIZES
    from dcgan_tf.training.progress import choose_mode

    for name in ("data", "features", "run"):
        check_path(name, str(parameters.get(name, "")))
    fruit = str(parameters.get("fruit", "Kiwi"))
    if not fruit.strip() or len(fruit) > 100:
        raise DcganError(f"`fruit` should be the name of a class, such as Kiwi. Received: {shown(fruit)}.")
    choose_mode(str(parameters.get("progress", "auto"))[:80])
    resize, features = (
        str(parameters.get(name, default)) for name, default in (("resize", "crop"), ("features", "auto"))
    )
    if resize not in RESIZES:
        raise DcganError(f"`resize` should be one of {', '.join(RESIZES)}. Received: {shown(resize)}.")
    if features not in ("auto", "inception", "random") and not (root / Path(features).expanduser()).is_file():
        raise DcganError(
            "`features` should be 'auto', 'inception', 'random' or the path of a Keras model. "
            f"Received: {shown(features)}, which is not there."
        )
    if parameters.get("use_drive", False) and not on_colab():
        raise DcganError("`use_drive` should be False outside Colab. Received: True. Results go to outputs/.")
