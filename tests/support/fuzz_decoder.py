"""Damaged pictures by the thousand through the decoder: each is decoded, or listed with a reason.

Run by hand: python -m tests.support.fuzz_decoder --inputs 10000 --seed 0, or --hours 3. Exit status 1 with findings.
"""

import argparse
import faulthandler
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dcgan_tf.data.decoding import RESIZES, decode_files
from tests.support.fuzz_inputs import make_input, make_seeds

Decoder = Callable[[list[str], np.ndarray, str], dict[int, str]]

ENOUGH = 20  # findings, after which a run ends
UNTOUCHED = 0xA5  # a value of all pixels that no picture has


class Limits(NamedTuple):
    """What is too much for one input, on a machine that others use too."""

    hang: float = 20.0  # seconds of the clock
    slow: float = 1.0  # seconds of the processor
    hungry: float = 1500.0  # MB


@dataclass
class Report:
    """What came of a run."""

    seed: int
    decoded: int = 0
    reasons: Counter = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, -1)  # seconds of the processor, index
    peak: float = 0.0  # MB

    @property
    def inputs(self) -> int:
        return self.decoded + self.reasons.total() + len(self.findings)

    def __str__(self) -> str:
        lines = [
            f"seed {self.seed}: {self.inputs} inputs, {self.decoded} decoded, {self.reasons.total()} listed, "
            f"{len(self.findings)} findings",
            f"slowest input: {self.slowest[1]}, {self.slowest[0]:.2f} s of the processor",
            f"peak memory: {self.peak:.0f} MB",
            *(f"  {count:6d} {reason}" for reason, count in self.reasons.most_common(12)),
            *self.findings,
        ]
        return "\n".join(lines)


def fuzz(
    inputs: int, *, seed: int, first: int = 0, seconds: float = 1e9, limits: Limits | None = None,
    keep: Path | None = None, decoder: Decoder = decode_files,
) -> Report:  # fmt: skip
    """Decode damaged pictures in a child process, and start another where one dies.

    Args:
        inputs: how many, at most.
        seed: of all damage.
        first: the index of the first input.
        seconds: when to end even if there are more inputs.
        limits: what is a finding; those of `Limits` unless given.
        keep: where inputs with findings are kept; a folder for temporary files unless given.
        decoder: what stands in for `decode_files`, a function of a module.
    """
    report, index, end, seeds = Report(seed), first, time.monotonic() + seconds, make_seeds()
    keep = keep or Path(tempfile.gettempdir()) / "fuzz-findings"
    while index < first + inputs and time.monotonic() < end and len(report.findings) < ENOUGH:
        with tempfile.TemporaryDirectory() as folder:
            index = _one_child(
                report, Path(folder), (seeds, seed, index, first + inputs, end, limits or Limits()), keep, decoder
            )
    return report


def _one_child(report: Report, folder: Path, plan: tuple, keep: Path, decoder: Decoder) -> int:
    """Let a child work until it is done or dead, and return the index that comes next."""
    context = multiprocessing.get_context("spawn")  # a clean memory to measure
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(folder, plan, decoder, theirs))
    child.start()
    theirs.close()
    seed, index = plan[1:3]
    while True:
        try:
            problem, outcome, cpu, peak, data = ours.recv()
        except EOFError:
            break
        report.slowest = max(report.slowest, (cpu, index))
        report.peak = max(report.peak, peak)
        if problem:
            report.findings.append(_kept(problem, data, keep, seed, index))
        elif outcome is None:
            report.decoded += 1
        else:
            report.reasons[outcome] += 1
        index += 1
    child.join()
    if child.exitcode:
        log = (folder / "log").read_text(errors="replace")
        problem = "hang" if "Timeout (" in log else f"crash with exit code {child.exitcode}"
        data = (folder / "input.jpg").read_bytes()
        report.findings.append(_kept(f"{problem}\n{log}", data, keep, seed, index))
        index += 1
    return index


def _kept(problem: str, data: bytes, keep: Path, seed: int, index: int) -> str:
    """Keep the input of a finding, and return what to tell about it."""
    keep.mkdir(exist_ok=True)
    path = keep / f"seed {seed} input {index}.bin"
    path.write_bytes(data)
    return f"seed {seed}, input {index}, {path}: {problem}\n  again: --seed {seed} --first {index} --inputs 1"


def _work(folder: Path, plan: tuple, decoder: Decoder, results: Connection) -> None:
    """Decode inputs and send what came of each: (finding, reason, seconds, MB, input of a finding)."""
    seeds, seed, index, stop, end, limits = plan
    path = folder / "input.jpg"
    with (folder / "log").open("w") as log:
        os.dup2(log.fileno(), 2)  # the words of libraries
        faulthandler.enable(log)
        while index < stop and time.monotonic() < end:
            data = make_input(seeds, seed, index)
            path.write_bytes(data)
            faulthandler.dump_traceback_later(limits.hang, exit=True, file=log)
            before = time.process_time()
            problem, outcome = judge(path, index, decoder)
            cpu, peak = time.process_time() - before, peak_memory()
            faulthandler.cancel_dump_traceback_later()
            if not problem and peak > limits.hungry:
                problem = f"hungry, {peak:.0f} MB ({outcome or 'decoded'})"
            if not problem and cpu > limits.slow:
                problem = f"slow, {cpu:.2f} s of the processor ({outcome or 'decoded'})"
            results.send((problem, outcome, cpu, peak, data if problem else b""))
            if peak > limits.hungry:
                break  # the peak does not fall again in this process
            index += 1


def judge(path: Path, index: int, decoder: Decoder = decode_files) -> tuple[str, str | None]:
    """Decode one file; return what is wrong with the decoder or "", and why the file is listed or None."""
    size, channels = (16, 64)[index % 2], (1, 3, 4)[index // 2 % 3]
    pixels = np.full((1, size, size + index % 2, channels), UNTOUCHED, np.uint8)
    try:
        problems = decoder([str(path)], pixels, RESIZES[index % 3])
    except Exception:  # noqa: BLE001 - whatever else is raised is what this program looks for
        return traceback.format_exc(), None
    if not problems:
        return ("decoded, but not a pixel is set" if (pixels == UNTOUCHED).all() else ""), None
    reason = problems.get(0)
    good = isinstance(reason, str) and reason and reason.isprintable() and len(reason) <= 150
    if list(problems) != [0] or not good or path.name in reason or "object at 0x" in reason:
        return f"not a reason in one line: {problems!r}", None
    return "", reason


def peak_memory() -> float:
    """Return the most memory that this process has ever used, in MB."""
    try:  # ru_maxrss of a young process is that of its parent, if that was larger
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except OSError:
        import resource  # not on Windows

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> int:
    """Run as the command line says and print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=None, help="how many inputs (10000)")
    parser.add_argument("--hours", type=float, default=None, help="or as many as fit into this time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="index of the first input")
    parser.add_argument("--keep", type=Path, default=None, help="a folder for inputs with findings")
    chosen = parser.parse_args()
    seconds = 1e9 if chosen.hours is None else chosen.hours * 3600
    inputs = chosen.inputs or (10_000 if chosen.hours is None else 10**12)
    report = fuzz(inputs, seed=chosen.seed, first=chosen.first, seconds=seconds, keep=chosen.keep)
    print(report)
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
