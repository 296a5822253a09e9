"""One training step of a DCGAN: two losses, two gradients, two updates, one average.

It is the step of TensorFlow's tutorial (tensorflow.org/tutorials/generative/dcgan) with three differences: the
discriminator sees augmented pictures, a running average of the generator is kept, and one backward pass through the
discriminator does the work of two.
"""

from typing import Protocol

import keras
import tensorflow as tf

from dcgan_tf.model.augment import Augment
from dcgan_tf.model.losses import GanLoss
from dcgan_tf.model.replicas import batch_size, mean_of_replicas, own_rows, replica_count

Logs = dict[str, tf.Tensor]


class Trainable(Protocol):
    """The attributes of a model that a step uses; `DCGAN` has them."""

    generator: keras.Sequential
    discriminator: keras.Sequential
    ema_generator: keras.Sequential  # holds the running average of the generator's weights
    generator_optimizer: keras.optimizers.Optimizer
    discriminator_optimizer: keras.optimizers.Optimizer
    loss_pair: GanLoss
    augment: Augment
    discriminator_mixes_batch: bool  # whether its logit of a picture depends on others in the batch
    ema_halflife_kimg: float  # thousands of real pictures; 0: no averaging
    ema_ramp: float  # the largest half-life as a share of the pictures seen
    class_ramp_kimg: float  # thousands of real pictures, over which the logits of classes begin to count
    latent_dim: int
    classes: int  # that both networks tell apart; 0: none
    seed: int
    steps_done: keras.Variable


def train_step(gan: Trainable, real: tf.Tensor, chosen: tf.Tensor) -> Logs:
    """Train both networks on a batch of real pictures, float in [-1, 1]; return the losses and mean scores.

    `chosen` is the class of each real picture, one-hot `[n, classes]`; as many pictures of each are generated.
    Every random draw is a function of `seed` and of the number of steps done, so that a resumed run draws the same.
    On several devices each has its rows of the batch, and the optimizers add up their gradients (`replicas.py`).
    """
    count = batch_size(real)
    step_seed = [gan.seed, tf.identity(gan.steps_done.value)]
    latent_seed, augment_seed = tf.unstack(tf.random.experimental.stateless_split(step_seed, 2))
    latents = own_rows(tf.random.stateless_normal([count, gan.latent_dim], latent_seed))

    generator_gradients, discriminator_gradients, logs = gradients(gan, real, chosen, latents, augment_seed)

    gan.generator_optimizer.apply(generator_gradients, gan.generator.trainable_variables)
    gan.discriminator_optimizer.apply(discriminator_gradients, gan.discriminator.trainable_variables)
    gan.steps_done.assign_add(1)
    move_average(gan, count)
    return logs


def gradients(
    gan: Trainable, real: tf.Tensor, chosen: tf.Tensor, latents: tf.Tensor, augment_seed: tf.Tensor
) -> tuple[list[tf.Tensor], list[tf.Tensor], Logs]:
    """Return the gradients of the generator's weights, of the discriminator's weights, and the logs of the step."""
    real_seed, fake_seed = tf.unstack(tf.random.experimental.stateless_split(augment_seed, 2))
    weights_of_logits = class_weights(gan, chosen)
    one_pass = not gan.discriminator_mixes_batch and gan.loss_pair.slope_ratio is not None

    # Real and generated pictures go through the discriminator as two batches, which two cores compute side by side.
    # The tape does not watch the real pictures, so their gradient is not computed.
    with tf.GradientTape() as generator_tape:
        fake = gan.generator(tf.concat([latents, chosen], 1), training=True)
    with tf.GradientTape(persistent=not one_pass) as discriminator_tape:
        discriminator_tape.watch(fake)
        seen = gan.augment(tf.cast(real, fake.dtype), real_seed), gan.augment(fake, fake_seed)
        real_logits, fake_logits = (read(gan.discriminator(each, training=True), weights_of_logits) for each in seen)
        logs = losses_and_scores(gan.loss_pair, real_logits, fake_logits)

    # Optimizers for float16 scale their losses, each by its own factor; the others scale by 1. The losses of a replica
    # are means of its rows, and optimizers add up the gradients of all replicas.
    share = tf.fill([], 1.0 / replica_count())
    generator_scale = gan.generator_optimizer.scale_loss(share)
    discriminator_scale = gan.discriminator_optimizer.scale_loss(share)
    weights = gan.discriminator.trainable_variables
    if one_pass:
        # The fast path. Both losses depend on a generated picture only through its logit. So their gradients with
        # respect to the picture differ only by the ratio of the losses' slopes at that logit, and one backward pass
        # is enough.
        discriminator_gradients, fake_gradient = discriminator_tape.gradient(
            logs["d_loss"], (weights, fake), discriminator_scale
        )
        ratio = gan.loss_pair.slope_ratio(real_logits, fake_logits)[:, :, None, None]
        fake_gradient *= ratio * generator_scale / discriminator_scale
    else:  # as in the tutorial: the generator's loss walks back through the discriminator on its own
        discriminator_gradients = discriminator_tape.gradient(logs["d_loss"], weights, discriminator_scale)
        fake_gradient = discriminator_tape.gradient(logs["g_loss"], fake, generator_scale)
    generator_gradients = generator_tape.gradient(fake, gan.generator.trainable_variables, fake_gradient)
    return generator_gradients, discriminator_gradients, logs


