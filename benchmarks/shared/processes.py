"""Processes of their own for what is measured."""

import json
import socket
import subprocess
import sys
from pathlib import Path

# Of the repository: modules are started there, so that all of them are of one checkout.
ROOT = Path(__file__).parents[2]


def command(module: str, *arguments: object) -> list[str]:
    """Return the command line of a module below `ROOT`, to be started there."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def free_port() -> int:
    """Return a port that nothing listens on now, unlike the usual one, which two processes could find free at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def worker_settings(count: int) -> list[dict[str, str]]:
    """Return the variable TF_CONFIG of each of so many workers on this machine."""
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(count)]
    tasks = [{"type": "worker", "index": index} for index in range(count)]
    return [{"TF_CONFIG": json.dumps({"cluster": {"worker": addresses}, "task": task})} for task in tasks]


def peak_mib(task: str, count: int) -> float:
    """Return what `benchmarks.costs.peak_memory` finds for a task with `count` pictures."""
    line = command("benchmarks.costs.peak_memory", task, count)
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    return float(done.stdout.split()[-1])
