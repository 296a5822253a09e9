"""Telling people something on standard output, whatever its encoding, and whether or not anybody still reads it."""

import sys
from contextlib import suppress


def tell(text: str) -> None:
    """Print a line at once. Characters that the output lacks are replaced, and a closed output is no error."""
    with suppress(OSError):  # a closed pipe or terminal: what is going on matters more than its output
        print(printable(text), flush=True)


def printable(text: str) -> str:
    """Return text with each character that standard output cannot encode replaced by a question mark."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
