"""Directions in the latent space along which the pictures of a generator change most."""

from typing import NamedTuple

import keras
import numpy as np

from dcgan_tf.common.pixels import HALF_RANGE
from dcgan_tf.model.latent import draw_latents

PROBES = 32  # latents at which the effect of a direction is measured
SAMPLES = 1024  # latents whose activations are compared
LEAST_NEW = 0.5  # of a component's direction, at right angles to those before it
MOST_ACTIVATIONS = 2**14  # numbers a picture of a layer that is looked at, which bounds the memory to 64 MB


class Directions(NamedTuple):
    """Directions of a latent space, those that change pictures most first."""

    vectors: np.ndarray  # float32 [k, latent_dim], of length 1
    effects: np.ndarray  # float32 [k]: change of a picture for one unit along it, root mean square in shades of 255


def weight_directions(generator: keras.Model, count: int = 16) -> Directions:
    """Return up to `count` directions that the first layer's weights amplify most, by their effect on pictures.

    In closed form, the eigenvectors of the weights times their transpose (SeFa, Shen and Zhou 2021, arXiv 2007.06600).
    Batch normalization behind the layer scales its channels, and so belongs to the weights here.
    """
    dense = next(layer for layer in generator.layers if isinstance(layer, keras.layers.Dense))
    weights = np.asarray(dense.kernel, np.float64)
    norm = next((layer for layer in generator.layers if isinstance(layer, keras.layers.BatchNormalization)), None)
    if norm is not None:
        scale = np.asarray(norm.gamma) / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
        weights = weights.reshape(len(weights), -1, len(scale)) * scale
    weights = weights.reshape(len(weights), -1)
    strengths, vectors = np.linalg.eigh(weights @ weights.T)
    return _by_effect(generator, vectors.T[np.argsort(-strengths)][:count])


def activation_directions(generator: keras.Model, count: int = 16, seed: int = 0) -> Directions:
    """Return up to `count` directions that move a middle layer along its principal components, by their effect.

    After Härkönen et al. 2020 (GANSpace, arXiv 2004.02546): the components of the activations of `SAMPLES` latents,
    carried back to the latent space by linear regression. Some components only bend others: each direction is made
    orthogonal to those before it, and one of which little is left is no new one.
    """
    latents = draw_latents(SAMPLES, generator.input_shape[-1], seed)
    activations = _activations(generator, latents)
    centred = activations - activations.mean(axis=0)
    # As many latents as there are, and far more activations: the components follow from the smaller product.
    strengths, coordinates = np.linalg.eigh((centred @ centred.T).astype(np.float64))
    candidates = coordinates.T[np.argsort(-strengths)] @ (latents - latents.mean(axis=0))
    vectors = np.zeros((0, latents.shape[1]))
    for candidate in candidates:
        left = candidate - vectors.T @ (vectors @ candidate)
        if len(vectors) < count and np.linalg.norm(left) > LEAST_NEW * np.linalg.norm(candidate):
            vectors = np.vstack([vectors, left / np.linalg.norm(left)])
    return _by_effect(generator, vectors)


def _activations(generator: keras.Model, latents: np.ndarray) -> np.ndarray:
    """Return what a middle layer makes of the latents, float32 `[n, numbers]`."""
    layers = [layer for layer in generator.layers if isinstance(layer, keras.layers.ReLU)]
    small = [layer for layer in layers if np.prod(layer.output.shape[1:]) <= MOST_ACTIVATIONS] or layers[:1]
    part = keras.Model(generator.inputs[0], small[len(small) // 2].output)
    batches = np.array_split(latents, SAMPLES // 64)
    return np.concatenate([np.asarray(part(batch, training=False)).reshape(len(batch), -1) for batch in batches])


def _by_effect(generator: keras.Model, vectors: np.ndarray) -> Directions:
    """Return directions sorted by how much one unit along them changes pictures, each with its largest part upwards."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], axis=1)
    vectors = (vectors * np.sign(largest)).astype(np.float32)
    start = draw_latents(PROBES, vectors.shape[1], seed=0)
    ends = [[np.asarray(generator(start + sign * vector, training=False)) for sign in (1, -1)] for vector in vectors]
    changes = [ahead - behind for ahead, behind in ends]
    # Half of two units, in shades.
    effects = np.array([HALF_RANGE * np.sqrt(np.mean(change**2)) / 2 for change in changes], np.float32)
    order = np.argsort(-effects, kind="stable")
    return Directions(vectors[order], effects[order])
