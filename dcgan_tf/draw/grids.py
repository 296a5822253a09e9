"""Grids of pictures, uint8 `[n, height, width, channels]` with 1, 3 or 4 channels.

Transparent parts are drawn on a checkerboard.

Everything is drawn on an opaque light background, so that it looks the same on light and dark pages.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dcgan_tf.common.files import write_atomically
from dcgan_tf.common.pixels import on_background
from dcgan_tf.common.text import one_line

GROUND, INK = (250, 250, 250), (40, 40, 40)
CHECK, CHECKS = 4, (224, 255)  # of the checkerboard: side of a field in pixels, shades
GAP = 4  # pixels between the pictures of a grid
NAME_SIZE, LONGEST_NAME = 13, 16  # of the names of rows: pixels, letters
BAR = 26  # pixels, height of the title
GRID_WIDTH = 560  # pixels, about the width of a grid
MOST_NAMED = 12  # classes that a grid shows, a row each


def grid_shape(shape: Sequence[int]) -> tuple[int, int, int]:
    """Return columns, rows and number of pictures of a grid: 8x8 of small pictures, down to 4x4 of large ones.

    `shape` is that of one picture: height, width and, if you like, channels.
    """
    rows, columns = (int(np.clip(GRID_WIDTH // (side + GAP), 4, 8)) for side in shape[:2])
    return columns, rows, columns * rows


def enlargement(shape: Sequence[int], columns: int) -> int:
    """Return the whole factor by which a grid of this many columns enlarges its pictures."""
    return max(1, GRID_WIDTH // (columns * (max(shape[:2]) + GAP)))


def crop_grid(sheet: Image.Image, shape: Sequence[int], keep: int, names: Sequence[str] = ()) -> Image.Image:
    """Return the first `keep` rows and columns of a grid of `grid_shape(shape)`, with its title.

    Of a grid of classes, whose rows have `names`, all rows are kept. The title is never cut: if it is wider than the
    pictures, the sheet is as wide as the title.
    """
    columns, rows, _ = grid_shape(shape)
    zoom = enlargement(shape, columns)
    height, width = (
        min(keep, cells) * (side * zoom + GAP) + GAP for cells, side in zip((rows, columns), shape, strict=False)
    )
    right, bottom = margin(names) + width, sheet.height if names else BAR + height
    ink = np.asarray(sheet.crop((0, 0, sheet.width, BAR)).convert("L")) < 128
    title_width = min(int(np.flatnonzero(ink.any(axis=0)).max(initial=0)) + 2 * GAP, sheet.width)
    kept = Image.new("RGB", (max(right, title_width), bottom), GROUND)
    kept.paste(sheet.crop((0, 0, sheet.width, BAR)))
    kept.paste(sheet.crop((0, BAR, right, bottom)), (0, BAR))
    return kept


def crop_pictures(sheet: Image.Image, shape: Sequence[int], keep: int, names: Sequence[str] = ()) -> Image.Image:
    """Return the first `keep` rows and columns of such a grid, RGB, without gaps and at their original size."""
    zoom, left = enlargement(shape, grid_shape(shape)[0]), margin(names)
    # The coordinates of one pixel in each enlarged pixel.
    rows, columns = (
        np.concatenate(
            [np.arange(GAP, side * zoom + GAP, zoom) + index * (side * zoom + GAP) for index in range(count)]
        )
        for side, count in zip(shape, (min(len(names) or keep, keep), keep), strict=False)
    )
    grid = np.asarray(sheet.crop((left, BAR, left + columns[-1] + 1, BAR + rows[-1] + 1)).convert("RGB"))
    return Image.fromarray(grid[np.ix_(rows, columns)])


def margin(names: Sequence[str]) -> int:
    """Return the width in pixels of the names of rows."""
    font = ImageFont.load_default(size=NAME_SIZE)
    return int(max(font.getlength(_row_name(name)) for name in names)) + 2 * GAP if names else 0


def _row_name(name: str) -> str:
    """Return the name of a row in one line, shortened."""
    name = one_line(name)
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def draw_grid(pictures: np.ndarray, title: str, columns: int | None = None, names: Sequence[str] = ()) -> Image.Image:
    """Return pictures side by side under a title; small ones are enlarged by a whole number, never blurred.

    `names` stand at the left of the rows.
    """
    count, height, width, _ = pictures.shape
    columns = min(count, columns or grid_shape((height, width))[0])
    rows = -(-count // columns)
    zoom = enlargement((height, width), columns)
    cell_height, cell_width = height * zoom + GAP, width * zoom + GAP
    font, title = ImageFont.load_default(size=15), one_line(title)
    least, left = int(font.getlength(title)) + 2 * GAP, margin(names)  # a title is never cut
    sheet = Image.new("RGB", (max(left + columns * cell_width + GAP, least), rows * cell_height + GAP + BAR), GROUND)
    sheet.info["title"] = title  # for screen readers
    bar = Image.new("RGB", (sheet.width, BAR), GROUND)  # drawn apart, so that tall accents stay off the pictures
    ImageDraw.Draw(bar).text((GAP, BAR // 2), title, fill=INK, font=font, anchor="lm")
    sheet.paste(bar)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        tile = to_image(picture).resize((width * zoom, height * zoom), Image.Resampling.NEAREST)
        sheet.paste(tile, (left + GAP + column * cell_width, BAR + GAP + row * cell_height))
    for row, name in enumerate(names[:rows]):
        place = (GAP, BAR + GAP + row * cell_height + height * zoom // 2)
        ImageDraw.Draw(sheet).text(
            place, _row_name(name), fill=INK, font=ImageFont.load_default(NAME_SIZE), anchor="lm"
        )
    return sheet


def to_image(picture: np.ndarray) -> Image.Image:
    """Return one uint8 picture `[height, width, channels]` as an RGB image, RGBA on a checkerboard."""
    rows, columns = np.indices(picture.shape[:2]) // CHECK
    checks = np.where((rows + columns)[..., None] % 2, *CHECKS)
    return with_alpha(on_background(picture, checks)).convert("RGB")


def with_alpha(picture: np.ndarray) -> Image.Image:
    """Return one uint8 picture `[height, width, channels]` as an image of mode "L", "RGB" or "RGBA"."""
    return Image.fromarray(picture[:, :, 0] if picture.shape[2] == 1 else picture)


def save_grid(
    path: Path, pictures: np.ndarray, title: str, columns: int | None = None, names: Sequence[str] = ()
) -> Path:
    """Write a grid as PNG."""
    return write_atomically(path, draw_grid(pictures, title, columns, names).save)


def save_pairs(path: Path, generated: np.ndarray, nearest: np.ndarray, title: str, columns: int = 8) -> Path:
    """Write generated pictures as PNG, each with its nearest training picture below it."""
    rows = []
    missing = -len(generated) % columns  # blank places that fill the last row
    blank = np.full((missing, *generated.shape[1:]), GROUND[0], np.uint8)
    generated, nearest = np.concatenate([generated, blank]), np.concatenate([nearest, blank])
    for start in range(0, len(generated), columns):
        rows += [generated[start : start + columns], nearest[start : start + columns]]
    return save_grid(path, np.concatenate(rows), title, columns)
