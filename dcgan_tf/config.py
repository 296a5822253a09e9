"""`Config`: every setting of a run, with its unit, range and default; and the presets of the notebooks."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from dcgan_tf.common.checks import check_choice, check_count, check_number, check_size, size_name
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown

MOST_CLASSES = 1000
MOST_DEVICES = 64  # of a machine
SIDES = 16, 256  # of a picture, in pixels: the least and the most

# The defaults that each notebook changes.
PRESETS: dict[str, dict[str, Any]] = {
    "kiwi": {},  # one class of Fruits-360, 64x64 RGB
    "vehicles": {  # 28x28 gray, several classes, which take more steps
        "image_size": 28,
        "channels": 1,
        "latent_dim": 32,
        "generator_width": 32,
        "discriminator_width": 32,
        "kimg": 240.0,
        "learning_rate": 1.2e-3,
        "decay_kimg": 15.0,
        "beta_1": 0.5,
        "class_ramp_kimg": 20.0,
        "score_kimg": 20.0,  # steps are so fast that a point every 10 kimg would cost over 5% of the time
    },
    "own": {"latent_dim": 32},  # unknown pictures may vary in more ways than one kind of fruit
}


# What earlier versions did where a field is missing in their run.json.
EARLIER: dict[str, Any] = {"decay_kimg": 0.0, "ema_ramp": 0.1, "class_ramp_kimg": 20.0}


def _number(default: float, low: float, high: float) -> Any:  # noqa: ANN401 - a dataclass field stands for any type
    """Return a dataclass field whose value must lie between `low` and `high`, both included."""
    return field(default=default, metadata={"low": low, "high": high})


def _choice(default: object, *others: object) -> Any:  # noqa: ANN401 - as above
    """Return a dataclass field whose value must be the default or one of the others."""
    return field(default=default, metadata={"choices": (default, *others)})


def _checked(default: object, check: Callable[[str, object], object]) -> Any:  # noqa: ANN401 - as above
    """Return a dataclass field whose value is what `check` returns for its name and the value given."""
    return field(default=default, metadata={"check": check})


def _check_image_size(name: str, value: object) -> int | str:
    """Return the side of a square in pixels, or "48x64", height x width; raises `DcganError` for anything else."""
    return size_name(*check_size(name, value, *SIDES))


def _check_devices(name: str, value: object) -> int | str:
    """Return "auto" or a number of devices; raises `DcganError` for anything else."""
    if value == "auto":
        return value
    number = int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 5 else value
    try:
        return check_count(name, number, 1, MOST_DEVICES)
    except DcganError:
        raise DcganError(f"`{name}` should be auto, or 1 to {MOST_DEVICES}. Received: {shown(value)}.") from None


def _check_names(name: str, names: object) -> tuple[str, ...]:
    """Return the names of classes as a tuple; raises `DcganError` unless they are none, or several different words."""
    fits = isinstance(names, list | tuple) and all(isinstance(each, str) and each for each in names)
    if not fits or len(set(names)) < len(names) or len(names) == 1 or len(names) > MOST_CLASSES:
        raise DcganError(
            f"`{name}` should be empty, or 2 to {MOST_CLASSES:,} different names. Received: {shown(names)}."
        )
    return tuple(names)


@dataclass(frozen=True)
class Config:
    """All settings of one training run; raises `DcganError` for a value out of its range or type.

    The defaults are those of the `kiwi` notebook. Lengths are counted in kimg, thousands of real pictures shown, so
    that they do not depend on the batch size or on the size of the set.
    """

    # The pictures
    image_size: int | str | tuple[int, int] = _checked(64, _check_image_size)  # pixels a side; "48x64": height x width
    channels: int = _choice(3, 1, 4)  # 3: RGB, 1: gray, 4: RGBA
    # Sorted; each is made on request. Empty: classes are not told apart
    class_names: tuple[str, ...] = _checked((), _check_names)

    # How long, from which start
    kimg: float = _number(100.0, 0.001, 1e6)  # thousands of real pictures shown
    minutes: float = _number(0.0, 0.0, 1e5)  # stop after so many minutes of training, if that is earlier; 0: no limit
    seed: int = _number(0, 0, 2**31 - 1)  # everything random derives from it

    # The two networks. A small network that sees more pictures beats a large one on a CPU.
    latent_dim: int = _number(16, 1, 1024)  # numbers in one latent vector; few are enough for a few hundred pictures
    # Pixels a side at which halving ends; with 7, the rare kinds of a small set were lost.
    smallest_side: int = _number(4, 2, 8)
    generator_width: int = _number(24, 4, 512)  # channels at half the image size; doubles at each halving
    discriminator_width: int = _number(24, 4, 512)  # likewise

    # Training. On a CPU a small batch costs little more per picture, and gives more steps for the same pictures.
    batch_size: int = _number(16, 2, 4096)  # real pictures a step, and as many generated ones
    loss: str = _choice("relativistic", "non_saturating", "hinge")
    learning_rate: float = _number(8e-4, 1e-7, 1.0)  # Adam's, for both networks
    # Until so many kimg the rate stays, then it falls with their inverse square root; 0: it always stays
    decay_kimg: float = _number(5.0, 0.0, 1e6)
    beta_1: float = _number(0.0, 0.0, 0.999)  # Adam's default 0.9 oscillates in GANs (arXiv 1511.06434)
    beta_2: float = _number(0.99, 0.0, 0.99999)
    ema_halflife_kimg: float = _number(9.0, 0.0, 1e6)  # half-life of the generator's running average; 0: no averaging
    ema_ramp: float = _number(0.05, 0.001, 1.0)  # it is at most this share of the kimg seen, so that short runs use it
    # Over so many kimg classes, and kinds, begin to count: from the start on, small sets collapse (arXiv 2201.06578)
    class_ramp_kimg: float = _number(80.0, 0.001, 1e6)

    # Differentiable augmentation of real and generated pictures alike (arXiv 2006.10738). The stronger the change of
    # colours, the less the generator learns the right ones: at full strength apples came out pale. Pictures left
    # unchanged are soon known by heart.
    augment_probability: float = _number(1.0, 0.0, 1.0)  # that colours, position and cutout of a picture change
    augment_color: float = _number(0.2, 0.0, 1.0)  # strength of brightness, saturation, contrast; 0: none
    augment_translation: float = _number(0.125, 0.0, 0.5)  # largest shift, share of the side; 0: none
    augment_flip: bool = _choice(False, True)  # mirror left and right
    augment_cutout: float = _number(0.0, 0.0, 0.9)  # side of the blanked square, share of the side; 0: none

    # What is written, and how often
    log_kimg: float = _number(0.5, 0.001, 1e6)  # between records of history.jsonl
    sample_kimg: float = _number(2.0, 0.001, 1e6)  # between grids of the fixed latents
    score_kimg: float = _number(10.0, 0.0, 1e6)  # between points of the KID curve, which picks the best; 0: none
    checkpoint_minutes: float = _number(1.0, 0.0, 1e5)  # between checkpoints: the most training that can be lost
    devices: int | str = _checked("auto", _check_devices)  # of this machine that share each batch; auto: its GPUs
    precision: str = _choice("auto", "float32", "bfloat16", "float16")  # of the step; auto asks the machine

    def __post_init__(self) -> None:
        for spec in fields(self):
            value = getattr(self, spec.name)
            if "check" in spec.metadata:
                checked = spec.metadata["check"](spec.name, value)
            elif "choices" in spec.metadata:
                checked = check_choice(spec.name, value, spec.metadata["choices"])
            else:
                check = check_count if spec.type is int else check_number
                checked = check(spec.name, value, spec.metadata["low"], spec.metadata["high"])
            object.__setattr__(self, spec.name, checked)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return height, width and channels of a picture."""
        return *check_size("image_size", self.image_size, *SIDES), self.channels

    @property
    def classes(self) -> int:
        """Return how many classes the networks tell apart; 0 if none."""
        return len(self.class_names)

    @property
    def input_dim(self) -> int:
        """Return the length of the generator's input: the latents, then one number for each class."""
        return self.latent_dim + self.classes

    @classmethod
    def preset(cls, name: str, values: Mapping[str, Any] | None = None) -> "Config":
        """Return the preset of a notebook ("kiwi", "vehicles" or "own"), changed by those of `values` that are fields.

        Other names in `values` are ignored, so that a notebook can pass all of its variables: `globals()`.
        Raises `DcganError` for an unknown preset or a value out of range.
        """
        check_choice("name", name, tuple(PRESETS))
        known = {spec.name for spec in fields(cls)}
        return cls(**PRESETS[name] | {key: value for key, value in (values or {}).items() if key in known})

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
        return asdict(self) | {"class_names": list(self.class_names)}
