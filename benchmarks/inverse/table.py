"""The tables of photos found again."""

import statistics
from pathlib import Path

from benchmarks.shared.report import file_stem, table

OURS = "this library"


def describe(found: dict, results: Path) -> str:
    """Return a table a set, a line for each way of each task, and the pictures that are in `results`."""
    rows = found["rows"]
    parts = [
        "PSNR in dB, more is better (with holes: inside them). Distance from the photo in features, as a share of the "
        "distance between two photos of the set; less is better. Means over photos and seeds (least to most)."
    ]
    for name in dict.fromkeys(row["set"] for row in rows):
        of_set = [row for row in rows if row["set"] == name]
        seeds = sorted({row["seed"] for row in of_set})
        first = of_set[0]
        parts.append(
            f"**{name}**: {first['photos']} held-out pictures, seed{'s' if len(seeds) > 1 else ''} "
            f"{', '.join(map(str, seeds))}, {first['kimg']:.0f} kimg, features: {first['features']}"
        )
        parts.append(table(["task", "way", "PSNR", "distance"], _lines(of_set)))
        picture = f"{file_stem('inverse', name)}.png"
        if (results / picture).is_file():
            parts.append(f"![{name}: what is given and what is made of it]({picture})")
    return "\n\n".join(parts)


def _lines(rows: list[dict]) -> list[list[str]]:
    lines = []
    for task in dict.fromkeys(row["task"] for row in rows):
        of_task = [row for row in rows if row["task"] == task]
        for way in dict.fromkeys(row["way"] for row in of_task):
            cells = [row for row in of_task if row["way"] == way]
            lines.append([task, way, _spread(cells, "psnr", 1), _spread(cells, "distance", 2)])
    return lines


def _spread(cells: list[dict], key: str, digits: int) -> str:
    values = [cell[key] for cell in cells]
    text = f"{statistics.mean(values):.{digits}f}"
    same = len({f"{value:.{digits}f}" for value in values}) == 1  # plain ways do not depend on the seed
    return text if same else f"{text} ({min(values):.{digits}f} to {max(values):.{digits}f})"
