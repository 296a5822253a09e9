"""Signs that training goes wrong: NaN or infinity, a collapsed generator, a discriminator that has won."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from dcgan_tf.config import Config

YOUNG_KIMG = 30.0  # until then pictures may look alike, as the built-in kiwis do until 14 (seed 0, bfloat16)
COLLAPSED = 0.4  # of the real pictures' diversity; healthy runs kept above 0.95 (benchmarks/quality/endurance.py)
GRIDS = 3  # collapsed in a row before a warning
PINNED, PINNED_KIMG = 0.02, 10.0  # a discriminator has won if its scores stay this near to 0 and 1 for so long


def finite_check(variables: Sequence[keras.Variable]) -> Callable[[], bool]:
    """Return a function that returns whether all values of the variables are finite."""
    floats = [variable for variable in variables if "float" in str(variable.dtype)]

    @tf.function
    def check() -> tf.Tensor:
        return tf.reduce_all([tf.reduce_all(tf.math.is_finite(variable.value)) for variable in floats])

    return lambda: bool(check())


def find_broken(logs: np.ndarray, is_finite: Callable[[], bool]) -> tuple[str, int] | None:
    """Return what is not finite, "losses" or "weights", and the number of the step in logs `[steps, k]`; or None."""
    broken = np.flatnonzero(~np.isfinite(logs).all(axis=1))
    if len(broken):
        return "losses", int(broken[0]) + 1
    return None if is_finite() else ("weights", len(logs))


def not_finite(config: Config, what: str, step: int, folder: object) -> str:
    """Return the error message for losses or weights that are no longer finite."""
    kimg = step * config.batch_size / 1000
    return (
        f"The {what} became NaN or infinite at step {step} ({kimg:.1f} kimg). The last checkpoint in {folder} is kept. "
        f"Train again with a lower `learning_rate`, such as {config.learning_rate / 2:g}, in another `folder`."
    )


def collapse(config: Config, shares: Sequence[float], kimg: float) -> str:
    """Return a warning if the generator makes nearly the same picture for all latents, else "".

    `shares` are the diversities of the grids of the fixed latents, each divided by that of the real pictures.
    """
    if kimg < YOUNG_KIMG or len(shares) < GRIDS or max(shares[-GRIDS:]) >= COLLAPSED:
        return ""
    rate = config.learning_rate / 2
    return (
        f"Warning: at {kimg:.1f} kimg the generator has collapsed: its pictures vary only {100 * shares[-1]:.0f}% as "
        "much as the real ones. Look at the newest grid in samples/. If they all look the same, train again in another "
        f"`folder` with a lower `learning_rate`, such as {rate:g}, or with {_more_augmentation(config)}."
    )


def discriminator_won(config: Config, history: Sequence[dict[str, float]]) -> str:
    """Return a warning if the discriminator has made no mistakes for `PINNED_KIMG`, else ""."""
    if not history or history[-1]["kimg"] < PINNED_KIMG:
        return ""
    since = history[-1]["kimg"] - PINNED_KIMG
    recent = [record for record in history if record["kimg"] > since]
    if any(record["real_score"] < 1 - PINNED or record["fake_score"] > PINNED for record in recent):
        return ""
    return (
        f"Warning: the discriminator has won: for the last {PINNED_KIMG:g} kimg, until {history[-1]['kimg']:.1f}, it "
        "made no mistakes, so the generator hardly learns any more. Train again in another `folder` with "
        f"{_more_augmentation(config)}, or with a smaller `discriminator_width`, such as "
        f"{max(4, config.discriminator_width // 2)}."
    )


def _more_augmentation(config: Config) -> str:
    """Return a setting that makes the pictures harder to learn by heart."""
    return "`augment_probability` 1" if config.augment_probability < 1 else "`augment_cutout` 0.3"
