"""Importing TensorFlow without its start-up chatter, at the borders where people read what is printed."""

import os
import sys
import tempfile


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
