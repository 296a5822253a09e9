"""Scores, tables and pictures of the cells."""

import json
import shutil
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.quality.cell import BY_CLASS
from benchmarks.quality.classes import LEAST_SHARE, shares, train_classifier
from benchmarks.quality.recipes import ABLATIONS, RECIPES, TRIALS, is_of_today
from benchmarks.shared.generators import GENERATOR
from benchmarks.shared.ranks import rank_correlation
from benchmarks.shared.report import file_stem, read_results, table, write_results
from benchmarks.shared.sets import CORES, SETS, load
from benchmarks.shared.sheets import paste
from dcgan_tf.common.files import write_json
from dcgan_tf.draw.grids import draw_grid
from dcgan_tf.judge.features import load_features
from dcgan_tf.judge.judge import Judge

COMPARED = {  # in the tables
    "kid": "KID above floor, training photos",
    "kid_held_out": "KID above floor, unseen photos",
    "blur": "blur, pixels",
    "precision": "precision",
    "recall": "recall",
    "near_copies": "near-copies",
    "novelty": "novelty",
}
JUDGE = "3"  # to be raised when what a score means changes, so that kept ones are computed anew
MOST_BYTES = 2_100_000  # of a generator that is kept beside the results
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
                write_json(kept, score_cell(folder, judges[key]))
            row[Path(network).stem] = json.loads(kept.read_text())[Path(network).stem]
        rows.append(row)
    for name, tuning in dict.fromkeys((row["set"], row["tuning"]) for row in rows):
        if SETS[name].has_classes:
            model, classes, accuracy = train_classifier(*load(name, data, tuning=tuning))
            for row, folder in zip(rows, folders, strict=True):
                if (row["set"], row["tuning"]) == (name, tuning):
                    row["classes"] = shares(model, classes, np.load(folder / "pictures.npy"))
                    if (folder / BY_CLASS).is_file():
                        asked = zip(classes, np.load(folder / BY_CLASS), strict=True)
                        row["agreement"] = {each: shares(model, classes, made)[each] for each, made in asked}
                    row["classifier_accuracy"] = accuracy
    return rows


def score_cell(folder: Path, judge: Judge) -> dict:
    """Return a cell's scores by one network."""
    generated, untrained = (judge.look(np.load(folder / f"{name}.npy")) for name in ("pictures", "untrained"))
    return {judge.network.name: judge.score(generated, untrained)}


def above_floor(row: dict, score: str, network: str) -> float:
    """Return how far a cell's score lies above that of unseen photos."""
    found = row[network][f"{score}_{network}"]
    return found["value"] - found["floor"]


def in_order(recipes: Iterable[str]) -> list[str]:
    """Return recipes in the order of the lists that they come from, others last."""
    known = [*RECIPES, *ABLATIONS, *TRIALS]
    return sorted(dict.fromkeys(recipes), key=lambda each: known.index(each) if each in known else len(known))


def describe(name: str, rows: list[dict], networks: list[str]) -> str:
    """Return the Markdown tables of one set, a line a recipe, means over its seeds."""
    if not rows:
        return f"## {name}\n\nNo finished cells."
    lines = [f"## {name}: {rows[0]['seconds'] / 60:g} core-minutes each", ""]
    names = [Path(each).stem for each in networks]
    for network in names:
        lines += [describe_scores(rows, network), ""]
    by_both = [row for row in rows if all(name in row for name in names[:2])]
    if len(names) > 1 and len({row["recipe"] for row in by_both}) > 2:
        found = {text: agreement(by_both, names, score) for score, text in list(COMPARED.items())[:2]}
        text = ", ".join(f"{value:.2f} ({name})" for name, value in found.items())
        lines += [f"Rank correlation of the recipes by {names[0]} and {names[1]}: {text}.", ""]
    return "\n".join(lines + describe_classes(rows))


def describe_scores(rows: list[dict], network: str) -> str:
    """Return the table of one set by one feature network, of the rows that it scored."""
    rows = [row for row in rows if network in row]
    floors = rows[0][network]
    compared = {
        score: text for score, text in COMPARED.items() if all(f"{score}_{network}" in row[network] for row in rows)
    }
    unseen = ["0" if "kid" in score else number(floors[f"{score}_{network}"]["floor"]) for score in compared]
    lines = [["*unseen photos*", "", "", *unseen]]
    for recipe in in_order(row["recipe"] for row in rows):
        cells = [row for row in rows if row["recipe"] == recipe]
        lines.append([recipe, str(len(cells)), f"{statistics.mean(row['kimg'] for row in cells):.0f}"])
        for score in compared:
            values = [
                1000 * above_floor(row, score, network)
                if "kid" in score
                else row[network][f"{score}_{network}"]["value"]
                for row in cells
            ]
            lines[-1].append(mean_and_range(values))
    floor = 1000 * floors[f"kid_{network}"]["floor"]
    head = f"Features: {network}; KID times 1000, floor {floor:.1f}"
    return f"{head}\n\n{table(['recipe', 'seeds', 'kimg', *compared.values()], lines)}"


def mean_and_range(values: Sequence[float]) -> str:
    """Return the mean and, of several, the least and the most."""
    spread = f" ({number(min(values))} to {number(max(values))})" if len(values) > 1 else ""
    return number(statistics.mean(values)) + spread


