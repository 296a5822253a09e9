"""`Config`: every setting of a run in one place, with its unit, range and default."""

import difflib
from dataclasses import asdict, dataclass, field, fields
from numbers import Integral, Real
from typing import Any

import numpy as np

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown


def _number(default: float, low: float, high: float) -> Any:  # noqa: ANN401 - a dataclass field stands for any type
    """Return a dataclass field whose value must lie between `low` and `high`, both included."""
    return field(default=default, metadata={"low": low, "high": high})


def _choice(default: object, *others: object) -> Any:  # noqa: ANN401 - a dataclass field stands for any type
    """Return a dataclass field whose value must be the default or one of the others."""
    return field(default=default, metadata={"choices": (default, *others)})


@dataclass(frozen=True)
class Config:
    """All settings of one training run; raises `DcganError` for a value out of its range or type.

    The defaults are those of the `kiwi` notebook. Lengths are counted in kimg, thousands of real
    pictures shown, so that they do not depend on the batch size or on the size of the set.
    """

    # The pictures
    image_size: int = _number(64, 16, 256)  # pixels a side
    channels: int = _choice(3, 1)  # 3: RGB, 1: gray

    # How long, from which start
    kimg: float = _number(100.0, 0.001, 1e6)  # thousands of real pictures shown
    minutes: float = _number(0.0, 0.0, 1e5)  # a second bound, minutes of training; 0: none
    seed: int = _number(0, 0, 2**31 - 1)  # everything random derives from it

    # The two networks. A small network that sees more pictures beats a large one on a CPU.
    latent_dim: int = _number(16, 1, 1024)  # numbers in one latent vector; few do for a few hundred pictures
    # Where halving ends, pixels a side; from 7 pixels the rare kinds of a small set were lost.
    smallest_side: int = _number(4, 2, 8)
    generator_width: int = _number(24, 4, 512)  # channels at half the image size; doubles at each halving
    discriminator_width: int = _number(24, 4, 512)  # likewise

    # The two steps of training. On a CPU a small batch costs little more a picture, and gives more steps for them.
    batch_size: int = _number(16, 2, 4096)  # real pictures a step, and as many generated ones
    loss: str = _choice("non_saturating", "hinge")
    learning_rate: float = _number(4e-4, 1e-7, 1.0)  # Adam's, for both networks
    beta_1: float = _number(0.0, 0.0, 0.999)  # Adam's default 0.9 oscillates in GANs (arXiv 1511.06434)
    beta_2: float = _number(0.99, 0.0, 0.99999)
    ema_halflife_kimg: float = _number(9.0, 0.0, 1e6)  # of the averaged generator's memory; 0: no averaging

    # Differentiable augmentation of real and generated pictures alike (arXiv 2006.10738). The more colours are changed,
    # the less the generator learns which are right: at full strength apples came out pale. Pictures left as they are
    # show which places and colours are right, and keep the changes from leaking into what is generated (arXiv
    # 2006.06676, section 2.2).
    augment_probability: float = _number(0.65, 0.0, 1.0)  # that colours, place and cutout of a picture are changed
    augment_color: float = _number(0.2, 0.0, 1.0)  # strength of brightness, saturation, contrast; 0: none
    augment_translation: float = _number(0.125, 0.0, 0.5)  # largest shift, share of the side; 0: none
    augment_flip: bool = _choice(False, True)  # mirror left and right
    augment_cutout: float = _number(0.0, 0.0, 0.9)  # side of the blanked square, share of the side; 0: none

    # What is written, and how often
    log_kimg: float = _number(0.5, 0.001, 1e6)  # between records of history.jsonl
    sample_kimg: float = _number(2.0, 0.001, 1e6)  # between grids of the fixed latents
    score_kimg: float = _number(10.0, 0.0, 1e6)  # between points of the KID curve, by which the best is kept; 0: none
    checkpoint_minutes: float = _number(1.0, 0.0, 1e5)  # between checkpoints: at most this is ever lost
    precision: str = _choice("auto", "float32", "bfloat16", "float16")  # of the step; auto asks the machine

    def __post_init__(self) -> None:
        """Check every field, so that no wrong value gets further than here."""
        for spec in fields(self):
            object.__setattr__(self, spec.name, _checked(spec.name, getattr(self, spec.name), spec.type, spec.metadata))

    @classmethod
    def kiwi(cls) -> "Config":
        """Return the preset of the kiwi notebook: one class of Fruits-360, 64x64 RGB."""
        return cls()

    @classmethod
    def vehicles(cls) -> "Config":
        """Return the preset of the vehicles notebook: 28x28 gray, many kinds of things, each learned by many steps."""
        return cls(
            image_size=28,
            channels=1,
            latent_dim=32,
            generator_width=32,
            discriminator_width=32,
            kimg=240.0,
            learning_rate=1.2e-3,
            beta_1=0.5,
            augment_probability=1.0,  # things lie elsewhere in each photo: there is no exact place to learn
            score_kimg=20.0,  # steps are so fast that every 10 kimg would cost over 5% of the time
        )

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Config":
        """Return the configuration that `to_dict` wrote; raises `DcganError` for an unknown field."""
        if not isinstance(values, dict):
            raise DcganError(f"A configuration should be a dictionary of fields. Received: {shown(values)}.")
        known = sorted(spec.name for spec in fields(cls))
        for name in values:
            if name not in known:
                near = difflib.get_close_matches(name[:80], known, n=2) if isinstance(name, str) else []
                hint = f"Did you mean {' or '.join(near)}? " if near else ""
                called = shown(name).strip("'")
                raise DcganError(f"`{called}` is not a field of Config. {hint}It should be one of: {', '.join(known)}.")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values, ready for JSON."""
        return asdict(self)


def _checked(name: str, value: object, kind: object, rule: Any) -> object:  # noqa: ANN401 - a mapping of mixed values
    """Return `value` in its field's type, or raise `DcganError` with what it should be."""
    if isinstance(value, np.generic):
        value = value.item()  # in its own precision a float16 would keep to any bound
    if "choices" in rule:
        choices = rule["choices"]
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            raise DcganError(f"`{name}` should be one of {', '.join(map(repr, choices))}. Received: {shown(value)}.")
        return value
    low, high = rule["low"], rule["high"]
    number = not isinstance(value, bool) and isinstance(value, Integral if kind is int else Real)
    if number and low <= value <= high:  # which NaN is not, and which whole numbers of any length can be asked
        return kind(value) + 0  # never -0.0
    noun, bounds = ("a whole number", f"{low} and {high}") if kind is int else ("a number", f"{low:g} and {high:g}")
    raise DcganError(f"`{name}` should be {noun} between {bounds}. Received: {shown(value)}.")
