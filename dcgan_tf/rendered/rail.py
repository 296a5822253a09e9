"""Trains, seen from the side."""

import numpy as np

from dcgan_tf.rendered.drawing import DARK, STEEL, TYRE, Colour, Sheet, box, curve, ellipse, glass, paint, shaded, tone


def draw_railcar(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a modern train, its nose in front and its coaches behind; dark: whether its paint is dark."""
    colour, mark = paint(rng, dark), paint(rng, not dark)
    top, slope = rng.uniform(0.29, 0.33), rng.uniform(0.04, 0.17)
    joints = (0.0, rng.uniform(0.36, 0.46)) if rng.uniform() < 0.8 else (0.0,)
    sheet.fill(box(-0.04, 0.03, 0.96, 0.09), DARK)
    nose = curve([(0.80 - slope, top), (0.98 - slope, top), (0.985, 0.18), (1.0, 0.10), (0.985, 0.065), (0.80, 0.065)])
    # The last points of the curve lead back behind the nose; only its front is wanted.
    rounded = [(-0.05, 0.065), (-0.05, top), *nose[:-6]]
    sheet.fill(rounded, tone(colour, 0.8), tone(colour, 1.35), tone(colour, 1.1), colour, tone(colour, 0.65))
    sheet.fill(box(-0.05, 0.105, 0.985, 0.105 + rng.uniform(0.02, 0.04)), mark)
    low, high = 0.18, top - 0.045
    count = int(rng.integers(7, 11))
    for x in np.linspace(-0.03, 0.83 - slope * 0.5, count, endpoint=False):
        glass(sheet, box(x, low, x + 0.62 / count, high))
    glass(
        sheet, curve([(0.895 - slope * 0.6, low), (0.965 - slope, high), (0.985 - slope * 0.8, high), (0.972, low)], 1)
    )
    for x in joints[1:]:
        sheet.fill(box(x - 0.008, 0.05, x + 0.008, top), TYRE)
    sheet.fill(ellipse((0.975, 0.135), 0.013, 0.013), (255, 250, 215))
    if rng.uniform() < 0.7:
        x = rng.uniform(0.15, 0.6)
        sheet.fill(box(x - 0.1, top, x + 0.1, top + 0.018), (90, 94, 100))
        sheet.line(
            [(x - 0.04, top + 0.015), (x + 0.04, top + 0.055), (x - 0.02, top + 0.10)], 0.010, DARK if dark else STEEL
        )
        sheet.line([(x - 0.06, top + 0.10), (x + 0.02, top + 0.10)], 0.012, DARK if dark else STEEL)
    for x in (0.08, 0.18, *((joints[-1] + 0.10, joints[-1] + 0.2) if len(joints) > 1 else ()), 0.78, 0.88):
        _bogie_wheel(sheet, (x, 0.036), 0.036)


def _bogie_wheel(sheet: Sheet, centre: tuple[float, float], radius: float) -> None:
    sheet.disc(centre, radius, TYRE)
    sheet.disc(centre, radius * 0.62, STEEL, tone(STEEL, 0.6))
    sheet.disc(centre, radius * 0.2, DARK)


def draw_steam_train(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a steam locomotive with its tender; dark: whether its paint is dark."""
    colour, mark = paint(rng, dark), paint(rng, bool(rng.uniform() < 0.6))
    puff = tuple(int(c) for c in rng.uniform(150, 235) * np.ones(3))
    wind = rng.uniform(0.06, 0.12)
    for number in range(7):
        centre = (0.84 - wind * number, 0.42 + 0.012 * number)
        sheet.fill(
            ellipse(centre, 0.035 + 0.010 * number, 0.026 + 0.005 * number),
            tone(puff, 1.3),
            tone(puff, 0.9),
            opacity=0.75 - 0.07 * number,
        )
    sheet.fill(box(-0.04, 0.085, 0.98, 0.115), DARK)
    tender = [(-0.05, 0.10), (-0.05, 0.26), (0.22, 0.26), (0.22, 0.10)]
    sheet.fill(curve([(-0.05, 0.24), (0.02, 0.29), (0.12, 0.30), (0.21, 0.25)], 1), (44, 44, 48), (24, 24, 26))
    sheet.fill(tender, *shaded(colour))
    sheet.line([(-0.03, 0.18), (0.20, 0.18)], 0.012, mark)
    sheet.fill(box(0.25, 0.10, 0.42, 0.35), *shaded(colour))
    glass(sheet, box(0.29, 0.23, 0.375, 0.31))
    sheet.fill(curve([(0.225, 0.35), (0.24, 0.375), (0.42, 0.375), (0.445, 0.35)], 1), tone(mark, 0.9))
    _boiler(sheet, colour, mark)
    radius = rng.uniform(0.066, 0.078)
    centres = [(x, radius) for x in np.linspace(0.36, 0.36 + radius * 4.3, 3)]
    for centre in centres:
        _driver(sheet, centre, radius, mark)
    crank = radius * 0.45
    rod = [(centres[0][0], centres[0][1] - crank), (centres[-1][0], centres[-1][1] - crank), (0.86, 0.09)]
    sheet.line(rod, 0.016, (222, 226, 232))
    for x in (0.0, 0.09, 0.17, 0.79, 0.87):
        _bogie_wheel(sheet, (x, 0.040), 0.040)
    sheet.fill([(0.93, 0.10), (1.0, 0.012), (0.93, 0.012)], tone(mark, 0.8))


def _boiler(sheet: Sheet, colour: Colour, mark: Colour) -> None:
    body = tone(colour, 0.9)
    sheet.fill(
        [(0.79, 0.25), (0.78, 0.40), (0.765, 0.42), (0.865, 0.42), (0.85, 0.40), (0.84, 0.25)],
        tone(body, 1.3),
        tone(body, 0.6),
    )
    for x in (0.52, 0.66):
        sheet.fill(
            curve([(x - 0.035, 0.28), (x - 0.03, 0.335), (x + 0.03, 0.335), (x + 0.035, 0.28)], 1),
            mark,
            tone(mark, 0.6),
        )
    sheet.fill(
        box(0.41, 0.12, 0.925, 0.295), tone(body, 0.8), tone(body, 1.55), tone(body, 1.1), body, tone(body, 0.45)
    )
    for x in (0.50, 0.60, 0.70, 0.80):
        sheet.line([(x, 0.13), (x, 0.29)], 0.008, mark)
    sheet.fill(ellipse((0.925, 0.208), 0.022, 0.088), tone(body, 1.2), tone(body, 0.5))
    sheet.disc((0.945, 0.30), 0.022, (255, 248, 210), (180, 176, 160))
    sheet.fill(box(0.82, 0.06, 0.93, 0.12), tone(body, 1.2), tone(body, 0.5))


def _driver(sheet: Sheet, centre: tuple[float, float], radius: float, mark: Colour) -> None:
    sheet.disc(centre, radius, TYRE)
    sheet.disc(centre, radius * 0.78, tone(STEEL, 0.75))
    for angle in np.arange(8) * np.pi / 4.0:
        tip = (centre[0] + radius * 0.75 * np.cos(angle), centre[1] + radius * 0.75 * np.sin(angle))
        sheet.line([centre, tip], 0.012, mark)
    sheet.disc(centre, radius * 0.22, DARK)
