"""The explore page, served to tests by a process of its own, as `make explore` does."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SERVE = (
    "import sys; from pathlib import Path; from dcgan_tf.serve import serve; "
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
        [sys.executable, "-c", SERVE, str(root), run, str(port)],
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
