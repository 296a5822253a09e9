"""Pictures from the generator and scores from the discriminator, batch by batch."""

import keras
import numpy as np

from dcgan_tf.common.pixels import check_pictures, to_floats, to_pixels

BATCH = 64  # pictures at once


def generate_pictures(generator: keras.Model, latents: np.ndarray, batch_size: int = BATCH) -> np.ndarray:
    """Return a generator's pictures, uint8 `[n, height, width, channels]`, for its inputs, float32 `[n, input_dim]`."""
    batches = [latents[start : start + batch_size] for start in range(0, len(latents), batch_size)]
    pictures = [np.asarray(generator(batch, training=False)) for batch in batches]
    return to_pixels(np.concatenate(pictures))


def logits_of(discriminator: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """Return the discriminator's logit of each picture, float32 `[n]`, as one of the class that it fits best.

    `pictures` are uint8 `[n, height, width, channels]`; raises `DcganError` for another size.
    """
    check_pictures(pictures, discriminator.input_shape[1:])
    batches = [pictures[start : start + BATCH] for start in range(0, len(pictures), BATCH)]
    logits = [_best_logits(np.asarray(discriminator(to_floats(batch), training=False))) for batch in batches]
    return np.concatenate(logits) if logits else np.zeros(0, np.float32)


def _best_logits(outputs: np.ndarray) -> np.ndarray:
    """Return one logit a picture, `[n]`, from `[n, 1 + classes]`: that of the class that it fits best."""
    return outputs[:, 0] + (outputs[:, 1:].max(1) if outputs.shape[1] > 1 else 0)
