"""Processes of their own for what is measured."""

import subprocess
import sys
from pathlib import Path

# Of the repository: modules are started there, so that all of them are of one checkout.
ROOT = Path(__file__).parents[2]


def command(module: str, *arguments: object) -> list[str]:
    """Return the command line of a module below `ROOT`, to be started there."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def peak_mib(task: str, count: int) -> float:
    """Return what `benchmarks.costs.peak_memory` finds for a task with `count` pictures."""
    line = command("benchmarks.costs.peak_memory", task, count)
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return float(done.stdout.split()[-1])
