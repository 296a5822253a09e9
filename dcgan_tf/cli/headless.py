"""Executing a notebook with papermill so that Ctrl-C reaches its training, and exporting it as one page."""

import asyncio
import contextlib
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import nbformat
import papermill
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError

from dcgan_tf.common.errors import DcganError, TrainingInterrupted, WorkerDone
from dcgan_tf.common.files import OBSTACLES, explain, explaining, partial_path, write_text
from dcgan_tf.common.locks import NOTEBOOK, owned
from dcgan_tf.common.signals import STOPPING, handling
from dcgan_tf.common.text import why

FAILED = "failed.ipynb"  # a notebook with the traceback of a cell
ANSI = re.compile(r"\x1b\[[0-9;]*m")  # the colours of Keras's messages
REPEAT_SECONDS = 2.0  # between interrupts: a kernel ignores them while it starts and between cells


class Kernel(AsyncKernelManager):
    """A kernel whose client can be closed: papermill leaves it open."""

    _client: AsyncKernelClient | None = None

    def client(self) -> AsyncKernelClient:
        """Return a new client, and remember it."""
        self._client = super().client()
        return self._client

    def close_client(self) -> None:
        """Close the connections of the client, if there is one."""
        if self._client is not None:
            self._client.stop_channels()


def execute(notebook: Path, executed: Path, parameters: dict[str, object], folder: Path) -> None:
    """Execute `notebook` from `folder` into `executed`, printing what its cells print.

    The first Ctrl-C or `kill` is passed on to the kernel, which saves its training and stops; a second Ctrl-C ends
    it at once. Papermill runs in a thread, because in the main thread its own handlers would end the kernel.
    `executed` is written when all cells have run. Raises `DcganError`, `TrainingInterrupted` or `WorkerDone` with the
    message of the cell that raised it; `DcganError` also if another process writes into the folder, or it cannot be
    written.
    """
    partial = partial_path(executed)
    # With a blocking manager, nbclient misses a kernel that dies. Without kernel folders, "python3" is this Python.
    kernel = Kernel(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    failures: list[BaseException] = []

    def run_papermill() -> None:
        first = asyncio.new_event_loop()  # some versions of Jupyter take it, others make their own
        asyncio.set_event_loop(first)
        try:
            papermill.execute_notebook(
                str(notebook),
                str(partial),
                parameters=parameters,
                cwd=str(folder),
                km=kernel,
                extra_arguments=["--log-level=ERROR"],  # otherwise the kernel warns of local sockets
                progress_bar=False,
                stdout_file=sys.stdout,
                stderr_file=sys.stderr,
            )
        except BaseException as failure:  # noqa: BLE001 - raised again in the main thread
            failures.append(failure)
        finally:
            kernel.close_client()
            with asyncio.Runner(loop_factory=asyncio.get_event_loop):
                pass  # it ends the tasks that are left, and closes the loop
            first.close()

    with owned(executed.parent, NOTEBOOK):
        received = _wait(threading.Thread(target=run_papermill), kernel)
        if failures:
            raise _explained(failures[0], partial, stopped=received)
        if received:
            raise TrainingInterrupted("Stopped. Run the same again to go on.")
        with explaining(executed):
            partial.replace(executed)


def _wait(worker: threading.Thread, kernel: Kernel) -> bool:
    """Run the thread to its end, pass signals on to the kernel, and return whether there were any."""
    received: list[int] = []
    due = 0.0
    with handling(lambda number, _: received.append(number), *STOPPING):
        try:
            worker.start()
            while worker.is_alive():
                worker.join(0.1)
                if not received or not kernel.has_kernel:
                    continue
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    if received.count(signal.SIGINT) > 1:  # not SIGTERM, which make repeats by itself
                        os.kill(kernel.provisioner.pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows has one
                    elif time.monotonic() >= due:  # until the kernel reacts; training takes repeats as one request
                        due = time.monotonic() + REPEAT_SECONDS
                        os.kill(kernel.provisioner.pid, signal.SIGINT)
        finally:
            if kernel.has_kernel:
                asyncio.run(kernel.shutdown_kernel(now=True))
    return bool(received)


def _explained(failure: BaseException, partial: Path, *, stopped: bool) -> BaseException:
    """Return the exception to raise for a failed notebook: its own, or one that names the file with its traceback."""
    name = getattr(failure, "ename", type(failure).__name__)
    own = {kind.__name__: kind for kind in (DcganError, TrainingInterrupted, WorkerDone)}
    if name in own:
        partial.unlink(missing_ok=True)
        return own[name](failure.evalue)
    if stopped:  # in a cell that does not train, while the kernel started, or by a second Ctrl-C
        partial.unlink(missing_ok=True)
        return TrainingInterrupted("Stopped at once. Run the same again to go on from the last checkpoint.")
    if isinstance(failure, RuntimeError):
        return _kernel_error(failure)
    if isinstance(failure, OSError):
        return _system_error(failure, partial)
    if not isinstance(failure, PapermillExecutionError):
        return failure
    failed = partial.replace(partial.with_name(FAILED))
    reason = " ".join(ANSI.sub("", failure.evalue).split())
    return DcganError(
        f"Cell {failure.cell_index} of the notebook failed: {failure.ename}: {reason[:500]} The full traceback is in "
        f"{failed}."
    )


def _kernel_error(failure: RuntimeError) -> Exception:
    """Return the error for a kernel that died or did not start; any other failure as it is."""
    if isinstance(failure, DeadKernelError):
        return DcganError(
            "The process that ran the notebook died, perhaps because memory ran out. Close other programs or lower "
            "`batch_size`, and run the same again to go on from the last checkpoint."
        )
    if "kernel" not in str(failure).lower():  # jupyter_client has no class for it
        return failure
    return DcganError(
        f"Jupyter's kernel did not start ({why(failure)}); if it said why, that is above. Run the same again, or first "
        "`pip install --force-reinstall ipykernel`."
    )


def _system_error(failure: OSError, partial: Path) -> DcganError:
    """Return the error for a notebook that the operating system does not let us write or run."""
    if failure.errno in OBSTACLES:
        return explain(partial.with_name("notebook.ipynb"), failure)
    name = failure.filename or partial
    return DcganError(f"The notebook could not be run: {why(failure)} ({name}). Fix that and run the same again.")


def write_report(executed: Path) -> Path:
    """Write report.html beside an executed notebook: the notebook as a self-contained page."""
    # No links to scripts: the notebooks have neither formulas nor widgets, and the page must work offline.
    exporter = HTMLExporter(
        embed_images=True, mathjax_url="", require_js_url="", jquery_url="", mermaid_js_url="", sanitize_html=False
    )
    page, _ = exporter.from_notebook_node(nbformat.read(executed, as_version=4))
    return write_text(executed.with_name("report.html"), page)
