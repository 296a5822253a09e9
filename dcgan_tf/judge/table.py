"""Scores as a table: each value beside its floor and ceiling, with a sentence that explains it."""

from dcgan_tf.draw.pages import render_html
from dcgan_tf.judge.registry import find_metric
from dcgan_tf.judge.scores import HELD_OUT, Score
from dcgan_tf.judge.sentences import nothing_to_compare

Row = tuple[str, str, str, str, str]  # name, value, floor, ceiling, sentence


def describe_scores(scores: dict[str, Score]) -> list[Row]:
    """Return a row for each score; raises `LookupError` for a score of an unknown metric."""
    rows = []
    for name, score in scores.items():
        metric = find_metric(name)
        if metric is None:
            raise LookupError(name)
        sentence = nothing_to_compare(score) or metric.tell(score)
        if score["floor_of"] != HELD_OUT:
            sentence = sentence.replace("an unseen photo", "another training photo")
            sentence = sentence.replace("unseen photo", "other training photo")
        numbers = [f"{score[kind]:.4g}" for kind in ("value", "floor", "ceiling")]
        if nothing_to_compare(score):
            numbers = ["-", "-", "-"]
        elif "spread" in score:
            numbers[0] += f" ± {score['spread']:.1g}"
        rows.append((name, *numbers, sentence))
    return rows


def verdict(scores: dict[str, Score]) -> str:
    """Return the sentence on how far generated pictures are from real ones, and what is wrong most."""
    name = next(name for name in scores if name.startswith("blur_"))
    (row,) = describe_scores({name: scores[name]})
    return row[-1]


def heads_and_note(score: Score) -> tuple[tuple[str, ...], str]:
    """Return the heads of a table's columns and the note below it; `score` is any of its scores."""
    if score["floor_of"] == HELD_OUT:
        real = "unseen photos"
        note = (
            "'Unseen photos' are real ones that training never saw: a very good generator would get their scores, as "
            "far as they are of the same kind as the training photos."
        )
    else:
        real = "other training photos"
        note = "No photos were held out, so real ones are compared with real ones that training saw too."
    note += (
        " 'Untrained' is what noise gets. Compare numbers only with the same score of other runs on the same pictures "
        f"and at the same size ({score.get('resolution', 'not known')})."
    )
    if score.get("features") == "random":
        note += " These are scores by the random network, which hardly sees texture."
    return ("score", "generated", real, "untrained", "what it means here"), note


def scores_as_html(scores: dict[str, Score]) -> str:
    """Return the scores as an HTML table that reads on light and on dark pages."""
    heads, note = heads_and_note(next(iter(scores.values())))
    values = {"heads": heads, "rows": describe_scores(scores), "note": note}
    return render_html("dcgan_tf.judge", "scores.html.j2", values)
