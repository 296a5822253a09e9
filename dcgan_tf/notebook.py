"""Helpers of the notebooks: the project folder, Colab, and showing pictures and scores."""

from pathlib import Path
from typing import Any

from PIL import Image

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.machine import check_drive, gpu_names, name_device, on_colab
from dcgan_tf.common.quiet import import_tensorflow
from dcgan_tf.common.text import why
from dcgan_tf.draw.inline import file_address, image_tag, png_address
from dcgan_tf.judge.table import scores_as_html
from dcgan_tf.run.places import find_root

DRIVE = Path("/content/drive")  # where Colab mounts Google Drive


def prepare(use_drive: bool = False, *, trains: bool = True) -> Path:
    """Return the folder for `data/` and `outputs/`, and print the device and the versions.

    On Colab, `use_drive` mounts Google Drive and keeps both there: Colab's own disk is lost with the session. Raises
    `DcganError` outside Colab, or if Drive cannot be mounted. A notebook that `trains` waits for the other workers of
    TF_CONFIG, if there are any; see `join_workers` for errors.
    """
    root = find_root()
    check_drive(use_drive)
    if use_drive:
        root = _mount_drive()
    import_tensorflow(trains=trains)
    import keras
    import tensorflow as tf

    note = "" if gpu_names() else ", no GPU"
    if note and on_colab():
        note += " (Runtime > Change runtime type > GPU is faster)"
    print(f"Running on {name_device()}{note}; TensorFlow {tf.__version__}, Keras {keras.__version__}.")
    return root


def _mount_drive() -> Path:
    """Mount Google Drive and return our folder there."""
    from google.colab import drive

    try:
        drive.mount(str(DRIVE))
    except Exception as error:  # without access: an error of Colab's own, ValueError, NotImplementedError, pexpect's
        raise DcganError(
            f"Google Drive could not be mounted ({why(error)}). Run the cell again and allow access, or set "
            "`use_drive` to False."
        ) from error
    root = DRIVE / "MyDrive" / "dcgan-tf"
    root.mkdir(parents=True, exist_ok=True)
    return root


def show_scores(scores: dict[str, dict[str, Any]]) -> None:
    """Show the scores that `evaluate` returned as a table, with a sentence for each."""
    from IPython.display import HTML, display

    display(HTML(scores_as_html(scores)))


def show(*pictures: Path | Image.Image) -> None:
    """Show picture files or images, one below the other.

    The HTML holds the files themselves, so Jupyter, Colab, VS Code and exported pages all play a GIF.
    """
    from IPython.display import HTML, display

    for picture in pictures:
        if isinstance(picture, Image.Image):
            address, name = png_address(picture, compression=6), picture.info.get("title", "drawing")
        else:
            address, name = file_address(picture), picture.name
        display(HTML(image_tag(address, name)))
