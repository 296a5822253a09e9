"""Ships under sail and under steam, seen from the side."""

from itertools import pairwise

import numpy as np

from dcgan_tf.rendered.drawing import DARK, TYRE, Colour, Sheet, box, curve, paint, shaded, tone


def draw_sailing_ship(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a sailing ship with two or three masts; dark: whether sails and hull are dark."""
    hull = paint(rng, dark or bool(rng.uniform() < 0.3))
    canvas: Colour = (
        tone(paint(rng, True), 0.85)
        if dark
        else tuple(int(c) for c in rng.uniform(0.88, 1.0) * np.array([248, 242, 226]))
    )
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
    body = [
        (0.02, 0.155),
        (0.06, 0.02),
        (0.16, -0.06),
        (0.80, -0.06),
        (0.90, 0.04),
        (0.985, 0.17),
        (0.80, 0.135),
        (0.25, 0.13),
    ]
    sheet.fill(curve(body, 1), *shaded(hull))
    sheet.line([(0.035, 0.135), (0.25, 0.115), (0.80, 0.118), (0.955, 0.148)], 0.012, tone(hull, 1.7 if dark else 0.6))
    if rng.uniform() < 0.5:
        sheet.fill(box(0.16, 0.12, 0.34, 0.175), tone(hull, 1.5), tone(hull, 1.1))


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
        sail = [
            (x - half * 0.85, upper),
            (x + half * 0.85, upper),
            (x + half * 1.05, (upper + lower) / 2),
            (x + half, lower + 0.02),
            (x, lower + 0.04),
            (x - half, lower + 0.02),
        ]
        sheet.fill(curve(sail, 1), tone(canvas, 1.2), canvas, tone(canvas, 0.78))
        sheet.line([(x - half * 0.9, upper), (x + half * 0.9, upper)], 0.010, (92, 64, 40))


def draw_steamer(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a liner with funnels or a container ship; dark: whether its hull is dark."""
    hull = paint(rng, dark)
    house = paint(rng, False) if rng.uniform() < 0.6 or not dark else tone(hull, 1.35)
    if rng.uniform() < 0.55:
        _decks(sheet, rng, house, paint(rng, True))
    else:
        _containers(sheet, rng, house, dark)
    body = [
        (0.0, 0.165),
        (0.03, 0.02),
        (0.05, -0.06),
        (0.90, -0.06),
        (0.93, 0.02),
        (1.0, 0.20),
        (0.86, 0.155),
        (0.2, 0.15),
    ]
    sheet.fill(curve(body, 1), tone(hull, 1.3), hull, tone(hull, 0.8), tone(hull, 0.55))
    sheet.line([(0.03, 0.03), (0.93, 0.03)], 0.018, (150, 40, 34) if dark else tone(hull, 0.6))
    for x in np.linspace(0.12, 0.86, 12):
        sheet.disc((x, 0.105), 0.007, tone(hull, 1.75 if dark else 0.4))


def _decks(sheet: Sheet, rng: np.random.Generator, house: Colour, mark: Colour) -> None:
    left, right, floor = 0.12, rng.uniform(0.78, 0.84), 0.145
    for x in np.linspace(0.34, 0.62, int(rng.integers(1, 4))):
        sheet.fill([(x - 0.035, 0.3), (x - 0.05, 0.47), (x + 0.02, 0.47), (x + 0.035, 0.3)], *shaded(mark))
        sheet.line([(x - 0.049, 0.45), (x + 0.022, 0.45)], 0.03, TYRE)
    sheet.line([(right - 0.06, 0.3), (right - 0.06, 0.50)], 0.012, DARK)
    for _ in range(int(rng.integers(2, 4))):
        top = floor + 0.066
        sheet.fill(box(left, floor, right, top), tone(house, 1.2), house, tone(house, 0.8))
        for x in np.arange(left + 0.02, right - 0.02, 0.035):
            sheet.fill(box(x, floor + 0.024, x + 0.018, floor + 0.048), (50, 66, 84))
        left, right, floor = left + rng.uniform(0.02, 0.06), right - rng.uniform(0.03, 0.06), top


def _containers(sheet: Sheet, rng: np.random.Generator, house: Colour, dark: bool) -> None:
    sheet.fill(box(0.06, 0.14, 0.19, 0.42), *shaded(house))
    for y in (0.22, 0.28, 0.34):
        sheet.fill(box(0.075, y, 0.175, y + 0.025), (50, 66, 84))
    sheet.fill(box(0.075, 0.41, 0.12, 0.495), *shaded(paint(rng, True)))
    sheet.line([(0.15, 0.42), (0.15, 0.50)], 0.012, DARK)
    columns = np.linspace(0.215, 0.86, 9)
    for x in columns[:-1]:
        for level in range(int(rng.integers(2, 4))):
            crate = paint(rng, dark)
            floor = 0.14 + level * 0.075
            sheet.fill(box(x, floor, x + 0.076, floor + 0.072), tone(crate, 1.2), tone(crate, 0.75))
