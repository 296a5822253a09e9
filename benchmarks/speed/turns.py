"""Ways of training, each in a process of its own, that take turns.

What else the machine does meets all of them alike: A B C, A B C, ... Ratios are medians over the rounds of one
round's two rates.
"""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

from benchmarks.speed.cases import BATCH_SIZE, SETTINGS
from dcgan_tf.common.machine import processor_flags

TURN_SECONDS = 3.0
BFLOAT16_UNITS = {"amx_bf16", "avx512_bf16"}


@dataclass
class Worker:
    """A way of training in its own process, and the rates it reached, a round each."""

    peer: str
    process: subprocess.Popen[str]
    first_step_seconds: float
    steps: int = 1
    rates: list[float] = field(default_factory=list)
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
            raise SystemExit(
                f"The worker of {self.peer!r} should answer, but ended. Run {self.process.args} to see why."
            )
        if answer[0] == "missing":
            raise LookupError(f"{answer[1]} is not installed")
        self.peak_mib = float(answer[1])
        return float(answer[0])


def start(peer: str, case: str) -> Worker:
    """Start a worker and let it take its first steps; raises `LookupError` where its framework is missing."""
    command = [sys.executable, "-m", "benchmarks.speed.worker", peer, case]
    pipe = subprocess.PIPE
    # What the library sets for itself in this process is not handed down: peers run in TensorFlow's own settings.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "KERAS_"))}
    environment |= SETTINGS.get(peer, {})
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, env=environment)
    worker = Worker(peer, process, 0.0)
    worker.first_step_seconds = worker.read()
    worker.run(2)
    worker.steps = max(2, round(TURN_SECONDS / (worker.run(4) / 4)))
    return worker


def compare(case: str, peers: list[str], rounds: int) -> dict[str, dict[str, object]]:
    """Return each peer's median rate, its spread, and how many times as fast as it the first peer is."""
    workers, missing = [], {}
    for peer in peers:
        if peer.endswith("bfloat16") and not BFLOAT16_UNITS & processor_flags():
            missing[peer] = {"missing": "the processor has no bfloat16 unit"}
            continue
        try:
            workers.append(start(peer, case))
        except LookupError as error:
            missing[peer] = {"missing": str(error)}
    for _ in range(rounds):
        for worker in workers:
            worker.rates.append(worker.steps * BATCH_SIZE / worker.run(worker.steps))
    for worker in workers:
        worker.process.stdin.close()
        worker.process.wait()
    first = workers[0]
    return missing | {worker.peer: summary(worker, first) for worker in workers}


def summary(worker: Worker, first: Worker) -> dict[str, object]:
    """Return what a worker reached."""
    ratios = [ours / theirs for ours, theirs in zip(first.rates, worker.rates, strict=True)]
    return {
        "img_per_s": statistics.median(worker.rates),
        "slowest": min(worker.rates),
        "fastest": max(worker.rates),
        "ratio": statistics.median(ratios),
        "ratio_low": min(ratios),
        "ratio_high": max(ratios),
        "first_step_seconds": worker.first_step_seconds,
        "peak_mib": worker.peak_mib,
    }
