"""Is this checkout as fast as another one? The training step and the imports of both, in turn; only printed.

    git worktree add ../before COMMIT
    python -m benchmarks.speed.against_commit ../before

Both run in this environment, each step in a process of its own. A ratio above 1 says that this checkout is faster.
Leave the machine alone meanwhile: under a load of 4 on 2 cores, equal checkouts came out at 0.95 to 1.00.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.shared.options import folder, parser_of
from benchmarks.shared.processes import ROOT, command
from benchmarks.shared.report import ratio_of, table
from benchmarks.speed.turns import start, take_turns
from dcgan_tf import Config

KIWI = Config.preset("kiwi")
CASES = {
    "kiwi preset": KIWI,
    "vehicles preset": Config.preset("vehicles"),
    "64x64x3, width 64, batch 64": replace(KIWI, generator_width=64, discriminator_width=64, batch_size=64),
}
OURS, THEIRS = "this checkout", "the other"
# What is imported; where it is called otherwise in a checkout with flat modules, that too.
IMPORTS = {
    "import dcgan_tf": "",
    "from dcgan_tf import train": "",
    "from dcgan_tf.run.places import find_runs": "from dcgan_tf.explore.finding import find_runs",
}
TIMED = "import time; started = time.perf_counter(); {}; print(time.perf_counter() - started)"


def compare_steps(other: Path, case: str, rounds: int, turn_seconds: float) -> list[str]:
    """Return the row of a case: steps a second of both, and how many times as fast as the other's ours are."""
    # Each has its own default loss, since the other may not know ours.
    settings = json.dumps({name: value for name, value in CASES[case].to_dict().items() if name != "loss"})
    workers = [
        start(name, command("benchmarks.speed.checkouts", checkout, settings), turn_seconds)
        for name, checkout in ((OURS, ROOT), (THEIRS, other))
    ]
    found = take_turns(workers, rounds)
    rates = (f"{found[name]['steps_per_s']:.2f}" for name in (OURS, THEIRS))
    return [case, *rates, ratio_of(found[THEIRS])]


def compare_imports(other: Path, statement: str, rounds: int) -> list[str]:
    """Return the row of an import: its milliseconds in both, and how many times as fast as the other's ours is."""
    flat = IMPORTS[statement] if not (other / "dcgan_tf" / "run").is_dir() else ""
    both = (ROOT, statement), (other, flat or statement)
    for checkout, line in both:
        import_seconds(checkout, line)  # not counted: writes its bytecode, reads its files from disk
    turns = [[import_seconds(*each) for each in both] for _ in range(rounds)]
    ratios = [theirs / ours for ours, theirs in turns]
    row = {"ratio": statistics.median(ratios), "ratio_low": min(ratios), "ratio_high": max(ratios)}
    times = (f"{1000 * statistics.median(each):.0f}" for each in zip(*turns, strict=True))
    return [f"`{statement}`", *times, ratio_of(row)]


def import_seconds(checkout: Path, statement: str) -> float:
    """Return how long an import takes in a new process, Python's own start not counted."""
    line = [sys.executable, "-c", TIMED.format(statement)]
    done = subprocess.run(line, check=True, cwd=checkout, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return float(done.stdout.split()[-1])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = parser_of("speed.against_commit", __doc__, writes=False)
    parser.add_argument("other", type=folder, help="the other checkout")
    parser.add_argument("--rounds", type=int, default=15, help="turns of each")
    parser.add_argument("--turn-seconds", type=float, default=1.5, help="length of a turn of steps")
    parser.add_argument("--cases", nargs="*", default=list(CASES), choices=list(CASES), metavar="CASE")
    parser.add_argument("--only-steps", action="store_true", help="leave the imports out, which take minutes")
    options = parser.parse_args(arguments)
    if not (options.other / "dcgan_tf").is_dir():
        parser.error(f"other: there is no dcgan_tf in {options.other}.")
    heads = [OURS, THEIRS, "ours is faster by (least to most)"]
    rows = [compare_steps(options.other, case, options.rounds, options.turn_seconds) for case in options.cases]
    print(table(["steps/s", *heads], rows), end="\n\n", flush=True)
    if options.only_steps:
        return
    rows = [compare_imports(options.other, statement, options.rounds) for statement in IMPORTS]
    print(table(["milliseconds of an import", *heads], rows))


if __name__ == "__main__":
    main()
