"""Finding the project folder, its notebooks, and the runs below outputs/."""

import os
from pathlib import Path

from dcgan_tf.common.checks import check_path, is_there
from dcgan_tf.common.errors import DamagedError, DcganError
from dcgan_tf.common.text import one_line, shown
from dcgan_tf.run.run import Run, load_run

DEEPEST = 6  # folders below outputs/ that a run may lie in
NOT_RUNS = ("samples", "checkpoint", "export")  # folders of a run that hold many files and no run
MOST_RUNS = 200  # listed by `find_runs`


def find_run_folders(outputs: Path) -> tuple[list[Path], list[str]]:
    """Return the folders with a run.json, by name, and a sentence for each folder that cannot be opened.

    Links to a run are followed, links to other folders are not: they could lead in circles.
    """
    found: dict[Path, Path] = {}
    links: list[Path] = []
    problems = []
    waiting = [(outputs, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as inside:
                entries = [entry for entry in inside if entry.name not in NOT_RUNS and not entry.name.startswith(".")]
            if any(entry.name == "run.json" for entry in entries):
                found[folder.resolve()] = folder
            links += [Path(entry.path) for entry in entries if entry.is_symlink()]
            deeper = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            reason = error.strerror or type(error).__name__
            if folder != outputs or folder.exists():
                place = outputs.name if folder == outputs else f"{outputs.name}/{name_below(folder, outputs)}"
                problems.append(f"{place} cannot be opened: {reason}.")
            continue
        waiting += [(each, depth + 1) for each in deeper if depth < DEEPEST]
    for link in sorted(links):
        if os.path.isfile(link / "run.json"):  # noqa: PTH113 - Path.is_file raises without permission
            found.setdefault(link.resolve(), link)
    return sorted(found.values()), sorted(problems)


def name_below(folder: Path, outputs: Path) -> str:
    """Return the path of a folder below outputs/, as pages show it."""
    return one_line("/".join(folder.relative_to(outputs).parts) or outputs.name)


def find_runs(root: Path) -> list[tuple[str, str]]:
    """Return label and folder, relative to `root`, of the finished runs below `outputs/`, newest first.

    Damaged runs are listed last: opening one says what is wrong with it.
    """
    found = []
    for folder in find_run_folders(root / "outputs")[0]:
        name = folder.relative_to(root).as_posix()
        try:
            run = load_run(folder)
        except DamagedError:
            found.append(("", f"{folder.name} (damaged)", name))
            continue
        except DcganError:  # of a newer version, or without permission
            continue
        if run.state == "finished":
            place = folder.relative_to(root / "outputs").as_posix()
            found.append((str(run.info.get("finished") or ""), f"{run.title}: {place}", name))
    return [(label, name) for _, label, name in sorted(found, reverse=True)[:MOST_RUNS]]


def find_run(name: str, root: Path) -> Run:
    """Return the run in a folder given relative to `root` or absolute.

    Raises `DcganError` if there is none, it is damaged, or it has no generator yet.
    """
    check_path("run", name)
    folder = root / Path(name).expanduser()
    if folder.resolve() in (root.resolve(), (root / "outputs").resolve()):
        raise DcganError(
            f"`run` should be the folder of one run, such as outputs/kiwi/default. Received: {shown(name)}, which "
            "holds many."
        )
    run = load_run(folder)
    if not is_there(folder / run.weights):
        raise DcganError(f"{folder / run.weights} does not exist yet: let the run train on.")
    return run


def find_root(start: Path | None = None) -> Path:
    """Return the folder that holds `data/` and `outputs/`: the clone that contains `start`, else `start` itself.

    `start` is the working directory unless given. Jupyter starts a notebook in the notebook's folder, papermill in the
    caller's.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "notebooks").is_dir() and (folder / "dcgan_tf").is_dir():
            return folder
    return start


def find_notebook(name: str, root: Path) -> Path:
    """Return the path of a notebook: below `root`, as in a clone, or else as installed with the package."""
    package = Path(__file__).parents[1]
    folders = [place / "notebooks" for place in (root, package, package.parent)]  # the last one after `pip install -e`
    for folder in folders:
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb"
    raise DcganError(f"{folders[1]} holds no {name}.ipynb. Install dcgan-tf again.")


def run_folder(root: Path, kind: str, run: str, field: str = "run") -> Path:
    """Return the folder of a run: `outputs/<kind>/<run>` for a name, else the path that `run` is.

    Raises `DcganError`, which calls it `field`, if that cannot be the folder of one run.
    """
    check_path(field, run)
    path = Path(run).expanduser()
    folder = root / path if len(path.parts) > 1 or path.is_absolute() else root / "outputs" / kind / run
    place, outputs = folder.resolve(), (root / "outputs").resolve()
    found = ""
    if run.strip() in ("", ".", "..") or root.resolve().is_relative_to(place) or place in (outputs, outputs / kind):
        found = "which holds more than one run"
    elif any(above.exists() and not above.is_dir() for above in (place, *place.parents)):
        found = "which is a file or lies below one"
    if found:
        raise DcganError(
            f"`{field}` should be the name of a run or a folder of its own. Received: {shown(run)}, {found}."
        )
    return folder
