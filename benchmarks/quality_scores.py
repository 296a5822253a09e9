"""Scores, tables and pictures of the cells of `quality.py`."""

import json
import statistics
from pathlib import Path

import numpy as np
from PIL import Image

from classes import LEAST_SHARE, shares, train_classifier
from dcgan_tf.evaluation import Judge
from dcgan_tf.features import load_features
from dcgan_tf.files import write_json
from dcgan_tf.metrics import squared_mmd
from dcgan_tf.render import draw_grid
from quality_recipes import is_of_today
from quality_sets import load

COMPARED = ("kid", "kid_held_out", "precision", "recall", "near_copies", "novelty")  # in the tables
JUDGE = "2"  # to be raised when what a score means changes, so that kept ones are computed anew
SHOWN = 36  # generated pictures of each recipe side by side


def score_cells(folders: list[Path], data: Path, networks: list[str]) -> list[dict]:
    """Return a row a cell; scores are kept beside its pictures, so that they are computed once."""
    rows, judges = [], {}
    versions = {network: f"{load_features(network).version[:8]}-{JUDGE}" for network in networks}
    for folder in folders:
        cell = json.loads((folder / "cell.json").read_text())
        row = {name: cell[name] for name in ("set", "recipe", "seed", "tuning", "kimg", "steps", "seconds")}
        row |= {"settings": cell["settings"], "machine": cell["machine"]}
        for network in networks:
            kept = folder / f"scores_{Path(network).stem}_{versions[network]}.json"
            if not kept.is_file() or kept.stat().st_mtime < (folder / "cell.json").stat().st_mtime:
                key = (cell["set"], cell["tuning"], network)
                if key not in judges:
                    judges[key] = Judge(*load(cell["set"], data, tuning=cell["tuning"]), network)
                write_json(kept, score_cell(folder, cell, judges[key]))
            row |= json.loads(kept.read_text())
        rows.append(row)
    for tuning in (False, True):
        pairs = [
            (row, folder)
            for row, folder in zip(rows, folders, strict=True)
            if row["set"] == "vehicles" and row["tuning"] == tuning
        ]
        if pairs:
            model, names, accuracy = train_classifier(*load("vehicles", data, tuning=tuning))
            print(f"The classifier names {accuracy:.0%} of the held-out photos rightly.")
            for row, folder in pairs:
                row["classes"] = shares(model, names, np.load(folder / "pictures_1.00.npy"))
    return rows


def score_cell(folder: Path, cell: dict, judge: Judge) -> dict:
    """Return a cell's scores by one network, and its distance to the held-out pictures at each stage."""
    parts = {path.stem: judge.look(np.load(path)) for path in sorted(folder.glob("*.npy"))}
    scores = judge.score(parts["pictures_1.00"], parts["untrained"])
    unseen = judge.unseen.features.astype(np.float64)
    curve = [
        [stage["kimg"], squared_mmd(unseen, parts[f"pictures_{stage['share']:.2f}"].features.astype(np.float64))]
        for stage in cell["stages"]
    ]
    return {judge.network.name: scores, f"curve_{judge.network.name}": curve}


def above_floor(row: dict, score: str, network: str) -> float:
    """Return how far a cell's score lies above that of unseen photos."""
    found = row[network][f"{score}_{network}"]
    return found["value"] - found["floor"]


def describe(name: str, rows: list[dict], networks: list[str]) -> str:
    """Return the Markdown tables of one set, a line a recipe, means over its seeds."""
    if not rows:
        return f"## {name}\n\nNo finished cells."
    recipes = list(dict.fromkeys(row["recipe"] for row in rows))
    lines = [f"## {name}: {rows[0]['seconds'] / 60:g} core-minutes each", ""]
    for network in [Path(each).stem for each in networks]:
        floor = rows[0][network][f"kid_{network}"]["floor"]
        heads = [
            "recipe",
            "seeds",
            "kimg",
            *(f"{score} above floor" if "kid" in score else score for score in COMPARED),
        ]
        lines += [f"Features: {network}; KID times 1000, floor {1000 * floor:.2f}", "", f"| {' | '.join(heads)} |"]
        lines.append("|" + " --- |" * len(heads))
        floors = [f"{rows[0][network][f'{score}_{network}']['floor']:.3g}" for score in COMPARED if "kid" not in score]
        lines.append(f"| unseen photos | | | 0 | 0 | {' | '.join(floors)} |")
        for recipe in recipes:
            cells = [row for row in rows if row["recipe"] == recipe]
            columns = [recipe, str(len(cells)), f"{statistics.mean(row['kimg'] for row in cells):.0f}"]
            for score in COMPARED:
                kid = score.startswith("kid")
                values = [
                    1000 * above_floor(row, score, network) if kid else row[network][f"{score}_{network}"]["value"]
                    for row in cells
                ]
                spread = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
                columns.append(f"{statistics.mean(values):.3g}{spread}")
            lines.append(f"| {' | '.join(columns)} |")
        lines.append("")
    if len(networks) > 1 and len(recipes) > 2:
        lines += [f"Rank correlation of the recipes' KID by both networks: {rank_correlation(rows, networks):.2f}", ""]
    lines += describe_classes(rows)
    return "\n".join(lines)


