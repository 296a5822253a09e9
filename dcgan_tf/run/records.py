"""history.jsonl and kid.jsonl: the numbers of a run's curves, one JSON object per line."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dcgan_tf.common.checks import is_finite
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_text

HISTORY, KID_CURVE = "history.jsonl", "kid.jsonl"
COLUMNS = {  # that a record of each file must have; newer versions may add others
    HISTORY: ("step", "kimg", "seconds", "g_loss", "d_loss", "real_score", "fake_score", "img_per_s"),
    KID_CURVE: ("step", "kimg", "kid"),
}


def read_records(folder: Path, name: str) -> list[dict[str, float]]:
    """Return the records of a .jsonl file, oldest first; none if there is no file.

    Raises `DcganError` with the number of a damaged line.
    """
    path = folder / name
    if not path.is_file():
        return []
    try:
        lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise DcganError(f"{path} cannot be read: {error.strerror or error}.") from error
    return [_read_line(path, number, line) for number, line in enumerate(lines, start=1)]


def _read_line(path: Path, number: int, line: str) -> dict[str, float]:
    """Return the record in one line of a file."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # reported below
        record = None
    if path.name == KID_CURVE:
        record = of_today(record)
    names = COLUMNS[path.name]
    if not isinstance(record, dict) or not all(is_finite(record.get(name)) for name in names):
        raise DcganError(
            f"Line {number} of {path} is damaged: it should hold numbers for {', '.join(names)}. Delete the line; an "
            "unfinished run rewrites the file when it goes on."
        )
    return record


def of_today(point: Any) -> Any:  # noqa: ANN401 - whatever a line of kid.jsonl holds
    """Return a point of a KID curve as it is written today; earlier ones were measured by the random network alone."""
    if not isinstance(point, dict) or "kid_random" not in point:
        return point
    rest = {name: value for name, value in point.items() if name != "kid_random"}
    return {"features": "random"} | rest | {"kid": point["kid_random"]}


def comparable(points: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """Return the points of a KID curve that were measured by the same feature network as the last one, unchanged since.

    Points from before an update cannot be compared with them.
    """

    def judge(point: dict[str, float]) -> tuple:
        return point.get("features"), point.get("features_version")

    return [point for point in points if judge(point) == judge(points[-1])]


def write_records(folder: Path, name: str, records: Sequence[dict[str, float]]) -> None:
    """Write all records of a .jsonl file."""
    write_text(folder / name, "".join(json.dumps(record, allow_nan=False) + "\n" for record in records))
