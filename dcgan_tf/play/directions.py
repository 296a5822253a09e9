"""The directions in latent space along which a generator's pictures change most."""

from typing import NamedTuple

import keras
import numpy as np

from dcgan_tf.common.pixels import HALF_RANGE
from dcgan_tf.model.latent import draw_latents, with_classes

PROBES = 32  # latents for measuring the effect of a direction
SAMPLES = 1024  # latents whose activations are analysed
MOST_CLASSES = 16  # that the latents above are given, in turn
LEAST_NEW = 0.5  # share of a component that must be orthogonal to the directions before it
MOST_ACTIVATIONS = 2**14  # per picture, of the analysed layer, which limits the memory to 64 MB


class Directions(NamedTuple):
    """Directions in latent space, strongest effect first."""

    vectors: np.ndarray  # float32 [k, latent_dim], of length 1
    effects: np.ndarray  # float32 [k], change of a picture by one unit along it: root mean square in shades of 255


def weight_directions(generator: keras.Model, count: int = 16, *, classes: int = 0) -> Directions:
    """Return up to `count` directions that the first layer amplifies most, sorted by effect.

    The last `classes` inputs of the generator are a one-hot class, which no direction changes.

    These are the eigenvectors of the weights times their transpose (SeFa, Shen and Zhou 2021, arXiv 2007.06600). The
    batch normalization after the layer scales its channels, so its factors are part of the weights here.
    """
    dense = next(layer for layer in generator.layers if isinstance(layer, keras.layers.Dense))
    weights = np.asarray(dense.kernel, np.float64)
    norm = next((layer for layer in generator.layers if isinstance(layer, keras.layers.BatchNormalization)), None)
    if norm is not None:
        scale = np.asarray(norm.gamma) / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
        weights = weights.reshape(len(weights), -1, len(scale)) * scale
    weights = weights.reshape(len(weights), -1)[: len(weights) - classes]
    strengths, vectors = np.linalg.eigh(weights @ weights.T)
    return _by_effect(generator, vectors.T[np.argsort(-strengths)][:count], classes)


def activation_directions(generator: keras.Model, count: int = 16, seed: int = 0, *, classes: int = 0) -> Directions:
    """Return up to `count` directions that move a middle layer along its principal components, sorted by effect.

    These are the principal components of the activations of 1,024 latents, mapped back to latents by linear regression
    (GANSpace, Härkönen et al. 2020, arXiv 2004.02546). Each direction is made orthogonal to those before it, and
    dropped if little of it remains: some components only add curvature to others. The last `classes` inputs of the
    generator are a one-hot class; what sets classes apart is left out.
    """
    latents = draw_latents(SAMPLES, generator.input_shape[-1] - classes, seed)
    numbers = _numbers(SAMPLES, classes)
    centred = _activations(generator, _inputs(latents, classes))
    for number in np.unique(numbers):
        centred[numbers == number] -= centred[numbers == number].mean(axis=0)
    # There are far fewer latents than activations, so the Gram matrix is smaller than the covariance.
    strengths, coordinates = np.linalg.eigh((centred @ centred.T).astype(np.float64))
    candidates = coordinates.T[np.argsort(-strengths)] @ (latents - latents.mean(axis=0))
    vectors = np.zeros((0, latents.shape[1]))
    for candidate in candidates:
        left = candidate - vectors.T @ (vectors @ candidate)
        if len(vectors) < count and np.linalg.norm(left) > LEAST_NEW * np.linalg.norm(candidate):
            vectors = np.vstack([vectors, left / np.linalg.norm(left)])
    return _by_effect(generator, vectors, classes)


def _numbers(count: int, classes: int) -> np.ndarray:
    """Return the numbers of `count` classes in turn; all 0 if there are none."""
    return np.arange(count) % np.clip(classes, 1, MOST_CLASSES)


def _inputs(latents: np.ndarray, classes: int) -> np.ndarray:
    """Return a generator's inputs, float32 `[n, latent_dim + classes]`, of these latents and of classes in turn."""
    return with_classes(latents, _numbers(len(latents), classes), classes)


def _activations(generator: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """Return the activations of a middle layer for the inputs, float32 `[n, activations]`."""
    layers = [layer for layer in generator.layers if isinstance(layer, keras.layers.ReLU)]
    small = [layer for layer in layers if np.prod(layer.output.shape[1:]) <= MOST_ACTIVATIONS] or layers[:1]
    part = keras.Model(generator.inputs[0], small[len(small) // 2].output)
    batches = np.array_split(inputs, SAMPLES // 64)
    return np.concatenate([np.asarray(part(batch, training=False)).reshape(len(batch), -1) for batch in batches])


def _by_effect(generator: keras.Model, vectors: np.ndarray, classes: int) -> Directions:
    """Return the directions sorted by their effect on pictures; the largest number of each vector is positive."""
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=1)[:, None], axis=1)
    vectors = (vectors * np.sign(largest)).astype(np.float32)
    start = _inputs(draw_latents(PROBES, vectors.shape[1], seed=0), classes)
    steps = np.pad(vectors, [(0, 0), (0, classes)])
    ends = [[np.asarray(generator(start + sign * step, training=False)) for sign in (1, -1)] for step in steps]
    changes = [ahead - behind for ahead, behind in ends]
    # Half of the change over two units, in shades.
    effects = np.array([HALF_RANGE * np.sqrt(np.mean(change**2)) / 2 for change in changes], np.float32)
    order = np.argsort(-effects, kind="stable")
    return Directions(vectors[order], effects[order])
