"""What a knowing friend would say of a set of pictures before training, most important first, with a sheet of examples.

It says what is there, what stands in the way, and which settings fit. `data/survey.py` has the numbers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from PIL import Image

from dcgan_tf.common.pixels import COLORS, on_background
from dcgan_tf.common.text import one_line
from dcgan_tf.config import Config
from dcgan_tf.data.classes import LEAST_OF_CLASS, choose_classes
from dcgan_tf.data.header import Header
from dcgan_tf.data.images import ImageSet
from dcgan_tf.data.stored import changed
from dcgan_tf.data.survey import ALIKE, PLAIN, Survey, diversity, originals, some_of, survey
from dcgan_tf.training.examples import draw_examples

BEHIND = "#808080"  # transparent parts, where transparency is learned: neither white nor black drawings vanish
FEW = 100  # pictures; fewer are soon learned by heart
MANY = 1000  # pictures; more kinds of them than a run of the usual length learns
UNEQUAL = 10  # times as many pictures in the largest class as in the smallest
FILM = 0.1  # share of pictures that are nearly the same as another: frames of a film rather than mistakes
REPEATED = 10  # pictures for each different one: then copies are all that there is to learn
MIXED = 0.1  # share of gray pictures, or of those in colour, from which it matters
CUT = 0.2  # share of the typical picture that a centre square leaves out
SIZES = (16, 28, 32, 48, 64, 96, 128)  # pixels a side that are suggested
NAMED, REASONS = 3, 5  # files of a kind, and reasons why files were left out, that are told

MODES = {
    "1": "black-and-white", "P": "palette", "PA": "palette", "CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab",
    "HSV": "HSV",
}  # fmt: skip


class Finding(NamedTuple):
    """A sentence or two for the user, and the settings that it suggests."""

    words: str
    settings: Mapping[str, object] = MappingProxyType({})


class Checkup(NamedTuple):
    """What was found in a set of pictures."""

    lines: tuple[str, ...]  # what is there, then findings, most important first; settings as `name=value`
    settings: dict[str, object]  # that the findings suggest
    sheet: Image.Image  # examples: typical pictures and what the lines speak of

    def __str__(self) -> str:
        return "\n".join(self.lines)


def examine(images: ImageSet, held_out: ImageSet | None = None, *, resize: str = "crop") -> Checkup:
    """Examine pictures as `load_images` returns them, without a network: seconds for 10,000.

    `held_out` are the pictures kept for scoring, of the same size, and `resize` is how both were made square.
    """
    unseen = held_out if held_out is not None and len(held_out) else images.subset([])
    behind = partial(on_background, background=BEHIND)
    opaque = replace(images, pixels=changed(images.pixels, behind))
    found = survey(opaque.pixels, changed(unseen.pixels, behind))
    notes = [Finding(note) for note in images.notes]
    if alike := alike_note(opaque):
        findings = [Finding(alike, _background(opaque, found)), _skipped(images, unseen), *notes]
    else:
        findings = [
            _plain(opaque, found),
            _few(images, found),
            _copies(images, found),
            _leaks(images, unseen, found),
            _odd(images, unseen, found),
            _skipped(images, unseen),
            _classes(images, unseen),
            _small(images),
            _shape(images, resize),
            _gray(images, found),
        ]
        healthy = not any(finding.words for finding in findings)
        findings += [*notes, _length(images, healthy=healthy)]
    settings: dict[str, object] = {}
    for finding in findings:  # where two disagree, the more important one counts
        settings = settings | {name: value for name, value in finding.settings.items() if name not in settings}
    lines = (_overview(images, unseen, found), _converted(images), *(finding.words for finding in findings))
    return Checkup(tuple(line for line in lines if line), settings, draw_examples(images, unseen, found))


def alike_note(images: ImageSet) -> str:
    """Return a sentence if there is nothing to learn but one picture, or a few, else ""."""
    count = len(images)
    if count < 2:
        return ""
    some = some_of(images.pixels)
    distinct, spread = len(np.unique(originals([some]))), diversity(some)
    if spread < ALIKE and np.ptp(some[0], axis=(0, 1)).max() < PLAIN:
        colour = _colour(some[:FEW])
        other = "white" if colour == "black" else "black"
        transparent = any(header.transparent for header in images.headers)
        hint = f"; they have transparency, so try `background={other}`" if transparent else ""
        return f"All {count:,} pictures come out plain {colour}, so there is nothing to learn{hint}."
    if distinct == 1:
        return f"All {count:,} pictures are the same, so there is nothing to learn but to copy it."
    if spread < ALIKE:
        return (
            f"All {count:,} pictures look alike (they vary by {spread:.1f} of 255 shades), so there is hardly anything "
            "to learn."
        )
    if distinct * REPEATED <= len(some):
        return f"The {count:,} pictures are only {distinct:,} different ones, repeated: the generator will copy them."
    return ""


def _colour(pictures: np.ndarray) -> str:
    mean = pictures.mean()
    return "white" if mean > 250 else "black" if mean < 5 else "and of one colour"


def _background(images: ImageSet, found: Survey) -> dict[str, object]:
    """Return the setting that shows white drawings on transparency, if that is what plain pictures may be."""
    plain = np.flatnonzero(found.plain[: len(images)])
    white = len(plain) and images.headers and images.pixels[plain].mean() > 250
    return {"background": "black"} if white and all(images.headers[index].transparent for index in plain) else {}


def _overview(images: ImageSet, unseen: ImageSet, found: Survey) -> str:
    """Say what is there."""
    height, width, channels = images.pixels.shape[1:]
    labels = len(set(_labels(images, unseen)))
    kinds = f" in {labels} subfolders" if labels > 1 else ""
    parts = [_sizes(images.headers)] if images.headers else []
    gray = int((found.gray & ~found.plain)[: len(images)].sum())
    if channels == 3 and 0 < gray < len(images):
        parts.append(f"{gray:,} of them gray")
    parts.append(f"read as {height}x{width} {COLORS[channels]}")
    if len(unseen):
        parts.append(f"and {len(unseen):,} more held out for scoring")
    return f"{images.title}: {_number(len(images), 'picture')}{kinds}, {', '.join(parts)}."


def _labels(images: ImageSet, unseen: ImageSet) -> tuple[str, ...]:
    """Return the labels of all pictures: the only one of a class may be held out. Folders train and test are none."""
    return images.labels + unseen.labels if set(images.labels) & set(unseen.labels) else images.labels


def _sizes(headers: Sequence[Header]) -> str:
    """Return formats and sizes."""
    formats = Counter(header.format for header in headers).most_common()
    names = " and ".join(name if len(formats) == 1 else f"{count:,} {name}" for name, count in formats)
    sizes = sorted({(header.width * header.height, header.width, header.height) for header in headers})
    least, most = (f"{width}x{height}" for _, width, height in (sizes[0], sizes[-1]))
    if len(sizes) == 1:
        return f"{names} of {least} pixels"
    width, height = np.median([(header.width, header.height) for header in headers], axis=0).astype(int)
    return f"{names} of {least} to {most} pixels (typically {width}x{height})"


def _converted(images: ImageSet) -> str:
    """Say what was changed beside the size."""
    headers, kind = images.headers, COLORS[images.pixels.shape[3]]
    modes = Counter(MODES[header.mode] for header in headers if header.mode in MODES and not header.transparent)
    done = [
        *((count, f"from {name} to {kind}") for name, count in modes.most_common()),
        (sum(header.turned for header in headers), "turned upright, as their EXIF says"),
    ]
    told = ", ".join(f"{count:,} {what}" for count, what in done if count)
    return f"Converted: {told}." if told else ""


def _few(images: ImageSet, found: Survey) -> Finding:
    count = len(images)
    distinct = count - len(_exact_copies(images, found))
    batch = Config().batch_size
    if count < batch:
        return Finding(
            f"{_number(count, 'picture')} cannot be trained on: a step takes {batch}. Add pictures; a few "
            "hundred of one kind of thing work best."
        )
    if distinct >= FEW:
        return Finding("")
    different = "" if distinct == count else "different "
    return Finding(
        f"Only {distinct:,} {different}pictures: the generator will soon copy them. A few hundred of one kind of "
        "thing, taken from about the same distance, work best."
    )


def _plain(images: ImageSet, found: Survey) -> Finding:
    plain = np.flatnonzero(found.plain[: len(images)])
    if not len(plain):
        return Finding("")
    if len(plain) == len(images) > 1:
        return Finding("All pictures come out plain, each of one colour, so there are only colours to learn.")
    settings = _background(images, found)
    colours = {_colour(images.pixels[index]) for index in plain}
    colour = colours.pop() if len(colours) == 1 else "and of one colour each"
    come, them, they = ("comes", "it", "it belongs") if len(plain) == 1 else ("come", "them", "they belong")
    advice = (
        "They have transparency, so they may be white drawings: `background=black` would show them."
        if settings
        else f"Delete {them}, unless {they} there."
    )
    names = _names([images.files[index] for index in plain])
    return Finding(
        f"{len(plain):,} of {len(images):,} pictures {come} out plain {colour}: {names}. {advice}",
        settings,
    )


def _copies(images: ImageSet, found: Survey) -> Finding:
    """Tell exact and near copies among the pictures to train on."""
    count, copies = len(images), _exact_copies(images, found)
    pairs = [pair for pair in found.near.tolist() if pair[1] < count]
    near = len(set(np.ravel(pairs)))
    told = []
    if len(copies):
        one, other = (one_line(images.files[index]) for index in (copies[0], found.original[copies[0]]))
        are = "is an exact copy of another" if len(copies) == 1 else "are exact copies of others"
        told.append(
            f"{_number(len(copies), 'picture')} {are}, such as {one} of {other}. The generator repeats what it sees "
            "often: delete copies."
        )
    if near > FILM * count:
        told.append(
            f"{near:,} of {count:,} pictures are nearly the same as another, as frames of a film are. They count as "
            "fewer: as many of more kinds would give more variety."
        )
    elif near:
        one, other = (one_line(images.files[index]) for index in pairs[0])
        told.append(f"{near:,} pictures are nearly the same as another, such as {one} and {other}.")
    return Finding(" ".join(told))


def _exact_copies(images: ImageSet, found: Survey) -> np.ndarray:
    """Return the index of each picture to train on that equals an earlier one and is not plain."""
    count = len(images)
    return np.flatnonzero((found.original[:count] != np.arange(count)) & ~found.plain[:count])


def _leaks(images: ImageSet, unseen: ImageSet, found: Survey) -> Finding:
    """Tell copies of training pictures among the held-out ones."""
    count = len(images)
    exact = set(np.flatnonzero(found.original[count:] < count).tolist())
    near = {pair[1] - count for pair in found.near.tolist() if pair[0] < count <= pair[1]} - exact
    if not exact and len(near) <= FILM * len(unseen):
        return Finding("")
    kinds = ((exact, "the same as"), (near, "nearly the same as"))
    parts = [
        f"{len(some):,} {'is' if len(some) == 1 else 'are'} {what} a training picture" for some, what in kinds if some
    ]
    return Finding(
        f"Of the {len(unseen):,} held-out pictures, {' and '.join(parts)}: scores of unseen pictures will flatter."
    )


def _odd(images: ImageSet, unseen: ImageSet, found: Survey) -> Finding:
    if not len(found.odd):
        return Finding("")
    files = images.files + unseen.files
    names = _names([files[index] for index in found.odd])
    looks, they = ("looks", "it belongs") if len(found.odd) == 1 else ("look", "they belong")
    return Finding(
        f"{_number(len(found.odd), 'picture')} {looks} unlike all others: {names}. Check whether {they} there."
    )


def _skipped(images: ImageSet, unseen: ImageSet) -> Finding:
    skipped = list(dict.fromkeys(images.skipped + unseen.skipped))
    if not skipped:
        return Finding("")
    reasons = Counter(reason for _, reason in skipped).most_common()
    named = {reason: [name for name, each in skipped if each == reason] for reason, _ in reasons}
    told = "; ".join(f"{_names(named[reason])}: {reason}" for reason, _ in reasons[:REASONS])
    more = f"; and {len(reasons) - REASONS} more reasons" if len(reasons) > REASONS else ""
    are = "is" if len(skipped) == 1 else "are"
    return Finding(f"{_number(len(skipped), 'file')} cannot be read and {are} left out: {told}{more}.")


def _classes(images: ImageSet, unseen: ImageSet) -> Finding:
    """Tell unequal classes, and subfolders that are no classes."""
    counts = Counter(_labels(images, unseen)).most_common()
    (largest, most), (smallest, least) = counts[0], counts[-1]
    if len(counts) < 2:
        return Finding("")
    told = f"{one_line(smallest)} has {_number(least, 'picture')}, {one_line(largest)} {most:,}"
    if not choose_classes(images):
        if images.source != "folder" or least >= LEAST_OF_CLASS:
            return Finding("")
        return Finding(
            f"Subfolders count as classes only if nearly all have {LEAST_OF_CLASS} pictures ({told}); here all become "
            "one kind. Fill or remove the small ones to have pictures made by class."
        )
    if least >= LEAST_OF_CLASS and most < UNEQUAL * least:
        return Finding("")
    return Finding(f"The classes are unequal: {told}. Small ones are learned badly; add pictures or leave them out.")


def _small(images: ImageSet) -> Finding:
    """Tell pictures that had to be enlarged, and how large they could be."""
    size = max(images.pixels.shape[1:3])
    sides = np.array([min(header.width, header.height) for header in images.headers] or [size])
    typical = float(np.median(sides))
    if typical < size:
        best = max((each for each in SIZES if each <= typical), default=SIZES[0])
        return Finding(
            f"Most pictures are smaller than {size} pixels (typically {typical:.0f} on the shorter side), so they are "
            f"enlarged, which adds no detail: `image_size={best}` is enough.",
            {"image_size": best},
        )
    tiny = np.flatnonzero(sides < size / 2)
    if len(tiny):
        names = _names([images.files[index] for index in tiny])
        return Finding(f"{_number(len(tiny), 'picture')} had to be enlarged more than twice: {names}.")
    return Finding("")


def _shape(images: ImageSet, resize: str) -> Finding:
    """Tell what becomes of pictures that are not square."""
    if not images.headers or images.pixels.shape[1] != images.pixels.shape[2]:
        return Finding("")
    ratios = np.array([header.width / header.height for header in images.headers])
    low, middle, high = np.quantile(ratios, (0.1, 0.5, 0.9))
    cut = float(np.median(1 - np.minimum(ratios, 1 / ratios)))
    if resize == "crop" and cut >= CUT:
        size = images.pixels.shape[1]
        short = max(16, 8 * round(size * min(middle, 1 / middle) / 8))
        shape = f"{size}x{short}" if middle < 1 else f"{short}x{size}"
        keep = f", or `image_size={shape}` keeps their shape" if high < 1.1 * low else ""
        fits = "stretch" if high < 2 * low else "pad"
        return Finding(
            f"The centre square leaves out {cut:.0%} of the typical picture: if what matters reaches to the edges, "
            f"`resize={fits}` keeps all of it{keep}.",
            {"resize": fits},
        )
    if resize == "stretch" and high > 3 * low:
        return Finding(
            "Tall and wide pictures are stretched to the same square: `resize=pad` keeps their shapes, `resize=crop` "
            "their middles."
        )
    return Finding("")


def _gray(images: ImageSet, found: Survey) -> Finding:
    count, gray = len(images), int((found.gray & ~found.plain)[: len(images)].sum())
    if images.pixels.shape[3] != 3:
        return Finding("")
    if gray == count:
        return Finding("All pictures are gray: `channels=1` trains faster and adds no false colours.", {"channels": 1})
    if MIXED * count <= gray <= (1 - MIXED) * count:
        return Finding(f"Of {count:,} pictures {gray:,} are gray, and so will generated ones be, unless `channels=1`.")
    return Finding("")


def _length(images: ImageSet, *, healthy: bool) -> Finding:
    """Suggest a length, as the last line."""
    if len(images) < Config().batch_size:
        return Finding("")
    good = "Nothing speaks against training on them. " if healthy else ""
    if choose_classes(images) or len(images) > MANY:
        why = "several classes" if choose_classes(images) else "so many pictures"
        return Finding(f"{good}`kimg=240` is a good length to begin with: {why} take longer.", {"kimg": 240})
    if len(images) < FEW:
        return Finding(f"{good}`kimg=40` is long enough: later it copies so few pictures.", {"kimg": 40})
    return Finding(f"{good}`kimg=100` is a good length to begin with.")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _names(files: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    names = ", ".join(one_line(file) for file in files[:NAMED])
    return names if len(files) <= NAMED else f"{names} and {len(files) - NAMED:,} more"
