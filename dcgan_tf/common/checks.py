"""Checks of numbers and paths that come from a user."""

import math
from numbers import Integral
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown


def is_there(path: Path) -> bool:
    """Return whether there is such a file; raises `DcganError` where nobody may look."""
    try:
        return path.is_file()
    except OSError as error:
        raise DcganError(f"{path} should be readable, but is not: {error.strerror or error}.") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def check_path(name: str, text: str) -> None:
    """Raise `DcganError` for what can be no path here: too long, with a NUL in it, or of an unknown home."""
    try:
        Path(text).expanduser().stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # a possible path: what has to be there is checked by whoever reads it
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DcganError(f"`{name}` should be a path that can be there. Received: {shown(text)} ({reason}).") from None


def check_count(name: str, value: object, low: int, high: int) -> None:
    """Raise `DcganError` unless the value is a whole number from `low` to `high`."""
    if not isinstance(value, Integral) or isinstance(value, bool) or not low <= value <= high:
        raise DcganError(f"`{name}` should be a whole number from {low:,} to {high:,}. Received: {shown(value)}.")
