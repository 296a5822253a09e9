"""Value noise: smooth random fields in two and three dimensions."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def solid_noise(points: Floats, frequency: tuple[float, float, float], rng: np.random.Generator) -> Floats:
    """Return smooth noise at points in space, float32 `[...]` in [-1, 1] with mean 0.

    `points` is float32 `[..., 3]` with coordinates within about -1.6 to 1.6; `frequency` is the number of lattice cells
    per unit along each axis.
    """
    scaled = [(points[..., axis] + 2.0) * np.float32(frequency[axis]) for axis in range(3)]
    size = [int(np.ceil(4.0 * f)) + 2 for f in frequency]
    lattice = rng.uniform(-1.0, 1.0, size).astype(np.float32).ravel()
    base = [s.astype(np.int32) for s in scaled]
    blend = [_smooth(s - b) for s, b in zip(scaled, base, strict=True)]
    index = (base[0] * size[1] + base[1]) * size[2] + base[2]
    rows = []
    for dx in (0, 1):
        for dy in (0, 1):
            corner = index + (dx * size[1] + dy) * size[2]
            near = lattice[corner]
            rows.append(near + blend[2] * (lattice[corner + 1] - near))
    front = rows[0] + blend[1] * (rows[1] - rows[0])
    back = rows[2] + blend[1] * (rows[3] - rows[2])
    return front + blend[0] * (back - front)


def flat_noise(height: int, width: int, cells: tuple[float, float], rng: np.random.Generator) -> Floats:
    """Return a smooth random field, float32 `[height, width]` in [-1, 1] with a mean of about 0.

    `cells` is the number of lattice cells from top to bottom and from left to right.
    """
    lattice = rng.uniform(-1.0, 1.0, (int(cells[0]) + 3, int(cells[1]) + 3)).astype(np.float32)
    down = _ramp(height, cells[0])
    right = _ramp(width, cells[1])
    rows = lattice[down[0]] + down[1][:, None] * (lattice[down[0] + 1] - lattice[down[0]])
    left = rows[:, right[0]]
    return left + right[1] * (rows[:, right[0] + 1] - left)


def _ramp(count: int, cells: float) -> tuple[NDArray[np.int64], Floats]:
    position = np.linspace(0.0, cells, count, endpoint=False)
    base = position.astype(np.int64)
    return base, _smooth(position - base).astype(np.float32)


def _smooth(share: NDArray[np.floating]) -> NDArray[np.floating]:
    return share * share * (3.0 - 2.0 * share)
