"""`sweep`: starts the runs of a sweep on Ray, follows them, tries again what failed, and writes the table."""

import json
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, TextIO

import psutil  # comes with ipykernel

from dcgan_tf.cli.sweep.cell import STOP_SECONDS, TOKEN, News, Task, pack, run_cell, unpack
from dcgan_tf.cli.sweep.plan import Cell, Plan, describe, read_plan
from dcgan_tf.cli.sweep.table import write_table
from dcgan_tf.common.checks import check_path
from dcgan_tf.common.errors import DcganError, TrainingInterrupted
from dcgan_tf.common.files import write_json, write_text
from dcgan_tf.common.locks import SWEEP, owned
from dcgan_tf.common.machine import usable_cores
from dcgan_tf.common.output import printable, tell
from dcgan_tf.common.quiet import quietly
from dcgan_tf.common.text import short, shown
from dcgan_tf.run.places import find_root

RETRIES = 2  # of a run that failed
LOST_RETRIES = 5  # of a run whose worker or node was lost
CONNECT_SECONDS = 10.0
STARTS = 2  # of Ray on this machine: it gives a node 30 seconds, which a busy one can exceed
REPORT = "report.html"  # the last file that a run writes
RAY_LOG = "ray.log"  # in the sweep's folder
DONE = "sweep.json"  # in a finished run's folder: its parameters


def sweep(values: dict[str, Any]) -> int:
    """Run all that a file names, and return 0 if all have finished."""
    if not values.get("sweep"):
        raise DcganError("`sweep` is empty: name a YAML file, such as examples/sweep.yaml.")
    check_path("sweep", values["sweep"])
    root = find_root()
    ray = _import_ray()
    plan = read_plan(root / Path(values["sweep"]).expanduser(), root)
    tell(describe(plan))
    with owned(plan.folder, SWEEP), _apart(plan.folder / RAY_LOG), _connected(ray):
        token = secrets.token_hex(8)
        write_text(plan.folder / TOKEN, token)
        states = _Driver(ray, plan, root, token).run()
    return _finish(plan, states, root)


def _finish(plan: Plan, states: dict[str, News], root: Path) -> int:
    """Write the table and the gallery, and list what failed."""
    from dcgan_tf.share.gallery.gallery import write_gallery

    failed = {name: news.sentence for name, news in states.items() if news.state != "finished"}
    for name, sentence in failed.items():
        tell(f"{name} failed: {sentence}")
    if len(failed) < len(plan.cells):
        table, gallery = write_table(plan), write_gallery(plan.folder)
        tell(f"The table:    {short(table, root)}\nThe gallery:  {short(gallery, root)}")
    return 1 if failed else 0


def _import_ray() -> Any:  # noqa: ANN401 - a module
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # Ray's future default
    try:
        with quietly():
            import ray
    except ImportError as error:
        raise DcganError(
            'A sweep needs Ray, which is not installed. Install it with `pip install "dcgan-tf[sweep]"`.'
        ) from error
    return ray


@contextmanager
def _apart(log: Path) -> Iterator[None]:
    """Write what Ray's threads print into a file: pages on each worker or node that was lost."""
    with (
        log.open("a", encoding="utf-8") as file,
        redirect_stdout(_Apart(sys.stdout, file)),
        redirect_stderr(_Apart(sys.stderr, file)),
    ):
        yield


class _Apart:
    """An output whose lines go to a file if another thread than the main one writes them."""

    def __init__(self, shown: TextIO, file: TextIO) -> None:
        self._shown, self._file = shown, file

    def write(self, text: str) -> int:
        """Write to the output or to the file."""
        main = threading.current_thread() is threading.main_thread()
        return (self._shown if main else self._file).write(text)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._shown, name)


@contextmanager
def _connected(ray: Any) -> Iterator[None]:  # noqa: ANN401
    """Connect to the cluster of RAY_ADDRESS, or start one of this machine's cores and GPUs."""
    address = os.environ.get("RAY_ADDRESS", "")
    if address and address not in ("auto", "local"):
        _check_reachable(address)
    here = {} if address and address != "local" else {"num_cpus": usable_cores(), "include_dashboard": False}
    for tries_left in range(STARTS if here else 1)[::-1]:
        try:
            ray.init(address=address or "local", log_to_driver=False, logging_level="CRITICAL", **here)
            break
        except Exception as error:  # of many kinds, and none of its own
            for child in psutil.Process().children(recursive=True) if here else []:
                child.kill()  # what Ray has started and leaves behind
            ray.shutdown()
            if tries_left:
                continue
            where = "this machine" if here else f"the cluster of RAY_ADDRESS={shown(address)}"
            raise DcganError(f"Ray could not be started on {where}: {_first_line(error)}") from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Raise `DcganError` if nothing answers at a cluster's address; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS):
            return
    except (OSError, ValueError, OverflowError) as error:
        raise DcganError(
            f"RAY_ADDRESS should be the address of a running Ray cluster, such as 10.0.0.1:6379. Received: "
            f"{shown(address)}, where nothing answers ({error}). Start one with `ray start --head`, or unset it."
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].partition(". ")[0].rstrip(".") + "."


