"""The built-in vehicle pictures: side views of five classes, in several sizes, modes and formats.

All face the same way, as in a catalogue, so that a small network has one shape per class to learn, not two.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops

from dcgan_tf.common.checks import check_count
from dcgan_tf.data.rendered.aircraft import draw_airliner
from dcgan_tf.data.rendered.drawing import Sheet
from dcgan_tf.data.rendered.noise import Floats
from dcgan_tf.data.rendered.road import draw_car, draw_motorcycle, draw_truck
from dcgan_tf.data.rendered.scenery import Scene, cast_shadow, paint_scene
from dcgan_tf.data.rendered.ships import draw_sailing_ship
from dcgan_tf.data.rendered.store import write_set

VERSION = 2
Draw = Callable[[Sheet, np.random.Generator, bool], None]
SIDES = (104, 120, 128, 144, 160, 176, 192, 200, 224, 240, 256, 280, 300, 320, 400, 480)
PICTURES_PER_TASK = 25


class Model(NamedTuple):
    """How to draw and frame one class of vehicles; pairs are the least and the greatest value."""

    draw: Draw
    height: float  # in vehicle lengths
    aspects: tuple[float, float]  # width of the picture divided by its height
    grounds: tuple[str, ...]  # where it may stand
    standing: tuple[float, float]  # share of the picture above its ground


CLASSES: dict[str, Model] = {
    "Cars": Model(draw_car, 0.36, (1.45, 2.0), ("road", "road", "grass", "sand", "studio"), (0.80, 0.88)),
    "Motorcycles": Model(draw_motorcycle, 0.68, (1.2, 1.55), ("road", "grass", "sand", "studio"), (0.88, 0.94)),
    "Planes": Model(draw_airliner, 0.42, (1.6, 2.2), ("sky", "sky", "runway"), (0.78, 0.88)),
    "Ships": Model(draw_sailing_ship, 0.93, (0.9, 1.35), ("sea",), (0.84, 0.90)),
    "Trucks": Model(draw_truck, 0.58, (1.3, 1.7), ("road", "road", "sand", "studio"), (0.86, 0.92)),
}


def render_vehicles(folder: str | Path, *, seed: int = 0, count: int = 1500) -> Path:
    """Draw `count` vehicle pictures into `folder`, one subfolder per class, and return it.

    Writes `<Class>/NNNN.jpg` (RGB, some grayscale) and `<Class>/NNNN.png` (some RGBA with a transparent background,
    some with a palette). Sides are 60 to 480 pixels, and most pictures are wider than high. The sizes of the classes
    differ by at most one. A picture depends only on the seed and its number.

    Returns at once if `folder` already holds this set; an interrupted call leaves nothing. Raises `DcganError` for a
    wrong number, or if `folder` holds other files.
    """
    seed = check_count("seed", seed, 0)
    count = check_count("count", count, len(CLASSES))
    recipe = {"set": "vehicles", "version": VERSION, "seed": seed, "count": count}
    starts = range(0, count, PICTURES_PER_TASK)
    tasks = [partial(_draw_some, seed, range(start, min(start + PICTURES_PER_TASK, count))) for start in starts]
    return write_set(folder, recipe, tasks, count)


def _draw_some(seed: int, numbers: range, folder: Path) -> None:
    names = list(CLASSES)
    for number in numbers:
        name = names[number % len(names)]
        picture = draw_vehicle(name, np.random.default_rng([seed, 4, number]))
        (folder / name).mkdir(exist_ok=True)
        ending = "png" if picture.mode in {"RGBA", "P"} else "jpg"
        picture.save(folder / name / f"{number // len(names) + 1:04d}.{ending}", quality=90)  # PNG has no quality


def draw_vehicle(name: str, rng: np.random.Generator) -> Image.Image:
    """Return one picture of the class `name` in mode RGB, L, RGBA or P, with sides of 60 to 480 pixels."""
    model = CLASSES[name]
    width, height = _frame(model, rng)
    mode = rng.choice(["RGB", "L", "RGBA", "P"], p=[0.76, 0.12, 0.07, 0.05])
    bright = bool(rng.uniform() < 0.9) or mode == "RGBA"
    scene, sheet = _compose(model, width, height, bright, rng)
    model.draw(sheet, rng, bright)
    if mode == "RGBA":
        return _cut_out(sheet)
    backdrop = paint_scene(width, height, scene, rng)
    if scene.ground not in {"sky", "sea"}:
        cast_shadow(backdrop, sheet.left, sheet.left + sheet.scale, scene.standing, 0.55)
    picture = _merge(backdrop, sheet, scene, rng)
    if mode == "L":
        return picture.convert("L")
    return picture.quantize(96) if mode == "P" else picture


def _frame(model: Model, rng: np.random.Generator) -> tuple[int, int]:
    aspect = 1.0 if rng.uniform() < 0.05 else rng.uniform(*model.aspects)
    # Small pictures are more common, so that the set is quick to draw and to read.
    side = SIDES[int(len(SIDES) * rng.uniform() ** 1.6)]
    width, height = (side, side / aspect) if aspect >= 1.0 else (side * aspect, side)
    return max(round(width), 60), max(round(height), 60)


def _compose(model: Model, width: int, height: int, bright: bool, rng: np.random.Generator) -> tuple[Scene, Sheet]:
    ground = model.grounds[rng.integers(len(model.grounds))]
    airborne = ground == "sky"
    standing = height * rng.uniform(*model.standing)
    # As large as the picture allows, with a little space above.
    scale = min(width * rng.uniform(0.88, 0.97), standing * rng.uniform(0.90, 0.98) / model.height)
    spare = width - scale
    left = spare / 2.0 + spare * rng.uniform(-0.3, 0.3)
    if airborne:
        standing = (height + model.height * scale) / 2.0 + rng.uniform(-0.04, 0.04) * height
    horizon = (0.80 if ground == "sea" else 0.86) * standing - rng.uniform(0.0, 0.18) * height
    tilt = rng.uniform(-0.06, 0.16) if airborne else 0.0
    scene = Scene(ground, horizon, standing, bright)
    return scene, Sheet(width, height, scale, left, standing, tilt)


def _merge(backdrop: Floats, sheet: Sheet, scene: Scene, rng: np.random.Generator) -> Image.Image:
    """Return the sheet on the backdrop, with waves over a hull, and with the light and grain of a photo."""
    drawn = np.asarray(sheet.reduced(), np.float32)
    clear = 1.0 - drawn[..., 3:] / 255.0
    picture = backdrop * clear + drawn[..., :3]
    if scene.ground == "sea":
        line = int(scene.standing + 0.02 * sheet.scale)
        wash = np.clip((np.arange(picture.shape[0]) - line) / max(0.01 * sheet.scale, 1.0), 0.0, 1.0)
        wash = wash.astype(np.float32)[:, None, None]
        picture = picture * (1.0 - wash) + wash * backdrop * (1.0 - 0.35 * (1.0 - clear))
    picture *= rng.uniform(0.92, 1.06) * (1.0 + rng.uniform(-0.03, 0.03, 3)).astype(np.float32)
    grain = rng.integers(-128, 128, picture.shape[:2], dtype=np.int8) * np.float32(rng.uniform(0.008, 0.032))
    picture += grain[..., None]
    return Image.fromarray(np.clip(picture, 0.0, 255.0).astype(np.uint8))


def _cut_out(sheet: Sheet) -> Image.Image:
    # White, not black, under the transparent part, for readers that ignore transparency.
    drawn = sheet.reduced()
    ink = drawn.getchannel("X")
    white = Image.merge("RGB", [ImageChops.invert(ink)] * 3)
    picture = ImageChops.add(drawn.convert("RGB"), white)
    picture.putalpha(ink)
    return picture
