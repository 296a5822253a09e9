"""One run of a sweep, where Ray puts it: `dcgan-tf run` in a process of its own, watched until it ends.

Where the sweep's folder cannot be seen, on a node with another disk, the run's folder is sent there first, and comes
back after each checkpoint.
"""

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

TOKEN = ".sweep"  # in the sweep's folder: whoever finds the sweep's own text in it sees the same disk
LOG = "sweep.log"  # in the run's folder: what the run printed
WATCH_SECONDS = 1.0
STOP_SECONDS = 120.0  # for saving after Ctrl-C


class News(NamedTuple):
    """What became of a run since the last news."""

    state: str  # "training", "finished", or "failed"
    kimg: float = 0.0
    img_per_s: float = 0.0
    kid: float | None = None
    sentence: str = ""  # why it failed
    files: bytes = b""  # its folder as a tar file, where the sweep's disk is another one


class Task(NamedTuple):
    """What a node needs to know to go on with a run."""

    kind: str  # of notebook
    root: str  # the project's folder, on the sweep's machine
    folder: str  # of the run, on the sweep's machine
    token: str
    values: Mapping[str, Any]
    cpus: int
    files: bytes = b""  # the folder as far as it got, as a tar file; used only on another disk


def run_cell(task: Task) -> Iterator[News]:
    """Go on with a run and yield news of it; the last is "finished" or "failed"."""
    folder, root = Path(task.folder), Path(task.root)
    token = folder.parent / TOKEN
    if token.is_file() and token.read_text(encoding="utf-8") == task.token:
        yield from _watch(task, root, folder, send=False)
        return
    with tempfile.TemporaryDirectory(prefix="dcgan-tf-") as place:
        here = Path(place)
        elsewhere = here / "outputs" / folder.parent.name / folder.name
        unpack(task.files, elsewhere)
        yield from _watch(task, root if root.is_dir() else here, elsewhere, send=True)


def _watch(task: Task, root: Path, folder: Path, *, send: bool) -> Iterator[News]:
    """Start a run in `folder` and yield news, with its files where they have to be sent."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [f"--{name.replace('_', '-')}={value}" for name, value in task.values.items()]
    module = ["-m", "dcgan_tf.cli.sweep.child", str(os.getpid())]
    line = [sys.executable, *module, "run", task.kind, *words, f"--run={folder}"]
    sent: tuple[str, ...] = ()
    with (folder / LOG).open("ab") as log:
        child = subprocess.Popen(
            line, cwd=root, env=environment_of(task), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            while _is_running(child):
                kept = tuple(sorted(each.name for each in (folder / "checkpoint").glob("[0-9]*.npz")))
                new, sent = send and kept != sent, kept
                yield _news(folder, "training")._replace(files=pack(folder) if new else b"")
        finally:  # also after Ctrl-C, when Ray cancels the task
            if child.poll() is None:
                child.send_signal(signal.SIGINT)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(STOP_SECONDS)
                child.kill()
    state = "failed" if child.returncode else "finished"
    sentence = _last_line(folder / LOG, child.returncode) if child.returncode else ""
    yield _news(folder, state)._replace(sentence=sentence, files=pack(folder) if send else b"")


def _is_running(child: subprocess.Popen) -> bool:
    """Wait a moment, and return whether the process still runs."""
    try:
        child.wait(WATCH_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def environment_of(task: Task) -> dict[str, str]:
    """Return the variables of a run: its share of the cores, no settings but its own, and no other workers."""
    from dcgan_tf.cli.notebooks import options_of

    settings = {name.upper() for option in options_of(task.kind) for name in option.names} | {"TF_CONFIG"}
    threads = {name: str(task.cpus) for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")}
    return {name: value for name, value in os.environ.items() if name not in settings} | threads


def _news(folder: Path, state: str) -> News:
    """Return news from the newest lines of a run's records."""
    last, kid = _last_record(folder / "history.jsonl"), _last_record(folder / "kid.jsonl")
    return News(state, last.get("kimg", 0.0), last.get("img_per_s", 0.0), kid.get("kid"))


def _last_record(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
    except (OSError, ValueError, IndexError):  # not there yet, or being written
        return {}


def _last_line(log: Path, status: int) -> str:
    """Return the sentence that a failed run ended with."""
    if status < 0:
        return f"It was killed (signal {-status}), perhaps because memory ran out."
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else "It printed nothing."


def pack(folder: Path) -> bytes:
    """Return a folder as a tar file."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        tar.add(folder, ".", filter=lambda info: None if Path(info.name).name.startswith(".partial") else info)
    return data.getvalue()


def unpack(files: bytes, folder: Path) -> None:
    """Write a folder from a tar file; nothing in it leads out of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if files:
        with tarfile.open(fileobj=io.BytesIO(files)) as tar:
            tar.extractall(folder, filter="data")
