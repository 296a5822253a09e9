"""Rendering a kiwi: its pose on the turntable, the rays, the light and the hairs."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dcgan_tf.data.rendered.kiwi_body import COLUMNS, INDIVIDUALS, ROWS, Body
from dcgan_tf.data.rendered.noise import Floats

SIZE = 100
OVERSAMPLE = 2
SIDE = SIZE * OVERSAMPLE
HAIR_STEPS = 5  # spots of which a hair is made
FRAMES_PER_TURN = 80
BINS = 150
SHADE = (1.25, 0.84, 0.48)
LAMP = (-0.50, 0.52, 0.69)
# Angles in degrees between the long axis and the turntable's axis: upright, lying, and in between.
LEANS = (8.0, 90.0, 28.0, 62.0, 172.0, 78.0, 40.0, 112.0)


def photograph(body: Body, seed: int, individual: int, frame: int) -> Image.Image:
    """Return frame number `frame` of the turntable series of kiwi `individual`, 100 x 100 RGB on white."""
    turn, fill = _pose(seed, individual, frame)
    scale, centre = _framing(body, turn, fill)
    axis = ((np.arange(SIDE, dtype=np.float32) + 0.5) / SIDE - 0.5) * np.float32(scale)
    x, y = np.tile(axis + centre[0], SIDE), np.repeat(centre[1] - axis, SIDE)
    cover = _cover(body, turn, x, y, scale / SIDE)
    inside = np.flatnonzero(cover)
    cell = _cast(body, turn, x[inside], y[inside])
    picture = np.ones((SIDE * SIDE, 3), np.float32)
    skin = np.take(body.skin, cell, axis=0)
    lit = _light(skin[:, :3] @ turn.T, skin[:, 3:])
    picture[inside] = 1.0 + cover[inside, None] * (lit - 1.0)
    _draw_hairs(picture, body, turn, scale, centre)
    return _develop(picture, np.random.default_rng([seed, 2, individual, frame]))


def _pose(seed: int, individual: int, frame: int) -> tuple[Floats, float]:
    kind = individual % INDIVIDUALS
    lap = frame // FRAMES_PER_TURN
    rng = np.random.default_rng([seed, 3, individual, lap])
    lean = np.radians(LEANS[(kind + 3 * lap) % INDIVIDUALS] + rng.uniform(-6.0, 6.0))
    tilt, roll = np.radians(rng.uniform(2.0, 24.0)), np.radians(rng.uniform(-22.0, 22.0))
    angle = 2.0 * np.pi * (frame / FRAMES_PER_TURN + rng.uniform())
    # Right to left: body axes to the table's (long axis to y, then leaned), turn, camera height, camera roll.
    upright = _rotation(0, -np.pi / 2.0)
    turn = _rotation(2, roll) @ _rotation(0, tilt) @ _rotation(1, angle) @ _rotation(2, lean) @ upright
    return turn.astype(np.float32), float(rng.uniform(0.93, 0.99))


def _rotation(axis: int, angle: float) -> NDArray[np.float64]:
    matrix = np.eye(3)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix[a, a] = matrix[b, b] = np.cos(angle)
    matrix[a, b], matrix[b, a] = -np.sin(angle), np.sin(angle)
    return matrix


def _framing(body: Body, turn: Floats, fill: float) -> tuple[float, Floats]:
    # As in Fruits-360, the picture is cropped close to the fruit; the hair roots approximate its outline.
    seen = body.hair_roots @ turn[:2].T
    low, high = seen.min(axis=0), seen.max(axis=0)
    return float((high - low).max() / fill), (low + high) / 2.0


def _cover(body: Body, turn: Floats, x: Floats, y: Floats, pixel: float) -> Floats:
    """Return the share of each pixel inside the fruit's outline, which is stored by angle around the centre."""
    seen = body.shell @ turn[:2].T
    length = np.hypot(seen[:, 0], seen[:, 1])
    outer = np.flatnonzero(length > 0.55 * length.max())
    outer = outer[np.argsort(length[outer], kind="stable")]
    to_bin = BINS / (2.0 * np.pi)
    bins = ((np.arctan2(seen[outer, 1], seen[outer, 0]) + np.pi) * to_bin).astype(np.int64) % BINS
    reach = np.full(BINS, length.max() * 0.55, np.float32)
    # Sorted, so that each bin keeps its longest.
    reach[bins] = length[outer]

    distance = np.hypot(x, y)
    cover = (distance < reach.min()).astype(np.float32)
    ring = np.flatnonzero((distance >= reach.min() - pixel) & (distance <= reach.max() + pixel))
    position = (np.arctan2(y[ring], x[ring]) + np.pi) * to_bin - 0.5
    base = np.floor(position)
    left = base.astype(np.int64)
    edge = reach[left % BINS] + (position - base) * (reach[(left + 1) % BINS] - reach[left % BINS])
    cover[ring] = np.clip((edge - distance[ring]) / pixel + 0.5, 0.0, 1.0)
    return cover


