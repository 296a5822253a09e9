"""What becomes of pictures when training goes on to several times the default length: better, the same or worse?

Trains the presets on the sets of the quality benchmark, scores them at the default length and at `--times` as much, and
keeps the KID curve between. The long run is the short one gone on, and either goes on where it stopped.
"""

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.quality.scores import COMPARED, SHOWN
from benchmarks.shared.options import add_picture_options, parser_of
from benchmarks.shared.report import file_stem, machine, read_results, write_results
from benchmarks.shared.sets import SETS, load
from benchmarks.shared.sheets import paste
from dcgan_tf import Config, train
from dcgan_tf.draw.grids import draw_grid
from dcgan_tf.judge.judge import Judge
from dcgan_tf.model.build import build_model
from dcgan_tf.run.run import Run


def score(run: Run, judge: Judge, count: int) -> dict[str, float]:
    """Return the scores that the quality benchmark compares, of `count` generated pictures; KID above its floor."""
    untrained = judge.look(build_model(run.config).generate(len(judge.unseen.pixels), seed=1))
    name = judge.network.name
    found = judge.score(judge.look(run.generate(count, seed=1)), untrained)
    scores = {each: found[f"{each}_{name}"] for each in COMPARED}
    return {each: values["value"] - values["floor"] * ("kid" in each) for each, values in scores.items()}


def endure(name: str, options: argparse.Namespace) -> dict[str, object]:
    """Train one set to both lengths and return the scores of each, the curve, and by what they were trained."""
    preset: Config = replace(SETS[name].config, seed=options.seed)
    images, unseen = load(name, options.data, tuning=False)
    judge = Judge(images, unseen, options.features)
    rows, grids, before = [], [], None
    for times in (1.0, options.times):
        folder = options.folder / name / f"seed {options.seed}" / f"{times:g} times"
        if before is not None and not folder.is_dir():
            partial = folder.with_name("partial")  # a copy that was cut short is no run
            shutil.copytree(before, partial, dirs_exist_ok=True)
            partial.rename(folder)
        run = train(replace(preset, kimg=times * preset.kimg), images, folder, progress="lines")
        before = folder
        records = run.history[-max(1, len(run.history) // 20) :]
        means = {key: sum(each[key] for each in records) / len(records) for key in ("real_score", "fake_score")}
        rows.append(
            {"kimg": run.kimg_done, "seconds": run.info["seconds"]} | means | score(run, judge, SETS[name].scored)
        )
        print(f"{name}: {rows[-1]}", flush=True)
        grids.append(draw_grid(run.generate(SHOWN, seed=1), f"{name}, {run.kimg_done:.0f} kimg", columns=6))
    options.results.mkdir(parents=True, exist_ok=True)
    paste(grids).save(options.results / f"{file_stem('endurance', title(name, options))}.png")
    curve = [[point["kimg"], point["kid"]] for point in run.kid_curve]
    trained_by = {"git_commit": run.info["environment"]["git_commit"]}
    found = {"features": judge.network.name, "rows": rows, "curve": curve, "machine": machine() | trained_by}
    return found | {"settings": run.config.to_dict()}


def title(name: str, options: argparse.Namespace) -> str:
    """Return what tells a run from others."""
    return f"{name}, seed {options.seed}, {options.times:g} times"


def draw_curves(runs: dict[str, dict], path: Path) -> None:
    """Draw the KID curves of all runs, with the default length marked."""
    figure = Figure(figsize=(4.5 * len(runs), 3.2), layout="constrained")
    axes = figure.subplots(1, len(runs), squeeze=False)[0]
    for axis, (name, found) in zip(axes, runs.items(), strict=True):
        kimg, kid = zip(*found["curve"], strict=True)
        axis.plot(kimg, kid)
        axis.axvline(found["rows"][0]["kimg"], color="gray", linestyle="--", label="default length")
        axis.set(title=name, xlabel="kimg", ylabel="KID (random network)")
        axis.axhline(0.0, color="gray", linewidth=0.8)  # as near as real ones; an unbiased distance goes below it too
        axis.legend()
    figure.savefig(path, dpi=110)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and score the sets that are asked for; keep what is known of other runs."""
    parser = parser_of("quality.endurance", __doc__)
    add_picture_options(parser, "endurance")
    parser.add_argument("--sets", nargs="*", default=["apples", "vehicles"], choices=list(SETS), metavar="SET")
    parser.add_argument("--times", type=float, default=5.0, help="the default length")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--features", default="imagenet", help="network to score by")
    options = parser.parse_args(arguments)
    for name in options.sets:
        found = endure(name, options)
        runs = read_results(options.results, "endurance").get("runs", {})  # now: another process may have added its set
        runs = dict(sorted((runs | {title(name, options): found}).items()))
        write_results(options.results, "endurance", {"runs": runs})
        draw_curves(runs, options.results / "endurance.png")


if __name__ == "__main__":
    main()
