"""What the command needs around it: an output that takes everything, and folders for files of other packages."""

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

# Variables that name folders which programs write into, and where these are below the home folder otherwise.
KEPT_IN_HOME = {"IPYTHONDIR": ".ipython", "JUPYTER_CONFIG_DIR": ".jupyter", "JUPYTER_DATA_DIR": ".local/share/jupyter"}
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
def folders_for_others() -> Iterator[None]:
    """Give Jupyter and Matplotlib temporary folders for what the user's home cannot keep, until the block ends.

    The files of a running kernel are always there. Other processes run in UTF-8, whatever the locale, and warnings of
    other packages do not end them: Python's options for that are not passed on. Raises `DcganError` if no temporary
    folder can be written.
    """
    try:
        temporary = tempfile.TemporaryDirectory(prefix="dcgan-tf-", ignore_cleanup_errors=True)
    except OSError as error:
        raise DcganError(
            f"No temporary folder can be written: {why(error)}. Set TMPDIR to a folder with some free space."
        ) from error
    before = dict(os.environ)
    with temporary as folder, warnings.catch_warnings():
        if os.environ.pop("PYTHONWARNINGS", None):
            warnings.simplefilter("default")
        os.environ |= _replaced(Path(folder)) | {"JUPYTER_RUNTIME_DIR": str(Path(folder, "runtime")), "PYTHONUTF8": "1"}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before


def _replaced(temporary: Path) -> dict[str, str]:
    """Return the variables to set, with folders below `temporary`; say so if the user has no home folder at all."""
    try:
        home = Path.home()
    except RuntimeError:
        tell("There is no home folder (HOME is not set): a temporary one is used.")
        return {"HOME": str(temporary)}
    found = {
        name: str(temporary / name.lower())
        for name, place in KEPT_IN_HOME.items()
        if not _can_write(Path(os.environ.get(name) or home / place))
    }
    kept = [os.environ.get(name) or home / place for name, place in KEPT_BY_MATPLOTLIB.items()]
    kept = [os.environ["MPLCONFIGDIR"]] if os.environ.get("MPLCONFIGDIR") else kept
    if not all(_can_write(Path(folder)) for folder in kept):
        found["MPLCONFIGDIR"] = str(temporary / "matplotlib")
    return found


def _can_write(folder: Path) -> bool:
    """Return whether files can be written below a folder, which need not exist yet."""
    try:
        there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
        with tempfile.TemporaryFile(dir=there):  # what the rights say does not hold for root, or on shares
            return True
    except OSError:
        return False
