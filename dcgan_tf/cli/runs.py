"""Commands on finished runs, and the download of photos."""

import shlex
from pathlib import Path
from typing import Any

from dcgan_tf.cli.notebooks import as_typed, options_of
from dcgan_tf.cli.options import Option, as_options
from dcgan_tf.common.checks import check_path
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_atomically
from dcgan_tf.common.keras_package import check_keras
from dcgan_tf.common.text import short, shown
from dcgan_tf.run.places import find_root

RUN = Option("run", "str", "", "Folder of a run, such as outputs/kiwi/default")
SWEEP = Option("sweep", "str", "", "YAML file that names the runs, such as examples/sweep.yaml")
DOCTOR = (
    "data",
    "image_size",
    "channels",
    "resize",
    "background",
    "cache",
)  # parameters that say how pictures are read


def explore(values: dict[str, object]) -> int:
    """Serve the explore page of a run, or of the newest one, until Ctrl-C."""
    from dcgan_tf.play.explore.serve import serve

    check_keras()
    root = find_root()
    return serve(root, _run_of(values, root))


def export(values: dict[str, object]) -> int:
    """Export the generator of a run and print what was written."""
    from dcgan_tf.common.quiet import import_tensorflow
    from dcgan_tf.run.run import load_run

    root = find_root()
    name = _run_of(values, root)
    if not name:
        raise DcganError("`run` is empty: name the folder of a run, such as outputs/kiwi/default.")
    run = load_run(root / Path(name).expanduser())
    print(f"{run.title}: exporting the generator, which takes some seconds.", flush=True)
    import_tensorflow()
    from dcgan_tf.share.export import export

    found = export(run)
    for file in (found.saved_model, found.onnx, found.litert):
        name = f"{short(file.path, root)}:"
        print(f"{name:<50} {file.size / 1e6:.1f} MB, differs from Keras by {file.difference:.1g} of the range at most")
    if run.config.classes:
        print(f"They also take the number of a class, 0 to {run.config.classes - 1}; the README lists the names.")
    print(f"How to use them: {short(found.folder / 'README.md', root)}; for a model hub: MODEL_CARD.md beside it.")
    return 0


def gallery(_: dict[str, object]) -> int:
    """Write the gallery of all finished runs and print where it is."""
    from dcgan_tf.share.gallery.gallery import write_gallery

    root = find_root()
    page = write_gallery(root / "outputs")
    print(f"The gallery: {short(page, root)}, {page.stat().st_size / 1e6:.1f} MB, one file to open or to send.")
    return 0


def sweep(values: dict[str, Any]) -> int:
    """Run all that a YAML file names."""
    from dcgan_tf.cli.sweep.sweep import sweep

    check_keras()
    return sweep(values)


def download(name: str, _: dict[str, object]) -> int:
    """Download a set of photos into data/."""
    from dcgan_tf.data.download import download

    download(name, find_root() / "data")
    return 0


def doctor_options() -> list[Option]:
    """Return those of DOCTOR, as the notebook of own pictures has them."""
    return [option for option in options_of("own") if option.name in DOCTOR]


def doctor(values: dict[str, Any]) -> int:
    """Print what a folder of pictures is like and what would help it, draw examples, and print how to train on it."""
    from dcgan_tf.data.sets import find_folder, load_split
    from dcgan_tf.training.doctor import examine

    root = find_root()
    folders = find_folder(values.get("data", ""), root)
    reading = {option.name: values.get(option.name, option.default) for option in doctor_options()}
    del reading["data"]
    images, held_out = load_split(folders, **reading, root=root)
    checkup = examine(images, held_out, resize=reading["resize"])
    sheet = write_atomically(root / "outputs" / "doctor.png", checkup.sheet.save)
    settings = {name: value for name, value in reading.items() if name in values} | checkup.settings
    words = "".join(as_options(f" `{name}={value}`") for name, value in settings.items())
    print(as_options(str(checkup)))
    print(f"\nExamples:  {short(sheet, root)}")
    print(f"To train:  {as_typed('run own')} DATA={shlex.quote(values['data'])}{words}")
    return 0


def _run_of(values: dict[str, object], root: Path) -> str:
    """Return the value of `run`, "" for none; raises `DcganError`, with suggestions, if there is no such folder."""
    run = str(values.get("run", "")).strip()
    check_path("run", run)
    if not run or (root / Path(run).expanduser()).is_dir():
        return run
    below = sorted((root / "outputs").glob("*/*/run.json"))
    meant = [str(short(path.parent, root)) for path in below if path.parent.name == run]
    hint = f"Did you mean {' or '.join(meant[:3])}?" if meant else "Name one such as outputs/kiwi/default."
    raise DcganError(f"`run` should be the folder of a run. Received: {shown(run)}, which is not there. {hint}")
