"""What the distance of generated pictures is made of: kinds that are left out, or what each picture looks like.

Each generated picture of a cell of `benchmarks.quality` (in `--folder`, or its generator beside the results) is
replaced by the training photo whose features are nearest. The KID of these photos against all is the part of kinds:
texture and shape are those of photos. The KID of the pictures against these photos is the part of looks. Kinds are
those that `find_kinds` finds; one counts as lost if the pictures show less than a quarter of its share. Pictures of the
first seed of each recipe are drawn side by side.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.quality.__main__ import cell_folder, is_kept, restore_cell
from benchmarks.quality.scores import in_order, mean_and_range, picture_name, side_by_side
from benchmarks.shared.options import add_picture_options, parser_of
from benchmarks.shared.report import read_results, table, write_results
from benchmarks.shared.sets import CORES, SETS, load
from dcgan_tf.common.neighbors import nearest
from dcgan_tf.data.kinds import find_kinds
from dcgan_tf.judge.features import load_features
from dcgan_tf.judge.metrics import squared_mmd

LOST = 0.25  # of a kind's share of the photos
Asked = tuple[str, str, int, float]  # set, recipe, seed, seconds


def parts(real: np.ndarray, labels: np.ndarray, made: np.ndarray) -> dict[str, float]:
    """Return the parts of the distance of features `made` to `real`, `[n, d]` each; `labels` are kinds of real ones."""
    scale = real.std(0) + 1e-6
    found, _ = nearest(made / scale, real / scale)
    names, counts = np.unique(labels, return_counts=True)
    shares = np.array([(labels[found] == name).mean() for name in names]) / (counts / len(labels))
    return {
        "kid": squared_mmd(real, made),
        "kid_of_kinds": squared_mmd(real, real[found]),
        "kid_of_looks": squared_mmd(real[found], made),
        "photos_near": len(np.unique(found)) / len(real),
        "kinds": len(names),
        "kinds_lost": int((shares < LOST).sum()),
    }


def describe(rows: Sequence[dict]) -> str:
    """Return the table, means over the seeds (least to most)."""
    lines = []
    for name, seconds in dict.fromkeys((row["set"], row["seconds"]) for row in rows):
        here = [row for row in rows if (row["set"], row["seconds"]) == (name, seconds)]
        for recipe in in_order(row["recipe"] for row in here):
            mine = [row for row in here if row["recipe"] == recipe]
            scales = {"kid": 1000, "kid_of_kinds": 1000, "kid_of_looks": 1000, "photos_near": 100, "kinds_lost": 1}
            *kids, near, lost = (mean_and_range([scale * row[key] for row in mine]) for key, scale in scales.items())
            head = [name, recipe, f"{seconds / 60:g}", str(len(mine))]
            lines.append([*head, *kids, f"{near} %", f"{lost} of {mine[0]['kinds']}"])
    heads = ["set", "recipe", "core-minutes", "seeds", "raw KID", "of kinds", "of looks", "photos near a picture"]
    return table([*heads, "kinds lost"], lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the cells that are there, print and write."""
    parser = parser_of("quality.kinds", __doc__)
    add_picture_options(parser, "quality")
    parser.add_argument("--sets", nargs="*", default=["apples"], choices=list(SETS), metavar="SET")
    parser.add_argument("--recipes", nargs="*", default=["ours", "ours, classes='false'"], metavar="RECIPE")
    parser.add_argument("--minutes", type=float, nargs="*", help=f"of {CORES} cores; the set's own unless given")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    options = parser.parse_args(arguments)
    rows = {asked_of(row): row for row in read_results(options.results, "kinds").get("rows", [])}
    network = load_features()
    for name in options.sets:
        photos, _ = load(name, options.data, tuning=False)
        real, labels = network(photos.pixels), np.array(find_kinds(photos)[0].labels)
        for minutes in options.minutes or [SETS[name].minutes]:
            seconds = 60.0 * CORES * minutes
            shown: dict[str, tuple[dict, Path]] = {}
            for recipe in options.recipes:
                for seed in options.seeds:
                    asked: Asked = (name, recipe, seed, seconds)
                    folder = cell_folder(options.folder, *asked, tuning=False)
                    if not is_kept(folder):
                        restore_cell(folder, asked, options)
                    if is_kept(folder):
                        about = dict(zip(("set", "recipe", "seed", "seconds"), asked, strict=True))
                        made = network(np.load(folder / "pictures.npy"))
                        rows[asked] = about | parts(real, labels, made)
                        shown.setdefault(recipe, (json.loads((folder / "cell.json").read_text()), folder))
            if shown:
                side_by_side(list(shown.values())).save(options.results / picture_name(name, seconds, "kinds"))
    print(describe(list(rows.values())))
    write_results(options.results, "kinds", {"rows": list(rows.values())})


def asked_of(row: dict) -> Asked:
    """Return which cell a row is of."""
    return row["set"], row["recipe"], row["seed"], row["seconds"]


if __name__ == "__main__":
    main()
