"""Google Drive as the folder in the environment variable FAKE_DRIVE."""

import os
from pathlib import Path


def mount(mountpoint: str) -> None:
    """Put the folder in the place of the mount point, which only root could make."""
    import dcgan_tf.notebook

    assert mountpoint == str(dcgan_tf.notebook.DRIVE) == "/content/drive"
    dcgan_tf.notebook.DRIVE = Path(os.environ["FAKE_DRIVE"])
    print(f"Mounted at {mountpoint}")
