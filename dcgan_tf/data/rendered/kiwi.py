"""The built-in kiwi pictures, laid out and named as in Fruits-360."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dcgan_tf.common.checks import check_count
from dcgan_tf.data.rendered.kiwi_body import INDIVIDUALS, grow_body
from dcgan_tf.data.rendered.kiwi_view import photograph
from dcgan_tf.data.rendered.store import write_set

VERSION = 1
QUALITY = 92
# Tasks per kiwi: small enough that all cores are busy to the end, few enough that growing bodies costs little.
PARTS = 1


@dataclass(frozen=True)
class _Shot:
    """One picture of the plan: whose, which frame of its turntable series, and its place below the folder."""

    individual: int
    frame: int
    place: str


def render_kiwis(folder: str | Path, *, seed: int = 0, training: int = 466, test: int = 156) -> Path:
    """Draw turntable series of several kiwis into `folder` and return it.

    Writes `Training/Kiwi/N_100.jpg`, `r_N_100.jpg`, `r2_N_100.jpg` and so on, and `Test/Kiwi` likewise: 100 x 100
    RGB JPEGs on white. A prefix stands for one kiwi in one pose, N counts its frames; every fourth frame
    belongs to the test. A picture depends on the seed and its name alone. training, test: numbers of pictures.
    Returns at once if `folder` already holds this set; an interrupted call leaves no set. Raises DcganError
    for a wrong number, or if `folder` holds other files.
    """
    seed = check_count("seed", seed, 0)
    shots = _plan(check_count("training", training, 1), check_count("test", test, 0))
    recipe: dict[str, str | int] = {
        "set": "kiwis",
        "version": VERSION,
        "seed": seed,
        "training": training,
        "test": test,
    }
    tasks = []
    for individual in range(INDIVIDUALS):
        mine = [shot for shot in shots if shot.individual == individual]
        tasks += [partial(_shoot, seed, mine[part::PARTS]) for part in range(PARTS) if mine[part::PARTS]]
    return write_set(folder, recipe, tasks, len(shots))


def _plan(training: int, test: int) -> list[_Shot]:
    # The kiwis take turns, so that a small set holds all of them; Test/ takes each fourth frame of a series.
    shots = []
    for number in range(training):
        individual, turn = number % INDIVIDUALS, number // INDIVIDUALS
        shots.append(_shot("Training", individual, turn // 3 * 4 + turn % 3))
    for number in range(test):
        shots.append(_shot("Test", number % INDIVIDUALS, number // INDIVIDUALS * 4 + 3))
    return shots


def _shot(part: str, individual: int, frame: int) -> _Shot:
    prefix = "" if individual == 0 else "r_" if individual == 1 else f"r{individual}_"
    return _Shot(individual, frame, f"{part}/Kiwi/{prefix}{frame}_100.jpg")


def _shoot(seed: int, shots: list[_Shot], folder: Path) -> int:
    body = grow_body(seed, shots[0].individual)
    for shot in shots:
        path = folder / shot.place
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(body, seed, shot.individual, shot.frame).save(path, quality=QUALITY, subsampling=0)
    return len(shots)
