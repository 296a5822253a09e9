"""Scores for people: each number with one sentence of what it means for these pictures."""

import html
import math
from collections.abc import Callable
from typing import Any

HELD_OUT = "held-out pictures"
FEW = 100  # pictures compared, below which balls are too large to show that a kind is missing
Score = dict[str, Any]


def describe_scores(scores: dict[str, Score]) -> list[tuple[str, str, str, str, str]]:
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


def scores_as_html(scores: dict[str, Score]) -> str:
    """Return the scores as an HTML table that reads on light and on dark pages."""
    numbers = next(iter(scores.values()))
    if numbers["floor_of"] == HELD_OUT:
        real = "unseen photos"
        note = "'Unseen photos' are real ones that nothing learned from: what a very good generator would get, "
        note += "as far as they are of the same kind as the training photos."
    else:
        real = "other training photos"
        note = "No photos were kept apart, so that real ones are compared with real ones that training saw too."
    note += (
        " 'Untrained' is what noise gets. Compare numbers only with the same score of other runs on the same pictures "
        f"and at the same size ({numbers['resolution']})."
    )
    heads = ("score", "generated", real, "untrained", "what it means here")
    head = "".join(f"<th style='text-align:left;padding:4px 10px'>{name}</th>" for name in heads)
    lines = [
        "".join(f"<td style='text-align:left;padding:4px 10px'>{html.escape(cell)}</td>" for cell in row)
        for row in describe_scores(scores)
    ]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{html.escape(note)}</p>"


def _closed(score: Score, *, squared: bool) -> str:
    """Return how much of the way from noise to unseen photos training has come, as half a sentence.

    Of squared distances by their roots, as one walks.
    """
    value, floor, ceiling = (score[kind] for kind in ("value", "floor", "ceiling"))
    if squared:
        value, floor, ceiling = (math.sqrt(max(each, 0.0)) for each in (value, floor, ceiling))
    if ceiling <= floor:
        return "this score cannot tell noise from unseen photos here"
    if value <= floor:
        return "the generated pictures are as near as unseen photos are, or nearer"
    if value >= ceiling:
        return "the generated pictures are no nearer than what the untrained generator makes"
    return f"training has come {(ceiling - value) / (ceiling - floor):.0%} of the way from noise to unseen photos"


def _of_hundred(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def _kid(score: Score) -> str:
    return f"How far the generated pictures as a whole are from the real ones: {_closed(score, squared=True)}."


def _kid_held_out(score: Score) -> str:
    apart = f"{score['floor']:.2g}" if score["floor"] > score["floor_spread"] else "no more than chance"
    return (
        f"The same against photos that training never saw, which themselves lie {apart} from the training photos: "
        f"{_closed(score, squared=True)}. Copies would get that too; novelty and near-copies tell them."
    )


def _fid(score: Score) -> str:
    return (
        f"An older measure of the same; with few pictures ({score['n']['compared']} here) it is too large even for "
        f"real ones, so look only at where it lies between its neighbors: {_closed(score, squared=True)}."
    )


def _share(what: str) -> Callable[[Score], str]:
    """Return the sentence of a share of pictures, of unseen photos beside it."""

    def tell(score: Score) -> str:
        compared = score["n"]["compared"]
        few = f", too few to show that a kind is missing ({compared} compared)" if compared < FEW else ""
        return f"{_of_hundred(score['value'])} of 100 {what}; with unseen photos {_of_hundred(score['floor'])}{few}."

    return tell


def _density(score: Score) -> str:
    return f"Around a generated picture lie {score['value']:.2f} times as many real ones as around a typical real one."


def _swd(score: Score) -> str:
    return f"Difference in detail at one scale, without any network: {_closed(score, squared=False)}."


def _novelty(score: Score) -> str:
    what = "of features" if score["features"] else "of pixels"
    return (
        f"A generated picture lies {score['value']:.2f} times as far, by difference {what}, from the nearest of "
        f"{score['n']['real']:,} training photos as an unseen photo does: 1 is as new as an unseen photo, 0 a copy, "
        "and far above 1 unlike any photo."
    )


def _copies(score: Score) -> str:
    unseen, doubles = score["n"]["unseen"], score["n"]["doubles"]
    # Two standard deviations of the share below a bound that comes from so many photos, and is uncertain by as much.
    most = 0.05 + 2 * math.sqrt(0.05 * 0.95 / unseen) if unseen else 0.05
    aside = f" ({doubles} with an exact double set aside)" if doubles else ""
    return (
        f"{_of_hundred(score['value'])} of 100 generated pictures are closer to a training photo than all but the "
        f"closest 5 of 100 unseen photos are; 5 would be chance, and with {unseen:,} unseen photos{aside} up to "
        f"{100 * most:.0f} still may be."
    )


SENTENCES: dict[str, Callable[[Score], str]] = {
    "kid_held_out": _kid_held_out,
    "kid": _kid,
    "fid": _fid,
    "precision": _share("generated pictures lie among the real ones"),
    "recall": _share("real pictures are of a kind that the generator makes too"),
    "density": _density,
    "coverage": _share("real pictures have a generated one close by"),
    "swd": _swd,
    "novelty": _novelty,
    "near_copies": _copies,
}
