"""Small models and data sets for tests of training."""

import tensorflow as tf

from dcgan_tf import DCGAN, Config, ImageSet
from dcgan_tf.common.pixels import to_floats
from dcgan_tf.model.networks import build_discriminator, build_generator

LOGS = {"g_loss", "d_loss", "real_score", "fake_score"}


def make_model(config: Config, **settings) -> DCGAN:
    model = DCGAN(build_generator(config), build_discriminator(config), **settings)
    model.compile()
    return model


def make_dataset(images: ImageSet, batch: int = 8) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(to_floats(images.pixels)).batch(batch)
