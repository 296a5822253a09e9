"""The gallery's table of all runs side by side: what was set otherwise, and which scores best where that can be said.

The table holds everything; the page's script hides what is equal and marks what differs and what is best, so that it
follows the choice of runs.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from html import escape

from dcgan_tf.share.gallery.entries import Entry, how_measured

COMPARED = 6  # runs that are chosen at first: more side by side are hard to read
BETTER = {  # what to look for in a score, by how its name begins
    "kid": "lower",
    "fid": "lower",
    "swd": "lower",
    "near_copies": "lower",
    "precision": "higher",
    "recall": "higher",
    "coverage": "higher",
    "density": "nearer to 1",
    "novelty": "nearer to 1",
}


def draw_comparison(entries: Sequence[Entry]) -> str:
    """Return the section that compares runs, or a sentence where there is but one."""
    head = '<section aria-labelledby="compare"><h2 id="compare">Side by side</h2>'
    if len(entries) < 2:
        return f"{head}<p>There is one run. Train another, and both are compared here.</p></section>"
    choices = "".join(
        f'<label><input type="checkbox" name="run" value="{index}"{" checked" if index < COMPARED else ""}> '
        f"{escape(entry.name)}</label>"
        for index, entry in enumerate(entries)
    )
    names = "".join(
        f'<th scope="col" data-run="{index}"><a href="#run-{index}">{breakable(entry.name)}</a>'
        f"<small>{escape(entry.title)}</small></th>"
        for index, entry in enumerate(entries)
    )
    return f"""{head}
<form class="choice" id="choice" hidden><fieldset><legend>Compare</legend>{choices}</fieldset>
<label class="only"><input type="checkbox" id="only" checked> only differences</label></form>
<p id="found" role="status"></p>
<div class="scroll" role="region" tabindex="0" aria-label="Runs side by side">
<table class="comparison" id="comparison"><caption class="unseen">Settings and scores of all runs</caption>
<thead><tr><td></td>{names}</tr></thead>
{_rows("Settings", entries, lambda entry: entry.config)}
{_rows("Pictures and machine", entries, lambda entry: entry.facts)}
{_score_rows(entries)}
</table></div>
<p class="note">A score is marked best only among runs that were judged alike: on the same pictures, by the same version
of the same feature network, and by as many pictures. The others cannot be compared, however their numbers look. Where
a score says how far chance moves it (±), runs within that of the best are as good.</p>
</section>
"""


def breakable(name: str) -> str:
    """Return a name, escaped, that may go on in a new line after _ and /."""
    return re.sub(r"([_/])", r"\1<wbr>", escape(name))


def _body(title: str, rows: Iterable[str]) -> str:
    rows = "".join(rows)
    return f'<tbody><tr class="part"><th scope="rowgroup">{title}</th></tr>{rows}</tbody>' if rows else ""


def _rows(title: str, entries: Sequence[Entry], of: Callable[[Entry], dict[str, str]]) -> str:
    """Return a row for each value that any of the runs has."""
    names = dict.fromkeys(name for entry in entries for name in of(entry))
    return _body(
        title,
        (
            f'<tr class="plain"><th scope="row">{breakable(name)}</th>'
            + "".join(
                f'<td data-run="{index}">{escape(of(entry).get(name, "none"))}</td>'
                for index, entry in enumerate(entries)
            )
            + "</tr>"
            for name in names
        ),
    )


def comparable_groups(entries: Sequence[Entry], name: str) -> list[int | None]:
    """Return a number for each run, the same where the score can be compared; None for a run without it."""
    ways: dict[str, int] = {}
    measured = [how_measured(entry, name) if name in entry.scores else None for entry in entries]
    return [None if way is None else ways.setdefault(way, len(ways)) for way in measured]


def _score_rows(entries: Sequence[Entry]) -> str:
    """Return a row for each score, with what the script needs to find the best."""
    names = dict.fromkeys(name for entry in entries for name in entry.scores)
    return _body("Scores", (_score_row(entries, name) for name in names))


def _score_row(entries: Sequence[Entry], name: str) -> str:
    better = next(better for start, better in BETTER.items() if name.startswith(start))
    cells = []
    for index, (entry, group) in enumerate(zip(entries, comparable_groups(entries, name), strict=True)):
        if group is None:
            cells.append(f'<td data-run="{index}">not judged</td>')
            continue
        score = entry.scores[name]
        numbers = next(row for row in entry.sentences if row[0] == name)
        value, spread = (float(score.get(key, 0)) for key in ("value", "spread"))
        data = f'data-group="{group}" data-value="{value!r}" data-spread="{spread!r}"'
        cells.append(f'<td data-run="{index}" {data}>{escape(numbers[1])}</td>')
    head = f'<th scope="row">{breakable(name)} <small>{better} is better</small></th>'
    return f'<tr class="score" data-better="{better}">{head}{"".join(cells)}</tr>'
