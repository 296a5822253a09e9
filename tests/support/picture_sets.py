"""Empty-handed picture sets in every layout, and a stand-in for the built-in ones."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from PIL import Image


def fill(folder: Path, n: int = 2) -> Path:
    """Write n pictures into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        Image.new("RGB", (20, 20), (i, 0, 0)).save(folder / f"{i}_100.jpg")
    return folder


def fill_discs(folder: Path, count: int, seed: int = 0) -> Path:
    """Write small pictures of one bright disc each into a new folder, and return it."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:30, :40]
    for index in range(count):
        centre = generator.uniform(8, 22, 2)
        disc = np.hypot(rows - centre[0], columns - centre[1])[..., None] < 8
        pixels = np.where(disc, generator.integers(120, 256, 3), 30).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}_100.png")
    return folder


def random_discs(count: int, seed: int = 0) -> np.ndarray:
    """Return pictures of a disc each, uint8 `[count, 32, 32, 3]`, none nearly the same as another."""
    generator = np.random.default_rng(seed)
    rows, columns = np.mgrid[:32, :32]
    pictures = np.empty((count, 32, 32, 3), np.uint8)
    for picture in pictures:
        row, column, reach = generator.uniform((8, 8, 5), (24, 24, 9))
        inside = (np.hypot(rows - row, columns - column) < reach)[..., None]
        picture[:] = np.where(inside, generator.integers(0, 160, 3), generator.integers(180, 250, 3))
    return pictures


def write_pictures(folder: Path, pictures: np.ndarray, ending: str = "png", start: int = 0) -> Path:
    """Write pictures into a folder as files that are numbered from `start`, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(pictures, start):
        Image.fromarray(picture.squeeze()).save(folder / f"{number:04d}.{ending}", quality=95, subsampling=0)
    return folder


def fruits(top: Path, *classes: str, training="Training", test="Test") -> Path:
    """Lay classes out as Fruits-360 does, three pictures to train on and one to test each."""
    for name in classes:
        fill(top / training / name, 3)
        if test:
            fill(top / test / name, 1)
    return top


def stand_in(monkeypatch) -> list[tuple[str, Path, int]]:
    """Replace the built-in picture sets by small ones, and return the list of calls, which grows with them."""
    calls = []

    def kiwis(folder, *, seed=0):
        calls.append(("kiwis", Path(folder), seed))
        return fruits(Path(folder), "Kiwi")

    def vehicles(folder, *, seed=0):
        calls.append(("vehicles", Path(folder), seed))
        fill(Path(folder) / "car")
        return fill(Path(folder) / "bus").parent

    module = ModuleType("dcgan_tf.data.rendered")
    module.render_kiwis, module.render_vehicles = kiwis, vehicles
    monkeypatch.setitem(sys.modules, "dcgan_tf.data.rendered", module)
    return calls
