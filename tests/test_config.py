import json
import math
from dataclasses import FrozenInstanceError, fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dcgan_tf import Config, DcganError
from dcgan_tf.common.text import shown


def test_presets_are_valid_and_have_the_sizes_of_the_mission():
    assert (Config.preset("kiwi").image_size, Config.preset("kiwi").channels) == (64, 3)
    assert (Config.preset("vehicles").image_size, Config.preset("vehicles").channels) == (28, 1)


def test_a_config_cannot_be_changed_after_it_was_checked():
    with pytest.raises(FrozenInstanceError):
        Config().image_size = 300


def test_the_sentence_names_field_range_and_value():
    with pytest.raises(
        DcganError,
        match=r"^`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. Rec\w+: 300.$",
    ):
        Config(image_size=300)


@pytest.mark.parametrize(
    "value",
    [15, 257, 64.0, None, True, math.nan, "", "48x", "x64", "15x64", "48x300", "48x64x3", " 48", "4e1", "9" * 5000,
     (48,), (48, 64, 3), (48.0, 64), (48, True), {48: 64}],
)  # fmt: skip
def test_image_size_takes_whole_numbers_of_its_range_alone(value):
    with pytest.raises(DcganError, match="`image_size`"):
        Config(image_size=value)


@pytest.mark.parametrize(
    ("value", "kept", "shape"),
    [
        (64, 64, (64, 64, 3)), ("64", 64, (64, 64, 3)), ("64x64", 64, (64, 64, 3)), ((64, 64), 64, (64, 64, 3)),
        ("48x64", "48x64", (48, 64, 3)), ("48X064", "48x64", (48, 64, 3)), ([np.int64(48), 64], "48x64", (48, 64, 3)),
    ],
)  # fmt: skip
def test_a_size_is_one_side_or_height_and_width_and_survives_json(value, kept, shape):
    config = Config(image_size=value)
    assert (config.image_size, config.shape) == (kept, shape)
    assert Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "long", None, True])
def test_kimg_takes_positive_finite_numbers_alone(value):
    with pytest.raises(DcganError, match="`kimg`"):
        Config(kimg=value)


def test_whole_numbers_and_numpy_numbers_become_plain_ones():
    config = Config(kimg=60, image_size=np.int64(32), learning_rate=np.float32(0.5))
    assert type(config.kimg) is float and type(config.image_size) is int and type(config.learning_rate) is float


@pytest.mark.parametrize(
    ("field", "value"), [("channels", 2), ("loss", "least_squares"), ("precision", "half"), ("augment_flip", 1)]
)
def test_choices_are_kept_to(field, value):
    with pytest.raises(DcganError, match=f"^`{field}` should be one of "):
        replace(Config(), **{field: value})


def test_every_number_has_a_range_that_its_default_keeps():
    numbers = [spec for spec in fields(Config) if spec.type in (int, float) and "choices" not in spec.metadata]
    assert len(numbers) > 10
    for spec in numbers:
        for beyond in (spec.metadata["low"] - 1, spec.metadata["high"] + 1):
            with pytest.raises(DcganError, match=f"`{spec.name}`"):
                replace(Config(), **{spec.name: beyond})


WRONG = {
    "text": "many", "number as text": "64", "nothing in it": "", "None": None, "list": [1], "complex": 1j,
    "NaN": math.nan, "infinity": math.inf, "its opposite": -math.inf, "huge": 10**400, "tiny": -(10**400),
    "too long to be written": 10**5000, "dictionary": {"a": 1}, "array": np.ones(3), "array of one": np.array(16),
    "numpy NaN": np.float32("nan"), "numpy infinity": np.float16("inf"), "numpy date": np.datetime64("2020-01-01"),
    "many lines": "a\nb" * 10, "a million letters": "x" * 10**6, "a long list": list(range(10**5)), "object": object(),
    "a fraction": Fraction(10**400, 3), "bytes": b"16", "class": int, "bool's opposite": np.complex64(1),
}  # fmt: skip


BOUNDED = [spec for spec in fields(Config) if "check" not in spec.metadata]


@pytest.mark.parametrize("name", sorted(WRONG.keys() - {"number as text"}))
def test_sizes_refuse_what_they_are_not(name):
    with pytest.raises(DcganError) as raised:
        Config(image_size=WRONG[name])
    sentence = str(raised.value)
    assert sentence.startswith(
        "`image_size` should be a whole number from 16 to 256, or height x width such as 48x64. "
    )
    assert len(sentence) < 350 and sentence.isprintable()


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_names_of_classes_refuse_what_they_are_not(wrong):
    with pytest.raises(DcganError) as raised:
        Config(class_names=wrong)
    sentence = str(raised.value)
    assert sentence.startswith("`class_names` should be empty, or 2 to 1,000 different names. Received: ")
    assert len(sentence) < 350 and sentence.isprintable()


