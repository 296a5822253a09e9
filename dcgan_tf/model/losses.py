"""Losses of the two networks: pure functions of logits, float32 `[n, 1]`, positive for "real".

To add one, write its two functions, and name the pair in `LOSSES` and in the choices of `Config.loss`.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from dcgan_tf.common.checks import check_choice


class GanLoss(NamedTuple):
    """The losses of both networks: functions of the logits of real and generated pictures that return a scalar.

    `slope_ratio` takes both logits and returns the slope of the generator's loss, by the logit of a generated picture,
    divided by that of the discriminator's, float32 `[n, 1]`. With it one backward pass through the discriminator serves
    both networks; None if the discriminator's slope can be 0.
    """

    discriminator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    slope_ratio: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None
    relative: bool = False  # whether only differences between logits of real and of generated pictures count


def get_loss(name: str) -> GanLoss:
    """Return the losses called `name`; raises `DcganError` for an unknown name."""
    check_choice("loss", name, tuple(LOSSES))
    return LOSSES[name]


def logistic_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return the mean cross-entropy of calling real pictures real, plus that of calling generated ones fake."""
    return tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))


def non_saturating_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:  # noqa: ARG001
    """Return the mean cross-entropy of generated pictures with the label "real" (arXiv 1406.2661, section 3)."""
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))


def logistic_slope_ratio(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:  # noqa: ARG001
    """Return the slope of the non-saturating loss divided by the logistic one's: -sigmoid(-x) / sigmoid(x) = -exp(-x).

    Logits are clipped at -60, so that the product with the slope of the discriminator's loss stays in float32's range.
    """
    return -tf.exp(-tf.maximum(fake_logits, -60.0))


def relativistic_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return the mean cross-entropy of calling the real picture of each pair the more real one (arXiv 1807.00734)."""
    return tf.reduce_mean(tf.nn.softplus(fake_logits - real_logits))


def relativistic_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return the mean cross-entropy of calling the generated picture of each pair the more real one."""
    return tf.reduce_mean(tf.nn.softplus(real_logits - fake_logits))


def relativistic_slope_ratio(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return -exp(real - fake): both losses are logistic ones of the difference."""
    return logistic_slope_ratio(real_logits, fake_logits - real_logits)


def hinge_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return the mean hinge loss with margin 1 on both sides (arXiv 1705.02894)."""
    return tf.reduce_mean(tf.nn.relu(1.0 - real_logits)) + tf.reduce_mean(tf.nn.relu(1.0 + fake_logits))


def hinge_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:  # noqa: ARG001
    """Return the negated mean logit of generated pictures (arXiv 1705.02894)."""
    return -tf.reduce_mean(fake_logits)


LOSSES = {
    "relativistic": GanLoss(
        relativistic_discriminator_loss, relativistic_generator_loss, relativistic_slope_ratio, relative=True
    ),
    "non_saturating": GanLoss(logistic_discriminator_loss, non_saturating_generator_loss, logistic_slope_ratio),
    "hinge": GanLoss(hinge_discriminator_loss, hinge_generator_loss),
}
