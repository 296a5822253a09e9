"""Writing files so that a reader, or the next run, never meets half of one."""

import json
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: Path, write: Callable[[Path], object]) -> Path:
    """Call `write` with a path beside `path`, then put the finished file in its place; return `path`.

    The file beside keeps the ending of `path`, because writers choose the format by it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".partial-{path.name}")  # one name: what a killed process left is written over
    try:
        write(beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def write_json(path: Path, value: object) -> Path:
    """Write `value` as indented JSON."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return write_atomically(path, lambda beside: beside.write_text(text, encoding="utf-8"))
