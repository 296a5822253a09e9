"""The exceptions whose message is written for the user."""


class DcganError(ValueError):
    """A wrong value, file or folder. The message is one sentence: what is wrong, where, and what to do."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows instead of a traceback (IPython asks for it)."""
        return [str(self)]


class DamagedError(DcganError):
    """A damaged file that can be rebuilt from another."""


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by a signal; the run folder holds a checkpoint to continue from."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows instead of a traceback (IPython asks for it)."""
        return [str(self)]
