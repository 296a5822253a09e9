"""history.jsonl and kid.jsonl: the numbers of a run's curves, one JSON object per line."""

import json
from collections.abc import Sequence
from pathlib import Path

from dcgan_tf.common.checks import is_finite
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_text

HISTORY, KID_CURVE = "history.jsonl", "kid.jsonl"
COLUMNS = {  # that a record of each file must have; newer versions may add others
    HISTORY: ("step", "kimg", "seconds", "g_loss", "d_loss", "real_score", "fake_score", "img_per_s"),
    KID_CURVE: ("step", "kimg", "kid_random"),
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
    names = COLUMNS[path.name]
    if not isinstance(record, dict) or not all(is_finite(record.get(name)) for name in names):
        raise DcganError(
            f"Line {number} of {path} is damaged: it should hold numbers for {', '.join(names)}. Delete the line; an "
            "unfinished run rewrites the file when it goes on."
        )
    return record


def comparable(points: Sequence[dict[str, float]]) -> list[dict[str, float]]:
    """Return the points of a KID curve that were measured by the same version of the feature network as the last one.

    Points from before an update cannot be compared with them.
    """
    version = points[-1].get("features_version") if points else None
    return [point for point in points if point.get("features_version") == version]


def write_records(folder: Path, name: str, records: Sequence[dict[str, float]]) -> None:
    """Write all records of a .jsonl file."""
    write_text(folder / name, "".join(json.dumps(record, allow_nan=False) + "\n" for record in records))
