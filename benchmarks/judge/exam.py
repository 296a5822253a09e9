"""Which judge puts pictures in the order in which people would? Real ones, changed more and more, and generated ones.

One half of a set is compared with the other half: changed, mixed with generated pictures, or lacking classes. A judge
passes a ladder if each step is further away than the one before; the tables show rank correlations, 1 where the order
is right, the lowest over the sets; "mixing" and "training" are of means over seeds, "each seed" is the lowest of one.
Beside them stand changes that nobody sees, as shares of the distance of a blur of one pixel. Generated pictures are
those of the cells of `benchmarks.quality --recipes "ours, classes='false'"`.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.judge.changes import FAINT, LADDERS, colour_cast, median, noise, warp
from benchmarks.judge.judges import SIDES, Look, looks, network_of
from benchmarks.shared.generators import restore_generator
from benchmarks.shared.options import add_picture_options, parser_of
from benchmarks.shared.ranks import rank_correlation
from benchmarks.shared.report import read_results, table, write_results
from benchmarks.shared.sets import GRAY, KIWI, SETS, load
from dcgan_tf import ImageSet
from dcgan_tf.judge import faults
from dcgan_tf.judge.changes import as_jpeg, gaussian_blur
from dcgan_tf.judge.judge import Judge
from dcgan_tf.judge.metrics import fid, manifold_scores, nearest, novelty, squared_mmd
from dcgan_tf.model.latent import draw_latents
from dcgan_tf.model.networks import build_generator
from dcgan_tf.model.predict import generate_pictures

MOST = 250  # pictures of each half
DISTANCES = {"KID": squared_mmd, "FD": fid}
MIXED = (0.1, 0.25, 0.5, 1.0)  # shares of generated pictures
TRAINED = (5, 10, 20, 50, 100)  # kimg
CLASSES = (7, 5, 3, 2, 1)  # that are left
COPIED = (0.0, 0.25, 0.5, 1.0)  # shares of training pictures among new ones
COUNTS, DRAWS = (50, 100, 200, 500, 1000), 5  # pictures, and how often they are drawn, for bias and spread
Seen = dict[str, Look]  # features by the judge's name, by what was looked at


def in_order(values: Sequence[float]) -> float:
    """Return the rank correlation of values with their places: 1 where each is above the one before."""
    return rank_correlation(values, range(len(values)))


def halves_of(images: ImageSet) -> tuple[ImageSet, ImageSet]:
    """Return two halves of a set in random order, of equal length."""
    order = np.random.default_rng(0).permutation(len(images))
    half = min(MOST, len(order) // 2)
    return images.subset(order[:half]), images.subset(order[half : 2 * half])


def look_at(halves: tuple[ImageSet, ImageSet], states: dict[str, np.ndarray], side: int | None) -> tuple[Seen, float]:
    """Return what the judges with one network see in a set and its changes, and the milliseconds a picture."""
    network = network_of(side)
    real, other = (half.pixels for half in halves)
    network(real)  # compiles
    started = time.perf_counter()
    pictures: dict[str, Callable[[], np.ndarray]] = {"real": lambda: real, "other": lambda: other}
    for name, change in [step for ladder in LADDERS for step in named(ladder.name, ladder.steps)] + list(FAINT):
        pictures[name] = lambda change=change: change(other)
    pictures |= {name: lambda found=found: found for name, found in states.items()}
    seen: Seen = {"real": looks(network(real), side)}
    cost = 1000 * (time.perf_counter() - started) / len(real)
    return seen | {name: looks(network(make()), side) for name, make in pictures.items() if name != "real"}, cost


def named(ladder: str, steps: Sequence[tuple[str, Callable]]) -> list[tuple[str, Callable]]:
    """Return steps with the ladder's name before their own."""
    return [(f"{ladder} {name}", change) for name, change in steps]


def examine(judge: str, seen: Seen, labels: np.ndarray, seeds: list[str]) -> dict[str, dict]:
    """Return a judge's distances along each ladder, and how it takes missing classes and copies."""
    features = {name: found[judge].astype(np.float64) for name, found in seen.items()}
    real, other = features["real"], features["other"]
    ladders = {each.name: ["other", *(name for name, _ in named(each.name, each.steps))] for each in LADDERS}
    row: dict[str, dict] = {}
    for kind, distance in DISTANCES.items():
        far = {name: distance(real, found) for name, found in features.items() if name != "real"}
        found, mixtures = {name: [far[step] for step in steps] for name, steps in ladders.items()}, []
        for seed in seeds:
            last = features[f"{seed} {TRAINED[-1]}"]
            mixtures.append([far["other"], *(mixing(distance, real, other, last, share) for share in MIXED)])
            found[seed] = [far[f"{seed} {kimg}"] for kimg in reversed(TRAINED)]
        if seeds:
            found["mixing"] = np.mean(mixtures, axis=0).tolist()
            found["training"] = np.mean([found[seed] for seed in seeds], axis=0).tolist()
        unit = far["blur 1.0 px"] - far["other"]
        row[kind] = {
            "ladders": found,
            "order": {name: in_order(values) for name, values in found.items()},
            "faint": {name: (far[name] - far["other"]) / unit for name, _ in FAINT},
        }
    row["recall"] = recall_of_classes(real, other, labels)
    row["novelty"] = novelty_of_copies(real, other)
    return row