def describe_classes(rows: list[dict]) -> list[str]:
    """Return which classes the generators make, where the set has classes."""
    with_classes = [row for row in rows if "classes" in row]
    lines = []
    for row in with_classes:
        made = row["classes"]
        count = sum(share >= LEAST_SHARE for share in made.values())
        text = ", ".join(f"{name} {share:.0%}" for name, share in made.items())
        lines.append(f"- {row['recipe']}, seed {row['seed']}: {count} of {len(made)} classes ({text})")
    return [*lines, ""]


def rank_correlation(rows: list[dict], networks: list[str]) -> float:
    """Return Spearman's rank correlation of the recipes' mean KID by the first two networks."""
    recipes = list(dict.fromkeys(row["recipe"] for row in rows))
    ranks = []
    for network in [Path(each).stem for each in networks[:2]]:
        means = [
            statistics.mean(row[network][f"kid_{network}"]["value"] for row in rows if row["recipe"] == recipe)
            for recipe in recipes
        ]
        ranks.append(np.argsort(np.argsort(means)))
    return float(np.corrcoef(*ranks)[0, 1])


def write(rows: list[dict], folders: list[Path], results: Path) -> None:
    """Write quality.json, with what it holds of today's recipes besides, and for each set the grids side by side."""
    path = results / "quality.json"
    before = json.loads(path.read_text())["rows"] if path.is_file() else []
    found = {key(row): row for row in before if is_of_today(row)}
    for row in rows:
        earlier = found.get(key(row), {})
        # Scores by a network that was not asked for this time stay, where they are of the same cell.
        found[key(row)] = (earlier if earlier.get("machine") == row["machine"] else {}) | row
    if found:
        latest = max((row["machine"] for row in found.values()), key=lambda each: each["date"])
        path.write_text(json.dumps({"machine": latest, "rows": list(found.values())}, indent=1) + "\n")
        print(f"Written: {path}")
    for name in dict.fromkeys(row["set"] for row in rows):
        pairs = [(row, folder) for row, folder in zip(rows, folders, strict=True) if row["set"] == name]
        # Every cell of the same set and time that is there, whichever of them this call was asked for.
        there = {cell for _, each in pairs for cell in each.parents[1].glob("*/*/cell.json")}
        cells = [(json.loads(cell.read_text()), cell.parent) for cell in sorted(there)]
        cells = [pair for pair in cells if is_of_today(pair[0])]
        shown: dict[str, tuple[dict, Path]] = {}
        for cell, folder in cells:
            shown.setdefault(cell["recipe"], (cell, folder))  # the first seed of each recipe
        picture = results / f"quality_{name.replace(' ', '_')}.png"
        side_by_side(list(shown.values())).save(picture)
        print(f"Written: {picture}")


def key(row: dict) -> tuple:
    """Return what tells one cell from another."""
    return row["set"], row["recipe"], row["seed"], row["seconds"], row["tuning"]


def side_by_side(cells: list[tuple[dict, Path]]) -> Image.Image:
    """Return the first pictures of each cell, one grid beside the other."""
    grids = [
        draw_grid(np.load(folder / "pictures_1.00.npy")[:SHOWN], f"{row['recipe']}, {row['kimg']:.0f} kimg", columns=6)
        for row, folder in cells
    ]
    return paste_side_by_side(grids)


def paste_side_by_side(grids: list[Image.Image], columns: int = 4) -> Image.Image:
    """Return pictures on one sheet, up to `columns` in a row."""
    width, height = max(grid.width for grid in grids), max(grid.height for grid in grids)
    columns = min(columns, len(grids))
    sheet = Image.new("RGB", (columns * width, -(-len(grids) // columns) * height), (250, 250, 250))
    for index, grid in enumerate(grids):
        sheet.paste(grid, (index % columns * width, index // columns * height))
    return sheet
