"""Drawing sailing ships from the side."""

from itertools import pairwise

import numpy as np

from dcgan_tf.data.rendered.drawing import Colour, Sheet, curve, paint, shaded, tone


def draw_sailing_ship(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a sailing ship with one to three masts, with dark or light sails and hull."""
    hull = paint(rng, dark or bool(rng.uniform() < 0.3))
    if dark:
        canvas = tone(paint(rng, True), 0.85)
    else:
        canvas = tuple(int(c) for c in rng.uniform(0.88, 1.0) * np.array([248, 242, 226]))
    masts = np.linspace(0.28, 0.70, int(rng.integers(2, 4))) if rng.uniform() < 0.65 else np.array([0.5])
    tall = rng.uniform(0.80, 0.92)
    square = len(masts) > 1 and rng.uniform() < 0.4
    sheet.line([(0.84, 0.13), (1.0, 0.20)], 0.012, (92, 64, 40))
    for number, x in enumerate(masts):
        height = tall - 0.07 * abs(number - len(masts) // 2)
        sheet.line([(x, 0.1), (x, height)], 0.016, (92, 64, 40))
        (_square_sails if square else _fore_and_aft_sail)(sheet, x, height, 0.74 / len(masts), canvas)
    if not square:
        jib = [(masts[-1] + 0.02, tall - 0.14), (masts[-1] + 0.10, 0.40), (0.985, 0.205), (masts[-1] + 0.03, 0.20)]
        sheet.fill(curve(jib, 1), tone(canvas, 1.2), canvas, tone(canvas, 0.78))
    body = [(0.02, 0.155), (0.06, 0.02), (0.16, -0.06), (0.80, -0.06), (0.90, 0.04), (0.985, 0.17)]
    body += [(0.80, 0.135), (0.25, 0.13)]
    sheet.fill(curve(body, 1), *shaded(hull))
    sheet.line([(0.035, 0.135), (0.25, 0.115), (0.80, 0.118), (0.955, 0.148)], 0.012, tone(hull, 1.7 if dark else 0.6))
    if rng.uniform() < 0.5:
        sheet.box(0.16, 0.12, 0.34, 0.175, tone(hull, 1.5), tone(hull, 1.1))


def _fore_and_aft_sail(sheet: Sheet, x: float, height: float, chord: float, canvas: Colour) -> None:
    sail = [(x - 0.012, height - 0.03), (x - chord * 0.42, 0.52), (x - chord * 0.72, 0.22), (x - 0.012, 0.19)]
    sheet.fill(curve(sail, 1), tone(canvas, 1.25), canvas, tone(canvas, 0.8))
    for share in (0.35, 0.62):
        y = 0.2 + (height - 0.23) * share
        sheet.line([(x - 0.014, y), (x - chord * 0.62 * (1.0 - share), y - 0.02)], 0.004, tone(canvas, 0.75))
    sheet.line([(x, 0.19), (x - chord * 0.74, 0.21)], 0.012, (92, 64, 40))


def _square_sails(sheet: Sheet, x: float, height: float, chord: float, canvas: Colour) -> None:
    edges = np.linspace(height - 0.03, 0.20, 4)
    for number, (upper, lower) in enumerate(pairwise(edges)):
        half = chord * (0.30 + 0.07 * number)
        sail = [(x - half * 0.85, upper), (x + half * 0.85, upper), (x + half * 1.05, (upper + lower) / 2)]
        sail += [(x + half, lower + 0.02), (x, lower + 0.04), (x - half, lower + 0.02)]
        sheet.fill(curve(sail, 1), tone(canvas, 1.2), canvas, tone(canvas, 0.78))
        sheet.line([(x - half * 0.9, upper), (x + half * 0.9, upper)], 0.010, (92, 64, 40))
