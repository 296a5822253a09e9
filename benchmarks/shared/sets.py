"""The picture sets of `quality.py`: photos, how they are read, and how they are split."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from dcgan_tf import Config, ImageSet
from dcgan_tf.data.images import hold_out
from dcgan_tf.data.sets import find_fruit, find_vehicles, load_split

CORES = 2  # of the machine that minutes are minutes of
FRUIT, FRUITS, VEHICLES = "Apple Braeburn 1", "fruits-360_100x100", "vehicles"


class PictureSet(NamedTuple):
    """Photos of one kind and the preset that trains on them."""

    config: Config
    minutes: float  # of training each


SETS = {
    "apples": PictureSet(Config.preset("kiwi"), 6.0),
    "vehicles": PictureSet(Config.preset("vehicles"), 5.0),
    "apples 100x100": PictureSet(replace(Config.preset("kiwi"), image_size=100), 15.0),
}


def load(name: str, data: Path, *, tuning: bool) -> tuple[ImageSet, ImageSet]:
    """Return the pictures to train on and to judge against.

    For tuning both come from the training part, a fifth of it held out, so that no choice sees what is reported on.
    """
    config = SETS[name].config
    shape = {"image_size": config.image_size, "channels": config.channels}
    if name == "vehicles":
        train, test = load_split(find_vehicles(str(data / VEHICLES)), **shape, resize="stretch")
    else:
        train, test = load_split(find_fruit(str(data / FRUITS), FRUIT), **shape)
    return hold_out(train, 0.2) if tuning else (train, test)
