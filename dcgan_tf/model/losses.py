"""Losses of the two networks: pure functions on logits, float32 `[n, 1]`, positive for "real".

To add one, write its two functions and name the pair in `get_loss` and in `Config.loss`.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from dcgan_tf.common.errors import DcganError


class GanLoss(NamedTuple):
    """The losses of both networks, each from the logits of real and generated pictures to a scalar.

    `slope_ratio` turns the logits of generated pictures into the slope of G's loss over that of D's at each, float32
    `[n, 1]`, which lets one backward pass through D serve both; None where D's slope may be 0.
    """

    discriminator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    generator: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    slope_ratio: Callable[[tf.Tensor], tf.Tensor] | None = None


def get_loss(name: str) -> GanLoss:
    """Return the pair of losses called `name`; raises `DcganError` for an unknown name."""
    losses = {
        "non_saturating": GanLoss(logistic_discriminator_loss, non_saturating_generator_loss, logistic_slope_ratio),
        "hinge": GanLoss(hinge_discriminator_loss, hinge_generator_loss),
    }
    if name not in losses:
        raise DcganError(f"`loss` should be one of {', '.join(map(repr, losses))}. Received: {name!r}.")
    return losses[name]


def logistic_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return the mean cross-entropy of calling real pictures real and generated ones fake (arXiv 1406.2661)."""
    return tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))


def non_saturating_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:  # noqa: ARG001
    """Return the mean cross-entropy of generated pictures being called real (arXiv 1406.2661, section 3)."""
    return tf.reduce_mean(tf.nn.softplus(-fake_logits))


def logistic_slope_ratio(fake_logits: tf.Tensor) -> tf.Tensor:
    """Return the slope of the non-saturating loss over the logistic one's: -sigmoid(-x) / sigmoid(x) = -exp(-x).

    Below -60 it is held, so that its product with the slope of D's loss stays in float32's range.
    """
    return -tf.exp(-tf.maximum(fake_logits, -60.0))


def hinge_discriminator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return the mean hinge loss with margin 1 on both sides (arXiv 1705.02894)."""
    return tf.reduce_mean(tf.nn.relu(1.0 - real_logits)) + tf.reduce_mean(tf.nn.relu(1.0 + fake_logits))


def hinge_generator_loss(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:  # noqa: ARG001
    """Return the negated mean logit of generated pictures (arXiv 1705.02894)."""
    return -tf.reduce_mean(fake_logits)
