"""Between pictures: latents on arcs, and classes, if a run has them, on straight lines.

A picture is an input of the generator, float32 `[latent_dim + classes]`.
"""

import numpy as np

from dcgan_tf.model.latent import looping_walk, slerp


def between(start: np.ndarray, end: np.ndarray, share: float, latent_dim: int) -> np.ndarray:
    """Return the input at `share` (0 to 1) of the way between two, `[latent_dim + classes]` each."""
    latents = slerp(start[:latent_dim], end[:latent_dim], share)
    return np.concatenate([latents, (1 - share) * start[latent_dim:] + share * end[latent_dim:]], dtype=np.float32)


def walk_through(stops: np.ndarray, frames: int, latent_dim: int) -> np.ndarray:
    """Return a closed walk through `stops`, `[n, latent_dim + classes]`, float32 `[frames, latent_dim + classes]`."""
    latents, chosen = np.split(stops, [latent_dim], axis=1)
    count = len(stops)
    places = np.arange(frames) * count / frames
    mixed = [np.interp(places, np.arange(count), each, period=count) for each in chosen.T]
    return np.column_stack([looping_walk(latents, frames), *mixed]).astype(np.float32)
