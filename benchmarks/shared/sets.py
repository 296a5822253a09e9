"""The picture sets that benchmarks train on: how they are read, how they are split, and the preset for each."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.shared.processes import ROOT
from dcgan_tf import Config, ImageSet
from dcgan_tf.data.images import hold_out
from dcgan_tf.data.sets import PictureFolders, find_fruit, find_vehicles, load_split

CORES = 2  # of the machine that minutes are minutes of
FRUITS, VEHICLES = "fruits-360_100x100", "vehicles"
RENDERED = ROOT / "outputs" / "built-in"  # where the built-in sets are drawn, apart from the photos in data/
KIWI, GRAY = Config.preset("kiwi"), Config.preset("vehicles")


class PictureSet(NamedTuple):
    """Pictures of one kind and the preset that trains on them."""

    config: Config
    minutes: float  # of training each
    find: Callable[[Path], PictureFolders] | None  # in the folder of the photos; None: drawn in memory
    resize: str = "crop"  # as the notebooks do
    has_classes: bool = False
    photos: bool = True  # which must not be published
    scored: int = 2000  # generated pictures that are judged


def fruit(name: str) -> Callable[[Path], PictureFolders]:
    """Return the function that finds a class of Fruits-360."""
    return lambda data: find_fruit(str(data / FRUITS), name)


SETS = {
    "apples": PictureSet(KIWI, 6.0, fruit("Apple Braeburn 1")),
    "vehicles": PictureSet(GRAY, 5.0, lambda data: find_vehicles(str(data / VEHICLES)), "stretch", has_classes=True),
    "apples 100x100": PictureSet(replace(KIWI, image_size=100), 15.0, fruit("Apple Braeburn 1")),
    "apples 128x128": PictureSet(replace(KIWI, image_size=128), 30.0, fruit("Apple Braeburn 1")),  # drawn larger
    "cherries": PictureSet(KIWI, 6.0, fruit("Cherry Wax Yellow 1")),
    "tomatoes": PictureSet(KIWI, 6.0, fruit("Tomato Cherry Maroon 1")),
    "built-in kiwis": PictureSet(KIWI, 6.0, lambda _: find_fruit(root=RENDERED), photos=False),
    "built-in vehicles": PictureSet(
        GRAY, 5.0, lambda _: find_vehicles(root=RENDERED), "stretch", has_classes=True, photos=False
    ),
    "tiny": PictureSet(  # to try a benchmark in seconds
        replace(
            GRAY, generator_width=4, discriminator_width=4, latent_dim=8, batch_size=8, kimg=0.08, score_kimg=0.08,
            beta_1=0.0, precision="float32",
        ),
        0.001, None, has_classes=True, photos=False, scored=100,
    ),
}  # fmt: skip


def load(name: str, data: Path, *, tuning: bool) -> tuple[ImageSet, ImageSet]:
    """Return the pictures to train on and to judge against.

    For tuning both come from the training part, a fifth of it held out, so that no choice sees what is reported on.
    """
    chosen = SETS[name]
    if chosen.find is None:
        train, test = (draw_set(count, seed) for seed, count in ((0, 40), (1, 24)))
    else:
        shape = {"image_size": chosen.config.image_size, "channels": chosen.config.channels}
        train, test = load_split(chosen.find(data), **shape, resize=chosen.resize)
    return hold_out(train, 0.2) if tuning else (train, test)


def draw_set(count: int, seed: int) -> ImageSet:
    """Return gray pictures of two classes: discs on light and on dark ground."""
    pixels, light = draw_discs(count, 28, 1, seed), np.arange(count) % 2 == 0
    pixels[light] = 255 - pixels[light]
    labels = tuple(np.where(light, "light", "dark").tolist())
    return ImageSet(pixels, tuple(f"disc {index:03d}.png" for index in range(count)), labels, (), "discs")


def draw_discs(count: int, size: int, channels: int, seed: int) -> np.ndarray:
    """Return uint8 pictures `[count, size, size, channels]` of discs, each of its own colour, size and place."""
    draw = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    pixels = np.empty((count, size, size, channels), np.uint8)
    for picture in pixels:
        row, column = draw.uniform(0.3, 0.7, 2) * size
        disc = np.hypot(rows - row, columns - column) < draw.uniform(0.15, 0.3) * size
        picture[:] = np.where(disc[:, :, None], draw.integers(100, 256, channels), 30)
    return pixels
