import math
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from dcgan_tf import Config, DcganError


def test_presets_are_valid_and_have_the_sizes_of_the_mission():
    assert (Config.kiwi().image_size, Config.kiwi().channels) == (64, 3)
    assert (Config.vehicles().image_size, Config.vehicles().channels) == (28, 1)


def test_a_config_cannot_be_changed_after_it_was_checked():
    with pytest.raises(FrozenInstanceError):
        Config().image_size = 300


def test_the_sentence_names_field_range_and_value():
    with pytest.raises(DcganError, match=r"^`image_size` should be a whole number between 16 and 256. Received: 300.$"):
        Config(image_size=300)


@pytest.mark.parametrize("value", [15, 257, 64.0, "64", None, True, math.nan])
def test_image_size_takes_whole_numbers_of_its_range_alone(value):
    with pytest.raises(DcganError, match="`image_size`"):
        Config(image_size=value)


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


def test_a_config_survives_its_dictionary():
    config = replace(Config.vehicles(), seed=7)
    assert Config.from_dict(config.to_dict()) == config


def test_an_unknown_field_is_named():
    with pytest.raises(DcganError, match="`colour` is not a field of Config"):
        Config.from_dict({"colour": 3})
