"""Does a run that is killed again and again end like one that never was? SIGKILL at random moments, and resumed.

The moments are random, in the middle of writing a checkpoint, and in the middle of writing a GIF; the last two are met
by watching for the half-written file, which the kill then leaves behind. Compared are all weights (both networks, the
average, both optimizers), history and KID curve but for the clock, the best and the warnings of run.json, and the bytes
of every grid and GIF. What is lost is counted in steps and in seconds of training, without those in which TensorFlow
compiles, and without those to score and to draw.
"""

import argparse
import sys
from collections.abc import Sequence

from benchmarks.shared.options import folder, parser_of
from benchmarks.shared.processes import ROOT
from benchmarks.shared.report import machine, read_results, write_results
from benchmarks.soak.ending import ending
from benchmarks.soak.life import settings
from benchmarks.soak.lives import SHARES, Lives
from dcgan_tf.run.run import load_run


def soak(options: argparse.Namespace, precision: str) -> dict[str, object]:
    """Train once without and once with kills, and return what was counted and compared."""
    unbroken = Lives(options.folder / precision / "unbroken", precision, options.kimg, options.seed)
    unbroken.live()
    killed = Lives(options.folder / precision / "killed", precision, options.kimg, options.seed)
    most = {kind: round(options.kills * share) for kind, share in SHARES.items()}
    most["training"] = options.kills - sum(most.values())
    while_training = [kind for kind, count in most.items() if kind != "gif" for _ in range(count)]
    for kind in [*killed.draw.permutation(while_training), *["gif"] * most["gif"]]:
        while not killed.kill(kind):
            kind = "gif"  # noqa: PLW2901 - it came to its end before: from now on, GIFs are all that it writes
        done = sum(killed.tally.kills.values())
        print(f"{precision}: {done} of {options.kills} kills ({kind}), at step {killed.beacon.step}", flush=True)
    killed.live()
    tally, ends = killed.tally, [ending(each.folder) for each in (killed, unbroken)]
    return {
        "planned": most,
        "kills": tally.kills,
        "half_written": tally.halves,
        "failed_resumes": tally.failed_resumes + unbroken.tally.failed_resumes,
        "passed_over": tally.passed_over,
        "steps": load_run(killed.folder).history[-1]["step"],
        "interval_seconds": settings(precision, options.kimg).checkpoint_minutes * 60,
        "lost_seconds": max(tally.lost_seconds, default=0.0),
        "lost_steps": max(tally.lost_steps, default=0),
        "identical": {name: ends[0][name] == ends[1][name] for name in ends[0]},
    }


def is_good(row: dict) -> bool:
    """Return whether nothing was lost but what may be, and all is the same."""
    return (
        row["kills"] == row["planned"]
        and all(row["half_written"][kind] or not row["planned"][kind] for kind in row["half_written"])
        and row["failed_resumes"] == row["passed_over"] == 0
        and row["lost_seconds"] <= row["interval_seconds"]
        and all(row["identical"].values())
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, print and write what was found; the exit status is 1 unless all is well."""
    parser = parser_of("soak", __doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--kimg", type=float, default=100.0, help="length of the run, thousands of pictures")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--folder", type=folder, default=ROOT / "outputs" / "soak", help="where the runs are kept")
    options = parser.parse_args(arguments)
    rows = read_results(options.results, "soak").get("rows", {})  # of precisions that are not asked for now
    for precision in options.precisions:
        row = rows[precision] = soak(options, precision) | {"seed": options.seed, "commit": machine()["git_commit"]}
        kinds = ", ".join(f"{count} {kind}" for kind, count in row["kills"].items())
        print(
            f"{precision}: {sum(row['kills'].values())} kills ({kinds}; {row['half_written']} left half written), "
            f"{row['failed_resumes']} failed resumes, {row['passed_over']} checkpoints passed over; lost at most "
            f"{row['lost_steps']} steps, {row['lost_seconds']:.2f} s of training (an interval is "
            f"{row['interval_seconds']:g} s); after {row['steps']} steps identical: {row['identical']}",
            flush=True,
        )
    write_results(options.results, "soak", {"rows": rows})
    return 0 if all(is_good(rows[precision]) for precision in options.precisions) else 1


if __name__ == "__main__":
    sys.exit(main())
