"""Which runs there are to explore."""

from pathlib import Path

from dcgan_tf.config import check_path, shown
from dcgan_tf.errors import DamagedError, DcganError
from dcgan_tf.run_folders import find_run_folders
from dcgan_tf.runs import Run, is_there, load_run

MOST_RUNS = 200


def find_runs(root: Path) -> list[tuple[str, str]]:
    """Return label and folder, relative to `root`, of the finished runs below `outputs/`, the newest first.

    Damaged ones are among them: choosing one says what is wrong with it.
    """
    found = []
    for folder in find_run_folders(root / "outputs")[0]:
        name = folder.relative_to(root).as_posix()
        try:
            run = load_run(folder)
        except DamagedError:
            found.append(("", f"{folder.name} (damaged)", name))
            continue
        except DcganError:  # of a newer version, or not to be read
            continue
        if run.state == "finished":
            place = folder.relative_to(root / "outputs").as_posix()
            found.append((str(run.info.get("finished") or ""), f"{run.title}: {place}", name))
    return [(label, name) for _, label, name in sorted(found, reverse=True)[:MOST_RUNS]]


def find_run(name: str, root: Path) -> Run:
    """Return the run in a folder given relative to `root` or absolute.

    Raises `DcganError` where there is none, it is damaged, or no generator has been written yet.
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
        raise DcganError(
            f"{folder / run.weights} should hold the generator, but there is none yet; let the run train on."
        )
    return run
