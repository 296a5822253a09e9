"""What keras.json or a calling program sets as Keras's defaults changes nothing."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import DCGAN, Config
from dcgan_tf.common.machine import Execution
from dcgan_tf.judge.features import load_features
from dcgan_tf.model.build import build_model
from dcgan_tf.model.defaults import usual_defaults
from dcgan_tf.model.networks import build_discriminator, build_generator
from dcgan_tf.play.directions import activation_directions
from tests.conftest import make_images

ODD = {"floatx": "float16", "epsilon": 0.1, "backend": "jax", "image_data_format": "channels_first"}


@pytest.fixture
def odd_defaults() -> Iterator[None]:
    with usual_defaults():
        keras.config.set_floatx("float16")
        keras.config.set_dtype_policy("mixed_bfloat16")
        keras.config.set_image_data_format("channels_first")
        keras.config.set_epsilon(0.1)
        yield
    keras.config.set_epsilon(1e-7)


def trained(config: Config, precision: str = "float32") -> dict[str, str]:
    """Return a digest of each variable after two steps, and of what networks make of pictures."""
    model = build_model(config, Execution(precision))
    images = make_images(8, config.image_size, config.channels)
    batch = tf.constant(images.pixels, tf.float32) / 127.5 - 1.0
    model.fit(tf.data.Dataset.from_tensors(batch), epochs=2, verbose=0)
    found = {name: variable.numpy() for name, variable in model.state().items()}
    found["pictures"] = model.generate(4)
    found["called"] = np.asarray(model(np.ones((2, config.latent_dim), np.float32)))
    found["directions"] = activation_directions(model.ema_generator, 2).vectors
    found["features"] = load_features("imagenet")(images.pixels)
    return {name: f"{value.dtype} {hashlib.sha256(value.tobytes()).hexdigest()}" for name, value in found.items()}


@pytest.fixture(scope="module")
def odd_size() -> Config:
    return Config(
        image_size=18, batch_size=8, generator_width=4, discriminator_width=4, latent_dim=8, decay_kimg=0, kimg=0.1
    )


@pytest.fixture(scope="module")
def usual(odd_size) -> dict[str, str]:
    return trained(odd_size)


def test_two_steps_are_the_same_bit_for_bit(odd_size, usual, odd_defaults):
    assert trained(odd_size) == usual


def test_a_scaled_loss_and_its_rate_stay_float32(odd_size, odd_defaults):
    state = build_model(odd_size, Execution("float16")).state()
    assert {str(each.dtype) for each in state.values()} <= {"float32", "int64", "int32"}


def test_the_default_optimizers_and_saved_ones_keep_their_rate(odd_size, odd_defaults, tmp_path):
    model = DCGAN(build_generator(odd_size), build_discriminator(odd_size))
    model.compile()
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    for each in (model, again):
        assert float(each.generator_optimizer.learning_rate) == np.float32(4e-4)
        assert each.generator.inputs[0].dtype == each.discriminator.inputs[0].dtype == "float32"


def test_the_calling_program_keeps_its_own_defaults(odd_size, odd_defaults):
    before = keras.config.floatx(), keras.config.dtype_policy().name, keras.config.image_data_format()
    build_model(replace(odd_size, seed=1))
    assert (keras.config.floatx(), keras.config.dtype_policy().name, keras.config.image_data_format()) == before


@pytest.mark.slow
def test_keras_json_changes_nothing(odd_size, usual, tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps(ODD), encoding="utf-8")
    code = f"""
import json
from dcgan_tf import Config
from tests.model.test_defaults import trained
print(json.dumps(trained(Config.from_dict({odd_size.to_dict()!r}))))
"""
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"KERAS_HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == usual
