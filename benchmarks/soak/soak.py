"""Does a run that is killed again and again end like one that never was? SIGKILL at random moments, and resumed.

The moments are random, in the middle of writing a checkpoint, and in the middle of writing a GIF; the last two are met
by watching for the half-written file, which the kill then leaves behind. Compared are all weights (both networks, the
average, both optimizers), history and KID curve but for the clock, the best and the warnings of run.json, and the bytes
of every grid and GIF. What is lost is counted in steps and in seconds of training, without those in which TensorFlow
compiles, and without those to score and to draw.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.shared.report import RESULTS, machine, write_results
from benchmarks.soak.life import Beacon, settings
from dcgan_tf.run.checkpoint import checkpoint_paths
from dcgan_tf.run.run import load_run

SHARES = {"start": 0.1, "checkpoint": 0.25, "gif": 0.15}  # of the kills; the others come in the middle of training
STARTS = 15.0  # seconds, about what a life needs until it trains
TRAINS = 8.0  # seconds that a life trains at most before it is killed, or before a half-written file is waited for
LONGEST = 600.0  # seconds of one life before it counts as hung
TIMES = ("seconds", "img_per_s")


@dataclass
class Tally:
    """What happened over all kills."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("training", *SHARES), 0))
    halves: dict[str, int] = field(default_factory=lambda: {"checkpoint": 0, "gif": 0})  # left half written
    failed_resumes: int = 0
    lost_steps: list[int] = field(default_factory=list)
    lost_seconds: list[float] = field(default_factory=list)
    passed_over: int = 0  # checkpoints that were damaged


class Soak:
    """One run and the processes that it lives in, one after the other."""

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
        command = [sys.executable, "-m", "benchmarks.soak.life"]
        command += [str(self.folder), str(self.beacon.path), self.precision, str(self.kimg)]
        own = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "XDG_CACHE_HOME": str(self.folder.parent / "cache")}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=own)

    def live(self) -> None:
        """Let the run live to its end."""
        child = self.start()
        self.hear(child)
        if child.returncode:
            raise SystemExit(f"The run should live to its end, but died with status {child.returncode}.")

    def kill(self, kind: str) -> bool:
        """Resume the run and kill it; whether it was alive until then."""
        child = self.start()
        started = time.monotonic()
        moment = self.draw.uniform(0.0, STARTS if kind == "start" else TRAINS)
        begun = started if kind == "start" else None
        due: dict[str, Callable[[], bool]] = {
            "checkpoint": lambda: self.is_writing(child.pid, "checkpoint"),
            "gif": lambda: self.is_writing(child.pid, "gif"),
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

    def is_writing(self, process: int, kind: str) -> bool:
        """Return whether a process is writing a checkpoint or a GIF in the run's folder, or died while it did."""
        inside, ending = {"checkpoint": ("checkpoint", ".npz"), "gif": ("", ".gif")}[kind]
        try:
            names = os.listdir(self.folder / inside)  # noqa: PTH208 - the fastest, to meet a write of milliseconds
        except FileNotFoundError:  # the run has not made it yet
            return False
        return any(name.startswith(f".partial-{process}-") and name.endswith(ending) for name in names)

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
            self.tally.halves[kind] += self.is_writing(process, kind)
        step, seconds, saved = self.beacon.get()
        if step:  # else it died before it trained
            paths = checkpoint_paths(self.folder)
            self.tally.lost_steps.append(max(0, step - (int(paths[0].stem) if paths else 0)))
            self.tally.lost_seconds.append(seconds - saved)

    def result(self) -> dict[str, object]:
        """Return everything that has to be the same in the end, by name."""
        run = load_run(self.folder)
        with np.load(checkpoint_paths(self.folder)[0]) as saved:
            arrays = {name: saved[name].tobytes() for name in saved.files if name != "about"}
        history = [{name: value for name, value in each.items() if name not in TIMES} for each in run.history]
        pictures = {path.name: path.read_bytes() for path in sorted(self.folder.rglob("*.[pg][ni][gf]"))}
        saved_weights = {name: [w.tobytes() for w in each.generator.get_weights()] for name, each in pair(run)}
        about = {name: run.info.get(name) for name in ("state", "kimg_done", "best", "warnings", "error")}
        return {"weights": arrays | saved_weights, "history": [history, run.kid_curve, about], "samples": pictures}


def pair(run) -> list[tuple]:  # noqa: ANN001 - a Run
    """Return the last and the best generator of a run by name."""
    return [("generator.keras", run), ("best.keras", run.best)]


def soak(options: argparse.Namespace, precision: str) -> dict[str, object]:
    """Train once without and once with kills, and return what was counted and compared."""
    unbroken = Soak(options.folder / precision / "unbroken", precision, options.kimg, options.seed)
    unbroken.live()
    killed = Soak(options.folder / precision / "killed", precision, options.kimg, options.seed)
    most = {kind: round(options.kills * share) for kind, share in SHARES.items()}
    most["training"] = options.kills - sum(most.values())
    while_training = [kind for kind, count in most.items() if kind != "gif" for _ in range(count)]
    for kind in [*killed.draw.permutation(while_training), *["gif"] * most["gif"]]:
        while not killed.kill(kind):
            kind = "gif"  # noqa: PLW2901 - it came to its end before: from now on, GIFs are all that it writes
        done = sum(killed.tally.kills.values())
        print(f"{precision}: {done} of {options.kills} kills ({kind}), at step {killed.beacon.step}", flush=True)
    killed.live()
    tally, ends = killed.tally, (killed.result(), unbroken.result())
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
        and all(row["half_written"].values())
        and row["failed_resumes"] == row["passed_over"] == 0
        and row["lost_seconds"] <= row["interval_seconds"]
        and all(row["identical"].values())
    )


def main() -> int:
    """Soak, print and write what was found; the exit status is 1 unless all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--kimg", type=float, default=100.0, help="length of the run, thousands of pictures")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--folder", type=Path, default=Path("outputs/soak"))
    options = parser.parse_args()
    path = RESULTS / "soak.json"
    rows = json.loads(path.read_text())["rows"] if path.is_file() else {}  # of precisions that are not asked for now
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
    write_results("soak", {"rows": rows})
    return 0 if all(is_good(rows[precision]) for precision in options.precisions) else 1


if __name__ == "__main__":
    sys.exit(main())