def mixing(distance: Callable[..., float], real: np.ndarray, one: np.ndarray, other: np.ndarray, share: float) -> float:
    """Return the mean distance of mixtures of two sets, drawn several times."""
    orders = [np.random.default_rng(draw).permutation(min(len(one), len(other))) for draw in range(DRAWS)]
    return float(np.mean([distance(real, mixed(one[order], other[order], share)) for order in orders]))


def mixed(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Return rows of which this share come from the other array."""
    count = round(share * min(len(one), len(other)))
    return np.concatenate([other[:count], one[count:]])


def recall_of_classes(real: np.ndarray, other: np.ndarray, labels: np.ndarray) -> list[float]:
    """Return recall with ever fewer classes in the compared set, at equal numbers; none without enough classes."""
    names = sorted(set(labels), key=lambda name: -(labels == name).sum())
    if len(names) < CLASSES[0]:
        return []
    parts = [other[np.isin(labels, names[:count])] for count in CLASSES]
    size = min(map(len, parts))
    return [manifold_scores(real, part[:size], k=min(10, size // 5))["recall"] for part in parts]


def novelty_of_copies(real: np.ndarray, other: np.ndarray) -> list[float]:
    """Return the share of near-copies among new pictures of which ever more are training pictures."""
    half = len(other) // 2
    unseen, new = (nearest(part, real)[1] for part in (other[:half], other[half:]))
    copies = nearest(real[: len(new)], real)[1]
    return [novelty(mixed(new, copies, share), unseen)["near_copies"] for share in COPIED]


def states_of(name: str, cells: Path) -> dict[str, np.ndarray]:
    """Return generated pictures of each seed's kept generators, by seed and kimg."""
    found = {}
    for folder in sorted(cells.glob(f"{name}/report */ours, classes='false'/*")):
        paths = [folder / f"generator_{kimg}_kimg.npz" for kimg in TRAINED]
        if not all(path.is_file() for path in paths):
            continue
        config = replace(SETS[name].config, seed=int(folder.name))
        generator, latents = build_generator(config), draw_latents(MOST, config.latent_dim, seed=1)
        for kimg, path in zip(TRAINED, paths, strict=True):
            restore_generator(generator, path)
            found[f"seed {folder.name} {kimg}"] = generate_pictures(generator, latents)
    return found


def bias_and_spread(features: np.ndarray, blurred: np.ndarray) -> dict[str, list[list[float]]]:
    """Return mean and deviation of each distance, of real pictures to others and to blurred ones, at several n."""
    found: dict[str, list[list[float]]] = {}
    for kind, distance in DISTANCES.items():
        for name, changed in (("real", features), ("blur 1 px", blurred)):
            rows = []
            for count in (each for each in COUNTS if 2 * each <= len(features)):
                orders = [np.random.default_rng(draw).permutation(len(features)) for draw in range(DRAWS)]
                values = [distance(features[order[:count]], changed[order[-count:]]) for order in orders]
                rows.append([count, float(np.mean(values)), float(np.std(values))])
            found[f"{kind}, {name}"] = rows
    return found


def known_faults(images: ImageSet) -> dict[str, list]:
    """Return, for photos with each known fault: its name, the name that the default judge gives it, the blur read."""
    order = np.random.default_rng(1).permutation(len(images))[: 4 * MOST]
    known, unseen, new = np.split(order, [len(order) // 2, 7 * len(order) // 10])
    judge, pictures = Judge(images.subset(known), images.subset(unseen)), images.pixels[new]
    side = images.pixels.shape[1] // 2
    cases = {
        "none": (faults.NOTHING, pictures),
        "blur 0.5 px": (faults.TEXTURE, gaussian_blur(pictures, 0.5)),
        "blur 0.7 px": (faults.TEXTURE, gaussian_blur(pictures, 0.7)),
        "blur 1.5 px": (faults.TEXTURE, gaussian_blur(pictures, 1.5)),
        "JPEG 20": (faults.TEXTURE, as_jpeg(pictures, 20)),
        "noise of 8 shades": (faults.TEXTURE, noise(pictures, 8)),
        "median 3x3": (faults.TEXTURE, median(pictures, 3)),
        "colour 20%": (faults.COLOUR, colour_cast(pictures, 0.2)),
        "warp of 4 px": (faults.SHAPE, warp(pictures, 4)),
        "quarters swapped": (faults.SHAPE, np.roll(pictures, (side, side), (1, 2))),
        "ten photos repeated": (faults.VARIETY, np.resize(pictures[:10], pictures.shape)),
        "training photos": (faults.COPIES, images.pixels[known][: len(new)]),
    }
    untrained = judge.look(np.zeros_like(pictures))
    found = {}
    for name, (fault, changed) in cases.items():
        score = judge.score(judge.look(changed), untrained)["blur_imagenet"]
        found[name] = [fault, score["wrong"], score["value"]]
    return found


def describe_faults(found: dict[str, dict[str, list]]) -> str:
    """Return the table of known faults: the blur that each reads, and where another is named, that name."""
    lines = []
    for case, (fault, *_) in next(iter(found.values()), {}).items():
        cells = [faults_of[case] for faults_of in found.values()]
        lines.append(
            [case, fault, *(f"{blur:.2f}" + ("" if named == fault else f" ({named})") for _, named, blur in cells)]
        )
    return table(["photos with", "fault", *found], lines)


def describe(rows: dict[str, dict[str, dict]], kind: str) -> str:
    """Return the table of all judges by one distance: lowest rank correlations, largest shares of faint changes."""
    ladders = [*(ladder.name for ladder in LADDERS), "mixing", "training", "seed"]
    heads = ["judge", "sets", *ladders[:-1], "each seed", "classes left out", "copies"]
    heads += [*(name for name, _ in FAINT), "ms a picture"]
    lines = []
    for judge, sets in rows.items():
        found = [row[kind] for row in sets.values()]
        lines.append([judge, str(len(sets))])
        for name in ladders:
            orders = [order for each in found for key, order in each["order"].items() if key.startswith(name)]
            lines[-1].append(f"{min(orders):.2f}" if orders else "")
        recalls = [-in_order(row["recall"]) for row in sets.values() if row["recall"]]
        lines[-1].append(f"{min(recalls):.2f}" if recalls else "")
        lines[-1].append(f"{min(in_order(row['novelty']) for row in sets.values()):.2f}")
        lines[-1] += [f"{max(each['faint'][name] for each in found):.2f}" for name, _ in FAINT]
        lines[-1].append(f"{np.median([row['milliseconds'] for row in sets.values()]):.1f}")
    return table(heads, lines)


def describe_counts(rows: dict[str, dict[str, dict]]) -> str:
    """Return the table of bias and spread of the judges for which they were measured."""
    lines = [
        [judge, name, kind, *(f"{mean:.3g} ± {spread:.1g}" for _, mean, spread in found)]
        for judge, sets in rows.items() for name, row in sets.items() for kind, found in row.get("counts", {}).items()
    ]  # fmt: skip
    width = max(map(len, lines), default=0)
    return table(
        ["judge", "set", "distance", *map(str, COUNTS)][:width], [line + [""] * (width - len(line)) for line in lines]
    )


def parse_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what is asked for."""
    parser = parser_of("judge.exam", __doc__)
    add_picture_options(parser, "quality")
    usual = [name for name, each in SETS.items() if each.config in (KIWI, GRAY)]  # as a preset has it
    parser.add_argument("--sets", nargs="*", default=usual, choices=list(SETS), metavar="SET")
    parser.add_argument("--sides", type=int, nargs="*", default=SIDES, help="input sizes of the ImageNet network")
    parser.add_argument("--counts", nargs="*", default=["vehicles"], help="sets on which bias and spread are measured")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Examine each judge on each set, print the tables and write the results beside earlier ones."""
    options = parse_options(arguments)
    earlier = read_results(options.results, "exam")
    rows: dict[str, dict[str, dict]] = earlier.get("rows", {})
    named_faults: dict[str, dict[str, list]] = earlier.get("faults", {})
    for name in options.sets:
        images = load(name, options.data, tuning=True)[0]
        halves, states = halves_of(images), states_of(name, options.folder)
        seeds = list(dict.fromkeys(state.rpartition(" ")[0] for state in states))
        for side in (None, *options.sides):
            seen, cost = look_at(halves, states, side)
            for judge in seen["real"]:
                row = examine(judge, seen, np.array(halves[1].labels), seeds)
                rows.setdefault(judge, {})[name] = row | {"n": len(halves[0]), "milliseconds": cost}
            if name in options.counts and side in (None, SIDES[0]):
                network = network_of(side)
                both = [looks(network(each), side) for each in (images.pixels, gaussian_blur(images.pixels, 1.0))]
                for judge in ("random",) if side is None else (f"stages {side}", f"end {side}"):
                    counts = bias_and_spread(*(found[judge].astype(np.float64) for found in both))
                    rows[judge][name]["counts"] = counts
        named_faults[name] = known_faults(images)
        print(f"{name}: done", flush=True)
    for kind in DISTANCES:
        print(f"\n## {kind}\n\n{describe(rows, kind)}", flush=True)
    print(f"\n## Known faults\n\n{describe_faults(named_faults)}", flush=True)
    print(f"\n## Bias and spread\n\n{describe_counts(rows)}", flush=True)
    write_results(options.results, "exam", {"rows": rows, "faults": named_faults})


if __name__ == "__main__":
    main()
