"""`StoredPixels`: pictures in a file, read when they are asked for, so that a set needs no memory."""

import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

BLOCK = 512  # pictures read at once

Change = Callable[[np.ndarray], np.ndarray]  # of pictures, each by itself


class StoredPixels:
    """uint8 pictures `[n, height, width, channels]` in a file; an index, a slice or an array of indices reads some.

    The file is mapped into memory only while it is read, so that what was read does not stay. It is kept open: the
    pictures remain even if the file is removed.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, path: Path, shape: tuple[int, int, int, int]) -> None:
        """Open a file that holds the pictures and nothing else; `shape` is that of all of them."""
        self._file = path.open("rb")
        self._stored = shape
        self._rows = np.arange(shape[0])
        self._changes: tuple[Change, ...] = ()
        self.shape = shape

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size(self) -> int:
        """The number of values."""
        return int(np.prod(self.shape, dtype=np.int64))

    def __getitem__(self, chosen: int | slice | np.ndarray) -> np.ndarray:
        """Return a copy of one or of several pictures."""
        rows = np.atleast_1d(self._rows[chosen])
        if not len(rows):
            return np.empty((0, *self.shape[1:]), np.uint8)
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        pictures = np.frombuffer(mapped, np.uint8).reshape(self._stored)[rows]
        for change in self._changes:
            pictures = change(pictures)
        return pictures if np.ndim(self._rows[chosen]) else pictures[0]

    def __array__(self, dtype: np.dtype | None = None, *, copy: bool | None = None) -> np.ndarray:
        """Return all pictures in memory."""
        return self[:].astype(dtype or np.uint8, copy=False)

    def only(self, chosen: np.ndarray) -> "StoredPixels":
        """Return the pictures at some indices, in that order, without reading them."""
        return self._with(self._rows[chosen], self._changes, self.shape[3])

    def map(self, change: Change) -> "StoredPixels":
        """Return the pictures with a change that is made when they are read."""
        channels = change(np.zeros((1, *self.shape[1:]), np.uint8)).shape[3]
        return self._with(self._rows, (*self._changes, change), channels)

    def _with(self, rows: np.ndarray, changes: tuple[Change, ...], channels: int) -> "StoredPixels":
        other = object.__new__(StoredPixels)
        other._file, other._stored, other._rows, other._changes = self._file, self._stored, rows, changes
        other.shape = (len(rows), *self.shape[1:3], channels)
        return other

    def prepare(self, chosen: np.ndarray) -> None:
        """Let the system read some pictures ahead, in the background, where it can."""
        if hasattr(os, "posix_fadvise"):
            length = int(np.prod(self._stored[1:]))
            for row in self._rows[chosen].ravel():
                os.posix_fadvise(self._file.fileno(), int(row) * length, length, os.POSIX_FADV_WILLNEED)


Pixels = np.ndarray | StoredPixels


def blocks(pixels: Pixels, size: int = BLOCK) -> Iterator[np.ndarray]:
    """Yield pictures as arrays of up to `size`."""
    return (pixels[start : start + size] for start in range(0, len(pixels), size))


def picked(pixels: Pixels, chosen: np.ndarray) -> Pixels:
    """Return the pictures at some indices, in that order: of stored ones, without reading them."""
    return pixels.only(chosen) if isinstance(pixels, StoredPixels) else pixels[chosen]


def changed(pixels: Pixels, change: Change) -> Pixels:
    """Return pictures with a change: of stored ones, when they are read."""
    return pixels.map(change) if isinstance(pixels, StoredPixels) else change(pixels)
