"""Checks of values and paths that come from a user; each raises `DcganError` with the name of the field."""

import math
import re
from collections.abc import Sequence
from numbers import Integral, Real
from pathlib import Path

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown

COLOR = re.compile(r"white|black|#[0-9a-f]{6}")
SIDES = re.compile(r"(\d{1,9})(?:x(\d{1,9}))?", re.ASCII | re.IGNORECASE)


def check_number(name: str, value: object, low: float, high: float) -> float:
    """Return a number from `low` to `high` as a plain float; raises `DcganError` for anything else."""
    value = _plain(value)
    if _is_number(value, Real) and low <= value <= high:  # False for NaN; an int of any length compares
        return float(value) + 0.0  # never -0.0
    raise DcganError(f"`{name}` should be a number from {low:g} to {high:g}. Received: {shown(value)}.")


def check_count(name: str, value: object, low: int, high: int | None = None) -> int:
    """Return a whole number from `low` to `high` (None: any) as a plain int; raises `DcganError` for anything else."""
    value = _plain(value)
    if _is_number(value, Integral) and low <= value and (high is None or value <= high):
        return int(value)
    bounds = f"of at least {low:,}" if high is None else f"from {low:,} to {high:,}"
    raise DcganError(f"`{name}` should be a whole number {bounds}. Received: {shown(value)}.")


def check_choice(name: str, value: object, choices: Sequence[object]) -> object:
    """Return the choice equal to `value` and of the same type; raises `DcganError` for anything else."""
    value = _plain(value)
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return choice
    raise DcganError(f"`{name}` should be one of {', '.join(map(repr, choices))}. Received: {shown(value)}.")


def check_size(name: str, value: object, low: int, high: int) -> tuple[int, int]:
    """Return height and width from `low` to `high` of 64, "64", "48x64" or (48, 64); raises `DcganError` for others."""
    found = SIDES.fullmatch(value) if isinstance(value, str) else None
    if found:
        sides: Sequence[object] = [int(side) for side in found.groups() if side]
    else:
        sides = (
            [_plain(each) for each in value] if isinstance(value, list | tuple) and len(value) == 2 else [_plain(value)]
        )
    if all(_is_number(side, Integral) and low <= side <= high for side in sides):
        return int(sides[0]), int(sides[-1])
    raise DcganError(
        f"`{name}` should be a whole number from {low:,} to {high:,}, or height x width such as 48x64. "
        f"Received: {shown(value)}."
    )


def size_name(height: int, width: int) -> int | str:
    """Return a size as `check_size` takes it: 64 for a square, else "48x64"."""
    return height if height == width else f"{height}x{width}"


def check_color(name: str, value: object) -> str:
    """Return a colour in lower case: white, black or #rrggbb; raises `DcganError` for anything else."""
    if isinstance(value, str) and COLOR.fullmatch(value.lower()):
        return value.lower()
    raise DcganError(f"`{name}` should be white, black or #rrggbb, such as #80c0ff. Received: {shown(value)}.")


def check_path(name: str, text: str) -> None:
    """Raise `DcganError` if the text cannot be a path: too long, contains NUL, or names an unknown user."""
    try:
        Path(text).expanduser().stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # a possible path; whether it has to exist is checked where it is used
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise DcganError(f"`{name}` should be a possible path. Received: {shown(text)} ({reason}).") from None


def is_there(path: Path) -> bool:
    """Return whether the file exists; raises `DcganError` if its folder cannot be read."""
    try:
        return path.is_file()
    except OSError as error:
        raise DcganError(f"{path} cannot be read: {error.strerror or error}.") from error


def is_finite(value: object) -> bool:
    """Return whether the value is a finite int or float, as in JSON."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _plain(value: object) -> object:
    """Return a NumPy scalar as a Python number: float16 would compare at its own precision and pass any bound."""
    return value.item() if isinstance(value, np.generic) else value
