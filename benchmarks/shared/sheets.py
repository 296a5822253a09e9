"""Grids of pictures on one sheet."""

from collections.abc import Sequence

from PIL import Image


def paste(grids: Sequence[Image.Image], columns: int = 4) -> Image.Image:
    """Return pictures on one sheet, up to `columns` in a row."""
    width, height = max(grid.width for grid in grids), max(grid.height for grid in grids)
    columns = min(columns, len(grids))
    sheet = Image.new("RGB", (columns * width, -(-len(grids) // columns) * height), (250, 250, 250))
    for index, grid in enumerate(grids):
        sheet.paste(grid, (index % columns * width, index // columns * height))
    return sheet
