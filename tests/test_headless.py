"""Interrupts on their way to the kernel."""

import os
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

from dcgan_tf import headless

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
