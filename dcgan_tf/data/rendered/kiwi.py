"""The built-in kiwi pictures, in the folders and with the names of Fruits-360."""

from functools import partial
from pathlib import Path
from typing import NamedTuple

from dcgan_tf.common.checks import check_count
from dcgan_tf.data.rendered.kiwi_body import INDIVIDUALS, grow_body
from dcgan_tf.data.rendered.kiwi_view import photograph
from dcgan_tf.data.rendered.store import write_set

VERSION = 1
QUALITY = 92


class _Shot(NamedTuple):
    """One picture to take."""

    part: str  # "Training" or "Test"
    individual: int  # number of the kiwi
    frame: int  # of its turntable series

    @property
    def place(self) -> str:
        """The picture's path below the folder of the set."""
        prefix = {0: "", 1: "r_"}.get(self.individual, f"r{self.individual}_")
        return f"{self.part}/Kiwi/{prefix}{self.frame}_100.jpg"


def render_kiwis(folder: str | Path, *, seed: int = 0, training: int = 466, test: int = 156) -> Path:
    """Draw turntable series of several kiwis into `folder` and return it; `training` and `test` count the pictures.

    Writes `Training/Kiwi/N_100.jpg`, `r_N_100.jpg`, `r2_N_100.jpg` and so on, and `Test/Kiwi` in the same way: RGB
    JPEGs of 100 x 100 pixels on white. Each prefix is one kiwi in one pose, and N counts its frames; every fourth frame
    is a test picture. A picture depends only on the seed and its name.

    Returns at once if `folder` already holds this set; an interrupted call leaves nothing. Raises `DcganError` for a
    wrong number, or if `folder` holds other files.
    """
    seed = check_count("seed", seed, 0)
    shots = _plan(check_count("training", training, 1), check_count("test", test, 0))
    recipe = {"set": "kiwis", "version": VERSION, "seed": seed, "training": training, "test": test}
    series = [[shot for shot in shots if shot.individual == individual] for individual in range(INDIVIDUALS)]
    return write_set(folder, recipe, [partial(_shoot, seed, part) for part in series if part], len(shots))


def _plan(training: int, test: int) -> list[_Shot]:
    # The kiwis take turns, so that even a small set has all of them. Test/ gets every fourth frame of a series.
    turns = [divmod(number, INDIVIDUALS) for number in range(max(training, test))]
    shots = [_Shot("Training", individual, turn // 3 * 4 + turn % 3) for turn, individual in turns[:training]]
    return shots + [_Shot("Test", individual, turn * 4 + 3) for turn, individual in turns[:test]]


def _shoot(seed: int, shots: list[_Shot], folder: Path) -> None:
    body = grow_body(seed, shots[0].individual)
    for shot in shots:
        path = folder / shot.place
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(body, seed, shot.individual, shot.frame).save(path, quality=QUALITY, subsampling=0)
