"""What is wrong with generated pictures, in a word, by rules that `benchmarks/judge/` tests on known faults."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from dcgan_tf.judge.scores import Score

NOTHING, COPIES, VARIETY, COLOUR, TEXTURE, SHAPE, BOTH, UNKNOWN = (
    "nothing", "copies", "variety", "colour", "texture", "shape", "texture and shape", "unknown",
)  # fmt: skip
LEAST_COLOUR = 0.3  # of the distance, that photos in the generated pictures' colours are away
MOST_TEXTURE, LEAST_SHAPE = 1.35, 2.0  # blur read by shape over that read by texture: for one fault, for the other
ALIKE, MISSING = 0.9, 0.7  # pictures that pass for photos, and the share of the photos' kinds that they cover


class Evidence(NamedTuple):
    """What the verdict rests on."""

    kid: float
    chance: float  # that KID may reach by chance
    colour_share: float  # KID of photos in the generated pictures' colours, as a share of theirs
    texture: float | None  # blur of photos that are as far in the features for texture, and in those for shape
    shape: float | None


def find_fault(evidence: Evidence, scores: Mapping[str, Score], label: str) -> str:
    """Return the fault that weighs most; `label` is the feature network's name in the scores."""
    shares = {name: scores[f"{name}_{label}"]["value"] for name in ("precision", "recall")}
    copied = scores[f"near_copies_{label}"]  # not those in pixels: there, smooth pictures are near to any photo
    if copied["value"] > most_by_chance(copied["n"]["unseen"]):
        return COPIES
    if shares["precision"] >= ALIKE and shares["recall"] < MISSING * shares["precision"]:
        return VARIETY
    if evidence.kid <= evidence.chance:
        return NOTHING
    if evidence.colour_share >= LEAST_COLOUR:
        return COLOUR
    if evidence.texture is None or evidence.shape is None:
        return UNKNOWN
    ratio = evidence.shape / max(evidence.texture, 1e-9)
    return TEXTURE if ratio <= MOST_TEXTURE else SHAPE if ratio >= LEAST_SHAPE else BOTH


def most_by_chance(unseen: int) -> float:
    """Return the share of near-copies that chance allows: 5%, and two deviations of what few unseen photos estimate."""
    return 0.05 + 2 * math.sqrt(0.05 * 0.95 / unseen) if unseen else 0.05
