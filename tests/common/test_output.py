import errno
import io
import sys

import pytest

from dcgan_tf.common.output import tell


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ascii", b"k?tzchen ? ?\n"), ("latin-1", b"k\xe4tzchen ? ?\n"), ("utf-8", "kätzchen 猫 ?\n".encode())],
)
def test_what_an_output_cannot_show_is_replaced(monkeypatch, encoding, expected):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, newline="\n"))
    tell("kätzchen 猫 \udce9")
    assert written.getvalue() == expected


def test_a_closed_output_is_no_error(monkeypatch):
    class Closed(io.StringIO):
        encoding = "utf-8"

        def write(self, text):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(sys, "stdout", Closed())
    tell("nobody is there")
    monkeypatch.setattr(sys, "stdout", None)
    tell("nothing is there")