def class_weights(gan: Trainable, chosen: tf.Tensor) -> tf.Tensor:
    """Return the weight of each logit of each picture, float32 `[n, 1 + classes]`: 1 for the first.

    The logit of the picture's class counts more and more over the first `class_ramp_kimg`.
    """
    seen_kimg = tf.cast(gan.steps_done.value, tf.float32) * tf.cast(batch_size(chosen), tf.float32) / 1000.0
    return tf.concat([tf.ones([tf.shape(chosen)[0], 1]), chosen * tf.minimum(1.0, seen_kimg / gan.class_ramp_kimg)], 1)


def read(outputs: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Return one logit a picture, float32 `[n, 1]`, from the discriminator's outputs `[n, 1 + classes]`.

    So it is unconditional at first and becomes a projection discriminator (Miyato & Koyama 2018, arXiv 1802.05637);
    with classes from the start, small sets collapse (Shahbazi et al. 2022, arXiv 2201.06578).
    """
    return tf.reduce_sum(outputs * weights, 1, keepdims=True)


def losses_and_scores(loss_pair: GanLoss, real_logits: tf.Tensor, fake_logits: tf.Tensor) -> Logs:
    """Return both losses, and the discriminator's mean probability of "real" for real and for generated pictures.

    Where only differences count, it is the probability of being more real than pictures of the other kind are on
    average (arXiv 1807.00734, section 4.3).
    """
    real, fake = real_logits, fake_logits
    if loss_pair.relative:
        means = mean_of_replicas(tf.stack([tf.reduce_mean(real_logits), tf.reduce_mean(fake_logits)]))
        real, fake = real_logits - means[1], fake_logits - means[0]
    return {
        "g_loss": loss_pair.generator(real_logits, fake_logits),
        "d_loss": loss_pair.discriminator(real_logits, fake_logits),
        "real_score": tf.reduce_mean(tf.sigmoid(real)),
        "fake_score": tf.reduce_mean(tf.sigmoid(fake)),
    }


def move_average(gan: Trainable, count: tf.Tensor) -> None:
    """Move the averaged generator towards the trained one, batch-norm statistics included.

    `count` is the size of the whole batch. The half-life is counted in pictures (Karras et al. 2020, arXiv 2006.06676)
    and grows with the number seen.
    """
    batch_kimg = tf.cast(count, tf.float32) / 1000.0
    seen_kimg = tf.cast(gan.steps_done.value, tf.float32) * batch_kimg
    halflife = tf.minimum(gan.ema_halflife_kimg, gan.ema_ramp * seen_kimg)
    step_share = 1.0 - 0.5 ** (batch_kimg / tf.maximum(halflife, 1e-8))
    for average, weight in zip(gan.ema_generator.weights, gan.generator.weights, strict=True):
        average.assign_add((weight - average) * step_share)
