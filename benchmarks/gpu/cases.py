"""What is measured, the most telling first: time may end before all have had their turn."""

from typing import NamedTuple


class Case(NamedTuple):
    """One program: the size of the networks, the batch and the precision."""

    side: int
    width: int
    batch: int
    precision: str  # "float32" or "bfloat16"

    @property
    def network(self) -> str:
        """Return the name of the networks, which cases share."""
        return f"{self.side}x{self.side}_width_{self.width}"

    @property
    def name(self) -> str:
        """Return the name of the case's files."""
        return f"{self.network}_batch_{self.batch}_{self.precision}"


SIZES = ((64, 24), (64, 64), (28, 32), (128, 64))  # the kiwis' networks first
BATCHES = (16, 256, 64, 1024)
PRECISIONS = ("bfloat16", "float32")
CASES = [Case(*size, batch, precision) for batch in BATCHES for size in SIZES for precision in PRECISIONS]


def named(name: str) -> Case:
    """Return the case of this name."""
    return next(case for case in CASES if case.name == name)
