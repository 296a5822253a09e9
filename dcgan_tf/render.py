"""Arrays to pictures: grids, curves, GIFs and the drawing that explains a GAN. Knows nothing of runs.

Pictures are uint8 `[n, height, width, channels]`, 1 or 3 channels. Everything is drawn on an opaque light
ground, so that it reads the same on a white and on a dark page.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from dcgan_tf.files import write_atomically
from dcgan_tf.images import evenly_spread

GROUND, INK = (250, 250, 250), (40, 40, 40)
GAP = 4  # pixels between the pictures of a grid
BAR = 26  # pixels of the title's line
LONGEST_TITLE = 500  # characters
GRID_WIDTH = 560  # pixels, about what a grid should measure


def grid_shape(image_size: int) -> tuple[int, int, int]:
    """Return columns, rows and number of pictures of a grid: 8x8 of small pictures, down to 4x4 of large ones."""
    columns = int(np.clip(GRID_WIDTH // (image_size + GAP), 4, 8))
    return columns, columns, columns * columns


def enlargement(image_size: int, columns: int) -> int:
    """Return the whole factor by which a grid of so many columns enlarges its pictures."""
    return max(1, GRID_WIDTH // (columns * (image_size + GAP)))


def crop_grid(sheet: Image.Image, image_size: int, keep: int) -> Image.Image:
    """Return the first `keep` rows and columns of a grid of `grid_shape(image_size)`, with its title.

    A title that is wider than what is kept widens the sheet.
    """
    columns = grid_shape(image_size)[0]
    side = min(keep, columns) * (image_size * enlargement(image_size, columns) + GAP) + GAP
    ink = np.asarray(sheet.crop((0, 0, sheet.width, BAR)).convert("L")) < 128
    title_width = int(np.flatnonzero(ink.any(axis=0)).max(initial=0)) + 2 * GAP
    kept = Image.new("RGB", (max(side, title_width), side + BAR), GROUND)
    kept.paste(sheet.crop((0, 0, sheet.width, BAR)))
    kept.paste(sheet.crop((0, BAR, side, BAR + side)), (0, BAR))
    return kept


def draw_grid(pictures: np.ndarray, title: str, columns: int | None = None) -> Image.Image:
    """Return pictures side by side under a title; small ones are enlarged by a whole factor, never blurred."""
    count, height, width, _ = pictures.shape
    columns = min(count, columns or grid_shape(width)[0])
    rows = -(-count // columns)
    zoom = enlargement(width, columns)
    cell_height, cell_width = height * zoom + GAP, width * zoom + GAP
    font, title = ImageFont.load_default(size=15), one_line(title)
    least = int(font.getlength(title)) + 2 * GAP  # a title is never cut
    sheet = Image.new("RGB", (max(columns * cell_width + GAP, least), rows * cell_height + GAP + BAR), GROUND)
    sheet.info["title"] = title  # for readers who cannot see it
    bar = Image.new("RGB", (sheet.width, BAR), GROUND)  # of its own: towering accents stay off the pictures
    ImageDraw.Draw(bar).text((GAP, BAR // 2), title, fill=INK, font=font, anchor="lm")
    sheet.paste(bar)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        tile = to_image(picture).resize((width * zoom, height * zoom), Image.Resampling.NEAREST)
        sheet.paste(tile, (GAP + column * cell_width, BAR + GAP + row * cell_height))
    return sheet


def one_line(title: str) -> str:
    """Return a title, which may be any folder's name, as it can be drawn: one line of characters, not without end."""
    whole = title.encode(errors="replace").decode()  # a name that is no UTF-8 has halves of characters in it
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in whole).split())
    return text if len(text) <= LONGEST_TITLE else f"{text[:LONGEST_TITLE]}..."


def to_image(picture: np.ndarray) -> Image.Image:
    """Return one uint8 picture `[height, width, channels]` as an RGB image."""
    return Image.fromarray(picture if picture.shape[2] == 3 else picture[:, :, 0]).convert("RGB")


def save_grid(path: Path, pictures: np.ndarray, title: str, columns: int | None = None) -> Path:
    """Write a grid as PNG."""
    sheet = draw_grid(pictures, title, columns)
    return write_atomically(path, sheet.save)


