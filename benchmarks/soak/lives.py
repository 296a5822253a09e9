"""A run and the processes that it lives in, one after the other, each but the last killed."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.shared.processes import ROOT, command
from benchmarks.soak.life import Beacon
from dcgan_tf.run.checkpoint import checkpoint_paths

SHARES = {"start": 0.1, "checkpoint": 0.25, "gif": 0.15}  # of the kills; the others come in the middle of training
STARTS = 15.0  # seconds, about what a life needs until it trains
TRAINS = 8.0  # seconds that a life trains at most before it is killed, or before a half-written file is waited for
LONGEST = 600.0  # seconds of one life before it counts as hung


@dataclass
class Tally:
    """What happened over all kills."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("training", *SHARES), 0))
    halves: dict[str, int] = field(default_factory=lambda: {"checkpoint": 0, "gif": 0})  # left half written
    failed_resumes: int = 0
    lost_steps: list[int] = field(default_factory=list)
    lost_seconds: list[float] = field(default_factory=list)
    passed_over: int = 0  # checkpoints that were damaged


class Lives:
    """One run, its processes and what happened to them."""

    def __init__(self, folder: Path, precision: str, kimg: float, seed: int) -> None:
        """Start from an empty folder."""
        shutil.rmtree(folder, ignore_errors=True)
        self.folder, self.precision, self.kimg = folder, precision, kimg
        self.beacon = Beacon(folder.with_name(f"{folder.name}.beacon"))
        self.draw = np.random.default_rng(seed)
        self.tally = Tally()

    def start(self) -> subprocess.Popen:
        """Start or resume the run in a process of its own."""
        self.beacon.set(0, 0.0, 0.0)
        line = command("benchmarks.soak.life", self.folder, self.beacon.path, self.precision, self.kimg)
        own = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "XDG_CACHE_HOME": str(self.folder.parent / "cache")}
        pipe, same = subprocess.PIPE, subprocess.STDOUT
        return subprocess.Popen(line, stdout=pipe, stderr=same, text=True, env=own, cwd=ROOT)

    def live(self) -> None:
        """Let the run live to its end."""
        child = self.start()
        self.hear(child)
        if child.returncode:
            raise SystemExit(f"The run was left alone, but ended with status {child.returncode}.")

    def kill(self, kind: str) -> bool:
        """Resume the run and kill it; whether it was alive until then."""
        child = self.start()
        started = time.monotonic()
        moment = self.draw.uniform(0.0, STARTS if kind == "start" else TRAINS)
        begun = started if kind == "start" else None
        due: dict[str, Callable[[], bool]] = {
            "checkpoint": lambda: is_writing(self.folder, child.pid, "checkpoint"),
            "gif": lambda: is_writing(self.folder, child.pid, "gif"),
        }
        while child.poll() is None:
            now = time.monotonic()
            if now - started > LONGEST:
                child.kill()
                raise SystemExit(f"The run hung: no {kind} within {LONGEST:g} seconds.")
            if begun is None and (self.beacon.step or kind == "gif"):
                begun = now
            if begun is None or now - begun < moment:
                time.sleep(0.005)
            elif kind not in due or due[kind]():
                break
        alive = child.poll() is None
        child.send_signal(signal.SIGKILL)
        self.hear(child)
        if alive and child.returncode == -signal.SIGKILL:
            self.count(kind, child.pid)
            return True
        return False

    def hear(self, child: subprocess.Popen) -> None:
        """Wait for a process and count what it said: a resume that failed, a checkpoint that was passed over."""
        said = child.communicate()[0]
        self.tally.passed_over += said.count("is damaged")
        if child.returncode not in (0, -signal.SIGKILL):
            self.tally.failed_resumes += 1
            print(f"A resume failed with status {child.returncode}:\n{said}", flush=True)

    def count(self, kind: str, process: int) -> None:
        """Note a kill: what it left half written, and how much training is lost by it."""
        self.tally.kills[kind] += 1
        if kind in self.tally.halves:
            self.tally.halves[kind] += is_writing(self.folder, process, kind)
        step, seconds, saved = self.beacon.get()
        if step:  # else it died before it trained
            paths = checkpoint_paths(self.folder)
            self.tally.lost_steps.append(max(0, step - (int(paths[0].stem) if paths else 0)))
            self.tally.lost_seconds.append(seconds - saved)


def is_writing(folder: Path, process: int, kind: str) -> bool:
    """Return whether a process is writing a checkpoint or a GIF in a run's folder, or died while it did."""
    inside, ending = {"checkpoint": ("checkpoint", ".npz"), "gif": ("", ".gif")}[kind]
    try:
        names = os.listdir(folder / inside)  # noqa: PTH208 - the fastest, to meet a write of milliseconds
    except FileNotFoundError:  # the run has not made it yet
        return False
    return any(name.startswith(f".partial-{process}-") and name.endswith(ending) for name in names)
