"""`write_gallery`: all finished runs on one page, in one file."""

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
    """The finished runs, grouped by their pictures and newest first, and why others are not shown."""

    entries: list[Entry]
    left_out: list[str]


def write_gallery(outputs: str | Path) -> Path:
    """Write gallery.html, all finished runs below `outputs` on one self-contained page, into it; return its path.

    The page shows no training pictures (real.png, neighbors.png) and no paths of this machine. Raises `DcganError` if
    there is no finished run, or the page cannot be written.
    """
    check_path("outputs", str(outputs))
    folder = Path(outputs).expanduser()
    found = collect_runs(folder)
    if not found.entries:
        rest = f" Not shown: {' '.join(found.left_out[:3])}" if found.left_out else ""
        raise DcganError(f"{outputs} holds no finished run. Train one first.{rest}")
    page = draw_page(found.entries, found.left_out)
    return write_text(folder / "gallery.html", page, "make the folder writable and run the same again")


def collect_runs(outputs: Path) -> Gallery:
    """Return the finished runs below `outputs`; a damaged run is left out with a sentence."""
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
            fallback = f"{outputs.name}/{name} cannot be shown; open it with `load_run` to see why."
            left_out.append(without_paths(str(error), outputs) or fallback)
    runs.sort(key=lambda run: str(run.info.get("finished")), reverse=True)
    runs, older = runs[:MOST_RUNS], runs[MOST_RUNS:]
    names = sorted(name_below(run.folder, outputs) for run in older)
    left_out += [f"{outputs.name}/{name} is finished, but older than the {MOST_RUNS} shown." for name in names]
    newest = [run.info["data"]["sha256"] for run in runs]
    runs.sort(key=lambda run: newest.index(run.info["data"]["sha256"]))
    room = Room(MOST_STILLS, MOST_FILMS)
    return Gallery([describe_run(run, name_below(run.folder, outputs), outputs, room) for run in runs], left_out)


def _check_finished(run: Run, name: str) -> None:
    """Raise `DcganError`, with its kimg, for a run that is not finished."""
    if run.state == "finished":
        return
    reached = f"{number(run.kimg_done)} of {number(run.config.kimg)} kimg"
    if run.state == "failed":
        error = run.info.get("error")
        message = str(error.get("message", "")) if isinstance(error, dict) else ""
        raise DcganError(f"{name} failed at {reached}. {message}".strip())
    raise DcganError(f"{name} is not finished: {reached}. Run the same again to go on.")
