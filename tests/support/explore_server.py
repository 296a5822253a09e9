"""The explore page, served to tests by a process of its own, as `make explore` does."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.shared.processes import free_port

SERVE = (
    "import sys; from pathlib import Path; from dcgan_tf.play.explore.serve import serve; "
    "sys.exit(serve(Path(sys.argv[1]), sys.argv[2], port=int(sys.argv[3])))"
)
ADDRESS = re.compile(r"(http://127\.0\.0\.1:(\d+))(/([\w-]+)/)")


class Served(NamedTuple):
    """A running server."""

    process: subprocess.Popen
    host: str  # http://127.0.0.1:8866
    port: int
    token: str
    lines: list[str]  # what it has printed

    @property
    def address(self) -> str:
        return f"{self.host}/{self.token}/"


@contextmanager
def serving(root: Path, run: str, port: int = 0) -> Iterator[Served]:
    """Serve a run until the block ends, then stop the server as Ctrl-C does."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(root), run, str(port or free_port())],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"}, start_new_session=True,
    )  # fmt: skip
    lines: list[str] = []
    up = threading.Event()

    def read() -> None:
        for line in process.stdout:
            lines.append(line)
            if ADDRESS.search(line):
                up.set()
        up.set()

    threading.Thread(target=read, daemon=True).start()
    try:
        assert up.wait(120), "the server did not start"
        found = ADDRESS.search("".join(lines))
        assert found, "".join(lines)
        yield Served(process, found[1], int(found[2]), found[4], lines)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def children(process: int) -> list[int]:
    """Return the processes that one has started, and those that they have."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    below = [int(line.split()[0]) for line in listed.splitlines() if int(line.split()[1]) == process]
    return below + [each for child in below for each in children(child)]


def kernels(process: int) -> dict[str, int]:
    """Return the kernels below a process by their names, each with the number of its own process."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    below, lines = children(process), [line.split(None, 1) for line in listed.splitlines()]
    found = [(re.search(r"kernel-([\w-]+)\.json", line[1]), int(line[0])) for line in lines if len(line) == 2]
    return {name[1]: number for name, number in found if name and number in below}


def wait_until_gone(processes: list[int]) -> None:
    """Wait until none of the processes runs; one that nobody has asked about since it ended (a zombie) does not."""
    until = time.monotonic() + 60
    while running := [each for each in processes if state(each) not in ("", "Z")]:
        assert time.monotonic() < until, running
        time.sleep(0.1)


def state(process: int) -> str:
    """Return the letter for what a process does, or "" where there is none."""
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return listed.stdout.strip()[:1]
