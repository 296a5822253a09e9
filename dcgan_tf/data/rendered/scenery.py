"""Backgrounds: sky with clouds, hills, trees and houses, above a road, a runway, grass, sand or the sea."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dcgan_tf.data.rendered.noise import Floats, flat_noise

Band = tuple[tuple[int, int, int], tuple[int, int, int]]  # the upper and the lower colour of a gradient

BRIGHT_SKIES: tuple[Band, ...] = (
    ((112, 168, 226), (206, 228, 242)),
    ((150, 190, 222), (232, 238, 238)),
    ((186, 194, 200), (224, 228, 228)),
    ((178, 196, 224), (252, 220, 178)),
    ((146, 206, 224), (240, 244, 226)),
)
DEEP_SKIES: tuple[Band, ...] = (
    ((18, 44, 104), (62, 104, 160)),
    ((26, 26, 58), (122, 70, 78)),
    ((44, 52, 62), (86, 96, 104)),
    ((10, 16, 34), (46, 60, 92)),
)
GROUNDS: dict[str, tuple[Band, Band]] = {  # bright, deep
    "road": (((172, 170, 166), (146, 146, 148)), ((56, 58, 64), (36, 38, 42))),
    "runway": (((190, 188, 180), (160, 160, 158)), ((62, 64, 66), (44, 46, 50))),
    "grass": (((152, 186, 104), (118, 160, 78)), ((40, 66, 38), (26, 46, 28))),
    "sand": (((226, 206, 164), (204, 180, 136)), ((92, 74, 56), (66, 52, 40))),
    "sea": (((128, 178, 200), (74, 132, 168)), ((26, 60, 92), (12, 34, 58))),
}


class Scene(NamedTuple):
    """What a background shows."""

    ground: str  # a key of `GROUNDS`, "sky" for none or "studio" for a plain backdrop
    horizon: float  # pixels from the top
    standing: float  # pixels from the top to where the vehicle stands
    bright: bool  # a bright background is for a dark vehicle


def paint_scene(width: int, height: int, scene: Scene, rng: np.random.Generator) -> Floats:
    """Return a background, float32 `[height, width, 3]` from 0 to 255 or slightly beyond."""
    if scene.ground == "studio":
        return _studio(width, height, scene.bright, rng)
    skies = BRIGHT_SKIES if scene.bright else DEEP_SKIES
    sky = skies[rng.integers(len(skies))]
    picture = _gradient(width, height, sky, 0.0, scene.horizon if scene.ground != "sky" else float(height))
    if rng.uniform() < 0.75:
        _clouds(picture, scene.bright, rng)
    if scene.ground == "sky":
        return picture
    haze = picture[min(int(scene.horizon), height - 1), 0].copy()
    if rng.uniform() < 0.8:
        _skyline(picture, scene, haze, rng)
    _ground(picture, scene, rng)
    return picture


def cast_shadow(picture: Floats, left: float, right: float, y: float, strength: float) -> None:
    """Darken the ground under a vehicle between the columns `left` and `right` that stands at row `y`."""
    height, width = picture.shape[:2]
    top, bottom = max(int(y - 0.10 * (right - left)), 0), min(int(y + 0.12 * (right - left)) + 1, height)
    rows = (np.arange(top, bottom, dtype=np.float32) - y) / (0.035 * (right - left))
    columns = (np.arange(width, dtype=np.float32) - (left + right) / 2.0) / (0.5 * (right - left))
    depth = np.exp(-(rows[:, None] ** 2)) * np.clip(1.25 - columns**4, 0.0, 1.0)
    picture[top:bottom] *= 1.0 - np.float32(strength) * depth[..., None]


def _gradient(width: int, height: int, band: Band, top: float, bottom: float) -> Floats:
    share = np.clip((np.arange(height, dtype=np.float32) - top) / max(bottom - top, 1.0), 0.0, 1.0)[:, None, None]
    upper, lower = np.array(band, np.float32)
    return np.repeat(upper + share * (lower - upper), width, axis=1)


def _studio(width: int, height: int, bright: bool, rng: np.random.Generator) -> Floats:
    level = rng.uniform(196, 250) if bright else rng.uniform(18, 66)
    tint = 1.0 + rng.uniform(-0.08, 0.08, 3)
    upper = np.clip(level * tint, 0, 252)
    lower = upper * rng.uniform(0.86, 1.0)
    picture = _gradient(width, height, (tuple(upper), tuple(lower)), height * 0.2, float(height))
    return picture + 4.0 * flat_noise(height, width, (3.0, 4.0), rng)[..., None]


def _clouds(picture: Floats, bright: bool, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    layers = ((2.2, 1.0), (5.0, 1.8), (11.0, 3.6))  # lattice cells, and by how much fainter
    field = sum(flat_noise(height, width, (cells * 1.6, cells), rng) / power for cells, power in layers)
    cover = np.clip((field - rng.uniform(-0.1, 0.4)) * 1.8, 0.0, 1.0) * rng.uniform(0.35, 0.85)
    colour = np.array((250, 250, 248) if bright else (112, 116, 132), np.float32)
    picture += cover[..., None] * (colour - picture) * (1.0 if bright else 0.6)


def _skyline(picture: Floats, scene: Scene, haze: Floats, rng: np.random.Generator) -> None:
    """Paint hills, trees or houses on the horizon, hazy so that the vehicle stands out."""
    height, width = picture.shape[:2]
    rise = (scene.horizon + 1.0) * rng.uniform(0.10, 0.45)
    kinds = ("hills",) if scene.ground == "sea" else ("hills", "trees", "houses")
    kind = kinds[rng.integers(len(kinds))]
    palette = {"hills": (104, 128, 112), "trees": (66, 98, 52), "houses": (164, 146, 132)}
    colour = np.array(palette[kind], np.float32) * (1.0 if scene.bright else 0.45)
    if kind == "houses":
        profile, windows = _houses(width, rise, rng)
    else:
        waves = ((2.0, 1.0), (5.0, 0.3)) if kind == "hills" else ((4.0, 0.5), (16.0, 0.35), (40.0, 0.2))
        profile = rise * 0.6 * (1.0 + sum(a * flat_noise(1, width, (1.0, c), rng)[0] for c, a in waves))
        windows = None
    above = scene.horizon - np.arange(height, dtype=np.float32)[:, None]
    cover = np.clip(profile - above + 0.5, 0.0, 1.0) * (above > -1.0)
    mixed = haze + (0.35 + 0.3 * (kind == "trees")) * (colour - haze)
    if windows is not None:
        grid = (above % max(rise / 5.0, 4.0) < max(rise / 11.0, 1.8)) & windows & (profile - above > 3.0)
        mixed = mixed * (1.0 - 0.22 * grid[..., None])
    else:
        mixed = mixed * (1.0 + 0.10 * flat_noise(height, width, (height / 4.0, width / 4.0), rng)[..., None])
    picture += cover[..., None] * (mixed - picture)


def _houses(width: int, rise: float, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    profile = np.zeros(width, np.float32)
    left = 0
    while left < width:
        right = left + max(4, int(width * rng.uniform(0.05, 0.16)))
        profile[left:right] = rise * rng.uniform(0.35, 1.0)
        left = right
    pitch = max(width // 40, 4)
    return profile, np.arange(width) % pitch < pitch // 2


def _ground(picture: Floats, scene: Scene, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    first = min(max(int(scene.horizon), 0), height - 1)
    depth = height - first
    bright, deep = GROUNDS[scene.ground]
    ground = _gradient(width, depth, bright if scene.bright else deep, 0.0, float(depth)) * rng.uniform(0.9, 1.08)
    if scene.ground == "sea":
        _waves(ground, rng)
    else:
        ground *= 1.0 + 0.06 * flat_noise(depth, width, (max(depth / 3.0, 1.0), width / 7.0), rng)[..., None]
    picture[first:] = ground
    if scene.ground in {"road", "runway"}:
        _markings(picture, scene, first, rng)


def _waves(ground: Floats, rng: np.random.Generator) -> None:
    depth, width = ground.shape[:2]
    swell = flat_noise(depth, width, (max(depth / 3.0, 2.0), 9.0), rng)
    ripple = flat_noise(depth, width, (max(depth / 1.6, 2.0), 26.0), rng)
    near = np.linspace(0.4, 1.0, depth, dtype=np.float32)[:, None]
    ground += (near * (16.0 * swell + 14.0 * ripple + 60.0 * np.clip(ripple + swell - 0.95, 0.0, 1.0)))[..., None]


def _markings(picture: Floats, scene: Scene, first: int, rng: np.random.Generator) -> None:
    height, width = picture.shape[:2]
    kerb = int(first + (scene.standing - first) * rng.uniform(0.15, 0.45))
    if kerb > first + 1 and rng.uniform() < 0.7:
        strip = np.array((134, 166, 92) if rng.uniform() < 0.6 else (196, 192, 184), np.float32)
        picture[first:kerb] += 0.8 * (strip * (1.0 if scene.bright else 0.35) - picture[first:kerb])
        picture[kerb : kerb + max(1, height // 90)] *= 0.75
    row = int(scene.standing + (height - scene.standing) * rng.uniform(0.45, 0.75))
    dashes = (np.arange(width) + int(rng.integers(width))) % max(width // 3, 6) < width // 5
    line = picture[row : row + max(2, height // 60)]
    line[:, dashes] += 0.7 * (np.float32(236 if scene.bright else 170) - line[:, dashes])
