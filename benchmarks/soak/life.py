"""One life of the run that is killed: trains on from where it stands, then draws its GIFs.

`python -m benchmarks.soak.life FOLDER BEACON PRECISION KIMG`
"""

import mmap
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.shared.sets import draw_discs
from dcgan_tf import Config, ImageSet, train
from dcgan_tf.run.pictures import write_progress, write_walk
from dcgan_tf.training import recorder, trainer
from dcgan_tf.training.progress import Progress

SIDE, PICTURES = 32, 240
LAYOUT = struct.Struct("qdd")


class Beacon:
    """Where a life stands, in a file that outlives it: its step, the seconds that it trained, those until it saved."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.stat().st_size != LAYOUT.size:
            path.write_bytes(bytes(LAYOUT.size))
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), LAYOUT.size)

    def set(self, step: int, seconds: float, saved: float) -> None:
        """Write where a life stands."""
        LAYOUT.pack_into(self.memory, 0, step, seconds, saved)

    def get(self) -> tuple[int, float, float]:
        """Return where a life stands, or stood when it was killed."""
        return LAYOUT.unpack_from(self.memory, 0)

    @property
    def step(self) -> int:
        """Return the step alone."""
        return self.get()[0]


def settings(precision: str, kimg: float) -> Config:
    """Return a small run in which everything happens often: records, grids, points of the curve, checkpoints."""
    return Config(
        image_size=SIDE, kimg=kimg, generator_width=8, discriminator_width=8, augment_flip=True, augment_cutout=0.2,
        log_kimg=0.2, sample_kimg=2.0, score_kimg=10.0, checkpoint_minutes=0.05, precision=precision,
    )  # fmt: skip


def pictures() -> ImageSet:
    """Return discs of all colours, each at its own place on dark ground."""
    names = tuple(f"disc {index:03d}.png" for index in range(PICTURES))
    pixels = draw_discs(PICTURES, SIDE, 3, seed=0)
    return ImageSet(pixels, names, ("discs",) * PICTURES, (), "discs", title="discs")


def main(folder: str, beacon: str, precision: str, kimg: str) -> None:
    """Live."""
    shown = Beacon(Path(beacon))

    class Reporter(Progress):
        """Tells the beacon in place of a person; a life's first call compiles, and is not training."""

        compiled: float | None = None

        def update(self, done_kimg: float, seconds_left: float, record: Mapping[str, float], *, last: bool) -> None:
            if self.compiled is None:
                self.compiled = record["seconds"]
            shown.set(int(record["step"]), record["seconds"] - self.compiled, shown.get()[2])
            super().update(done_kimg, seconds_left, record, last=last)

    save = recorder.save_checkpoint

    def save_and_tell(*arguments: object) -> None:
        save(*arguments)
        step, seconds, _ = shown.get()
        shown.set(step, seconds, seconds)

    recorder.save_checkpoint = save_and_tell
    trainer.Progress = Reporter
    run = train(settings(precision, float(kimg)), pictures(), folder, progress="lines")
    write_progress(run)  # once more in each life, so that there is a GIF to be killed in
    write_walk(run)


if __name__ == "__main__":
    main(*sys.argv[1:])