@pytest.mark.parametrize("spec", BOUNDED, ids=lambda spec: spec.name)
def test_every_field_refuses_what_it_is_not(spec):
    wrong = list(WRONG.values())
    if "choices" in spec.metadata:
        should = f"`{spec.name}` should be one of {', '.join(map(repr, spec.metadata['choices']))}. Received: "
        wrong += [2, 0.5, "HINGE", "float64", 1 if spec.type is bool else True]
    else:
        should = f"`{spec.name}` should be a {'whole ' if spec.type is int else ''}number from "
        low, high = spec.metadata["low"], spec.metadata["high"]
        wrong += [low - 1, high + 1, low - 1e-9, high * (1 + 1e-9), np.float64(high * 1.001), np.int64(low - 1)]
        wrong += [True, False, np.bool_(True)] + [low + 0.5] * (spec.type is int)
    for value in wrong:
        with pytest.raises(DcganError) as raised:
            Config(**{spec.name: value})
        sentence = str(raised.value)
        assert sentence.startswith(should) and sentence.endswith(".")
        assert len(sentence) < 350 and sentence.isprintable()


@pytest.mark.parametrize("spec", BOUNDED, ids=lambda spec: spec.name)
def test_every_field_takes_its_bounds_and_numpy_scalars_of_its_type(spec):
    if "choices" in spec.metadata:
        kind = {int: np.int64, bool: np.bool_, str: np.str_}[spec.type]
        given = [kind(choice) for choice in spec.metadata["choices"]]
    else:
        kind = np.int64 if spec.type is int else np.float64
        given = [kind(spec.metadata[bound]) for bound in ("low", "high")]
    for value in given:
        found = getattr(Config(**{spec.name: value}), spec.name)
        assert found == value and type(found) is spec.type


def test_a_number_of_low_precision_is_taken_for_what_it_is():
    """In float32 itself, 0.999 keeps to a bound of 0.999 that its value, 0.99900001, does not keep to."""
    with pytest.raises(DcganError, match=r"`beta_1` .* to 0.999. Received: 0.99900001"):
        Config(beta_1=np.float32(0.999))
    config = Config(beta_1=np.float32(0.5))
    assert Config.from_dict(config.to_dict()) == config


def test_there_is_no_negative_zero():
    assert math.copysign(1, Config(minutes=-0.0).minutes) == 1


@pytest.mark.parametrize("number", ["1" * 5000, "0x" + "f" * 100])
def test_the_bounds_of_whole_numbers_are_written_out(number):
    with pytest.raises(DcganError, match=r"^`seed` should be a whole number from 0 to 2,147,483,647. Received: '"):
        Config(seed=number)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("kmig", "Did you mean kimg? It should be one of: "),
        ("image_sise", "Did you mean image_size or smallest_side? "),
        ("Seed", "Did you mean seed? "),
        ("", "`` is not a field of Config. It should be one of: augment_color, "),
        ("x" * 10**6, "is not a field of Config. It should be"),
        (7, "`7` is not a field of Config. It should be"),
        (None, "`None` is not a field"),
        ("a\nb", "`a\\nb` is not a field"),
    ],
)
def test_a_misspelt_field_is_a_sentence_with_its_neighbors(name, hint):
    with pytest.raises(DcganError) as raised:
        Config.from_dict({name: 3})
    assert hint in str(raised.value)
    assert len(str(raised.value)) < 800 and str(raised.value).isprintable()


def test_a_misspelt_argument_is_named():
    with pytest.raises(TypeError, match="kmig"):
        Config(kmig=3)


@pytest.mark.parametrize("values", [None, [], "kimg", 3, [("kimg", 3)]])
def test_a_configuration_is_a_dictionary(values):
    with pytest.raises(DcganError, match=r"^A configuration should be a dictionary of fields. Received: "):
        Config.from_dict(values)


def test_what_is_shown_of_a_value_is_short_and_on_one_line():
    assert shown(Path("a folder/file.keras")) == "a folder/file.keras"
    assert shown("it's") == '"it\'s"'
    for value in (10**5000, Path("long" * 1000), "\n\0\x1b", [["x" * 1000] * 1000] * 1000, np.ones((50, 50)), 1e400):
        assert shown(value).isprintable() and len(shown(value)) < 300
    assert shown(-(10**5000)) == "a number of 16,610 bits"


def test_a_config_survives_its_dictionary():
    config = replace(Config.preset("vehicles"), seed=7)
    assert Config.from_dict(config.to_dict()) == config


def test_an_unknown_field_is_named():
    with pytest.raises(DcganError, match="`colour` is not a field of Config"):
        Config.from_dict({"colour": 3})
