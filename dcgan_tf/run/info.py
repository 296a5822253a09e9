"""run.json: what it holds, and checks of what is read from it."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dcgan_tf.common.checks import COLOR, is_finite
from dcgan_tf.common.errors import DamagedError, DcganError
from dcgan_tf.data.classes import class_counts
from dcgan_tf.data.images import ImageSet

FORMAT = 1  # of run.json; grows when an older version could not read it any more
STATES = ("training", "finished", "interrupted", "failed")
REMEDY = "Run the same training again to restore it from the newest checkpoint."


def read_info(path: Path) -> dict[str, Any]:
    """Return run.json after checking every value that others rely on; raises `DcganError` if it is damaged."""
    try:
        info = json.loads(path.read_bytes())
    except OSError as error:
        raise DcganError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise DamagedError(f"{path} is damaged: it is not JSON ({str(error)[:200]}). {REMEDY}") from error
    info = info if isinstance(info, dict) else {}
    written = info.get("format", FORMAT)
    if isinstance(written, int) and written > FORMAT:
        raise DcganError(
            f"{path} was written by a newer version of dcgan-tf: its format is {written}, and this one reads {FORMAT}. "
            "Update dcgan-tf."
        )
    wrong = [name for name, is_right in CHECKS.items() if not is_right(info.get(name))]
    if wrong:
        raise DamagedError(f"{path} is damaged: `{wrong[0]}` is missing or wrong. {REMEDY}")
    return info


def _is_length(value: object) -> bool:
    return is_finite(value) and value >= 0


def _is_start(value: object) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(key), str) for key in ("folder", "title", "sha256", "weights"))
        and isinstance(value.get("n"), int)
        and _is_length(value.get("kimg"))
    )


def _are_ranges(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(ends, list) and len(ends) == 2 and all(map(is_finite, ends)) and ends[0] < ends[1]
        for ends in value.values()
    )


def _is_step(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("step"), int)


# The values of run.json that other modules read without checking them again.
CHECKS: dict[str, Callable[[Any], bool]] = {
    "config": lambda value: isinstance(value, dict),
    "data": lambda value: (
        isinstance(value, dict)
        and all(isinstance(value.get(key), str) for key in ("title", "sha256"))
        and isinstance(value.get("n"), int)
        and _are_ranges(value.get("ranges", {}))
        and COLOR.fullmatch(str(value.get("background", "white")))
    ),
    "start": lambda value: (
        value is None
        or (_is_start(value) and isinstance(value.get("before"), list) and all(map(_is_start, value["before"])))
    ),
    "environment": lambda value: isinstance(value, dict) and isinstance(value.get("precision"), str),
    "state": lambda value: value in STATES,
    "kimg_done": _is_length,
    "seconds": _is_length,
    "warnings": lambda value: value is None or (isinstance(value, list) and all(_is_step(each) for each in value)),
    "best": lambda value: value is None or _is_step(value),
}


def describe_data(images: ImageSet, class_names: Sequence[str] = ()) -> dict[str, Any]:
    """Return `data` of run.json: the training images, how many each class has, and how they were read."""
    about = {"title": images.title, "source": images.source, "folder": images.folder, "background": images.background}
    shape = dict(zip(("n", "height", "width", "channels"), images.pixels.shape, strict=True))
    shape |= {"class_counts": class_counts(images, class_names)} if class_names else {}
    told = {"skipped": [list(pair) for pair in images.skipped], "notes": list(images.notes)}
    ranges = {kind: list(ends) for kind, ends in images.ranges.items()}
    return about | shape | {"sha256": images.sha256, **told, "ranges": ranges}


def now() -> str:
    """Return the current time in UTC as ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
