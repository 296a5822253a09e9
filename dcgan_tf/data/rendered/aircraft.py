"""Drawing airliners from the side."""

import numpy as np

from dcgan_tf.data.rendered.drawing import DARK, STEEL, TYRE, Sheet, curve, ellipse, paint, shaded, tone


def draw_airliner(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw an airliner in dark or light paint."""
    colour, mark = paint(rng, dark), paint(rng, bool(rng.uniform() < 0.8))
    middle, half = 0.165, rng.uniform(0.052, 0.066)
    back, fin = rng.uniform(0.0, 0.03), rng.uniform(0.35, 0.41)
    sheet.fill([(0.10, middle + 0.03), (back, fin), (back + 0.075, fin), (0.23, middle + half * 0.8)], *shaded(mark))
    body = [(0.02, middle + 0.028), (0.10, middle + half), (0.80, middle + half), (0.93, middle + half * 0.75)]
    body += [(1.0, middle - 0.012), (0.95, middle - half * 0.7), (0.82, middle - half), (0.30, middle - half)]
    body += [(0.12, middle - 0.012)]
    sheet.fill(curve(body, 2), tone(colour, 1.5), tone(colour, 1.2), colour, tone(colour, 0.85), tone(colour, 0.5))
    if rng.uniform() < 0.7:
        sheet.box(0.12, middle - 0.022, 0.955, middle - 0.006, mark)
    for x in np.linspace(0.20, 0.86, int(rng.integers(16, 26))):
        sheet.box(x, middle + 0.008, x + 0.012, middle + 0.026, (44, 54, 66))
    sheet.glass([(0.915, middle + 0.012), (0.90, middle + 0.034), (0.945, middle + 0.026), (0.965, middle + 0.010)])
    tailplane = [(0.0, middle + 0.075), (0.035, middle + 0.078), (0.20, middle + 0.02), (0.10, middle + 0.01)]
    sheet.fill(tailplane, tone(colour, 1.1), tone(colour, 0.6))
    reach = rng.uniform(0.24, 0.32)
    wing = [(0.40, middle - 0.02), (reach, 0.035), (reach + 0.06, 0.03), (0.64, middle - 0.03), (0.60, middle - 0.012)]
    sheet.fill(wing, tone(colour, 0.95), tone(colour, 0.45))
    for x, y in ((0.47, 0.072), (0.36, 0.058))[: rng.integers(1, 3)]:
        sheet.fill(ellipse((x + 0.02, y), 0.062, 0.026), tone(mark, 1.5), mark, tone(mark, 0.5))
        sheet.fill(ellipse((x + 0.076, y), 0.010, 0.022), DARK)
    if not sheet.tilt:
        for x, radius in ((0.44, 0.024), (0.52, 0.024), (0.87, 0.020)):
            sheet.line([(x, 0.12), (x, radius)], 0.010, STEEL)
            sheet.disc((x, radius), radius, TYRE)
            sheet.disc((x, radius), radius * 0.4, STEEL)
