"""A plain-language sentence for a score of each metric."""

import math
from collections.abc import Callable

from dcgan_tf.common.text import one_line
from dcgan_tf.judge import faults
from dcgan_tf.judge.ruler import QUALITIES, SIGMAS
from dcgan_tf.judge.scores import Score

ALMOST = 0.1  # share by which fine detail may be weaker or stronger and still count as equal
FEW = 100  # compared pictures; with fewer, balls are too large to show that a kind is missing


def nothing_to_compare(score: Score) -> str:
    """Return a sentence if a score says nothing: if pictures are all alike, or unseen ones all copies."""
    if score.get("alike"):
        return "Nothing to compare: the training pictures are all alike."
    n = score.get("n")
    none_left = isinstance(n, dict) and n.get("unseen", 1) == 0
    return "Nothing to compare: all unseen photos are exact copies of training photos." if none_left else ""


def _closed(score: Score, *, squared: bool) -> str:
    """Return, as a clause, how far training has come from noise to unseen photos, by the root of a squared distance."""
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


def _of_hundred(value: float) -> str:
    return f"{100 * value:.1f}".removesuffix(".0")


def blur(score: Score) -> str:
    """Explain the blur of photos that are as far away, and what is wrong most."""
    value, spread = score["value"], score["spread"]
    if value >= SIGMAS[-1]:
        far = f"Farther from the training photos than these are when blurred by {SIGMAS[-1]:g} pixels"
    else:
        far = f"As far from the training photos as the same photos blurred by {value:.2f} pixels (± {spread:.2f})"
    floor, quality = score["floor"], score["jpeg"]
    unseen = f"as far as a blur of {floor:.2f}" if floor > score["floor_spread"] else "as near as chance allows"
    jpeg = f", or saved as JPEG of quality {quality:.0f}" if QUALITIES[-1] < quality < QUALITIES[0] else ""
    return f"{far}{jpeg}; unseen photos are {unseen}. {_wrong(score)}"


def _wrong(score: Score) -> str:
    """Return the sentence on what is wrong."""
    texture, shape = (score.get(f"{name}_blur") for name in ("texture", "shape"))
    detail = score["detail"]
    smooth = "smoother than" if detail < 1 - ALMOST else "rougher than" if detail > 1 + ALMOST else "unlike"
    both = f" By texture alone they read {texture:.2f}, by shape alone {shape:.2f}." if texture is not None else ""
    return {
        faults.NOTHING: "This network sees no difference beyond chance; look at the pictures.",
        faults.COPIES: "What is wrong most: copies. Too many pictures are training photos, nearly or wholly.",
        faults.VARIETY: "What is wrong most: variety. The pictures pass for photos, but many kinds are missing.",
        faults.COLOUR: "What is wrong most: colour. Photos in the pictures' colours would be "
        f"{min(score['colour_share'], 1):.0%} as far.",
        faults.TEXTURE: f"What is wrong most: texture. Fine detail is {smooth} that of photos.{both}",
        faults.SHAPE: f"What is wrong most: shape.{both}",
        faults.BOTH: f"What is wrong most: texture and shape.{both}",
        faults.UNKNOWN: "Whether texture or shape is wrong, this network cannot tell.",
    }[score["wrong"]]


def kid(score: Score) -> str:
    """Explain KID against the training pictures."""
    return f"How far the generated pictures as a whole are from the real ones: {_closed(score, squared=True)}."


def kid_held_out(score: Score) -> str:
    """Explain KID against held-out pictures."""
    apart = f"{score['floor']:.2g}" if score["floor"] > score["floor_spread"] else "no more than chance"
    return (
        f"The same against photos that training never saw, which themselves lie {apart} from the training photos: "
        f"{_closed(score, squared=True)}. Copies would get that too; novelty and near-copies give them away."
    )


def fid(score: Score) -> str:
    """Explain FID."""
    return (
        f"An older measure of the same; with few pictures ({score['n']['compared']} here) it is too large even for "
        f"real ones, so look only at where it lies between unseen photos and noise: {_closed(score, squared=True)}."
    )


def share(what: str) -> Callable[[Score], str]:
    """Return a function that explains a share of pictures, beside that of unseen photos."""

    def tell(score: Score) -> str:
        compared = score["n"]["compared"]
        few = f", too few to show that a kind is missing ({compared} compared)" if compared < FEW else ""
        return f"{_of_hundred(score['value'])} of 100 {what}; with unseen photos {_of_hundred(score['floor'])}{few}."

    return tell


def density(score: Score) -> str:
    """Explain density."""
    return f"Around a generated picture lie {score['value']:.2f} times as many real ones as around a typical real one."


def swd(score: Score) -> str:
    """Explain the sliced Wasserstein distance of a level."""
    return f"Difference in detail at one scale, without any network: {_closed(score, squared=False)}."


def novelty(score: Score) -> str:
    """Explain the novelty ratio."""
    what = "of features" if score["features"] else "of pixels"
    return (
        f"A generated picture lies {score['value']:.2f} times as far, by difference {what}, from the nearest of "
        f"{score['n']['real']:,} training photos as an unseen photo does: 1 is as new as an unseen photo, 0 a copy, "
        "and far above 1 unlike any photo."
    )


def near_copies(score: Score) -> str:
    """Explain the share of near-copies."""
    unseen, doubles = score["n"]["unseen"], score["n"]["doubles"]
    aside = f" ({doubles} with an exact double set aside)" if doubles else ""
    return (
        f"{_of_hundred(score['value'])} of 100 generated pictures are closer to a training photo than all but the "
        f"closest 5 of 100 unseen photos are; 5 would be chance, and with {unseen:,} unseen photos{aside} up to "
        f"{100 * faults.most_by_chance(unseen):.0f} still may be."
    )


def class_agreement(score: Score) -> str:
    """Explain how often pictures look like their class."""
    found = score["by_class"]
    worst = min(found, key=lambda name: found[name]["value"])
    covered = {name: each["coverage"] for name, each in found.items() if "coverage" in each}
    thin = min(covered, key=lambda name: covered[name], default=None)
    rare = f"; {one_line(thin)} covers {_of_hundred(covered[thin])} of 100 of its photos, the fewest" if thin else ""
    asked = f"A classifier of the photos takes {_of_hundred(score['value'])} of 100 pictures for the class asked for"
    few = f"of {one_line(worst)} {_of_hundred(found[worst]['value'])}"
    return f"{asked}, {few}; with unseen photos {_of_hundred(score['floor'])}{rare}."


def near_copies_of_start(score: Score) -> str:
    """Explain the share of near-copies of the pictures that the run's start was trained on."""
    return (
        f"{_of_hundred(score['value'])} of 100 generated pictures are closer to one of the {score['n']['real']:,} "
        "photos that the start was trained on than all but the closest 5 of 100 of these are to another of them."
    )
