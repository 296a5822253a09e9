"""Serving the explore page of a run by Voila, on this machine only, at a secret address."""

import contextlib
import errno
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.signals import STOPPING, handling
from dcgan_tf.common.text import in_utf8
from dcgan_tf.play.explore import require
from dcgan_tf.run.places import find_notebook, find_run

HOST = "127.0.0.1"
PORT = 8866
START_SECONDS, STOP_SECONDS = 60.0, 15.0
IDLE_SECONDS = 600  # after which the kernel of a closed page ends
LARGEST_MESSAGE = 100_000_000  # bytes that the page may send in one message; photos come in pieces of 1 MB
# The JupyterLab extensions that the page loads. With others, such as Jupyter Notebook's, it may not start.
EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"]


def serve(root: Path, run: str, *, port: int = 0) -> int:
    """Serve the explore page of a run until Ctrl-C, print its address, and return the exit status, 0.

    Only this machine can reach it, and only at the printed address: each path begins with a random token, new each
    time. Each page has a kernel of its own, which ends some minutes after the page is closed.

    `root` holds `outputs/`; `run` is the folder of a run, relative to `root` or absolute, or "" to choose among the
    finished ones. `port` 0 means 8866, or any free one if that is taken. Raises `DcganError` if there is no such run,
    the port is taken, or a package is missing.
    """
    with handling(_stop_on_signal, *STOPPING):
        try:
            require("voila", "ipywidgets", "anywidget", "papermill")
            notebook = find_notebook("explore", root)
            if run:
                find_run(run, root)  # raises `DcganError` before a server runs
            port = _choose_port(port)
            with tempfile.TemporaryDirectory(prefix="dcgan-tf-") as temporary:
                _write_page(notebook, Path(temporary), run)
                ended = _run(root, Path(temporary), port)
        except KeyboardInterrupt:
            print("\nStopped.", flush=True)
            return 0
    raise DcganError(f"The page stopped: Voila ended with status {ended}. Start it again.")


def _run(root: Path, folder: Path, port: int) -> int:
    """Run the server until it ends or Ctrl-C, and return its exit status."""
    token = secrets.token_urlsafe(24)
    server = _start(_settings(root, folder, port, token), folder)
    stopping = threading.Event()
    threading.Thread(target=_pass_on, args=(server, stopping), daemon=True).start()
    try:
        _wait_until_up(server, port)
        print(f"The explore page is at http://{HOST}:{port}/{token}/\nCtrl-C here stops it.", flush=True)
        return server.wait()
    finally:
        stopping.set()
        _stop(server)


def _choose_port(port: int) -> int:
    """Return the port to listen on; raises `DcganError` if the given one is taken."""
    if port:
        reason = _why_taken(port)
        if reason:
            raise DcganError(f"`port` should be free to listen on. Received: {port}, {reason}. Name another one.")
        return port
    if not _why_taken(PORT):
        return PORT
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _why_taken(port: int) -> str:
    """Return why a port cannot be listened on, or ""."""
    with socket.socket() as probe:
        if os.name == "posix":  # as the server does; on Windows, this would allow a port in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OverflowError:
            return "which is above 65535 or below 0"
        except OSError as error:
            return "which is in use" if error.errno == errno.EADDRINUSE else f"which cannot be used ({error.strerror})"
    return ""


def _write_page(notebook: Path, folder: Path, run: str) -> None:
    """Write the notebook with its parameter, its kernel spec and the page's template into our private `folder`."""
    import nbformat
    from ipykernel.kernelspec import write_kernel_spec
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    page = parameterize_notebook(load_notebook_node(str(notebook)), {"run": in_utf8("run", run)})
    for cell in page.cells:  # without the badge of Colab, which would be fetched from the web
        cell.source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("[!["))
    nbformat.write(page, folder / "Explore.ipynb")
    write_kernel_spec(folder / "kernels" / "python3")  # this Python, whatever other kernels there are
    template = folder / "voila" / "templates" / "explore"
    template.mkdir(parents=True)
    source = Path(__file__).parent / "assets" / "page.html.j2"
    (template / "index.html.j2").write_bytes(source.read_bytes())
    # Static files come from the base template.
    (template / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")


def _settings(root: Path, folder: Path, port: int, token: str) -> dict[str, Any]:
    """Return Voila's settings.

    The token is the beginning of every path. Voila's own token does not protect its static files, templates and
    extensions.
    """
    culling = {"cull_idle_timeout": IDLE_SECONDS, "cull_interval": 60, "cull_connected": False, "cull_busy": False}
    return {
        "Voila": {
            "ip": HOST,
            "port": port,
            "port_retries": 0,
            "base_url": f"/{token}/",
            "notebook_path": str(folder / "Explore.ipynb"),
            "connection_dir_root": str(folder),
            "open_browser": False,
            "log_level": "ERROR",
            "tornado_settings": {
                "websocket_max_message_size": LARGEST_MESSAGE,
                # A closed page asks to end its kernel without the cookie that this check needs. Other sites cannot do
                # that, because they do not know the token.
                "disable_check_xsrf": True,
                "allow_remote_access": False,  # accept only the names of this machine, against DNS rebinding
                "headers": {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"},
            },
        },
        "VoilaConfiguration": {
            "template": "explore",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "strip_sources": True,
            "show_tracebacks": False,
            "file_allowlist": [],  # no files but Voila's own
            "extension_allowlist": EXTENSIONS,
        },
        # A dead kernel is not restarted, since a new one would not have the page's state; the page says so.
        "KernelRestarter": {"restart_limit": 0},
        # Kernels start in the project's folder, where the runs are.
        "MappingKernelManager": {"root_dir": str(root.resolve()), "transport_encryption": "auto", **culling},
    }


def _start(settings: dict[str, Any], folder: Path) -> subprocess.Popen[str]:
    """Start the server and write its settings to its standard input: arguments would reveal the token."""
    paths = os.pathsep.join(filter(None, (str(folder), os.environ.get("JUPYTER_PATH"))))
    server = subprocess.Popen(
        [sys.executable, "-m", "dcgan_tf.play.explore.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"JUPYTER_PATH": paths},
        start_new_session=True,  # so that only this process gets Ctrl-C, and stops it
    )
    with contextlib.suppress(BrokenPipeError):  # it has ended already, which `_wait_until_up` reports
        server.stdin.write(json.dumps(settings) + "\n")
        server.stdin.flush()
    return server


def _pass_on(server: subprocess.Popen[str], stopping: threading.Event) -> None:
    """Print the output of the server and its kernels until they are stopped, when kernels print errors."""
    for line in server.stdout:
        if not stopping.is_set():
            sys.stderr.write(line)


def _wait_until_up(server: subprocess.Popen[str], port: int) -> None:
    """Return once the server answers; raises `DcganError` if it ends or does not answer."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            raise DcganError(f"Voila ended at once with status {server.returncode}; its reason is above.")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.1)
    raise DcganError(f"Voila was not ready after {START_SECONDS:.0f} seconds. Try again.")


def _stop(server: subprocess.Popen[str]) -> None:
    """End the server, and with it all kernels."""
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    with contextlib.suppress(BrokenPipeError):
        server.stdin.close()


def _stop_on_signal(*_: object) -> None:
    """Raise KeyboardInterrupt, and ignore further signals: stopping takes seconds and must not be interrupted."""
    for name in STOPPING:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    raise KeyboardInterrupt
