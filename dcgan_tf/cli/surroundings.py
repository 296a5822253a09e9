"""What the command needs around it: an output that takes everything, and settings of its own."""

import io
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.output import tell
from dcgan_tf.common.text import why

# Of notebooks that run without a person: the folders of Jupyter and IPython, so that no setting or start-up file of the
# user changes them, and what is said otherwise on Python's command line.
PRIVATE = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
FIXED = {"PYTHONUTF8": "1", "MPLBACKEND": "agg"}  # in UTF-8 whatever the locale; figures are never shown in a window
UNSET = ("PYTHONSTARTUP", "PYTHONWARNINGS", "PYTHONINSPECT")
KEPT_BY_MATPLOTLIB = {"XDG_CONFIG_HOME": ".config", "XDG_CACHE_HOME": ".cache"}  # without MPLCONFIGDIR


class Output:
    """A stream that goes on silently when nobody reads it any more: after `| head`, or on a terminal that is gone."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        """Take the stream to write to."""
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text, or drop it."""
        try:
            return self._stream.write(text)
        except OSError:
            self._drop()
        return len(text)

    def flush(self) -> None:
        """Flush the stream, or drop what it holds."""
        try:
            self._stream.flush()
        except OSError:
            self._drop()

    def __getattr__(self, name: str) -> object:
        """Return everything else from the stream."""
        return getattr(self._stream, name)

    def _drop(self) -> None:
        """Lead the stream to nowhere, so that Python does not fail again when it ends (docs.python.org, SIGPIPE)."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


@contextmanager
def lasting_output() -> Iterator[None]:
    """Let anything be printed in the block: characters that the output lacks are replaced, a closed one is no error."""
    _open_standard_files()
    with ExitStack() as stack:
        for stream, redirect in ((sys.stdout, redirect_stdout), (sys.stderr, redirect_stderr)):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
                stack.enter_context(redirect(Output(stream)))
        yield


def _open_standard_files() -> None:
    """Open what the caller closed (`>&-`): otherwise the next files would get the numbers of the standard streams."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)  # a kernel without them dies
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


@contextmanager
def settings_of_our_own() -> Iterator[None]:
    """Keep the user's settings of Python, Jupyter and IPython away from the processes that are started in the block.

    Warnings of other packages do not end them, and what cannot be kept in the user's home goes into a temporary folder.
    Raises `DcganError` if none can be written.
    """
    try:
        temporary = tempfile.TemporaryDirectory(prefix="dcgan-tf-", ignore_cleanup_errors=True)
    except OSError as error:
        raise DcganError(
            f"No temporary folder can be written: {why(error)}. Set TMPDIR to a folder with some free space."
        ) from error
    before = dict(os.environ)
    with temporary as folder, warnings.catch_warnings():
        if os.environ.get("PYTHONWARNINGS"):
            warnings.simplefilter("default")
        for name in UNSET:
            os.environ.pop(name, None)
        os.environ |= FIXED | {name: str(Path(folder, name.lower())) for name in PRIVATE} | _replaced(Path(folder))
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before


def _replaced(temporary: Path) -> dict[str, str]:
    """Return variables with folders below `temporary` for those that cannot be written; tell if there is no home."""
    try:
        home = Path.home()
    except RuntimeError:
        tell("There is no home folder (HOME is not set): a temporary one is used.")
        return {"HOME": str(temporary)}
    kept = [os.environ.get(name) or home / place for name, place in KEPT_BY_MATPLOTLIB.items()]
    kept = [os.environ["MPLCONFIGDIR"]] if os.environ.get("MPLCONFIGDIR") else kept
    if all(_can_write(Path(folder)) for folder in kept):
        return {}
    return {"MPLCONFIGDIR": str(temporary / "matplotlib")}


def _can_write(folder: Path) -> bool:
    """Return whether files can be written below a folder, which need not exist yet."""
    try:
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        with tempfile.TemporaryFile(dir=there):  # what the rights say does not hold for root, or on shares
            return True
    except OSError:
        return False
