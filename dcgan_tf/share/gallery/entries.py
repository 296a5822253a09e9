"""One run for the gallery: texts, pictures and scores. Nothing in a run folder is trusted."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dcgan_tf.common.checks import is_finite
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.pixels import COLORS
from dcgan_tf.common.text import cut_paths, one_line
from dcgan_tf.draw.grids import MOST_NAMED, grid_shape
from dcgan_tf.draw.pages import number
from dcgan_tf.judge.scores import SCORES, Score, read_scores
from dcgan_tf.judge.table import Row, describe_scores
from dcgan_tf.run.records import of_today
from dcgan_tf.run.run import Run
from dcgan_tf.share.gallery.pictures import Pictures, Room, read_pictures

SAID = ("value", "floor", "ceiling")


@dataclass(frozen=True)
class Entry:
    """A finished run as the page shows it. Its texts are not trusted."""

    name: str  # the path of its folder below outputs/
    title: str
    sha256: str  # of its pictures
    count: int  # pictures in its grid
    kimg: str
    finished: datetime | None
    config: dict[str, str]
    facts: dict[str, str]  # pictures, classes, time, machine
    warnings: list[str]
    pictures: Pictures
    notes: list[str] = field(default_factory=list)  # what is missing or damaged, of scores
    scores: dict[str, Score] = field(default_factory=dict)  # the valid ones of scores.json
    rows: dict[str, Row] = field(default_factory=dict)  # of these scores, as `describe_scores` returns them


def describe_run(run: Run, name: str, outputs: Path, room: Room) -> Entry:
    """Return the entry of a run called `name`, with the pictures that fit into `room`."""
    info, data = run.info, run.info["data"]

    def clean(text: object) -> str:
        return without_paths(text, outputs, data.get("folder")) if isinstance(text, str) else ""

    columns, rows, _ = grid_shape(run.config.shape)
    fallback = "There was a warning; see run.json."
    entry = Entry(
        name=name,
        title=clean(run.title) or name,
        sha256=one_line(data["sha256"])[:64],
        count=columns * (min(run.config.classes, MOST_NAMED) or rows),
        kimg=number(run.kimg_done),
        finished=_moment(info.get("finished")),
        config={spec: number(value) if isinstance(value, float) else str(value) for spec, value in
                run.config.to_dict().items() if spec != "class_names"},
        facts={label: fact for label, fact in _facts(run, clean).items() if fact},
        warnings=[clean(warning.get("message")) or fallback for warning in info.get("warnings") or ()],
        pictures=read_pictures(run, room),
    )  # fmt: skip
    _add_scores(entry, run.folder)
    return entry


def without_paths(text: str, outputs: Path, *others: object) -> str:
    """Return text from a run's folder as one line without paths of this machine; "" if one may be left."""
    for base in dict.fromkeys((str(outputs), str(outputs.resolve()))):
        text = text.replace(f"{base}{os.sep}", f"{outputs.name}/").replace(base, outputs.name)
    for path in others:
        if isinstance(path, str) and Path(path).is_absolute() and len(path) > 1:
            text = text.replace(path, "its folder")
    text = one_line(text)
    return text if cut_paths(text) == text else ""


def _facts(run: Run, clean: Callable[[object], str]) -> dict[str, str]:
    """Return facts about pictures, training and machine by label; "" for those that run.json lacks."""
    info, data, machine = run.info, run.info["data"], run.info["environment"]
    color = COLORS[run.config.channels]
    size = "x".join(number(data.get(side)) or "?" for side in ("height", "width"))
    skipped = len(data["skipped"]) if isinstance(data.get("skipped"), list) else 0
    packages = machine.get("packages")
    packages = {"Python": machine.get("python")} | (packages if isinstance(packages, dict) else {})
    versions = [f"{clean(name)} {clean(version)}" for name, version in packages.items() if clean(version)]
    best = of_today(info.get("best") or {})
    kept = number(best.get("kid"), 3), number(best.get("kimg")), number(best.get("blur"), 2)
    cores = number(machine.get("cpu_count"))
    system = clean(machine.get("platform")).split("-")[0]  # the rest names this one machine's kernel
    return {
        "Pictures": f"{clean(run.title)}: {number(data['n'])} of {size}, {color}",
        "Classes": _classes(run.config.class_names, clean),
        "Source": clean(data.get("source")),
        "Left out": f"{skipped:,} files that could not be read" if skipped else "",
        "Fingerprint of the pictures": clean(data["sha256"])[:12],
        "Trained": f"{number(run.kimg_done)} kimg in {_duration(info['seconds'])}",
        "Best in training": f"KID {kept[0]} at {kept[1]} kimg (best.keras)" if all(kept[:2]) else "",
        "As far as": f"photos blurred by {kept[2]} pixels" if kept[2] else "",
        "Machine": ", ".join(filter(None, (clean(machine.get("device")), f"{cores} cores" if cores else "", system))),
        "Precision": clean(machine["precision"]) + (", compiled by XLA" if machine.get("xla") is True else ""),
        "Versions": ", ".join(versions),
    }  # fmt: skip


def _classes(names: Sequence[str], clean: Callable[[object], str]) -> str:
    """Return how many classes there are and the names of the first, or "" if there are none."""
    first = [clean(name) or "?" for name in names[:MOST_NAMED]]
    return f"{len(names):,}: {', '.join(first)}{', ...' if len(names) > len(first) else ''}" if names else ""


def _moment(text: object) -> datetime | None:
    """Return a time from run.json, or None if it is not one."""
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _duration(seconds: float) -> str:
    """Return a duration such as "2 h 5 min"."""
    if not is_finite(seconds) or seconds >= 1e9:
        return "an impossible time"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _add_scores(entry: Entry, folder: Path) -> None:
    """Add the valid scores with their sentences, and a note for each damaged one."""
    try:
        scores = read_scores(folder)
    except DcganError:
        entry.notes.append(f"{SCORES} is damaged.")
        return
    if not scores:
        entry.notes.append(f"{SCORES} is missing: evaluate the run to get scores.")
    for key, score in scores.items():
        name = one_line(key)
        if cut_paths(name) != name:
            entry.notes.append(f"A score in {SCORES} has a path as its name.")
            continue
        try:
            if not all(is_finite(score[kind]) for kind in SAID) or not is_finite(score.get("spread", 0)):
                raise ValueError
            (row,) = describe_scores({name: score})
            shown = " ".join([*row, str(score.get("resolution", ""))])
            if cut_paths(shown) != shown:
                raise ValueError
        except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
            entry.notes.append(f"{name[:80]} in {SCORES} is damaged.")
            continue
        entry.rows[name], entry.scores[name] = row, score


def comparable_groups(entries: Sequence[Entry], name: str) -> list[int | None]:
    """Return a number for each run, equal for runs whose scores can be compared; None for a run without the score."""
    ways: dict[str, int] = {}
    measured = [_how_measured(entry, name) if name in entry.scores else None for entry in entries]
    return [None if way is None else ways.setdefault(way, len(ways)) for way in measured]


def _how_measured(entry: Entry, name: str) -> str:
    """Return what a score depends on: scores of two runs can be compared if it is the same."""
    score = entry.scores[name]
    by = [score.get(key) for key in ("features", "features_version", "resolution", "floor_of", "n", "k")]
    return json.dumps([entry.sha256, *by], sort_keys=True)
