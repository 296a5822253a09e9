"""KID at points of the training, by the random network: cheap, the same everywhere, and in need of no download."""

import keras
import numpy as np

from dcgan_tf.config import Config
from dcgan_tf.features import cached_features, load_features
from dcgan_tf.gan import generate_pictures
from dcgan_tf.images import ImageSet, evenly_spread
from dcgan_tf.latent import draw_latents
from dcgan_tf.metrics import squared_mmd

GENERATED = 500  # pictures at each point
MOST_REAL = 1000  # training pictures that they are compared with, evenly spread


class KidCurve:
    """Measures generators against the same training pictures, always from the same latents."""

    def __init__(self, config: Config, images: ImageSet) -> None:
        """Compute the features of the real pictures."""
        self.network = load_features("random")
        some = images.subset(evenly_spread(len(images), MOST_REAL))
        self.real = cached_features(self.network, some).astype(np.float64)
        self.latents = draw_latents(GENERATED, config.latent_dim, config.seed + 2)  # none of those that are shown

    def measure(self, generator: keras.Model) -> float:
        """Return the unbiased squared distance of all pictures to all (KID without its subsets, which cost time)."""
        generated = self.network(generate_pictures(generator, self.latents))
        return squared_mmd(self.real, generated.astype(np.float64))
