import math

import numpy as np
import pytest
import tensorflow as tf

from dcgan_tf import DcganError
from dcgan_tf.model.losses import get_loss

REAL, FAKE = tf.constant([[2.0], [0.0]]), tf.constant([[-1.0], [3.0]])


def softplus(value):
    return math.log1p(math.exp(value))


def test_non_saturating_by_hand():
    loss = get_loss("non_saturating")
    expected = (softplus(-2) + softplus(0)) / 2 + (softplus(-1) + softplus(3)) / 2
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx(expected, abs=1e-6)
    assert float(loss.generator(REAL, FAKE)) == pytest.approx((softplus(1) + softplus(-3)) / 2, abs=1e-6)


def test_hinge_by_hand():
    loss = get_loss("hinge")
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx((0 + 1) / 2 + (0 + 4) / 2)
    assert float(loss.generator(REAL, FAKE)) == pytest.approx(-1.0)


@pytest.mark.parametrize("name", ["non_saturating", "hinge"])
def test_both_players_pull_their_own_way(name):
    loss = get_loss(name)
    logits = tf.Variable([[0.3]])
    with tf.GradientTape(persistent=True) as tape:
        fake_called_real = loss.generator(REAL, logits)
        fake_not_seen = loss.discriminator(REAL, logits)
        real_not_seen = loss.discriminator(logits, FAKE)
    assert float(tape.gradient(fake_called_real, logits)[0, 0]) < 0  # G raises the logit of its pictures
    assert float(tape.gradient(fake_not_seen, logits)[0, 0]) > 0  # D lowers it
    assert float(tape.gradient(real_not_seen, logits)[0, 0]) < 0  # and raises that of real ones


def test_huge_logits_stay_finite():
    loss = get_loss("non_saturating")
    assert math.isfinite(float(loss.discriminator(tf.constant([[-1e4]]), tf.constant([[1e4]]))))


def test_an_unknown_loss_is_named():
    with pytest.raises(DcganError, match=r"`loss` should be one of 'non_saturating', 'hinge'. Received: 'wgan'"):
        get_loss("wgan")


def test_the_slope_ratio_is_that_of_both_losses():
    loss = get_loss("non_saturating")
    logits = tf.constant([[-50.0], [-8.0], [-0.3], [0.0], [2.0], [40.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        losses = loss.generator(logits, logits), loss.discriminator(tf.zeros_like(logits), logits)
    slopes = [tape.gradient(value, logits) for value in losses]
    np.testing.assert_allclose(loss.slope_ratio(logits) * slopes[1], slopes[0], rtol=1e-4)


def test_the_slope_ratio_stays_finite():
    ratio = get_loss("non_saturating").slope_ratio(tf.constant([[-1e4], [1e4]]))
    assert np.isfinite(ratio.numpy()).all()