def _cast(body: Body, turn: Floats, x: Floats, y: Floats) -> NDArray[np.int64]:
    """Return the map cell that each ray hits first."""
    # Divided by the radii, the body is close to the unit sphere: intersect a sphere, then correct its radius.
    to_body = turn / body.radii
    start = x[:, None] * to_body[0] + y[:, None] * to_body[1]
    ray = to_body[2] / np.linalg.norm(to_body[2])
    nearest = start - (start @ ray)[:, None] * ray
    miss2 = np.einsum("ij,ij->i", nearest, nearest)
    radius = np.ones_like(x)
    cell = np.zeros(x.shape, np.int64)
    stretch = body.stretch.ravel()
    for _ in range(2):
        ahead = np.sqrt(np.maximum(radius * radius - miss2, 0.0))
        height = nearest[:, 2] + ahead * ray[2]
        cosine = height / np.sqrt(np.maximum(miss2 + ahead * ahead, 1e-12))
        row = (np.arccos(np.clip(cosine, -1.0, 1.0)) * (ROWS / np.pi)).astype(np.int64)
        longitude = np.arctan2(nearest[:, 1] + ahead * ray[1], nearest[:, 0] + ahead * ray[0])
        column = ((longitude + np.pi) * (COLUMNS / (2.0 * np.pi))).astype(np.int64)
        cell = np.minimum(row, ROWS - 1) * COLUMNS + np.minimum(column, COLUMNS - 1)
        radius = np.take(stretch, cell)
    return cell


def _light(normals: Floats, albedo: Floats) -> Floats:
    lamp = np.array(LAMP, np.float32)
    facing = normals @ (lamp / np.linalg.norm(lamp))
    # Fuzz scatters light into the shadow, and hides the skin at grazing angles.
    lit = np.clip((facing + 0.30) / 1.30, 0.0, 1.0) ** 1.4
    rim = 0.55 + 0.45 * np.clip(normals[:, 2], 0.0, 1.0) ** 0.7
    fill = 0.17 + 0.04 * normals[:, 1]
    sheen = 0.035 * np.clip(facing, 0.0, 1.0) ** 6
    strength = (0.98 * lit[:, None] + fill[:, None] * np.array(SHADE, np.float32)) * rim[:, None]
    return albedo * strength + sheen[:, None]


def _draw_hairs(picture: Floats, body: Body, turn: Floats, scale: float, centre: Floats) -> None:
    front = np.flatnonzero(body.hair_normals @ turn[2] > -0.12)
    light = _light(np.take(body.hair_normals, front, axis=0) @ turn.T, np.take(body.hair_tint, front, axis=0))
    roots = np.take(body.hair_roots, front, axis=0) @ turn[:2].T
    tips = np.take(body.hair_tips, front, axis=0) @ turn[:2].T
    for step in range(HAIR_STEPS):
        share = (step + 0.5) / HAIR_STEPS
        spot = roots + share * (tips - roots)
        column = ((spot[:, 0] - centre[0]) / scale + 0.5) * SIDE
        row = (0.5 - (spot[:, 1] - centre[1]) / scale) * SIDE
        kept = (column >= 0) & (column < SIDE) & (row >= 0) & (row < SIDE)
        at = row[kept].astype(np.int64) * SIDE + column[kept].astype(np.int64)
        picture[at] += 0.55 * (1.0 - 0.6 * share) * (light[kept] - picture[at])


def _develop(picture: Floats, rng: np.random.Generator) -> Image.Image:
    # Averaged in linear light, then the camera's curve and grain; the background stays pure white.
    fine = picture.reshape(SIDE, SIDE, 3)
    mean = sum(fine[i::OVERSAMPLE, j::OVERSAMPLE] for i in range(OVERSAMPLE) for j in range(OVERSAMPLE))
    mean = np.clip(mean / np.float32(OVERSAMPLE**2), 0.0, 1.0)
    levels = np.sqrt(mean) * 255.0
    grain = rng.normal(0.0, 1.6, (SIZE, SIZE, 1)).astype(np.float32)
    levels += grain * (mean.min(axis=-1, keepdims=True) < 0.98)
    return Image.fromarray(np.clip(levels + 0.5, 0.0, 255.0).astype(np.uint8))
