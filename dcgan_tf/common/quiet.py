"""Importing TensorFlow without its start-up chatter, at the borders where people read what is printed."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow() -> None:
    """Import TensorFlow and look for its devices; what it prints meanwhile is shown only if that fails.

    Its native code writes past Python to file descriptor 2, and no setting silences what it writes before its
    own logging is up (tensorflow#100442).
    """
    if "tensorflow" in sys.modules:
        return
    with tempfile.TemporaryFile() as chatter:
        sys.stderr.flush()
        before = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        failed = True
        try:
            import tensorflow as tf

            tf.config.list_logical_devices()
            failed = False
        finally:
            os.dup2(before, 2)
            os.close(before)
            if failed:
                chatter.seek(0)
                sys.stderr.write(chatter.read().decode(errors="replace"))


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep what converters print, native code to file descriptor 2, out of sight unless the block fails."""
    with tempfile.TemporaryFile() as chatter, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sys.stderr.flush()
        before = os.dup(2)
        os.dup2(chatter.fileno(), 2)
        try:
            yield
            chatter.truncate(0)
        finally:
            os.dup2(before, 2)
            os.close(before)
            chatter.seek(0)
            sys.stderr.write(chatter.read().decode(errors="replace"))
