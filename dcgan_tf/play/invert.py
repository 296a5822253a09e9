"""Inverting a generator: finding latents whose pictures match the known pixels of given pictures.

A whole photo is projected into latent space, where it can be edited. With a mask, its holes are filled in (Yeh et al.
2016, arXiv 1607.07539). With `downscale`, a small photo is enlarged (PULSE, Menon et al. 2020, arXiv 2003.03808).
"""

import functools
import math
import sys
from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from dcgan_tf.common.checks import check_count
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.pixels import HALF_RANGE, check_pictures, to_floats, to_pixels
from dcgan_tf.common.text import shown
from dcgan_tf.config import Config
from dcgan_tf.model.latent import draw_latents, with_classes
from dcgan_tf.model.train_step import read
from dcgan_tf.play.blend import blend, shrink
from dcgan_tf.run.run import Run

POOL = 1024  # random inputs of all classes; searches start from those with the nearest pictures
ROWS = 128  # latents searched at once
CALL = 10  # steps per call of the compiled loop, so that the bar moves
RATE = 0.2  # of Adam, in standard deviations per step; falls to 0 as a cosine
BETAS = (0.9, 0.999)  # of Adam
# Weights of the other terms of the objective, relative to the mean squared difference of the known pixels in [-1, 1].
LATENT_WEIGHT = 0.01  # of the mean square of a latent's numbers, which is 1 in training
CRITIC_WEIGHT = 0.003  # of the non-saturating loss of the discriminator's logit (arXiv 1406.2661)

Progress = Callable[[int, int], None]


class Inverted(NamedTuple):
    """What `invert` found for n pictures."""

    latents: np.ndarray  # float32 [n, latent_dim]
    generated: np.ndarray  # uint8 [n, height, width, channels], the generator's pictures of these latents
    pictures: np.ndarray  # the same, blended with the known pixels; equal to `generated` without mask and downscale
    errors: np.ndarray  # float32 [n], at the known pixels of `generated`: root mean square in shades of 255
    plausibility: np.ndarray  # float32 [n] in [0, 1], the discriminator's probability of `generated`, as `Run.score`
    labels: np.ndarray  # str [n], the class found for each picture; "" if the run has none


class Known(NamedTuple):
    """The known pixels of the pictures to find."""

    pictures: np.ndarray  # float32 [n, height / downscale, width / downscale, channels] in [-1, 1]
    weights: np.ndarray  # float32 [n, height / downscale, width / downscale, 1], 1 where known, 0 where missing
    downscale: int


def invert(
    run: Run,
    pictures: np.ndarray,
    mask: np.ndarray | None = None,
    downscale: int = 1,
    *,
    steps: int = 100,
    restarts: int = 4,
    seed: int = 0,
    progress: Progress | None = None,
) -> Inverted:
    """Return latents whose generated pictures match the known pixels of the given pictures.

    Searches for each picture start from the `restarts` nearest of 1,024 random latents, where there are classes equally
    many of each; a search stays in its class. They take `steps` steps of gradient descent on the difference, with terms
    for likely latents and for pictures that the discriminator finds real. The best result is kept. The same seed gives
    the same latents on the same machine.

    Args:
        run: a run with a checkpoint, which holds the discriminator.
        pictures: uint8 `[n, height / downscale, width / downscale, channels]`, of the run's height and width.
        mask: bool `[height / downscale, width / downscale]`, or one for each picture; True where pixels are missing.
        downscale: the factor, at least 1, by which the given pictures are smaller than the run's.
        steps: of each search.
        restarts: searches for each picture, at most 128.
        seed: of the random latents.
        progress: called with the steps done and the total; unless given, a bar is shown.

    Returns:
        latents, pictures, remaining errors, how real the discriminator finds the pictures, and their classes.

    Raises:
        DcganError: the pictures, the mask or a number do not fit, or there is no checkpoint.
    """
    pictures = np.asarray(pictures)
    known = _known(run, pictures, mask, downscale)
    check_count("steps", steps, 1, 10**6)
    check_count("restarts", restarts, 1, ROWS)
    check_count("seed", seed, 0, 2**32)
    if not len(pictures):
        raise DcganError("`pictures` is empty. Give at least one picture.")
    pool = _draw_pool(run.config, seed)
    count = ROWS // restarts  # pictures per search
    parts = [slice(start, start + count) for start in range(0, len(pictures), count)]
    total = steps * len(parts)
    found = []
    with tqdm(total=total, desc="Searching", file=sys.stdout, disable=progress is not None) as bar:

        def report(done: int) -> None:
            bar.n += done  # a disabled bar does not count
            bar.refresh()
            if progress is not None:
                progress(bar.n, total)

        for part in parts:
            some = Known(known.pictures[part], known.weights[part], downscale)
            starts = pool[_nearest(run.generator, pool, some, restarts)]
            best = _search(run, starts, some, steps, report)
            found.append(_result(run, best, some, whole=mask is None and downscale == 1))
    return Inverted(*(np.concatenate(each) for each in zip(*found, strict=True)))


