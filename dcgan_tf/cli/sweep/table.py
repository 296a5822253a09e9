"""The table at the end of a sweep: scores by parameters, best first, as one page."""

import statistics
from pathlib import Path
from typing import NamedTuple

from dcgan_tf.cli.sweep.plan import Plan, combinations
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.files import write_text
from dcgan_tf.draw.pages import render_html
from dcgan_tf.judge.scores import read_scores

SHOWN = ("blur", "kid", "precision", "recall", "near_copies")  # scores, by the beginning of their names
SCALES = {"kid": 1000.0}


class Line(NamedTuple):
    """The runs of one combination of parameters."""

    values: tuple[str, ...]
    runs: tuple[str, ...]  # folders of the finished ones
    scores: dict[str, list[float]]  # of each of them, by name


def write_table(plan: Plan) -> Path:
    """Write table.html into the sweep's folder and return its path."""
    lines = [_line(plan, values, [cell.name for cell in cells]) for values, cells in combinations(plan).items()]
    names = list(dict.fromkeys(name for line in lines for name in line.scores))
    first = next((name for name in names if name.startswith("kid")), None)
    lines.sort(key=lambda line: statistics.mean(line.scores[first]) if first in line.scores else float("inf"))
    values = {
        "title": plan.folder.name,
        "varied": plan.varied or ("parameters",),
        "names": names,
        "lines": lines,
        "tell": _tell,
        "finished": sum(len(line.runs) for line in lines),
        "planned": len(plan.cells),
    }
    return write_text(plan.folder / "table.html", render_html("dcgan_tf.cli.sweep", "table.html.j2", values))


def _line(plan: Plan, values: tuple[str, ...], names: list[str]) -> Line:
    """Return the scores of the finished runs that differ in their seeds alone."""
    runs, scores = [], {}
    for name in names:
        try:
            found = read_scores(plan.folder / name)
        except DcganError:  # damaged: opening the run says so
            continue
        if not found:
            continue
        runs.append(name)
        for start in SHOWN:
            score = next((each for each in found if each.startswith(f"{start}_") and not each.endswith("pixels")), None)
            if score:
                scores.setdefault(score, []).append(float(found[score]["value"]) * SCALES.get(start, 1.0))
    return Line(values or ("",), tuple(runs), scores)


def _tell(line: Line, name: str) -> str:
    """Return the mean of a score over the seeds, and its spread."""
    found = line.scores.get(name, [])
    if not found:
        return ""
    spread = f" ± {_digits(statistics.stdev(found))}" if len(found) > 1 else ""
    return f"{_digits(statistics.mean(found))}{spread}"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
