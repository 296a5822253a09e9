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


def test_relativistic_by_hand():
    loss = get_loss("relativistic")  # real minus generated: 3 and -3
    assert float(loss.discriminator(REAL, FAKE)) == pytest.approx((softplus(-3) + softplus(3)) / 2, abs=1e-6)
    assert float(loss.generator(REAL, FAKE)) == pytest.approx((softplus(3) + softplus(-3)) / 2, abs=1e-6)
    assert float(loss.discriminator(REAL + 5, FAKE + 5)) == pytest.approx(float(loss.discriminator(REAL, FAKE)))


@pytest.mark.parametrize("name", ["relativistic", "non_saturating", "hinge"])
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
    with pytest.raises(
        DcganError, match=r"`loss` should be one of 'relativistic', 'non_saturating', 'hinge'. Received: 'wgan'"
    ):
        get_loss("wgan")


@pytest.mark.parametrize("name", ["relativistic", "non_saturating"])
@pytest.mark.parametrize("real", [-1.5, 0.0, 4.0])
def test_the_slope_ratio_is_that_of_both_losses(name, real):
    loss = get_loss(name)
    logits = tf.constant([[-50.0], [-8.0], [-0.3], [0.0], [2.0], [40.0]])
    others = tf.fill([6, 1], real)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        losses = loss.generator(others, logits), loss.discriminator(others, logits)
    slopes = [tape.gradient(value, logits) for value in losses]
    np.testing.assert_allclose(loss.slope_ratio(others, logits) * slopes[1], slopes[0], rtol=1e-4)


@pytest.mark.parametrize("name", ["relativistic", "non_saturating"])
def test_the_slope_ratio_stays_finite(name):
    ratio = get_loss(name).slope_ratio(tf.zeros([2, 1]), tf.constant([[-1e4], [1e4]]))
    assert np.isfinite(ratio.numpy()).all()
