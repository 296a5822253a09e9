"""`write_gallery`: all finished runs on one page in one file."""

from pathlib import Path
from typing import NamedTuple

from dcgan_tf.common.checks import check_path
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_text
from dcgan_tf.draw.pages import number
from dcgan_tf.run.places import find_run_folders, name_below
from dcgan_tf.run.run import Run, load_run
from dcgan_tf.share.gallery.entries import Entry, describe_run, without_paths
from dcgan_tf.share.gallery.page import draw_page
from dcgan_tf.share.gallery.pictures import Room

# Browsers struggle with a page of several hundred MB, or a table of a thousand columns.
MOST_STILLS = 96 * 2**20  # bytes of all still pictures
MOST_FILMS = 96 * 2**20  # bytes of all GIFs
MOST_RUNS = 100  # the newest


class Gallery(NamedTuple):
    """The finished runs, those of the same pictures together and the newest first, and why others are not shown."""

    entries: list[Entry]
    left_out: list[str]


def write_gallery(outputs: str | Path) -> Path:
    """Write gallery.html into `outputs`, all its finished runs on one page that needs no other file; return its path.

    The photos that the runs learned from (real.png, neighbors.png) are not on it, and no path of this machine. Raises
    `DcganError` if there is no finished run, or the page cannot be written.
    """
    check_path("outputs", str(outputs))
    folder = Path(outputs).expanduser()
    found = collect_runs(folder)
    if not found.entries:
        rest = f" Not shown: {' '.join(found.left_out[:3])}" if found.left_out else ""
        raise DcganError(f"{outputs} holds no finished run. Train one first.{rest}")
    page = draw_page(found.entries, found.left_out)
    return write_text(folder / "gallery.html", page, "let files be written there and run the same again")


def collect_runs(outputs: Path) -> Gallery:
    """Return what the finished runs in `outputs` hold; no damaged run stops it."""
    outputs = outputs.absolute()
    folders, left_out = find_run_folders(outputs)
    runs: list[Run] = []
    for folder in folders:
        name = name_below(folder, outputs)
        try:
            run = load_run(folder)
            _check_finished(run, f"{outputs.name}/{name}")
            runs.append(run)
        except DcganError as error:
            untold = f"{outputs.name}/{name} cannot be shown; `load_run` or its run.json says why."
            left_out.append(without_paths(str(error), outputs) or untold)
    runs.sort(key=lambda run: str(run.info.get("finished")), reverse=True)
    runs, older = runs[:MOST_RUNS], runs[MOST_RUNS:]
    names = sorted(name_below(run.folder, outputs) for run in older)
    left_out += [f"{outputs.name}/{name} is finished, but older than the {MOST_RUNS} shown." for name in names]
    newest = [run.info["data"]["sha256"] for run in runs]
    runs.sort(key=lambda run: newest.index(run.info["data"]["sha256"]))
    room = Room(MOST_STILLS, MOST_FILMS)
    return Gallery([describe_run(run, name_below(run.folder, outputs), outputs, room) for run in runs], left_out)


def _check_finished(run: Run, name: str) -> None:
    """Raise `DcganError`, with how far it has come, for a run that is not finished."""
    if run.state == "finished":
        return
    far = f"{number(run.kimg_done)} of {number(run.config.kimg)} kimg"
    if run.state == "failed":
        error = run.info.get("error")
        message = str(error.get("message", "")) if isinstance(error, dict) else ""
        raise DcganError(f"{name} failed at {far}. {message}".strip())
    raise DcganError(f"{name} is not finished: {far}. Run the same again to go on.")
