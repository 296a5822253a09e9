import subprocess
import sys

IMPORT = """
from dcgan_tf.common.quiet import import_tensorflow
import_tensorflow()
import tensorflow as tf
print(tf.zeros(2).shape)
"""
BROKEN = """
import builtins, os
from dcgan_tf.common.quiet import import_tensorflow
plain = builtins.__import__
def broken(name, *rest):
    if name == "tensorflow":
        os.write(2, b"native words\\n")
        raise ImportError("no such library")
    return plain(name, *rest)
builtins.__import__ = broken
import_tensorflow()
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_tensorflow_comes_up_without_a_word():
    done = run(IMPORT)
    assert done.returncode == 0 and done.stdout == "(2,)\n"
    assert done.stderr == ""


def test_a_failure_shows_all_that_was_held_back():
    done = run(BROKEN)
    assert done.returncode == 1
    assert "native words" in done.stderr and "ImportError: no such library" in done.stderr
