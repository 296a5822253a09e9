"""Batches of pictures out of the generator, and of opinions out of the discriminator."""

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.common.pixels import check_pictures, to_floats, to_pixels

BATCH = 64  # pictures at once


def generate_pictures(generator: keras.Model, latents: np.ndarray, batch_size: int = BATCH) -> np.ndarray:
    """Return a generator's pictures, uint8 `[n, height, width, channels]`, for float32 `[n, latent_dim]`."""
    batches = [latents[start : start + batch_size] for start in range(0, len(latents), batch_size)]
    pictures = [np.asarray(generator(batch, training=False)) for batch in batches]
    return to_pixels(np.concatenate(pictures))


def score_pictures(discriminator: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """Return how likely the discriminator finds each picture to be a real one, float32 `[n]` in [0, 1].

    Args:
        discriminator: what turns float pictures in [-1, 1] into logits.
        pictures: uint8 `[n, height, width, channels]`.

    Raises:
        DcganError: the pictures are not of the discriminator's size and channels.
    """
    check_pictures(pictures, discriminator.input_shape[1:])
    batches = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
    logits = [np.asarray(discriminator(to_floats(batch), training=False))[:, 0] for batch in batches]
    return np.asarray(tf.sigmoid(np.concatenate(logits))) if logits else np.zeros(0, np.float32)
