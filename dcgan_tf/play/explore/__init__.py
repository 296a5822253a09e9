"""The explore page of a finished run, which needs the packages of the extra `explore`."""

import importlib.util
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.machine import on_colab


def explore(run: str, root: Path) -> None:
    """Show the explore page of a run in the calling notebook; the page also lists the other runs.

    `run` is the folder of a run, relative to `root` or absolute; empty for the newest finished one below
    `root/outputs`. If the run cannot be opened, the page says why. Raises `DcganError` if a package is missing.
    """
    require("ipywidgets", "anywidget")
    from IPython.display import display

    if on_colab():  # which otherwise shows no widgets but those of ipywidgets
        from google.colab import output

        output.enable_custom_widget_manager()
    from dcgan_tf.play.explore.page import Page

    display(Page(run, root).box)


def require(*packages: str) -> None:
    """Raise `DcganError` if a package that the page needs is not installed."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        needs = f"The explore page needs {' and '.join(missing)}."
        raise DcganError(f'{needs} Install it with `pip install "dcgan-tf[explore]"` and start again.')