def _known(run: Run, pictures: np.ndarray, mask: np.ndarray | None, downscale: int) -> Known:
    """Return the known pixels of the pictures; raises `DcganError` if they do not fit the run."""
    *sides, channels = run.config.shape
    check_count("downscale", downscale, 1, min(sides))
    if any(side % downscale for side in sides):
        raise DcganError(
            f"`downscale` should divide the run's image_size, {run.config.image_size}. Received: {downscale}."
        )
    height, width = (side // downscale for side in sides)
    check_pictures(pictures, (height, width, channels))
    if mask is None:
        mask = np.zeros((height, width), bool)
    allowed = ((height, width), (len(pictures), height, width))
    if not isinstance(mask, np.ndarray) or mask.dtype != bool or mask.shape not in allowed:
        received = f"{mask.dtype} {list(mask.shape)}" if isinstance(mask, np.ndarray) else shown(mask)
        raise DcganError(
            f"`mask` should be a NumPy array of bool [{height}, {width}], or one for each picture, True where pixels "
            f"are missing. Received: {received}."
        )
    weights = np.broadcast_to(~mask[..., None], (len(pictures), height, width, 1)).astype(np.float32)
    if not weights.any(axis=(1, 2, 3)).all():
        raise DcganError("`mask` covers all of a picture. Leave some pixels of each picture known.")
    return Known(to_floats(pictures), weights, downscale)


def _draw_pool(config: Config, seed: int) -> np.ndarray:
    """Return inputs of the generator to start from, float32 `[POOL, input_dim]`, of all classes in turn."""
    numbers = np.arange(POOL) % max(config.classes, 1)
    return with_classes(draw_latents(POOL, config.latent_dim, seed), numbers, config.classes)


def _nearest(generator: keras.Model, pool: np.ndarray, known: Known, count: int) -> np.ndarray:
    """Return for each given picture the indices of the `count` inputs in the pool with the nearest pictures."""
    weights = np.broadcast_to(known.weights, known.pictures.shape).reshape(len(known.pictures), -1)
    wanted = known.pictures.reshape(len(known.pictures), -1)
    weighted = weights * wanted
    distances = []
    for batch in np.array_split(pool, POOL // 64):
        drawn = np.asarray(shrink(generator(batch, training=False), known.downscale)).reshape(len(batch), -1)
        # The squared difference, without the square of the wanted pixels, which is the same for all latents.
        distances.append(weights @ (drawn**2).T - 2 * weighted @ drawn.T)
    return np.argsort(np.concatenate(distances, axis=1), axis=1, kind="stable")[:, :count]


def _search(run: Run, starts: np.ndarray, known: Known, steps: int, report: Callable[[int], None]) -> np.ndarray:
    """Search from inputs `[n, restarts, input_dim]` and return the best for each picture, `[n, input_dim]`."""
    count, restarts, input_dim = starts.shape
    shares = known.weights / (known.weights.sum(axis=(1, 2, 3), keepdims=True) * known.pictures.shape[-1])
    wanted, shares = (tf.constant(np.repeat(each, restarts, axis=0)) for each in (known.pictures, shares))
    objective, advance = _compiled(run.generator, run.discriminator, known.downscale)
    inputs = tf.constant(starts.reshape(-1, input_dim))
    moments = tf.zeros([2, *inputs.shape])
    for done in range(0, steps, CALL):
        until = min(done + CALL, steps)
        inputs, moments = advance(inputs, moments, wanted, shares, tf.constant([done, until, steps]))
        report(until - done)
    best = np.asarray(objective(inputs, wanted, shares)).reshape(count, restarts).argmin(axis=1)
    return inputs.numpy().reshape(starts.shape)[np.arange(count), best]


@functools.lru_cache(maxsize=2)  # compiling takes longer than a short search
def _compiled(generator: keras.Model, discriminator: keras.Model, downscale: int) -> tuple[Callable, Callable]:
    """Return the objective of a search, one value per input, and the loop that descends some steps."""
    classes = discriminator.output_shape[-1] - 1
    latent_dim = generator.input_shape[-1] - classes
    moving = tf.constant([1.0] * latent_dim + [0.0] * classes)  # classes stay

    def objective(inputs: tf.Tensor, wanted: tf.Tensor, shares: tf.Tensor) -> tf.Tensor:
        drawn, chosen = generator(inputs, training=False), inputs[:, latent_dim:]
        difference = tf.reduce_sum(shares * (shrink(drawn, downscale) - wanted) ** 2, axis=(1, 2, 3))
        weights = tf.concat([tf.ones([tf.shape(inputs)[0], 1]), chosen], 1)
        critic = tf.nn.softplus(-read(discriminator(drawn, training=False), weights)[:, 0])
        length = tf.reduce_mean(inputs[:, :latent_dim] ** 2, axis=1)
        return difference + LATENT_WEIGHT * length + CRITIC_WEIGHT * critic

    def advance(
        inputs: tf.Tensor, moments: tf.Tensor, wanted: tf.Tensor, shares: tf.Tensor, span: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Adam (arXiv 1412.6980); the moments are arguments, because Keras keeps them in variables of fixed shape."""
        for step in tf.range(span[0], span[1]):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                total = tf.reduce_sum(objective(inputs, wanted, shares))
            gradient = moving * tape.gradient(total, inputs)
            first = BETAS[0] * moments[0] + (1.0 - BETAS[0]) * gradient
            second = BETAS[1] * moments[1] + (1.0 - BETAS[1]) * gradient**2
            moments = tf.stack([first, second])
            taken = tf.cast(step, tf.float32)
            rate = RATE * 0.5 * (1.0 + tf.cos(math.pi * taken / tf.cast(span[2], tf.float32)))
            unbiased = (first / (1.0 - BETAS[0] ** (taken + 1.0)), second / (1.0 - BETAS[1] ** (taken + 1.0)))
            inputs -= rate * unbiased[0] / (tf.sqrt(unbiased[1]) + 1e-8)
        return inputs, moments

    return objective, tf.function(advance, reduce_retracing=True)


def _result(run: Run, inputs: np.ndarray, known: Known, *, whole: bool) -> Inverted:
    """Return the pictures of the inputs, blended with the known pixels unless these are `whole`, and their scores."""
    drawn = np.asarray(run.generator(inputs, training=False))
    squares = known.weights * (shrink(drawn, known.downscale) - known.pictures) ** 2
    shares = known.weights.sum(axis=(1, 2, 3)) * known.pictures.shape[-1]
    errors = HALF_RANGE * np.sqrt(np.asarray(squares).sum(axis=(1, 2, 3)) / shares)
    generated = to_pixels(drawn)
    blended = drawn if whole else blend(drawn, known.pictures, known.weights == 0, known.downscale)
    plausibility = run.score(generated)
    latents, chosen = np.split(inputs, [run.config.latent_dim], axis=1)
    names = run.config.class_names
    labels = np.array(names)[chosen.argmax(axis=1)] if names else np.full(len(inputs), "")
    return Inverted(latents, generated, to_pixels(blended), errors.astype(np.float32), plausibility, labels)
