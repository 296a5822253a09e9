"""A check of Keras before it is imported: the right package, on TensorFlow."""

import importlib.util
import os
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from dcgan_tf.common.errors import DcganError

INSTALLED = {"keras": ("keras",), "tensorflow": ("tensorflow", "tensorflow-cpu")}  # import name: package names


def check_keras() -> None:
    """Raise `DcganError` if Keras runs, or would run, on another backend, or another file hides a package."""
    for name, packages in INSTALLED.items():
        _check_not_hidden(name, packages)
    keras = sys.modules.get("keras")
    backend = keras.backend.backend() if keras else os.environ.get("KERAS_BACKEND")
    if backend != "tensorflow":
        raise DcganError(
            f"The backend of Keras should be 'tensorflow'. Received: {backend!r}. "
            "Set the environment variable KERAS_BACKEND=tensorflow and start again."
        )


def _check_not_hidden(name: str, packages: tuple[str, ...]) -> None:
    """Raise `DcganError` if Python finds another file or folder of this name before the installed package."""
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is None or not spec.origin:
        return
    for package in packages:
        try:
            installed = Path(str(distribution(package).locate_file(name))).resolve()
        except PackageNotFoundError:
            continue
        found = Path(spec.origin).resolve()
        if installed.is_dir() and found.parent != installed:
            raise DcganError(
                f"{found} hides the installed package {name}. Rename it, start from another folder, or take its folder "
                "out of PYTHONPATH."
            )
        return
