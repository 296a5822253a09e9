from dataclasses import replace

import pytest

from dcgan_tf import Config, estimate, train
from dcgan_tf.estimate import describe_duration, measure_rate


@pytest.fixture
def slow_machine(monkeypatch):
    monkeypatch.setattr(estimate, "measure_rate", lambda config, precision: 100.0)  # pictures a second


@pytest.mark.parametrize(
    ("kimg", "minutes", "text"),
    [(120.0, 0.0, "about 20 minutes"), (120.0, 5.0, "about 5 minutes"), (1.0, 0.0, "about a minute")],
)
def test_kimg_or_minutes_whichever_ends_first(tmp_path, slow_machine, kimg, minutes, text):
    clause = describe_duration(Config(kimg=kimg, minutes=minutes, precision="float32"), tmp_path)
    assert clause.startswith(f"{text} of training on ") and clause.endswith("in float32 (as asked)")


def test_what_is_done_does_not_count_again(config, images, tmp_path, slow_machine):
    train(config, images, tmp_path, progress="none")
    assert describe_duration(config, tmp_path).startswith("already trained in ")
    longer = describe_duration(replace(config, kimg=60.064), tmp_path)
    assert longer.startswith("going on from 0.1, about 10 minutes of training")


def test_the_rate_is_measured_on_this_configuration(config):
    large = replace(config, image_size=64, generator_width=16, discriminator_width=16)
    assert measure_rate(config, "float32") > 2 * measure_rate(large, "float32") > 0