def number(value: float) -> str:
    """Return a number with three digits, or all those before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def describe_classes(rows: list[dict]) -> list[str]:
    """Return which classes the generators make, where the set has classes."""
    with_classes = sorted((row for row in rows if "classes" in row), key=lambda row: (row["recipe"], row["seed"]))
    lines = []
    for row in with_classes:
        made = row["classes"]
        count = sum(share >= LEAST_SHARE for share in made.values())
        text = ", ".join(f"{name} {share:.0%}" for name, share in made.items())
        asked = row.get("agreement")
        right = ", ".join(f"{name} {share:.0%}" for name, share in asked.items()) if asked else ""
        found = f"; on request, rightly: {right}" if asked else ""
        lines.append(f"- {row['recipe']}, seed {row['seed']}: {count} of {len(made)} classes ({text}){found}")
    accuracies = [row["classifier_accuracy"] for row in with_classes if "classifier_accuracy" in row]
    if accuracies:
        lines += ["", f"The classifier names {statistics.mean(accuracies):.0%} of the unseen photos rightly."]
    return [*lines, ""]


def agreement(rows: list[dict], networks: list[str], score: str) -> float:
    """Return the rank correlation of the recipes' mean distances by the first two networks."""
    recipes = list(dict.fromkeys(row["recipe"] for row in rows))
    first, second = (
        [
            statistics.mean(row[network][f"{score}_{network}"]["value"] for row in rows if row["recipe"] == recipe)
            for recipe in recipes
        ]
        for network in networks[:2]
    )
    return rank_correlation(first, second)


def write_rows(rows: list[dict], results: Path, name: str) -> dict[tuple, dict]:
    """Write `<name>.json`, with what it holds besides; return all its rows."""
    found = {key(row): row for row in read_results(results, name).get("rows", [])}
    for row in rows:
        earlier = found.get(key(row), {})
        # Scores by a network that was not asked for this time stay, where they are of the same cell.
        found[key(row)] = (earlier if earlier.get("machine") == row["machine"] else {}) | row
    if found:
        latest = max((row["machine"] for row in found.values()), key=lambda each: each["date"])
        write_results(results, name, {"machine": latest, "rows": list(found.values())})
    return found


def write(rows: list[dict], folders: list[Path], results: Path) -> None:
    """Write quality.json, and for each set and time the grids of its cells side by side."""
    found = write_rows(rows, results, "quality")
    for row, folder in zip(rows, folders, strict=True):
        kept = folder / GENERATOR
        if kept.is_file() and kept.stat().st_size <= MOST_BYTES:
            path = generator_path(results, row["set"], row["recipe"], row["seed"], row["seconds"])
            path.parent.mkdir(exist_ok=True)
            shutil.copyfile(kept, path)
    for name, seconds in dict.fromkeys(group(row) for row in rows):
        asked = [folder for row, folder in zip(rows, folders, strict=True) if group(row) == (name, seconds)]
        shown = shown_cells(asked)
        known = {row["recipe"] for row in found.values() if group(row) == (name, seconds) and is_of_today(row)}
        missing = in_order(known & set(RECIPES) - set(shown))
        picture = results / picture_name(name, seconds)
        if missing:
            print(f"Left as it is: {picture}, because the pictures of {', '.join(missing)} are not in the folder.")
        else:
            side_by_side([shown[recipe] for recipe in in_order(shown)]).save(picture)
            print(f"Written: {picture}")


def generator_path(results: Path, name: str, recipe: str, seed: int, seconds: float) -> Path:
    """Return where the generator of a cell is kept beside the results."""
    return results / "generators" / f"{file_stem(name, recipe, str(seed), f'{seconds:g}s')}.npz"


def picture_name(name: str, seconds: float, benchmark: str = "quality") -> str:
    """Return the file of a set's grids by a benchmark; other times than the set's own have files of their own."""
    own = seconds == 60 * CORES * SETS[name].minutes
    return file_stem(benchmark, name, *([] if own else [f"{seconds:g}s"])) + ".png"


def shown_cells(asked: list[Path]) -> dict[str, tuple[dict, Path]]:
    """Return the first seed of each recipe that lies beside the cells that were asked for."""
    there = {cell for folder in asked for cell in folder.parents[1].glob("*/*/cell.json")}
    shown: dict[str, tuple[dict, Path]] = {}
    for path in sorted(there):
        cell = json.loads(path.read_text())
        if is_of_today(cell):
            shown.setdefault(cell["recipe"], (cell, path.parent))
    return shown


def group(row: dict) -> tuple[str, float]:
    """Return what rows that can be compared have in common."""
    return row["set"], row["seconds"]


def key(row: dict) -> tuple:
    """Return what tells one cell from another."""
    return row["set"], row["recipe"], row["seed"], row["seconds"], row["tuning"]


def side_by_side(cells: list[tuple[dict, Path]]) -> Image.Image:
    """Return the first pictures of each cell, one grid beside the other."""
    return paste(
        [
            draw_grid(np.load(folder / "pictures.npy")[:SHOWN], f"{row['recipe']}, {row['kimg']:.0f} kimg", columns=6)
            for row, folder in cells
        ]
    )
