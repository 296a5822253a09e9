"""What `make` can do with finished runs: explore, export, gallery."""

import os
from collections.abc import Sequence
from pathlib import Path

from dcgan_tf.config import check_path, shown
from dcgan_tf.errors import DcganError


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
        from dcgan_tf.serve import serve_explore

        return serve_explore(run, root)
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
    from dcgan_tf.gallery import write_gallery

    page = write_gallery(root / "outputs")
    print(f"The gallery: {short(page, root)}, {page.stat().st_size / 1e6:.1f} MB, one file to open or to send.")
    return 0


def export_run(folder: Path, root: Path) -> int:
    """Export the generator of the run in `folder` and say what was written."""
    from dcgan_tf.quiet import import_tensorflow
    from dcgan_tf.runs import load_run

    run = load_run(folder)
    print(f"{run.title}: exporting the generator, which takes some seconds.", flush=True)
    import_tensorflow()
    from dcgan_tf.export import export

    found = export(run)
    for file in (found.saved_model, found.onnx, found.litert):
        name = f"{short(file.path, root)}:"
        print(f"{name:<50} {file.size / 1e6:.1f} MB, differs from Keras by {file.difference:.1g} of the range at most")
    print(f"How to use them: {short(found.folder / 'README.md', root)}; for a model hub: MODEL_CARD.md beside it.")
    return 0


def short(path: Path, root: Path) -> Path:
    """Return the path as a user would type it from the project's folder."""
    return path.relative_to(root) if path.is_relative_to(root) else path
