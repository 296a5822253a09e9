"""The discriminator of a run, and what it thinks of any pictures."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.checkpoint import newest_whole, weights_of
from dcgan_tf.config import Config, shown
from dcgan_tf.errors import DcganError
from dcgan_tf.layers import fast_layers
from dcgan_tf.networks import build_discriminator
from dcgan_tf.pixels import to_floats

BATCH = 64


def load_discriminator(folder: Path, config: Config) -> keras.Model:
    """Return the discriminator of the run in `folder`, float pictures in [-1, 1] to float32 logits `[n, 1]`.

    Raises `DcganError` where there is no whole checkpoint, which alone holds it.
    """
    found = newest_whole(folder)
    if found is None:
        raise DcganError(
            f"{folder / 'checkpoint'} should hold the run's discriminator, but there is no checkpoint. Copy that "
            "folder too when you move a run, or train it anew."
        )
    path, arrays, _ = found
    model = build_discriminator(config, kit=fast_layers(matmul_gradients=False))
    weights = weights_of(arrays, "discriminator")
    if [each.shape for each in weights] != [tuple(each.shape) for each in model.weights]:
        raise DcganError(f"{path} should hold the discriminator of this run, but holds another. Train the run anew.")
    model.set_weights(weights)
    return model


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


def check_pictures(pictures: np.ndarray, shape: tuple[int, ...], name: str = "pictures") -> None:
    """Raise `DcganError` unless these are uint8 pictures `[n, *shape]`."""
    received = f"{pictures.dtype} {list(pictures.shape)}" if isinstance(pictures, np.ndarray) else shown(pictures)
    if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8 or pictures.shape[1:] != tuple(shape):
        raise DcganError(
            f"`{name}` should be a NumPy array of uint8 pictures [n, {', '.join(map(str, shape))}]. Received: "
            f"{received}. Read them by load_images with the run's image_size and channels."
        )
