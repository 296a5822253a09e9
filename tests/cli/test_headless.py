"""Interrupts on their way to the kernel."""

import asyncio
import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from papermill.exceptions import PapermillExecutionError

from dcgan_tf import DcganError
from dcgan_tf.cli import headless

DEAF = """
import signal, sys
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1) or (len(heard) == 6 and sys.exit(0)))
print("ready", flush=True)
while True:
    signal.pause()
"""


def test_an_interrupt_is_repeated_until_it_is_heard(monkeypatch):
    monkeypatch.setattr(headless, "REPEAT_SECONDS", 0.2)
    child = subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "ready\n"
    kernel = SimpleNamespace(has_kernel=True, provisioner=SimpleNamespace(pid=child.pid))

    def wait_for_child():
        os.kill(os.getpid(), signal.SIGINT)
        try:
            child.wait(timeout=60)
        finally:
            child.kill()
            kernel.has_kernel = False

    assert headless._wait(threading.Thread(target=wait_for_child), kernel)
    assert child.returncode == 0  # it ended by itself, at the sixth


@pytest.mark.parametrize("ending", [SystemExit(3), asyncio.CancelledError()])
def test_a_notebook_that_ends_oddly_is_no_success(monkeypatch, tmp_path, ending):
    def end(*_, **__):
        raise ending

    monkeypatch.setattr(headless.papermill, "execute_notebook", end)
    with pytest.raises(type(ending)):
        headless.execute(tmp_path / "a.ipynb", tmp_path / "run" / "notebook.ipynb", {}, tmp_path)


def failing(monkeypatch, failure):
    """Make papermill fail so."""

    def fail(notebook, partial, **_):
        Path(partial).write_text("{}")
        raise failure

    monkeypatch.setattr(headless.papermill, "execute_notebook", fail)


def test_what_the_system_refuses_is_a_sentence(monkeypatch, tmp_path):
    failing(monkeypatch, FileNotFoundError(errno.ENOENT, "No such file or directory", "python3"))
    with pytest.raises(DcganError, match=r"could not be run: No such file or directory \(python3\)"):
        headless.execute(tmp_path / "a.ipynb", tmp_path / "run" / "notebook.ipynb", {}, tmp_path)


def test_a_kernel_that_does_not_start_is_a_sentence(monkeypatch, tmp_path):
    failing(monkeypatch, RuntimeError("Kernel died before replying to kernel_info"))
    with pytest.raises(DcganError, match=r"kernel did not start \(Kernel died before replying to kernel_info\)"):
        headless.execute(tmp_path / "a.ipynb", tmp_path / "run" / "notebook.ipynb", {}, tmp_path)


def test_a_full_disk_under_the_notebook_is_told(monkeypatch, tmp_path):
    failing(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(DcganError, match=r"notebook.ipynb cannot be written: the disk is full. Free some space"):
        headless.execute(tmp_path / "a.ipynb", tmp_path / "run" / "notebook.ipynb", {}, tmp_path)


def test_a_failed_cell_is_told_in_one_line(monkeypatch, tmp_path):
    evalue = "Exception in \x1b[1mDense.call()\x1b[0m.\n\nNumbers of lines\n" + "x" * 5000
    failing(monkeypatch, PapermillExecutionError(3, 4, "", "ValueError", evalue, []))
    with pytest.raises(DcganError) as failure:
        headless.execute(tmp_path / "a.ipynb", tmp_path / "run" / "notebook.ipynb", {}, tmp_path)
    said = str(failure.value)
    assert said.startswith("Cell 3 of the notebook failed: ValueError: Exception in Dense.call(). Numbers of lines xxx")
    assert "\n" not in said and "\x1b" not in said and len(said) < 1000 and "failed.ipynb" in said


def test_the_kernel_is_this_python_whatever_other_kernels_there_are(monkeypatch, tmp_path):
    foreign = tmp_path / "share" / "kernels" / "python3"
    foreign.mkdir(parents=True)
    (foreign / "kernel.json").write_text('{"argv": ["false"], "display_name": "Elsewhere", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    cell = nbformat.v4.new_code_cell("import sys\nprint(sys.executable)")
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), tmp_path / "a.ipynb")
    executed = tmp_path / "run" / "notebook.ipynb"
    executed.parent.mkdir()
    headless.execute(tmp_path / "a.ipynb", executed, {}, tmp_path)
    assert nbformat.read(executed, as_version=4).cells[-1].outputs[0].text.strip() == sys.executable
