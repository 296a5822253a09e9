"""The command `dcgan-tf`: what it can do, and one sentence for a mistake."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dcgan_tf.cli.notebooks import NOTEBOOKS, run_notebook
from dcgan_tf.common.checks import check_path
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import short, shown
from dcgan_tf.run.places import find_root

USAGE = (
    "Usage: python -m dcgan_tf run kiwi|vehicles|own [NAME=VALUE ...], download kiwi|vehicles, explore|export "
    "RUN=folder, or gallery"
)


def main(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name and return the exit status: 2 after a mistake, 130 after Ctrl-C."""
    try:
        match list(arguments):
            case ["run", kind, *variables] if kind in NOTEBOOKS:
                return run_notebook(kind, variables)
            case ["download", name, *variables] if name in ("kiwi", "vehicles"):
                if variables:
                    raise DcganError(f"`make data-{name}` takes no variables. Received: {shown(' '.join(variables))}.")
                from dcgan_tf.data.download import download

                download(name, find_root() / "data")
                return 0
            case [("explore" | "export" | "gallery") as command, *variables]:
                return use_runs(command, variables, find_root())
        raise DcganError(f"{USAGE}. Received: {shown(' '.join(arguments)) if arguments else 'nothing'}.")
    except DcganError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        nothing_lost = "Stopped before training began; nothing was lost." if arguments[:1] == ["run"] else "Stopped."
        print(str(interrupt) or nothing_lost, file=sys.stderr)
        return 130


def use_runs(command: str, variables: Sequence[str], root: Path) -> int:
    """Run "explore", "export" or "gallery" with `NAME=VALUE` words and return the exit status.

    Raises `DcganError` for another variable, or a run that is not there.
    """
    values = read_values(command, variables, () if command == "gallery" else ("RUN",))
    run = values.get("RUN", "").strip()
    check_there(run, root)
    if command == "gallery":
        return make_gallery(root)
    if command == "explore":
        from dcgan_tf.play.explore.serve import serve

        return serve(root, run)
    if not run:
        raise DcganError(
            "`RUN` should be the folder of a run. Received: none. Try make export RUN=outputs/kiwi/default."
        )
    return export_run(root / Path(run).expanduser(), root)


def check_there(run: str, root: Path) -> None:
    """Raise `DcganError`, with what may have been meant, for a folder that is not there."""
    check_path("RUN", run)
    if not run or (root / Path(run).expanduser()).is_dir():
        return
    below = sorted((root / "outputs").glob("*/*/run.json"))
    meant = [str(short(path.parent, root)) for path in below if path.parent.name == run]
    hint = f"Did you mean {' or '.join(meant[:3])}?" if meant else "Name one such as outputs/kiwi/default."
    raise DcganError(f"`RUN` should be the folder of a run. Received: {shown(run)}, which is not there. {hint}")


def read_values(command: str, variables: Sequence[str], allowed: Sequence[str]) -> dict[str, str]:
    """Return the values of `NAME=VALUE` words, or of `NAME` words whose value is in the environment."""
    values = {}
    for word in variables:
        name, given, value = word.partition("=")
        if name not in allowed:
            takes = f"takes {' and '.join(allowed)} alone" if allowed else "takes no variables"
            raise DcganError(f"`make {command}` {takes}. Received: {shown(name)}.")
        values[name] = value if given else os.environ.get(name, "")
    return values


def make_gallery(root: Path) -> int:
    """Write the gallery of all finished runs and say where it is."""
    from dcgan_tf.share.gallery.gallery import write_gallery

    page = write_gallery(root / "outputs")
    print(f"The gallery: {short(page, root)}, {page.stat().st_size / 1e6:.1f} MB, one file to open or to send.")
    return 0


def export_run(folder: Path, root: Path) -> int:
    """Export the generator of the run in `folder` and say what was written."""
    from dcgan_tf.common.quiet import import_tensorflow
    from dcgan_tf.run.run import load_run

    run = load_run(folder)
    print(f"{run.title}: exporting the generator, which takes some seconds.", flush=True)
    import_tensorflow()
    from dcgan_tf.share.export import export

    found = export(run)
    for file in (found.saved_model, found.onnx, found.litert):
        name = f"{short(file.path, root)}:"
        print(f"{name:<50} {file.size / 1e6:.1f} MB, differs from Keras by {file.difference:.1g} of the range at most")
    print(f"How to use them: {short(found.folder / 'README.md', root)}; for a model hub: MODEL_CARD.md beside it.")
    return 0
