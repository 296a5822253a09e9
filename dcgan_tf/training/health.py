"""Training that goes wrong: numbers that are none, a generator that collapsed, a discriminator that has won.

Each check takes numbers alone and returns one sentence with what to do, or "".
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.config import Config

YOUNG_KIMG = 10.0  # before that, pictures are still alike and scores still far apart
THUMBNAIL = 8  # pixels a side: what differs beyond noise and fine texture
COLLAPSED = 0.4  # of the real pictures' diversity; healthy runs kept above 0.95 (benchmarks/endurance.py)
GRIDS = 3  # in a row, so that no single grid raises an alarm
ALIKE = 2.0  # levels of 255: real pictures that differ by less cannot be told from collapsed ones
PINNED, PINNED_KIMG = 0.02, 10.0  # scores so near to 0 and 1, for so long


def finite_check(variables: Sequence[keras.Variable]) -> Callable[[], bool]:
    """Return a compiled function that tells whether every number of the variables is finite."""
    floats = [variable for variable in variables if "float" in str(variable.dtype)]

    @tf.function
    def check() -> tf.Tensor:
        return tf.reduce_all([tf.reduce_all(tf.math.is_finite(variable.value)) for variable in floats])

    return lambda: bool(check())


def find_broken(logs: np.ndarray, is_finite: Callable[[], bool]) -> tuple[str, int] | None:
    """Return what is not finite, "losses" or "weights", and after how many steps of logs `[steps, k]`, or None."""
    broken = np.flatnonzero(~np.isfinite(logs).all(axis=1))
    if len(broken):
        return "losses", int(broken[0]) + 1
    return None if is_finite() else ("weights", len(logs))


def not_finite(config: Config, what: str, step: int, folder: object) -> str:
    """Return the sentence for losses or weights that are no numbers any more."""
    kimg = step * config.batch_size / 1000
    return (
        f"The {what} should be finite, but were not any more after step {step} ({kimg:.1f} kimg); the last checkpoint "
        f"in {folder} is kept. Train anew with a lower learning_rate in another folder "
        f"(with make: LEARNING_RATE={config.learning_rate / 2:g} RUN=...)."
    )


def diversity(pictures: np.ndarray) -> float:
    """Return by how many levels of 255 pictures, uint8 `[n, height, width, channels]`, differ from their mean."""
    edges = [np.linspace(0, side, min(THUMBNAIL, side), endpoint=False).astype(int) for side in pictures.shape[1:3]]
    sums = np.add.reduceat(np.add.reduceat(pictures.astype(np.float64), edges[0], axis=1), edges[1], axis=2)
    rows, columns = (np.diff([*edge, side]) for edge, side in zip(edges, pictures.shape[1:3], strict=True))
    thumbnails = sums / (rows[:, None, None] * columns[None, :, None])
    return float(np.sqrt(thumbnails.var(axis=0).mean()))


def collapse(config: Config, shares: Sequence[float], kimg: float) -> str:
    """Return the warning for a generator that makes ever the same picture.

    `shares` are the diversities of the grids of the fixed latents as shares of the real pictures'.
    """
    if kimg < YOUNG_KIMG or len(shares) < GRIDS or max(shares[-GRIDS:]) >= COLLAPSED:
        return ""
    rate = config.learning_rate / 2
    return (
        f"Warning: at {kimg:.1f} kimg the generator has collapsed: its pictures differ by {100 * shares[-1]:.0f}% of "
        "what the real ones do. Look at the newest grid in samples/; if they are all alike, train anew with a lower "
        f"learning_rate or stronger augmentation (with make: LEARNING_RATE={rate:g} or AUGMENT_PROBABILITY=1 RUN=...)."
    )


def discriminator_won(config: Config, history: Sequence[dict[str, float]]) -> str:
    """Return the warning for a discriminator that tells real from generated pictures without fail for long."""
    if not history or history[-1]["kimg"] < PINNED_KIMG:
        return ""
    since = history[-1]["kimg"] - PINNED_KIMG
    recent = [record for record in history if record["kimg"] > since]
    if any(record["real_score"] < 1 - PINNED or record["fake_score"] > PINNED for record in recent):
        return ""
    return (
        f"Warning: the discriminator has won: for the last {PINNED_KIMG:g} kimg, until {history[-1]['kimg']:.1f}, it "
        "told real from generated pictures without fail, so that the generator learns hardly anything. Train anew with "
        f"stronger augmentation or a smaller discriminator (with make: AUGMENT_PROBABILITY=1 or "
        f"DISCRIMINATOR_WIDTH={max(4, config.discriminator_width // 2)} RUN=...)."
    )
