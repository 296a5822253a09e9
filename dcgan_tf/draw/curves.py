"""Figures of a run: losses, the discriminator's scores, and KID."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from dcgan_tf.common.files import write_atomically
from dcgan_tf.common.text import one_line

ROOT = (lambda kid: np.sqrt(np.maximum(kid, 0.0)), np.square)  # of KID grows nearly in proportion to a blur
# Fonts with scripts that Matplotlib's own lacks, on Linux, macOS and Windows; they are used where installed.
FALLBACKS = (
    "Noto Sans CJK JP", "WenQuanYi Zen Hei", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari",
    "Hiragino Sans", "Arial Unicode MS", "Microsoft YaHei", "Malgun Gothic", "Segoe UI",
)  # fmt: skip
MARKED = (0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 8.0)  # blurs at the KID curve's right axis, in pixels


def draw_curves(
    history: Sequence[dict[str, float]],
    title: str,
    kid_curve: Sequence[dict[str, Any]] = (),
    ruler: dict[str, Any] | None = None,
    best: int | None = None,
) -> Figure:
    """Return a figure of losses, the discriminator's scores and, if measured, KID over kimg.

    `history` are records of history.jsonl, at least one; `kid_curve` are those of kid.jsonl by one version of the
    feature network, or none. `ruler` is that of run.json: the KID of real pictures, blurred, and of their halves;
    `best` the step at which best.keras was kept.
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
        _kid_curve(axes, kid_curve, ruler, best)
    for axes in (left, right, *rest):
        axes.set_xlabel("kimg (thousands of real pictures shown)")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    return figure


def _kid_curve(axes: Axes, points: Sequence[dict[str, Any]], ruler: dict[str, Any] | None, best: int | None) -> None:
    """Draw the distance between generated and real pictures through training, down to that among real ones."""
    kimg, values = (np.array([point[name] for point in points], float) for name in ("kimg", "kid"))
    spreads = [point.get("spread", 0.0) for point in points]
    axes.errorbar(kimg, values, spreads, color="#2a7f62", marker=".", capsize=2, label="generated pictures")
    for point in points:
        if point["step"] == best:
            last = " (the last; others differ by chance)" if point is points[-1] and min(values) < point["kid"] else ""
            axes.plot(point["kimg"], point["kid"], "o", color="#2a7f62", markersize=9, label=f"best.keras{last}")
    network = points[-1].get("features", "unknown")
    if network == "random":
        network = "random: hardly sees texture"
    axes.set_ylabel(f"KID ({network})")
    axes.set_title("Distance from the real pictures: should fall", fontsize=10)
    axes.set_yscale("function", functions=ROOT)
    axes.set_ylim(0, 1.1 * max(values.max(), 1e-6))
    if not ruler or ruler["features_version"] != points[-1].get("features_version"):
        return
    if ruler["floor"] is not None:
        axes.axhspan(0, ruler["floor"], color="#7fbf7f", alpha=0.3, label="halves of the real pictures")
    blurs = axes.twinx()
    blurs.set_yscale("function", functions=ROOT)
    blurs.set_ylim(axes.get_ylim())
    shown = [(kid, sigma) for kid, sigma in zip(ruler["kid"], ruler["sigmas"], strict=True) if sigma in MARKED]
    ticks = [(kid, sigma) for kid, sigma in shown if kid <= axes.get_ylim()[1]]
    blurs.set_yticks([kid for kid, _ in ticks], [f"{sigma:g}" for _, sigma in ticks])
    blurs.set_ylabel("blur that is as far, pixels")


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
    return save_figure(path, figure)


def _figure(width: float, title: str) -> Figure:
    """Return an empty figure with a title and an opaque background; `width` is in inches."""
    figure = Figure(figsize=(width, 3.6), facecolor="#fafafa", layout="constrained")
    families = [*rcParams["font.family"], *(name for name in FALLBACKS if name in fontManager.get_font_names())]
    # A dollar sign is no formula.
    figure.suptitle(_drawable(one_line(title), families), color="#282828", parse_math=False, fontfamily=families)
    return figure


def _drawable(text: str, families: Sequence[str]) -> str:
    """Return text with each character that none of the fonts has replaced by a question mark."""
    fonts = [get_font(findfont(FontProperties(family=[name]))) for name in families]
    return "".join(letter if any(font.get_char_index(ord(letter)) for font in fonts) else "?" for letter in text)


def save_figure(path: Path, figure: Figure) -> Path:
    """Write a figure as PNG and return its path."""
    return write_atomically(path, lambda beside: figure.savefig(beside, dpi=100))
