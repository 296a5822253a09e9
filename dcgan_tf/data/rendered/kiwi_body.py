"""One kiwi: maps of its shape, colours, wrinkles and hairs over latitude and longitude.

The z axis of the body is its long axis (stem at +z, button at -z). The rows of a map are angles from +z, the columns
longitudes; noise that is defined in space leaves no seam. Divided by `radii`, the body is close to the unit sphere.
"""

from typing import NamedTuple

import numpy as np

from dcgan_tf.data.rendered.noise import Floats, solid_noise

ROWS, COLUMNS = 256, 640
HAIRS = 8000
INDIVIDUALS = 8


class Body(NamedTuple):
    """The surface and the hairs of a kiwi; all arrays are float32."""

    radii: Floats  # [3], half axes
    stretch: Floats  # [ROWS, COLUMNS], radius relative to the ellipsoid of `radii`
    skin: Floats  # [ROWS * COLUMNS, 6], normal (with wrinkles), then reflected share of red, green and blue light
    shell: Floats  # [N, 3], points all over the surface, for the outline
    hair_roots: Floats  # [HAIRS, 3]
    hair_tips: Floats  # [HAIRS, 3]
    hair_normals: Floats  # [HAIRS, 3], of the smooth body
    hair_tint: Floats  # [HAIRS, 3], reflected light


class _Character(NamedTuple):
    """How one kiwi differs from the others."""

    radii: Floats
    squareness: float
    taper: float
    beak: float
    wrinkles: float
    blotches: float
    hair: float
    skin: Floats


def grow_body(seed: int, individual: int) -> Body:
    """Grow kiwi number `individual` of the set with `seed`; the same numbers give the same kiwi."""
    rng = np.random.default_rng([seed, 1, individual])
    character = _character(rng, individual)
    directions = _directions()
    stretch = _outline(directions, character, rng)
    relief, colour = _skin(directions, character, rng)
    surface = directions * (stretch + relief)[..., None] * character.radii
    normals = _normals(surface).reshape(-1, 3)
    shell = np.ascontiguousarray(surface[::2, ::3]).reshape(-1, 3)
    hairs = _hairs(surface, normals, colour, character, rng)
    skin = np.concatenate([normals, colour.reshape(-1, 3)], axis=1)
    return Body(character.radii, stretch, skin, shell, *hairs)


def _character(rng: np.random.Generator, individual: int) -> _Character:
    # Spread evenly over the individuals, in a different order for each trait, so that no two look alike.
    def spread(step: int) -> float:
        return ((individual * step + rng.uniform(0.1, 0.9)) / INDIVIDUALS) % 1.0

    gold = spread(3)
    olive, golden = np.array([0.335, 0.26, 0.125]), np.array([0.52, 0.33, 0.125])
    skin = (olive + gold * (golden - olive)) * (0.82 + 0.40 * spread(5))
    width = rng.uniform(0.93, 1.07)
    return _Character(
        radii=np.array([width, 1.0 / width, 1.08 + 0.40 * spread(1)], np.float32),
        squareness=rng.uniform(2.1, 2.75),
        taper=rng.uniform(0.0, 0.11),
        beak=rng.uniform(0.03, 0.08),
        wrinkles=0.25 + 0.75 * spread(7),
        blotches=rng.uniform(0.5, 1.0),
        hair=rng.uniform(0.045, 0.085),
        skin=skin.astype(np.float32),
    )


def _directions() -> Floats:
    theta = (np.arange(ROWS) + 0.5) * np.pi / ROWS
    phi = (np.arange(COLUMNS) + 0.5) * 2.0 * np.pi / COLUMNS - np.pi
    ring = np.sin(theta)[:, None]
    rows = [ring * np.cos(phi), ring * np.sin(phi), np.broadcast_to(np.cos(theta)[:, None], (ROWS, COLUMNS))]
    return np.stack(rows, axis=-1).astype(np.float32)


