"""The one exception that stands for a mistake which a sentence can explain, and what others say in one line."""


class DcganError(ValueError):
    """A wrong value, file or folder, told in one sentence: what it should be, what was received, what to do."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows in place of a traceback (IPython asks the exception for it)."""
        return [str(self)]


class DamagedError(DcganError):
    """A file that training wrote is not as it was written, and may be had anew from another."""


class TrainingInterrupted(KeyboardInterrupt):
    """Training was stopped by a signal; the run folder holds a checkpoint to go on from."""

    def _render_traceback_(self) -> list[str]:
        """Return what Jupyter shows in place of a traceback (IPython asks the exception for it)."""
        return [str(self)]
