"""Running make with the environment of the tests in place of .venv."""

import sys
from pathlib import Path

STAMPS = ("cpu", "with-explore", "with-export", "with-kaggle", "with-dev")


def make_command(*words: str) -> list[str]:
    """Return a make command that takes the environment of these tests as it is."""
    as_is = [word for stamp in STAMPS for word in ("-o", f".venv/.{stamp}")]
    return ["make", "--no-print-directory", *as_is, "GPU=0", f"BIN={Path(sys.executable).parent}", *words]
