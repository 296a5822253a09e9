"""Scores for people: each number with one sentence of what it means for these pictures."""

import html
from collections.abc import Callable
from typing import Any

HELD_OUT = "held-out pictures"
HEADS = ("score", "generated", "unseen photos", "untrained", "what it means here")


def describe_scores(scores: dict[str, dict[str, Any]]) -> list[tuple[str, str, str, str, str]]:
    """Return a row a score: name, value, floor, ceiling, and a sentence for who has never heard of it."""
    rows = []
    for name, score in scores.items():
        tell = next(tell for start, tell in SENTENCES.items() if name.startswith(start))
        sentence = tell(score)
        if score["floor_of"] != HELD_OUT:
            sentence = sentence.replace("an unseen photo", "another training photo")
            sentence = sentence.replace("unseen photo", "other training photo")
        numbers = [f"{score[kind]:.4g}" for kind in ("value", "floor", "ceiling")]
        if "spread" in score:
            numbers[0] += f" ± {score['spread']:.1g}"
        rows.append((name, *numbers, sentence))
    return rows


def scores_as_html(scores: dict[str, dict[str, Any]]) -> str:
    """Return the scores as an HTML table that reads on light and on dark pages."""
    numbers = next(iter(scores.values()))
    note = (
        f"'Unseen photos' is what a perfect generator would get ({numbers['floor_of']}), 'untrained' what noise gets. "
        "Compare numbers only with the same score of other runs on the same pictures and at the same size "
        f"({numbers['resolution']})."
    )
    head = "".join(f"<th style='text-align:left;padding:4px 10px'>{name}</th>" for name in HEADS)
    lines = [
        "".join(f"<td style='text-align:left;padding:4px 10px'>{html.escape(cell)}</td>" for cell in row)
        for row in describe_scores(scores)
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{html.escape(note)}</p>"


def _closed(score: dict[str, Any]) -> str:
    """Return how much of the way from noise to unseen photos training has come, as half a sentence."""
    way = score["ceiling"] - score["floor"]
    if way <= 0:
        return "this score cannot tell noise from unseen photos here"
    done = (score["ceiling"] - score["value"]) / way
    return f"training has come {min(max(done, 0.0), 1.0):.1%} of the way from noise to unseen photos"


def _of_hundred(score: dict[str, Any]) -> str:
    return f"{100 * score['value']:.0f}"


def _kid(score: dict[str, Any]) -> str:
    return f"How far the generated pictures as a whole are from the real ones: {_closed(score)}."


def _novelty(score: dict[str, Any]) -> str:
    what = "of features" if score["features"] else "of pixels"
    return (
        f"A generated picture lies {score['value']:.2f} times as far, by difference {what}, from the nearest of "
        f"{score['n']['real']:,} training photos as an unseen photo does: 1 is as new as an unseen photo, 0 a copy."
    )


def _copies(score: dict[str, Any]) -> str:
    return (
        f"{_of_hundred(score)} of 100 generated pictures are closer to a training photo than all but the closest 5 of "
        "100 unseen photos are; about 5 would be chance."
    )


SENTENCES: dict[str, Callable[[dict[str, Any]], str]] = {
    "kid_held_out": lambda score: (
        "The same against photos that training never saw, which themselves lie "
        f"{score['floor']:.2g} from the training photos: where this is larger than the line above by much more than "
        f"that, photos were learned by heart; {_closed(score)}."
    ),
    "kid": _kid,
    "fid": lambda score: (
        f"An older measure of the same; with few pictures ({score['n']['compared']} here) it is too large even for "
        f"real ones, so look only at where it lies between its neighbors: {_closed(score)}."
    ),
    "precision": lambda score: f"{_of_hundred(score)} of 100 generated pictures lie among the real ones.",
    "recall": lambda score: f"{_of_hundred(score)} of 100 real pictures are of a kind that the generator makes too.",
    "density": lambda score: (
        f"Around a generated picture lie {score['value']:.2f} times as many real ones as around a typical real one."
    ),
    "coverage": lambda score: f"{_of_hundred(score)} of 100 real pictures have a generated one close by.",
    "swd": lambda score: f"Difference in detail at one scale, without any network: {_closed(score)}.",
    "novelty": _novelty,
    "near_copies": _copies,
}