def save_gif(path: Path, frames: Sequence[Image.Image], *, milliseconds: int, hold: int = 0) -> Path:
    """Write a looping GIF of RGB frames, `milliseconds` each and `hold` more on the last.

    All frames share one palette of 256 colours and are not dithered: both would flicker. Browsers play frames
    shorter than 20 ms at 100 ms instead, so that less is never written.
    """
    palette = _shared_palette(frames)
    indexed = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    colors = bytes(palette.getpalette())  # named below, because Pillow would repeat them in each frame
    durations = [max(20, milliseconds)] * len(frames)
    durations[-1] += hold
    return write_atomically(
        path,
        lambda beside: indexed[0].save(
            beside, save_all=True, append_images=indexed[1:], duration=durations, loop=0, optimize=False, palette=colors
        ),
    )


def _shared_palette(frames: Sequence[Image.Image]) -> Image.Image:
    """Return a palette image that fits all frames, found on a sheet of up to 16 of them."""
    picked = [frames[index] for index in evenly_spread(len(frames), 16)]
    width, height = picked[0].size
    sheet = Image.new("RGB", (width, height * len(picked)))
    for index, frame in enumerate(picked):
        sheet.paste(frame, (0, index * height))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


def save_curves(
    path: Path, history: Sequence[dict[str, float]], title: str, kid_curve: Sequence[dict[str, float]] = ()
) -> Path:
    """Write the losses, the discriminator's scores with what is healthy shaded, and KID where there is any."""
    panels = 3 if kid_curve else 2
    figure = Figure(figsize=(5 * panels, 3.6), facecolor="#fafafa", layout="constrained")
    figure.suptitle(one_line(title), color="#282828", parse_math=False)  # dollars are dollars
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
    return write_atomically(path, lambda beside: figure.savefig(beside, dpi=100))


def _kid_curve(axes: Axes, points: Sequence[dict[str, float]]) -> None:
    """Draw the distance between generated and real pictures through training, its lowest point marked."""
    kimg, values = ([point[name] for point in points] for name in ("kimg", "kid_random"))
    lowest = int(np.argmin(values))
    axes.plot(kimg, values, color="#2a7f62", marker=".", label="generated pictures")
    axes.plot(kimg[lowest], values[lowest], "o", color="#2a7f62", markersize=9, label="lowest: kept as best.keras")
    if min(values) > 0:  # unbiased, so that what is as good as real may fall below 0
        axes.set_yscale("log")
    axes.set_ylabel("KID, random features")
    axes.set_title("Distance from the real pictures: should fall", fontsize=10)


def _curves(axes: Axes, kimg: Sequence[float], history: Sequence[dict[str, float]], names: dict[str, str]) -> None:
    """Draw named columns of the history: each record faintly, and their running mean on top."""
    for (name, label), color in zip(names.items(), ("#1f77b4", "#d62728"), strict=True):
        values = np.array([record[name] for record in history])
        axes.plot(kimg, values, color=color, alpha=0.25, linewidth=1)
        window = max(1, len(values) // 25)
        # The ends repeat their value, so that the mean does not sag there.
        padded = np.pad(values, (window // 2, window - 1 - window // 2), mode="edge")
        axes.plot(kimg, np.convolve(padded, np.ones(window) / window, "valid"), color=color, label=label)


def save_pairs(path: Path, generated: np.ndarray, nearest: np.ndarray, title: str, columns: int = 8) -> Path:
    """Write generated pictures, each with its nearest training picture below it."""
    rows = []
    missing = -len(generated) % columns  # blank places, so that each row of pairs is whole
    blank = np.full((missing, *generated.shape[1:]), GROUND[0], np.uint8)
    generated, nearest = np.concatenate([generated, blank]), np.concatenate([nearest, blank])
    for start in range(0, len(generated), columns):
        rows += [generated[start : start + columns], nearest[start : start + columns]]
    return save_grid(path, np.concatenate(rows), title, columns)


def save_opinions(path: Path, scores: dict[str, np.ndarray], title: str) -> Path:
    """Write how likely the discriminator finds each kind of pictures to be real: a histogram a kind, medians dashed.

    `scores` holds probabilities in [0, 1], by the name of the kind.
    """
    figure = Figure(figsize=(7, 3.6), facecolor="#fafafa", layout="constrained")
    figure.suptitle(one_line(title), color="#282828", parse_math=False)
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
    return write_atomically(path, lambda beside: figure.savefig(beside, dpi=100))
