"""Sentences on how the files of a folder were read, and on what was left out."""

from collections import Counter

from dcgan_tf.data.listing import HELP, PLAIN
from dcgan_tf.data.ranges import FLOAT, INTEGER, SIXTEEN, ReadLog

MANY_ENDINGS = 5  # endings that are named; the rest are "others"
LONGEST_ENDING = 12  # characters

# What is said of one file, and of several.
TRAITS = {
    "pages": (
        "holds several pages or frames; the first is used",
        "hold several pages or frames; the first of each is used",
    ),
    "bands": (
        "has more bands than red, green and blue; the first three are used",
        "have more bands than red, green and blue; the first three are used",
    ),
    "second": ("has a second band; the first is used", "have a second band; the first is used"),
    "alpha": ("has transparent parts, put on {background}", "have transparent parts, put on {background}"),
    "declared": ("declares which values are black and white", "declare which values are black and white"),
    "dark": (
        "uses less than an eighth of the range that it declares, and comes out dark",
        "use less than an eighth of the range that they declare, and come out dark",
    ),
}
KINDS = {SIXTEEN: "of 16 bits", INTEGER: "of signed or 32-bit integers", FLOAT: "of floats"}


def notes_on(others: Counter[str], log: ReadLog, background: str) -> tuple[str, ...]:
    """Return sentences on what was left out, and on the pictures that `log` has seen.

    `others` is the number of files of each ending that are no pictures, `background` the colour behind transparency; ""
    if that is kept. Texts and the like are expected, and not told.
    """
    traits = Counter(log.traits if background else (trait for trait in log.traits if trait != "alpha"))
    told = [
        f"{_files(traits[trait])} {sentences[traits[trait] > 1].format(background=background)}."
        for trait, sentences in TRAITS.items()
        if traits[trait]
    ]
    for kind, what in KINDS.items():
        if traits[kind]:
            black, white = log.ranges[kind]
            told.append(
                f"{_files(traits[kind])} {what}: values {black:,.6g} to {white:,.6g} are taken as black to white."
            )
    told_of = Counter({ending: count for ending, count in others.items() if ending not in PLAIN})
    return (*left_out(told_of), *told)


def left_out(others: Counter[str]) -> list[str]:
    """Return a sentence with the number of other files by ending, and what helps with them."""
    if not others:
        return []
    named = [f"{count:,} {_short(ending)}" for ending, count in others.most_common(MANY_ENDINGS)]
    rest = others.total() - sum(count for _, count in others.most_common(MANY_ENDINGS))
    named += [f"{rest:,} others"] if rest else []
    verb = "is" if others.total() == 1 else "are"
    helps = dict.fromkeys(HELP[ending] for ending in sorted(others) if ending in HELP)
    return [" ".join((f"{_files(others.total(), 'other file')} {verb} left out ({', '.join(named)}).", *helps))]


def _files(count: int, noun: str = "file") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _short(ending: str) -> str:
    return ending if len(ending) <= LONGEST_ENDING else f"{ending[:LONGEST_ENDING]}..."
