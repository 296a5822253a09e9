"""`write_gallery`: all finished runs on one page that is one file; which there are, and why others are not shown."""

import os
from dataclasses import dataclass
from pathlib import Path

from dcgan_tf.config import check_path
from dcgan_tf.errors import DcganError
from dcgan_tf.files import write_text
from dcgan_tf.gallery_entry import Entry, describe_run, number, without_paths
from dcgan_tf.render import one_line
from dcgan_tf.runs import Run, load_run

DEEPEST = 6  # folders below outputs/ that a run may lie in
NOT_RUNS = ("samples", "checkpoint")  # folders of a run that hold many files and no run
MOST_FILMS = 96 * 2**20  # bytes of all GIFs together: browsers hardly open a page of several hundred MB
MAKE = "`make run-kiwi`, `make run-vehicles`, or of your own photos `make run DATA=folder`"


@dataclass(frozen=True)
class Gallery:
    """The finished runs, those of the same pictures together and the newest first, and why others are not shown."""

    entries: list[Entry]
    left_out: list[str]


def write_gallery(outputs: str | Path) -> Path:
    """Write gallery.html into `outputs`, all its finished runs on one page that needs no other file; return its path.

    The photos that were learned from (real.png, neighbors.png) are not on it, and no path of this machine.

    Raises:
        DcganError: there is no finished run, or the page cannot be written.
    """
    from dcgan_tf.gallery_page import draw_page

    check_path("outputs", str(outputs))
    folder = Path(outputs).expanduser()
    gallery = collect_runs(folder)
    if not gallery.entries:
        rest = f" Not shown: {' '.join(gallery.left_out[:3])}" if gallery.left_out else ""
        raise DcganError(f"{outputs} should hold a finished run, but holds none. Make one: {MAKE}.{rest}")
    return write_text(folder / "gallery.html", draw_page(gallery))


def collect_runs(outputs: Path) -> Gallery:
    """Return what the finished runs in `outputs` hold; no run, however damaged, stops it."""
    outputs = outputs.absolute()
    folders, left_out = _find_runs(outputs)
    runs: list[Run] = []
    for folder in folders:
        name = _name_of(folder, outputs)
        try:
            run = load_run(folder)
            _check_finished(run, f"{outputs.name}/{name}")
            runs.append(run)
        except DcganError as error:
            plain = f"{outputs.name}/{name} cannot be shown; `load_run` or its run.json says why."
            left_out.append(without_paths(str(error), outputs) or plain)
    runs.sort(key=lambda run: str(run.info.get("finished")), reverse=True)
    newest = [run.info["data"]["sha256"] for run in runs]
    runs.sort(key=lambda run: newest.index(run.info["data"]["sha256"]))
    entries: list[Entry] = []
    room = MOST_FILMS
    for run in runs:
        entries.append(describe_run(run, _name_of(run.folder, outputs), outputs, room))
        room -= sum(film.size for film in entries[-1].pictures.films.values())
    return Gallery(entries, left_out)


def _find_runs(outputs: Path) -> tuple[list[Path], list[str]]:
    """Return the folders with a run.json, by name, and a sentence for each folder that cannot be opened.

    A link is followed to a run, never to what lies below a folder: so there is no going round in circles.
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
                place = outputs.name if folder == outputs else f"{outputs.name}/{_name_of(folder, outputs)}"
                problems.append(f"{place} should be a folder to be opened, but is not: {reason}.")
            continue
        waiting += [(each, depth + 1) for each in deeper if depth < DEEPEST]
    for link in sorted(links):
        if os.path.isfile(link / "run.json"):  # noqa: PTH113 - Path.is_file raises where nobody may look
            found.setdefault(link.resolve(), link)
    return sorted(found.values()), sorted(problems)


def _check_finished(run: Run, name: str) -> None:
    """Raise `DcganError`, saying how far it has come, for a run that is not finished."""
    if run.state == "finished":
        return
    far = f"{number(run.kimg_done)} of {number(run.config.kimg)} kimg"
    if run.state == "failed":
        error = run.info.get("error")
        message = str(error.get("message", "")) if isinstance(error, dict) else ""
        raise DcganError(f"{name} should be finished, but failed at {far}. {message}".strip())
    raise DcganError(f"{name} should be finished, but has come to {far}. Run the same again, which goes on from there.")


def _name_of(folder: Path, outputs: Path) -> str:
    """Return what to call a folder on the page: the way to it from outputs/."""
    return one_line("/".join(folder.relative_to(outputs).parts) or outputs.name)
