from dataclasses import replace

import keras
import numpy as np
import pytest

from dcgan_tf.model.build import build_model
from dcgan_tf.model.rate import InverseSquareRoot


def test_the_rate_stays_then_falls_with_the_square_root():
    rates = [float(InverseSquareRoot(8e-4, 100)(step)) for step in (0, 100, 400, 10_000)]
    assert rates == pytest.approx([8e-4, 8e-4, 4e-4, 8e-5])


def test_it_is_counted_in_pictures_for_both_networks(config):
    for batch in (4, 8):
        model = build_model(replace(config, batch_size=batch, decay_kimg=0.08, learning_rate=1e-3))
        for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
            optimizer.iterations.assign(4 * 80 // batch)
            assert float(optimizer.learning_rate) == pytest.approx(5e-4)


def test_without_a_decay_it_is_a_number(config):
    optimizer = build_model(replace(config, decay_kimg=0.0)).generator_optimizer
    optimizer.iterations.assign(10**6)
    assert float(optimizer.learning_rate) == pytest.approx(config.learning_rate)


def test_a_saved_optimizer_keeps_it():
    adam = keras.optimizers.Adam(InverseSquareRoot(8e-4, 100))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(adam))
    again.build([keras.Variable(np.zeros(2, np.float32))])
    again.iterations.assign(400)
    assert float(again.learning_rate) == pytest.approx(4e-4)
