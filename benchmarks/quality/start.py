"""A start from a finished run: a hundred photos of another fruit, from its networks and from scratch.

A run on apples is trained for twice `--minutes` of one core's processor time. From its networks, a quarter of that goes
to 100 cherries or tomatoes; beside it the same is trained from scratch, for a quarter and for all of the time. Each is
judged by `imagenet` against its 100 training photos and against unseen ones.
"""

import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.quality.recipes import library
from benchmarks.shared.options import folder, parser_of
from benchmarks.shared.processes import ROOT
from benchmarks.shared.report import table, write_results
from benchmarks.shared.sets import CORES, SETS, load
from benchmarks.shared.timing import train_for
from dcgan_tf import ImageSet, sort_pictures
from dcgan_tf.common.machine import this_execution
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.config import Config
from dcgan_tf.judge.judge import Judge
from dcgan_tf.model.build import build_model
from dcgan_tf.model.dcgan import DCGAN
from dcgan_tf.run.checkpoint import networks_of
from dcgan_tf.run.start import fit_classes

FROM, PHOTOS = "apples", 100
SHARE = 0.25  # of the time, from a start


class Trained(NamedTuple):
    """A model and what it was trained with."""

    config: Config
    images: ImageSet
    model: DCGAN


def train_model(
    config: Config, images: ImageSet, seconds: Sequence[float], start: Trained | None = None
) -> list[Trained]:
    """Train for the longest of `seconds` of the processor's time and return what there was after each of them."""
    images, _, names = sort_pictures(images)
    config = replace(config, class_names=names)
    model = begin(config, start)
    reached, step, used = [], 0, 0.0
    train = library(config, images, model).train
    for mark in sorted(seconds):
        *_, step = train_for(train, mark - used, start=step)
        used = mark
        reached.append(Trained(config, images, begin(config, Trained(config, images, model))))
    return reached


def begin(config: Config, start: Trained | None) -> DCGAN:
    """Return a new model, with the networks of `start` if there is one."""
    model = build_model(config, this_execution(config.precision))
    if start:
        state = model.state()
        known = {name: np.asarray(value) for name, value in networks_of(start.model.state()).items()}
        for name, array in fit_classes(known, start.config, config.class_names).items():
            state[name].assign(array)
    return model


def measure(name: str, config: Config, start: Trained, seconds: float, data: Sequence[ImageSet]) -> dict[str, object]:
    """Return the scores of one set and seed, by how it was trained."""
    images, unseen = data
    few = images.subset(evenly_spread(len(images), PHOTOS))
    judge, short = Judge(few, unseen), SHARE * seconds
    scratch_short, scratch = train_model(config, few, [short, seconds])
    (started,) = train_model(config, few, [short], start)
    found: dict[str, object] = {"set": name, "seed": config.seed, "seconds": seconds}
    noise = judge.look(build_model(config).generate(PHOTOS, 1))
    for how, made in (("start", started), ("scratch, as short", scratch_short), ("scratch", scratch)):
        scores = judge.score(judge.look(library(*made).sample(1000, config.seed + 1)), noise)
        kept = ("kid_imagenet", "kid_held_out_imagenet", "blur_imagenet", "near_copies_imagenet")
        found[how] = {each: scores[each]["value"] for each in kept}
        print(name, config.seed, how, found[how], flush=True)
    return found


def describe(rows: Sequence[dict]) -> str:
    """Return the table, means over the seeds."""
    lines = []
    for name in dict.fromkeys(row["set"] for row in rows):
        mine = [row for row in rows if row["set"] == name]
        for how, share in (("start", SHARE), ("scratch, as short", SHARE), ("scratch", 1.0)):
            means = {key: statistics.mean(row[how][key] for row in mine) for key in mine[0][how]}
            numbers = [f"{1000 * means['kid_imagenet']:.0f}", f"{1000 * means['kid_held_out_imagenet']:.0f}"]
            numbers += [f"{means['blur_imagenet']:.2f}", f"{means['near_copies_imagenet']:.3f}"]
            lines.append([name, how, str(len(mine)), f"{share * mine[0]['seconds'] / 60:g}", *numbers])
    heads = ["photos of", "from", "seeds", "core-minutes", "KID, training photos", "KID, unseen photos", "blur, pixels"]
    return table([*heads, "near-copies"], lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, print and write."""
    parser = parser_of("quality.start", __doc__)
    parser.add_argument("--data", type=folder, default=ROOT / "data", help="folder of the photos")
    parser.add_argument("--sets", nargs="*", default=["cherries", "tomatoes"], choices=list(SETS), metavar="SET")
    parser.add_argument("--start", default=FROM, choices=list(SETS), metavar="SET", help="the set to start from")
    parser.add_argument("--minutes", type=float, default=6.0, help=f"of {CORES} cores")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    options = parser.parse_args(arguments)
    seconds, rows = 60.0 * CORES * options.minutes, []
    for seed in options.seeds:
        config = replace(SETS[options.start].config, seed=seed)
        (start,) = train_model(config, load(options.start, options.data, tuning=False)[0], [seconds])
        for name in options.sets:
            rows.append(measure(name, config, start, seconds, load(name, options.data, tuning=False)))
    print(describe(rows))
    write_results(options.results, "start", {"photos": PHOTOS, "rows": rows})


if __name__ == "__main__":
    main()
