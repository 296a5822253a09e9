"""Figures of a run: losses, the discriminator's scores, and KID."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcgan_tf.common.files import write_atomically
from dcgan_tf.common.text import one_line


def save_curves(
    path: Path, history: Sequence[dict[str, float]], title: str, kid_curve: Sequence[dict[str, float]] = ()
) -> Path:
    """Write the figure of `draw_curves` and return its path."""
    return _save(path, draw_curves(history, title, kid_curve))


def draw_curves(history: Sequence[dict[str, float]], title: str, kid_curve: Sequence[dict[str, float]] = ()) -> Figure:
    """Return a figure of losses, the discriminator's scores and, if measured, KID over kimg.

    `history` are records of history.jsonl, at least one; `kid_curve` are those of kid.jsonl by one version of the
    feature network, or none.
    """
    panels = 3 if kid_curve else 2
    figure = _figure(5 * panels, title)
    left, right, *rest = figure.subplots(1, panels)
    kimg = [record["kimg"] for record in history]
    _curves(left, kimg, history, {"g_loss": "generator", "d_loss": "discriminator"})
    left.set_ylabel("loss")
    left.set_title("Losses: should wander, not run away", fontsize=10)
    _curves(right, kimg, history, {"real_score": "real pictures", "fake_score": "generated pictures"})
    right.set_ylim(0, 1)
    right.axhspan(0.1, 0.9, color="#7fbf7f", alpha=0.15, label="healthy")
    right.set_ylabel("D's probability of 'real'")
    right.set_title("Scores: healthy while they keep apart from 0 and 1", fontsize=10)
    for axes in rest:
        _kid_curve(axes, kid_curve)
    for axes in (left, right, *rest):
        axes.set_xlabel("kimg (thousands of real pictures shown)")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    return figure


def _kid_curve(axes: Axes, points: Sequence[dict[str, float]]) -> None:
    """Draw the distance between generated and real pictures through training, its lowest point marked."""
    kimg, values = ([point[name] for point in points] for name in ("kimg", "kid_random"))
    lowest = int(np.argmin(values))
    axes.plot(kimg, values, color="#2a7f62", marker=".", label="generated pictures")
    axes.plot(kimg[lowest], values[lowest], "o", color="#2a7f62", markersize=9, label="lowest: kept as best.keras")
    if min(values) > 0:  # KID is unbiased: it may fall below 0 if pictures are as good as real ones
        axes.set_yscale("log")
    axes.set_ylabel("KID, random features")
    axes.set_title("Distance from the real pictures: should fall", fontsize=10)


def _curves(axes: Axes, kimg: Sequence[float], history: Sequence[dict[str, float]], names: dict[str, str]) -> None:
    """Draw named columns of the history: the records faintly, their running mean on top."""
    for (name, label), color in zip(names.items(), ("#1f77b4", "#d62728"), strict=True):
        values = np.array([record[name] for record in history])
        axes.plot(kimg, values, color=color, alpha=0.25, linewidth=1)
        window = max(1, len(values) // 25)
        # The ends repeat their value, so that the mean does not sag there.
        padded = np.pad(values, (window // 2, window - 1 - window // 2), mode="edge")
        axes.plot(kimg, np.convolve(padded, np.ones(window) / window, "valid"), color=color, label=label)


def save_opinions(path: Path, scores: dict[str, np.ndarray], title: str) -> Path:
    """Write histograms of the discriminator's scores, one for each kind of pictures, the median dashed.

    `scores` holds probabilities in [0, 1] by the name of the kind, up to three.
    """
    figure = _figure(7, title)
    axes = figure.subplots()
    edges = np.linspace(0.0, 1.0, 26)
    for (name, values), color in zip(scores.items(), ("#1f77b4", "#e08214", "#2a7f62"), strict=False):
        shares = np.histogram(values, edges)[0] / max(1, len(values))
        median = float(np.median(values))
        axes.stairs(shares, edges, color=color, fill=True, alpha=0.25)
        axes.stairs(shares, edges, color=color, label=f"{name} ({len(values)}), median {median:.2f}")
        axes.axvline(median, color=color, linestyle="--", linewidth=1)
    axes.set(xlim=(0, 1), xlabel="D's probability of 'real'", ylabel="share of the pictures")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return _save(path, figure)


def _figure(width: float, title: str) -> Figure:
    """Return an empty figure with a title and an opaque background; `width` is in inches."""
    figure = Figure(figsize=(width, 3.6), facecolor="#fafafa", layout="constrained")
    figure.suptitle(one_line(title), color="#282828", parse_math=False)  # a dollar sign is no formula
    return figure


def _save(path: Path, figure: Figure) -> Path:
    return write_atomically(path, lambda beside: figure.savefig(beside, dpi=100))
