"""`dcgan-tf run` in a process that ends with the one that started it, so that a run can go on elsewhere (Linux).

It does not measure how long the run will take: nobody waits for one run of many.

python -m dcgan_tf.cli.sweep.child PARENT run kiwi ...
"""

import ctypes
import os
import signal
import sys
from functools import partial

from dcgan_tf.cli.main import main
from dcgan_tf.cli.notebooks import NOTEBOOKS, run_notebook

PR_SET_PDEATHSIG = 1


def hear_interrupts() -> None:
    """Let this process and its kernel get SIGINT, which Ray's workers block for all that they start."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def end_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends; a parent that has ended already counts, too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit("Ray's worker has ended.")


if __name__ == "__main__":
    hear_interrupts()
    end_with(int(sys.argv[1]))
    runs = {f"run {kind}": partial(run_notebook, kind, measured=False) for kind in NOTEBOOKS}
    sys.exit(main(sys.argv[2:], runs))
