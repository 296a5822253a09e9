"""Running make with the environment of the tests in place of .venv, and copying the project."""

import shutil
import subprocess
import sys
from pathlib import Path

from dcgan_tf.run.places import find_root

STAMPS = ("cpu", "with-explore", "with-export", "with-sweep", "with-kaggle", "with-dev")


def make_command(*words: str) -> list[str]:
    """Return a make command that takes the environment of these tests as it is."""
    as_is = [word for stamp in STAMPS for word in ("-o", f".venv/.{stamp}")]
    return ["make", "--no-print-directory", *as_is, "GPU=0", f"BIN={Path(sys.executable).parent}", *words]


def copy_project(folder: Path) -> None:
    """Copy the files of the project that git knows or would add into a folder."""
    root = find_root()
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines():
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, folder / name)
