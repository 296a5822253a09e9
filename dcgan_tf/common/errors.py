"""The exceptions whose message is written for the user."""


class DcganError(ValueError):
    """A wrong value, file or folder. The message is one sentence: what is wrong, where, and what to do."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows instead of a traceback (IPython asks for it)."""
        return [str(self)]


class DamagedError(DcganError):
    """A damaged file that can be rebuilt from another."""


class WorkerDone(Exception):
    """Another process trains the run and writes it; this one, which trained along (TF_CONFIG), has done its part."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows instead of a traceback (IPython asks for it)."""
        return [str(self)]


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by a signal; the run folder holds a checkpoint to continue from."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows instead of a traceback (IPython asks for it)."""
        return [str(self)]
