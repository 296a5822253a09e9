"""What the notebooks share: where things are, Colab, and showing pictures so that every viewer can."""

import base64
import html
import importlib.util
import io
from pathlib import Path
from typing import Any

from PIL import Image

from dcgan_tf.config import check_path, shown
from dcgan_tf.errors import DcganError
from dcgan_tf.quiet import import_tensorflow
from dcgan_tf.scorecard import scores_as_html

DRIVE = Path("/content/drive")  # where Colab mounts Google Drive
MEDIA = {".png": "image/png", ".gif": "image/gif"}


def find_root(start: Path | None = None) -> Path:
    """Return the folder that holds `data/` and `outputs/`: the clone around `start`, else `start` itself.

    Jupyter starts a notebook in its own folder, papermill in the caller's, Colab in none of ours.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "notebooks").is_dir() and (folder / "dcgan_tf").is_dir():
            return folder
    return start


def on_colab() -> bool:
    """Return whether this runs on Google Colab."""
    return importlib.util.find_spec("google") is not None and importlib.util.find_spec("google.colab") is not None


def prepare(use_drive: bool = False) -> Path:
    """Return the folder for `data/` and `outputs/`, and print what the notebook runs on.

    On Colab, `use_drive` mounts Google Drive and keeps both there, since Colab's own disk goes with the session.
    """
    root = find_root()
    if on_colab() and use_drive:
        from google.colab import drive

        drive.mount(str(DRIVE))
        root = DRIVE / "MyDrive" / "dcgan-tf"
        root.mkdir(parents=True, exist_ok=True)
    elif use_drive:
        raise DcganError("`use_drive` should be False outside Colab. Received: True. Results go to outputs/.")
    print(describe_device())
    return root


def describe_device() -> str:
    """Return one line on the devices that TensorFlow sees and the versions in use."""
    import_tensorflow()
    import keras
    import tensorflow as tf

    from dcgan_tf.machine import gpu_names, name_device

    note = "" if gpu_names() else ", no GPU"
    if note and on_colab():
        note += " (Runtime > Change runtime type > GPU is faster)"
    return f"Running on {name_device()}{note}; TensorFlow {tf.__version__}, Keras {keras.__version__}."


def run_folder(root: Path, kind: str, run: str) -> Path:
    """Return the folder of a run: `outputs/<kind>/<run>` for a name, the path itself where `run` is one.

    Raises `DcganError` where it can never be the folder of one run.
    """
    check_path("run", run)
    path = Path(run).expanduser()
    folder = root / path if len(path.parts) > 1 or path.is_absolute() else root / "outputs" / kind / run
    place, outputs = folder.resolve(), (root / "outputs").resolve()
    found = ""
    if run.strip() in ("", ".", "..") or root.resolve().is_relative_to(place) or place in (outputs, outputs / kind):
        found = "which holds more than one run"
    elif any(above.exists() and not above.is_dir() for above in (place, *place.parents)):
        found = "which is a file or lies below one"
    if found:
        raise DcganError(f"`run` should be the name of a run or a folder of its own. Received: {shown(run)}, {found}.")
    return folder


def show_scores(scores: dict[str, dict[str, Any]]) -> None:
    """Show what `evaluate` returned as a table, a sentence a score."""
    from IPython.display import HTML, display

    display(HTML(scores_as_html(scores)))


def show(*pictures: Path | Image.Image) -> None:
    """Show picture files or images, one below the other.

    As HTML with the file inside: Jupyter, Colab, VS Code and exported pages all play a GIF that way.
    """
    from IPython.display import HTML, display

    for picture in pictures:
        if isinstance(picture, Image.Image):
            page = io.BytesIO()
            picture.save(page, "PNG")
            content, media, name = page.getvalue(), "image/png", picture.info.get("title", "drawing")
        else:
            content, media, name = picture.read_bytes(), MEDIA[picture.suffix], picture.name
        source = f"data:{media};base64,{base64.b64encode(content).decode('ascii')}"
        style = "max-width: 100%; background: #fafafa"
        display(HTML(f'<img src="{source}" alt="{html.escape(name)}" style="{style}">'))
