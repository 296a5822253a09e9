"""Latents, float32 `[n, latent_dim]`, standard normal: drawing them, and walks between them.

A generator that makes classes on request takes `[n, latent_dim + classes]`: latents, and 1 at the number of the class.
"""

from collections.abc import Sequence

import numpy as np

from dcgan_tf.common.checks import check_number


def draw_latents(count: int, latent_dim: int, seed: int) -> np.ndarray:
    """Return `count` latents; a larger `count` appends to the same ones."""
    return np.random.default_rng(seed).standard_normal((count, latent_dim), dtype=np.float32)


def draw_classes(count: int, shares: Sequence[float], seed: int) -> np.ndarray:
    """Return the numbers of `count` classes, int32, by their shares; a larger `count` appends to the same ones."""
    bounds = np.cumsum(shares) / np.sum(shares)
    draws = np.random.default_rng([seed, 1]).random(count)
    return np.minimum(np.searchsorted(bounds, draws, side="right"), len(bounds) - 1).astype(np.int32)


def draw_inputs(
    count: int, latent_dim: int, classes: int, seed: int, *, shares: Sequence[float] = (), number: int | None = None
) -> np.ndarray:
    """Return a generator's inputs, float32 `[n, latent_dim + classes]`: latents, and classes if there are any.

    They are all of the class `number`, or else drawn by their `shares`, which are equal unless given.
    """
    return add_classes(draw_latents(count, latent_dim, seed), classes, seed, shares=shares, number=number)


def add_classes(
    latents: np.ndarray, classes: int, seed: int, *, shares: Sequence[float] = (), number: int | None = None
) -> np.ndarray:
    """Return a generator's inputs for these latents, with classes as `draw_inputs` chooses them."""
    if not classes:
        return latents
    count = len(latents)
    drawn = draw_classes(count, shares or [1.0] * classes, seed) if number is None else np.full(count, number)
    return with_classes(latents, drawn, classes)


def with_classes(latents: np.ndarray, numbers: np.ndarray, classes: int) -> np.ndarray:
    """Return a generator's inputs, float32 `[n, latent_dim + classes]`: latents, and their classes one-hot.

    Without classes these are the latents.
    """
    return np.concatenate([latents, np.eye(classes, dtype=np.float32)[numbers]], axis=-1) if classes else latents


def slerp(start: np.ndarray, end: np.ndarray, share: float) -> np.ndarray:
    """Return the point at `share` (0 to 1) of the arc from `start` to `end`, both `[..., latent_dim]`.

    On a straight line latents would get shorter than any seen in training (White 2016, arXiv 1609.04468). Here the
    length changes evenly from that of `start` to that of `end`.
    """
    lengths = np.linalg.norm(start, axis=-1, keepdims=True), np.linalg.norm(end, axis=-1, keepdims=True)
    # A latent of length 0, the mean, has no direction: the walk to it is a straight line.
    directions = [
        point / np.where(length == 0, 1.0, length) for point, length in zip((start, end), lengths, strict=True)
    ]
    angle = np.arccos(np.clip((directions[0] * directions[1]).sum(-1, keepdims=True), -1.0, 1.0))
    sine = np.sin(angle)
    # If both point the same way, the arc is a straight line and its formula would be 0 / 0.
    straight = sine < 1e-4
    sine = np.where(straight, 1.0, sine)
    first = np.where(straight, 1 - share, np.sin((1 - share) * angle) / sine)
    second = np.where(straight, share, np.sin(share * angle) / sine)
    direction = first * directions[0] + second * directions[1]
    arc = direction * ((1 - share) * lengths[0] + share * lengths[1])
    line = (1 - share) * start + share * end
    return np.where((lengths[0] == 0) | (lengths[1] == 0), line, arc).astype(np.float32)


def looping_walk(latents: np.ndarray, frames: int) -> np.ndarray:
    """Return a closed walk through the given latents, float32 `[frames, latent_dim]`."""
    count = len(latents)
    places = np.arange(frames) * count / frames
    legs = [(int(place), place % 1.0) for place in places]
    return np.stack([slerp(latents[leg], latents[(leg + 1) % count], share) for leg, share in legs])


def truncate(latents: np.ndarray, truncation: float) -> np.ndarray:
    """Return the latents scaled towards the mean, which is 0; a `truncation` of 1 changes nothing.

    Pictures nearer to the mean are more typical and less varied (Marchesi 2017, arXiv 1706.00082). Raises `DcganError`
    unless `truncation` is a number from 0 to 1.
    """
    return (latents * check_number("truncation", truncation, 0, 1)).astype(np.float32)
