"""Ways of training, each in a process of its own, that take turns.

What else the machine does meets all of them alike: A B C, C B A, A B C, ... Ratios are medians over the rounds of one
round's two rates.
"""

import argparse
import os
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.shared.processes import ROOT, command
from benchmarks.speed.cases import CASES, SETTINGS
from dcgan_tf import Config
from dcgan_tf.common.machine import BFLOAT16_UNITS, processor_flags


@dataclass
class Worker:
    """A way of training in its own process, and the rates it reached, a round each."""

    name: str
    process: subprocess.Popen[str]
    first_step_seconds: float = 0.0
    steps: int = 1  # in a turn
    rates: list[float] = field(default_factory=list)  # steps a second
    peak_mib: float = 0.0

    def run(self, steps: int) -> float:
        """Let it train and return the seconds."""
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        return self.read()

    def read(self) -> float:
        """Return the seconds of its next answer."""
        answer = self.process.stdout.readline().split()
        if not answer:  # a crash is no missing package: its row must not look like one
            raise SystemExit(f"The worker of {self.name!r} has died. Run {self.process.args} in {ROOT} to see why.")
        if answer[0] == "missing":
            raise LookupError(f"{answer[1]} is not installed")
        self.peak_mib = float(answer[1])
        return float(answer[0])

    def close(self) -> None:
        """Let it end."""
        self.process.stdin.close()
        self.process.wait()


def add_turn_options(parser: argparse.ArgumentParser, cases: list[str]) -> None:
    """Add how many turns there are, how long they take, and which cases are measured, `cases` unless given."""
    parser.add_argument("--rounds", type=int, default=5, help="turns of each way, at least 5 for a result to keep")
    parser.add_argument("--turn-seconds", type=float, default=3.0, help="length of a turn")
    parser.add_argument("--cases", nargs="*", default=cases, choices=list(CASES), metavar="CASE")


def start(name: str, line: Sequence[str], turn_seconds: float, settings: Mapping[str, str] | None = None) -> Worker:
    """Start a worker by a command line and let it take its first steps.

    `settings` are environment variables of its own. Raises `LookupError` where its framework is missing.
    """
    # What the library sets for itself in this process is not handed down: peers run in TensorFlow's own settings.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS_"))}
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    environment |= settings or {}
    process = subprocess.Popen(line, stdin=pipe, stdout=pipe, stderr=nowhere, text=True, env=environment, cwd=ROOT)
    worker = Worker(name, process)
    worker.first_step_seconds = worker.read()
    seconds = worker.run(2) / 2
    if seconds < turn_seconds:  # these were to warm up
        seconds = worker.run(4) / 4
    worker.steps = max(1, round(turn_seconds / seconds))
    return worker


def take_turns(workers: list[Worker], rounds: int) -> dict[str, dict[str, float]]:
    """Let the workers train in turn, end them, and return what each reached, in steps a second.

    Its `ratio` is how many times as fast as it the first worker is.
    """
    for number in range(rounds):
        for worker in workers[:: -1 if number % 2 else 1]:
            worker.rates.append(worker.steps / worker.run(worker.steps))
    for worker in workers:
        worker.close()
    return {worker.name: summary(worker, workers[0]) for worker in workers}


def summary(worker: Worker, first: Worker) -> dict[str, float]:
    """Return what a worker reached, and how that compares with the first one."""
    ratios = [ours / theirs for ours, theirs in zip(first.rates, worker.rates, strict=True)]
    return {
        "steps_per_s": statistics.median(worker.rates),
        "slowest": min(worker.rates),
        "fastest": max(worker.rates),
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "first_step_seconds": worker.first_step_seconds,
        "peak_mib": worker.peak_mib,
    }


def compare(case: str, peers: list[str], rounds: int, turn_seconds: float) -> dict[str, dict[str, object]]:
    """Return each peer's median images/s, their spread, and how many times as fast as it the first peer is."""
    workers, missing = [], {}
    for peer in peers:
        if reason := why_not(peer, CASES[case], processor_flags()):
            missing[peer] = {"missing": reason}
            continue
        try:
            line = command("benchmarks.speed.worker", peer, case)
            workers.append(start(peer, line, turn_seconds, SETTINGS.get(peer)))
        except LookupError as error:
            missing[peer] = {"missing": str(error)}
    rows = take_turns(workers, rounds)
    batch = CASES[case].batch_size
    for row in rows.values():
        row["img_per_s"] = batch * row.pop("steps_per_s")
        row["slowest"], row["fastest"] = batch * row["slowest"], batch * row["fastest"]
    return missing | rows


def why_not(peer: str, config: Config, flags: frozenset[str]) -> str:
    """Return why a processor with these flags need not try a peer, or the peer cannot do a case; "" otherwise."""
    if peer == "lightweight-gan" and (config.channels != 3 or config.image_size.bit_count() != 1):
        return "only sides that are powers of two, in colour"
    if ("bfloat16" in peer or "reduced" in peer) and not flags & set(BFLOAT16_UNITS):
        return "the processor has no bfloat16 unit"
    return ""
