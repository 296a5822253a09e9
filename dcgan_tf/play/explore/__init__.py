"""The page on which to explore a finished run: needs the packages of the extra `explore`."""

import importlib.util
from pathlib import Path

from dcgan_tf.common.errors import DcganError

NEEDED = ("ipywidgets", "anywidget")


def explore(run: str, root: Path) -> None:
    """Show the page for a run in the notebook that calls this; in the page itself, another run can be chosen.

    Args:
        run: the folder of a run, relative to `root` or absolute; empty for the newest finished one below `outputs/`.
        root: the folder that holds `outputs/`.

    Raises:
        DcganError: a package that the page needs is missing. What is wrong with a run is told in the page.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise DcganError(
            f"The page needs {' and '.join(missing)}, which should be installed. Received: an environment without. "
            'Install it with `pip install "dcgan-tf[explore]"` and start again.'
        )
    from IPython.display import display

    from dcgan_tf.play.explore.page import Page

    display(Page(run, root).box)
