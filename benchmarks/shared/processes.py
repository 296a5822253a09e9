"""Processes of their own for what is measured."""

import sys
from pathlib import Path

# Of the repository: modules are started there, so that all of them are of one checkout.
ROOT = Path(__file__).parents[2]


def command(module: str, *arguments: object) -> list[str]:
    """Return the command line of a module below `ROOT`, to be started there."""
    return [sys.executable, "-m", module, *map(str, arguments)]
