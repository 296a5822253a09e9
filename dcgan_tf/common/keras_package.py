"""A check of Keras before it is imported: the right package, on TensorFlow, with settings that it takes."""

import importlib.util
import json
import os
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown

INSTALLED = {"keras": ("keras",), "tensorflow": ("tensorflow", "tensorflow-cpu")}  # import name: package names
# What Keras takes in keras.json (keras/src/backend/config.py): otherwise it cannot be imported.
SETTINGS = {"floatx": ("float32", "float16", "float64"), "image_data_format": ("channels_last", "channels_first")}


def check_keras() -> None:
    """Raise `DcganError` if Keras cannot be imported, or runs, or would run, on another backend.

    It cannot if another file hides its package or TensorFlow's, or for what the user's keras.json holds.
    """
    for name, packages in INSTALLED.items():
        _check_not_hidden(name, packages)
    keras = sys.modules.get("keras")
    if keras is None:
        _check_settings()
    backend = keras.backend.backend() if keras else os.environ.get("KERAS_BACKEND")
    if backend != "tensorflow":
        raise DcganError(
            f"The backend of Keras should be 'tensorflow'. Received: {backend!r}. "
            "Set the environment variable KERAS_BACKEND=tensorflow and start again."
        )


def _check_settings() -> None:
    """Raise `DcganError` if keras.json holds a setting that Keras does not take; it ignores a file that is no JSON."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")  # noqa: PTH111, PTH118
    path = Path(home, "keras.json")
    try:
        settings = json.loads(path.read_text())
    except (OSError, ValueError):
        return
    if not isinstance(settings, dict):
        raise DcganError(f"{path} should hold settings of Keras by name. Received: {shown(settings)}. Delete it.")
    for name, choices in SETTINGS.items():
        if settings.get(name, choices[0]) not in choices:
            raise DcganError(
                f"`{name}` in {path} should be one of {', '.join(choices)}. Received: {shown(settings[name])}."
            )
    if not isinstance(settings.get("epsilon", 1e-7), float):
        raise DcganError(f"`epsilon` in {path} should be a fraction. Received: {shown(settings['epsilon'])}.")


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
