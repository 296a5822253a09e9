"""Sets that do not fit in memory: pictures decoded once into a file, which later runs read.

A set has a folder of its own, named after the files (name, size, time of change) and how they are read. `pixels.u8` has
a place for each file, `blocks.jsonl` a line for each finished block: its checksum and what was found out. So packing
goes on where it was killed, a damaged block is decoded again, and changed files make a new set.
"""

import hashlib
import json
import math
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import filelock
import numpy as np
import PIL

from dcgan_tf.common.files import check_space, explaining
from dcgan_tf.common.machine import free_memory, usable_cores
from dcgan_tf.common.output import tell
from dcgan_tf.common.pixels import evenly_spread
from dcgan_tf.data.decoding import Decode, decoding
from dcgan_tf.data.header import Header
from dcgan_tf.data.listing import PictureFile
from dcgan_tf.data.ranges import Range, ReadLog
from dcgan_tf.data.stored import StoredPixels

CACHES = ("auto", "memory", "disk")
CACHE = Path("data") / "cache"
MOST_BYTES = 20e9  # of all sets together; one alone may be larger
SHARE = 0.25  # of the free memory, from which a set goes to disk: training and splitting take copies
BLOCK_BYTES = 16e6  # decoded and checked at a time
SAMPLE = 48  # files decoded to estimate the time
ELSEWHERE = "set `cache` to memory"
FORMAT = 1  # grows when decoding gives other pixels than before
PIXELS, JOURNAL = "pixels.u8", "blocks.jsonl"


class Reading(NamedTuple):
    """How files are read; see `load_images`."""

    shape: tuple[int, int, int]  # height, width, channels
    resize: str
    background: str
    ranges: Mapping[str, Range]


def fits_in_memory(count: int, shape: tuple[int, int, int]) -> bool:
    """Return whether so many pictures take a small share of the free memory."""
    return count * int(np.prod(shape)) <= SHARE * free_memory()