def _outline(directions: Floats, character: _Character, rng: np.random.Generator) -> Floats:
    z = directions[..., 2]
    ring = np.sqrt(1.0 - z * z)
    p = character.squareness
    stretch = (ring**p + np.abs(z) ** p) ** (-1.0 / p)
    stretch *= 1.0 + character.taper * z * ring
    button = np.exp(-((np.arccos(-z) / 0.20) ** 2))
    stem = np.exp(-((np.arccos(z) / 0.22) ** 2))
    bumps = solid_noise(directions, (0.9, 0.9, 0.7), rng) * 0.045
    bumps += solid_noise(directions, (2.1, 2.1, 1.4), rng) * 0.022
    return stretch * (1.0 + bumps) + character.beak * button - 0.05 * stem


def _skin(directions: Floats, character: _Character, rng: np.random.Generator) -> tuple[Floats, Floats]:
    # Wrinkles: creases where a noise field, stretched along the fruit, changes sign; they fade out on some sides.
    warped = directions + 0.12 * solid_noise(directions, (3.0, 3.0, 2.0), rng)[..., None]
    creases = np.exp(-((solid_noise(warped, (4.5, 4.5, 1.3), rng) / 0.09) ** 2))
    creases += 0.7 * np.exp(-((solid_noise(warped, (3.0, 3.0, 6.0), rng) / 0.05) ** 2))
    creases *= np.clip(solid_noise(directions, (1.3, 1.3, 1.3), rng) + 0.35, 0.0, 1.0) * character.wrinkles
    fibres = solid_noise(directions, (26.0, 26.0, 6.0), rng) + solid_noise(directions, (40.0, 40.0, 12.0), rng)
    specks = solid_noise(directions, (24.0, 24.0, 20.0), rng)
    blotches = solid_noise(directions, (1.6, 1.6, 1.2), rng) + 0.6 * solid_noise(directions, (4.0, 4.0, 3.0), rng)
    relief = 0.010 * fibres + 0.008 * specks - 0.045 * creases

    light = 1.0 + 0.15 * fibres + 0.10 * specks + 0.16 * character.blotches * blotches - 0.38 * creases
    z = directions[..., 2]
    scar = 1.0 / (1.0 + np.exp(np.minimum((np.arccos(z) - 0.13) / 0.02, 60.0)))
    ring = np.exp(-(((np.arccos(z) - 0.19) / 0.05) ** 2))
    button = 1.0 / (1.0 + np.exp(np.minimum((np.arccos(-z) - 0.17) / 0.035, 60.0)))
    light = light * (1.0 - 0.75 * scar) * (1.0 - 0.70 * button) + 0.12 * ring
    light *= 1.0 - 0.22 * np.abs(z) ** 6
    warmth = 0.10 * blotches[..., None] * np.array([0.5, -0.2, -0.9], np.float32)
    colour = character.skin * np.clip(light, 0.06, 1.8)[..., None] * (1.0 + character.blotches * warmth)
    return relief.astype(np.float32), colour.astype(np.float32)


def _normals(surface: Floats) -> Floats:
    down = np.gradient(surface, axis=0)
    around = np.roll(surface, -1, axis=1) - np.roll(surface, 1, axis=1)
    normals = np.cross(down, around)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    return normals.astype(np.float32)


def _hairs(
    surface: Floats, normals: Floats, colour: Floats, character: _Character, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats]:
    rows = np.arccos(rng.uniform(-1.0, 1.0, HAIRS)) * ROWS / np.pi
    cell = np.minimum(rows.astype(np.int64), ROWS - 1) * COLUMNS + rng.integers(0, COLUMNS, HAIRS)
    roots = surface.reshape(-1, 3)[cell]
    lean = rng.normal(0.0, 0.5, (HAIRS, 3)) - np.array([0.0, 0.0, 0.9])
    tips = normals[cell] * 0.8 + lean
    length = character.hair * rng.uniform(0.3, 1.0, HAIRS)
    tips *= (length / np.linalg.norm(tips, axis=1))[:, None]
    tint = colour.reshape(-1, 3)[cell] * rng.uniform(0.7, 1.5, (HAIRS, 1))
    smooth = roots / (character.radii * character.radii)
    smooth /= np.linalg.norm(smooth, axis=1, keepdims=True)
    return roots, (roots + tips).astype(np.float32), smooth, tint.astype(np.float32)