class _Driver:
    """The runs that are going on, by the stream of their news."""

    def __init__(self, ray: Any, plan: Plan, root: Path, token: str) -> None:  # noqa: ANN401
        self.ray, self.plan, self.root, self.token = ray, plan, root, token
        self.news: dict[str, News] = {cell.name: News("waiting") for cell in plan.cells}
        self.tries = {cell.name: [0, 0] for cell in plan.cells}  # failed, lost
        gpus = 1 if ray.cluster_resources().get("GPU") else 0
        self.start = ray.remote(num_returns="streaming", max_retries=0, num_cpus=plan.cpus, num_gpus=gpus)(run_cell)
        self.streams: dict[Any, Cell] = {}
        self.view = _View()

    def run(self) -> dict[str, News]:
        """Follow all runs to their ends; return the last news of each. Ctrl-C lets all save first."""
        enough = max((node["Resources"].get("CPU", 0) for node in self.ray.nodes()), default=0)
        if enough < self.plan.cpus:
            raise DcganError(f"`cpus` should be at most {enough:g}, the cores of a node. Received: {self.plan.cpus}.")
        for cell in self.plan.cells:
            if is_finished(self.plan.folder / cell.name, cell):
                self.news[cell.name] = News("finished", float(cell.values.get("kimg", 0.0)))
            else:
                self._submit(cell)
        try:
            while self.streams:
                ready, _ = self.ray.wait(list(self.streams), num_returns=1, timeout=1.0)
                for stream in ready:
                    self._take(stream)
                self.view.show(self.news)
        except KeyboardInterrupt:
            self._stop()
            raise TrainingInterrupted("Stopped; every run is saved. Run the same sweep again to go on.") from None
        self.view.show(self.news, last=True)
        return self.news

    def _submit(self, cell: Cell) -> None:
        folder = self.plan.folder / cell.name
        files = pack(folder) if folder.is_dir() and self._has_other_disks() else b""
        task = Task(self.plan.kind, str(self.root), str(folder), self.token, cell.values, self.plan.cpus, files)
        self.streams[self.start.remote(task)] = cell

    def _has_other_disks(self) -> bool:
        return len({node["NodeManagerHostname"] for node in self.ray.nodes() if node["Alive"]}) > 1

    def _take(self, stream: Any) -> None:  # noqa: ANN401
        """Take the next news of a run; submit it again if its worker was lost or it failed."""
        cell = self.streams[stream]
        try:
            news = self.ray.get(next(stream))
        except StopIteration:
            del self.streams[stream]
            if self.news[cell.name].state not in ("finished", "failed"):
                self._again(cell, 1, LOST_RETRIES, "Its worker ended without a word.")
            return
        except self.ray.exceptions.RayError as error:
            del self.streams[stream]
            self._again(cell, 1, LOST_RETRIES, f"Its worker or node was lost: {_first_line(error)}")
            return
        if news.files:
            unpack(news.files, self.plan.folder / cell.name)
        self.news[cell.name] = news._replace(files=b"")
        if news.state == "finished":
            write_json(self.plan.folder / cell.name / DONE, cell.values)
        if news.state == "failed":
            del self.streams[stream]
            self._again(cell, 0, RETRIES, news.sentence)

    def _again(self, cell: Cell, kind: int, most: int, sentence: str) -> None:
        self.tries[cell.name][kind] += 1
        again = self.tries[cell.name][kind] <= most
        self.news[cell.name] = self.news[cell.name]._replace(state="again" if again else "failed", sentence=sentence)
        if again:
            self._submit(cell)

    def _stop(self) -> None:
        """Ask all runs to save and end, and wait for them."""
        tell("Stopping; every run saves first.")
        for stream in self.streams:
            self.ray.cancel(stream)
        ended = time.monotonic() + 1.25 * STOP_SECONDS  # each run may take that long
        while self.streams and time.monotonic() < ended:
            ready, _ = self.ray.wait(list(self.streams), num_returns=1, timeout=1.0)
            for stream in ready:
                try:
                    self.ray.get(next(stream))
                except (StopIteration, self.ray.exceptions.RayError):
                    del self.streams[stream]


def is_finished(folder: Path, cell: Cell) -> bool:
    """Return whether a run of these parameters has written its report."""
    try:
        return (folder / REPORT).is_file() and json.loads((folder / DONE).read_bytes()) == cell.values
    except (OSError, ValueError):
        return False


class _View:
    """A table that a terminal redraws in place; elsewhere, a line for each change of a run's state."""

    def __init__(self) -> None:
        self.drawn, self.told, self.due = 0, {}, 0.0

    def show(self, news: dict[str, News], *, last: bool = False) -> None:
        """Show the newest news, at most once a second."""
        if time.monotonic() < self.due and not last:
            return
        self.due = time.monotonic() + 1.0
        if sys.stdout.isatty():
            rows = [_row(name, each) for name, each in news.items() if each.state != "waiting"]
            waiting = sum(each.state == "waiting" for each in news.values())
            rows = [_row("run", None), *rows[-30:], *([f"{waiting} more are waiting"] if waiting else [])]
            back = f"\x1b[{self.drawn}F\x1b[J" if self.drawn else ""
            print(back + printable("\n".join(rows)), flush=True)
            self.drawn = len(rows)
            return
        for name, each in news.items():
            if self.told.get(name) != each.state and each.state != "waiting":
                self.told[name] = each.state
                tell(f"{_row(name, each)}{f': {each.sentence}' if each.sentence else ''}")


def _row(name: str, news: News | None) -> str:
    if news is None:
        return f"{name:<50} {'kimg':>8} {'img/s':>8} {'KID':>8}  state"
    kid = f"{1000 * news.kid:8.1f}" if news.kid is not None else " " * 8
    return f"{name[:50]:<50} {news.kimg:8.1f} {news.img_per_s:8.0f} {kid}  {news.state}"