def pack(
    files: Sequence[PictureFile], reading: Reading, log: ReadLog, cache: Path, owner: str
) -> tuple[StoredPixels, dict[int, str]]:
    """Return the pixels of files, and why some could not be decoded, by index, as `decode_files` does.

    What is not in `cache` yet is decoded, and `log` told. `owner` names what is read, whichever files there are: a set
    of the same owner whose files have changed is removed. Raises `DcganError` if the disk is full or cannot be written.
    """
    start = _hash([FORMAT, PIL.__version__, owner, *reading._replace(ranges=dict(reading.ranges))])[:12]
    place = cache / f"{start}-{_hash([[file.name, *_state(file.path)] for file in files])[:12]}"
    shape = (len(files), *reading.shape)
    with explaining(place, ELSEWHERE), ExitStack() as held:
        place.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(f"{place}.lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            tell(f"Another process packs the same pictures into {place}; waiting for it.")
            lock.acquire()
        except NotImplementedError:  # a disk without locks: what two processes write is the same
            pass
        held.callback(lock.release)
        _make_room(cache, place, float(np.prod(shape, dtype=np.float64)), start)
        packing = _Packing([file.path for file in files], shape, place, log)
        packing.complete(reading)
        os.utime(place)
        return StoredPixels(place / PIXELS, shape), packing.problems


class _Packing:
    """The blocks of one set: those that are there, and those to decode."""

    def __init__(self, paths: list[str], shape: tuple[int, int, int, int], place: Path, log: ReadLog) -> None:
        """Read the journal, and tell `log` what its valid blocks found out."""
        self.paths, self.shape, self.place, self.log = paths, shape, place, log
        self.length = int(np.prod(shape[1:]))
        self.step = max(1, int(BLOCK_BYTES / self.length))
        with (place / PIXELS).open("ab") as file:
            file.truncate(len(paths) * self.length)
        known = self._journal()
        with ThreadPoolExecutor(usable_cores()) as threads:  # hashing lets other threads run
            whole = threads.map(self._is_whole, known.values())
            self.lines = {block: line for (block, line), right in zip(known.items(), whole, strict=True) if right}
        for line in self.lines.values():
            log.traits += line["traits"]
            log.seen += [tuple(each) for each in line["seen"]]
            log.headers |= {int(index): Header(*header) for index, header in line["headers"].items()}
            log.ranges |= {kind: tuple(ends) for kind, ends in line["ranges"].items()}

    @property
    def problems(self) -> dict[int, str]:
        """Why files could not be decoded, by index and in order."""
        found = [(int(index), reason) for line in self.lines.values() for index, reason in line["problems"].items()]
        return dict(sorted(found))

    def complete(self, reading: Reading) -> None:
        """Decode what is missing."""
        number = -(-len(self.paths) // self.step)
        missing = [block for block in range(number) if block not in self.lines]
        waiting = [block for block, line in self.lines.items() if line["later"]]
        if not missing and not waiting:
            return
        files = [row for block in missing for row in self._rows(block)]
        if files:
            self._announce(files, reading)
        with decoding(self.paths, reading.resize, reading.background, self.log, len(files)) as decode:
            for block in missing:
                self._decode(block, self._rows(block), decode)
            self.log.settle()
            for block in [block for block in range(number) if self.lines[block]["later"]]:
                self._decode(block, self.lines[block]["later"], decode)

    def _announce(self, files: list[int], reading: Reading) -> None:
        """Say how much space and time packing takes, from a sample; raises `DcganError` if there is no space."""
        check_space(self.place, len(files) * self.length, ELSEWHERE)
        some = [files[index] for index in evenly_spread(len(files), SAMPLE)]
        started = time.monotonic()
        with decoding(self.paths, reading.resize, reading.background, ReadLog(), 0) as decode:
            decode(some, np.empty((len(some), *self.shape[1:]), np.uint8))
        minutes = round((time.monotonic() - started) / len(some) * len(files) / 60)
        size = math.ceil(len(files) * self.length / 1e6)
        duration = f"about {minutes} min" if minutes else "less than a minute"
        tell(f"{len(files):,} pictures are decoded once into {self.place}: {size:,} MB, {duration}.")

    def _decode(self, block: int, rows: Sequence[int], decode: Decode) -> None:
        """Decode some pictures of a block, and add the block to the journal."""
        log, line = self.log, self.lines.get(block, {"problems": {}, "headers": {}, "traits": [], "seen": []})
        traits, seen = len(log.traits), len(log.seen)
        pixels, first = self._open(block), block * self.step
        problems, later = decode(rows, [pixels[row - first] for row in rows])
        pixels.flush()
        headers = {str(row): list(log.headers[row]) for row in rows if row in log.headers}
        self.lines[block] = {
            "block": block,
            "sha256": hashlib.sha256(pixels).hexdigest(),
            "problems": line["problems"] | {str(row): reason for row, reason in problems.items()},
            "later": later,
            "headers": line["headers"] | headers,
            "traits": line["traits"] + log.traits[traits:],
            "seen": line["seen"] + [list(each) for each in log.seen[seen:]],
            "ranges": {kind: list(ends) for kind, ends in log.ranges.items()},
        }
        with (self.place / JOURNAL).open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(self.lines[block]) + "\n")

    def _journal(self) -> dict[int, dict]:
        """Return the last line of each block in the journal; a line that was cut is left out."""
        path, lines = self.place / JOURNAL, {}
        for text in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            try:
                line = json.loads(text)
                lines[line["block"]] = line
            except (ValueError, TypeError, KeyError):
                continue
        return lines

    def _is_whole(self, line: dict) -> bool:
        """Return whether the pixels of a block are those that its line in the journal was written for."""
        block = line["block"]
        return bool(self._rows(block)) and line["sha256"] == hashlib.sha256(self._open(block)).hexdigest()

    def _rows(self, block: int) -> range:
        return range(block * self.step, min(len(self.paths), (block + 1) * self.step))

    def _open(self, block: int) -> np.ndarray:
        """Return the pixels of a block, mapped from the file as long as they are held."""
        rows = self._rows(block)
        return np.memmap(
            self.place / PIXELS, np.uint8, "r+", rows.start * self.length, shape=(len(rows), *self.shape[1:])
        )


def _state(path: str) -> tuple[int, int]:
    """Return the size and the time of change of a file; zeros if it is gone."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a string is at hand
    except OSError:
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def _make_room(cache: Path, place: Path, needed: float, start: str) -> None:
    """Remove sets that `place` replaces, and those unused for longest while all together exceed `MOST_BYTES`."""
    others = [path.parent for path in cache.glob(f"*/{PIXELS}") if path.parent != place]
    sizes = {other: sum(file.stat().st_size for file in other.iterdir()) for other in others}
    total = needed + sum(sizes.values())
    for other in sorted(others, key=lambda each: (not each.name.startswith(start), each.stat().st_mtime)):
        lock = filelock.FileLock(f"{other}.lock")
        if not other.name.startswith(start) and total <= MOST_BYTES:
            break
        try:
            with lock.acquire(timeout=0):
                shutil.rmtree(other)
        except (filelock.Timeout, NotImplementedError):  # being packed, or nobody knows
            continue
        Path(lock.lock_file).unlink(missing_ok=True)
        total -= sizes[other]
