"""Hiding what TensorFlow and converters print on their own, unless something fails."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from dcgan_tf.common.devices import join_workers, this_place
from dcgan_tf.common.keras_package import check_keras


@contextmanager
def quietly() -> Iterator[None]:
    """Hide Python warnings and everything written to file descriptor 2; show the latter if the block fails.

    Native code writes past Python to that descriptor, and no setting silences what TensorFlow writes before its own
    logging is up (tensorflow#100442).
    """
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


def import_tensorflow(*, trains: bool = False) -> None:
    """Import TensorFlow and look for its devices without its start-up messages; see `check_keras` for errors.

    A process that `trains` first joins the other workers of TF_CONFIG, if it is set (`join_workers`).
    """
    check_keras()
    if "tensorflow" in sys.modules:
        return
    if trains and this_place().count > 1:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # a worker that ends is told of in a sentence
    with quietly():
        import tensorflow as tf

        if trains:
            join_workers()
        tf.config.list_logical_devices()
