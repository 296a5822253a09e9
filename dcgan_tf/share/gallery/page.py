"""The gallery as one HTML page, which makes no network requests; its markup is in gallery.html.j2.

The table of all runs side by side is complete. The page's script hides equal rows and marks differences and the best
scores among the chosen runs.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib import resources

from markupsafe import Markup

from dcgan_tf.draw.pages import render_html
from dcgan_tf.judge.registry import find_metric
from dcgan_tf.judge.table import heads_and_note
from dcgan_tf.share.gallery.entries import Entry, comparable_groups

PACKAGE = "dcgan_tf.share.gallery"
COMPARED = 6  # runs chosen at first; more are hard to read side by side
LISTED = ("Pictures", "Classes", "Trained", "Machine")  # facts always shown; the others can be unfolded
FILM_TITLES = {
    "progress.gif": ("Learning", "the same pictures through training, from noise to the end"),
    "interpolation.gif": ("A walk through the latent space", "generated pictures that turn into one another"),
}


def draw_page(entries: Sequence[Entry], left_out: Sequence[str]) -> str:
    """Return the page: the runs, and the sentences of `left_out` on runs that are not shown."""
    files = resources.files(PACKAGE)
    style, script = (files.joinpath(f"gallery.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    values = {
        "style": Markup(style),
        "style_hash": _hash(style),
        "script": Markup(script),
        "script_hash": _hash(script),
        "entries": entries,
        "left_out": left_out,
        "megabytes": f"{max(1, round(sum(entry.pictures.size for entry in entries) / 1e6)):,}",
        "settings": dict.fromkeys(name for entry in entries for name in entry.config),
        "facts": dict.fromkeys(name for entry in entries for name in entry.facts),
        "scores": _score_rows(entries),
        "compared": COMPARED,
        "listed": LISTED,
        "film_titles": FILM_TITLES,
        "heads_and_note": heads_and_note,
    }
    return render_html(PACKAGE, "gallery.html.j2", values)


def _hash(text: str) -> str:
    """Return the source expression that allows exactly this style or script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _score_rows(entries: Sequence[Entry]) -> list[tuple[str, str, list[int | None]]]:
    """Return the name of each score that a run has, its better direction, and which runs can be compared by it."""
    names = dict.fromkeys(name for entry in entries for name in entry.scores)
    return [(name, find_metric(name).better, comparable_groups(entries, name)) for name in names]
