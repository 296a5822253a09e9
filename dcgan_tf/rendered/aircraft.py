"""Planes and helicopters, seen from the side."""

import numpy as np

from dcgan_tf.rendered.drawing import (
    DARK,
    STEEL,
    TYRE,
    Colour,
    Point,
    Sheet,
    box,
    curve,
    ellipse,
    glass,
    paint,
    shaded,
    tone,
)


def draw_airliner(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw an airliner; dark: whether its paint is dark."""
    colour, mark = paint(rng, dark), paint(rng, bool(rng.uniform() < 0.8))
    middle, half = 0.165, rng.uniform(0.052, 0.066)
    back, fin = rng.uniform(0.0, 0.03), rng.uniform(0.35, 0.41)
    sheet.fill([(0.10, middle + 0.03), (back, fin), (back + 0.075, fin), (0.23, middle + half * 0.8)], *shaded(mark))
    body = [(0.02, middle + 0.028), (0.10, middle + half), (0.80, middle + half), (0.93, middle + half * 0.75)]
    body += [(1.0, middle - 0.012), (0.95, middle - half * 0.7), (0.82, middle - half), (0.30, middle - half)]
    body += [(0.12, middle - 0.012)]
    sheet.fill(curve(body, 2), tone(colour, 1.5), tone(colour, 1.2), colour, tone(colour, 0.85), tone(colour, 0.5))
    if rng.uniform() < 0.7:
        sheet.fill(box(0.12, middle - 0.022, 0.955, middle - 0.006), mark)
    for x in np.linspace(0.20, 0.86, int(rng.integers(16, 26))):
        sheet.fill(box(x, middle + 0.008, x + 0.012, middle + 0.026), (44, 54, 66))
    glass(sheet, [(0.915, middle + 0.012), (0.90, middle + 0.034), (0.945, middle + 0.026), (0.965, middle + 0.010)])
    tailplane = [(0.0, middle + 0.075), (0.035, middle + 0.078), (0.20, middle + 0.02), (0.10, middle + 0.01)]
    sheet.fill(tailplane, tone(colour, 1.1), tone(colour, 0.6))
    reach = rng.uniform(0.24, 0.32)
    wing = [(0.40, middle - 0.02), (reach, 0.035), (reach + 0.06, 0.03), (0.64, middle - 0.03), (0.60, middle - 0.012)]
    sheet.fill(wing, tone(colour, 0.95), tone(colour, 0.45))
    for x in (0.47, 0.36)[: rng.integers(1, 3)]:
        pod = ellipse((x + 0.02, 0.072 if x > 0.4 else 0.058), 0.062, 0.026)
        sheet.fill(pod, tone(mark, 1.5), mark, tone(mark, 0.5))
        sheet.fill(ellipse((x + 0.076, 0.072 if x > 0.4 else 0.058), 0.010, 0.022), DARK)
    if not sheet.tilt:
        _undercarriage(sheet, ((0.44, 0.024), (0.52, 0.024), (0.87, 0.020)))


def draw_propeller_plane(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a small plane with a propeller, a high or a low wing; dark: whether its paint is dark."""
    colour, mark = paint(rng, dark), paint(rng, not dark)
    high = rng.uniform() < 0.5
    fin = rng.uniform(0.33, 0.38)
    sheet.fill(
        curve([(0.03, 0.20), (0.0, fin), (0.09, fin + 0.01), (0.22, 0.22)], 1),
        *shaded(mark if rng.uniform() < 0.5 else colour),
    )
    body = [(0.02, 0.21), (0.42, 0.27), (0.52, 0.33), (0.68, 0.33), (0.76, 0.255), (0.93, 0.235), (0.96, 0.19)]
    body += [(0.92, 0.125), (0.60, 0.105), (0.40, 0.12)]
    sheet.fill(curve(body, 2), *shaded(colour))
    sheet.fill([(0.08, 0.195), (0.90, 0.20), (0.92, 0.178), (0.12, 0.178)], mark)
    glass(sheet, curve([(0.47, 0.265), (0.54, 0.312), (0.66, 0.312), (0.73, 0.255)], 1), dark)
    sheet.fill(curve([(0.0, 0.225), (0.02, 0.245), (0.16, 0.235), (0.16, 0.215)], 1), tone(colour, 0.75))
    y = 0.335 if high else 0.125
    sheet.fill(
        curve([(0.38, y), (0.42, y + 0.028), (0.66, y + 0.034), (0.74, y + 0.012), (0.66, y - 0.012)], 1),
        tone(mark, 1.1),
        tone(mark, 0.55),
    )
    if high:
        sheet.line([(0.58, 0.13), (0.54, y)], 0.012, tone(colour, 0.6))
    sheet.fill(ellipse((0.972, 0.19), 0.012, 0.15), (230, 232, 236), (150, 154, 160), opacity=0.55)
    sheet.line([(0.972, 0.06), (0.972, 0.32)], 0.014, DARK if dark else STEEL)
    sheet.fill(curve([(0.94, 0.215), (0.995, 0.19), (0.94, 0.165)], 1), tone(mark, 0.8))
    sheet.line([(0.62, 0.13), (0.64, 0.05)], 0.018, tone(colour, 0.6))
    sheet.line([(0.84, 0.14), (0.86, 0.05)], 0.018, tone(colour, 0.6))
    for x, radius in ((0.64, 0.048), (0.86, 0.040)):
        sheet.disc((x, radius), radius, TYRE)
        sheet.disc((x, radius), radius * 0.45, STEEL)
    sheet.disc((0.07, 0.15), 0.022, TYRE)


def _undercarriage(sheet: Sheet, wheels: tuple[tuple[float, float], ...]) -> None:
    for x, radius in wheels:
        sheet.line([(x, 0.12), (x, radius)], 0.010, STEEL)
        sheet.disc((x, radius), radius, TYRE)
        sheet.disc((x, radius), radius * 0.4, STEEL)


def draw_helicopter(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a helicopter on skids; dark: whether its paint is dark."""
    colour, mark = paint(rng, dark), paint(rng, not dark)
    metal = DARK if dark else tone(STEEL, 1.3)
    roof, nose = rng.uniform(0.375, 0.41), rng.uniform(0.88, 0.94)
    boom = rng.uniform(0.27, 0.30)
    sheet.fill([(0.03, boom + 0.025), (0.03, boom - 0.008), (0.52, 0.20), (0.52, 0.34)], *shaded(colour))
    fin = [(0.05, boom - 0.05), (0.0, boom + 0.15), (0.055, boom + 0.15), (0.13, boom + 0.01)]
    sheet.fill(curve(fin, 1), *shaded(mark))
    _helicopter_cabin(sheet, colour, mark, (nose, roof), dark)
    for x in (0.52, 0.76):
        sheet.line([(x - 0.02, 0.015), (x, 0.13)], 0.016, metal)
    sheet.line([(0.40, 0.015), (0.90, 0.015), (0.94, 0.045)], 0.024, metal)
    _rotors(sheet, rng, (0.035, boom + 0.07), metal)


def _helicopter_cabin(sheet: Sheet, colour: Colour, mark: Colour, reach: tuple[float, float], dark: bool) -> None:
    nose, roof = reach
    housing = [
        (0.40, 0.30),
        (0.46, roof),
        (0.52, roof + 0.035),
        (0.66, roof + 0.035),
        (0.74, roof - 0.02),
        (0.74, 0.30),
    ]
    sheet.fill(curve(housing, 2), tone(colour, 1.15), tone(colour, 0.7))
    cabin = [(0.40, 0.20), (0.42, 0.34), (0.54, roof), (0.70, roof), (0.82, 0.34), (nose, 0.22)]
    cabin += [(nose - 0.05, 0.13), (0.52, 0.11)]
    sheet.fill(curve(cabin, 3), *shaded(colour))
    screen = [(0.73, 0.20), (0.70, roof - 0.04), (0.78, 0.335), (nose - 0.02, 0.215), (nose - 0.06, 0.18)]
    glass(sheet, curve(screen, 1), dark)
    glass(sheet, curve([(0.56, 0.23), (0.56, roof - 0.05), (0.68, roof - 0.05), (0.70, 0.23)], 1), dark)
    sheet.fill([(0.42, 0.19), (0.41, 0.165), (nose - 0.05, 0.155), (nose - 0.02, 0.18)], mark)


def _rotors(sheet: Sheet, rng: np.random.Generator, tail: Point, metal: Colour) -> None:
    sheet.line([(0.60, 0.41), (0.60, 0.475)], 0.030, metal)
    left, right, dip = rng.uniform(0.06, 0.16), rng.uniform(0.97, 1.0), rng.uniform(-0.02, 0.02)
    upper = [(left, 0.475 + dip), (0.60, 0.495), (right, 0.475 - dip)]
    sheet.fill([*upper, (right, 0.455 - dip), (0.60, 0.468), (left, 0.455 + dip)], metal)
    sheet.disc(tail, 0.065, tone(STEEL, 1.2), opacity=0.35)
    turn = rng.uniform(0.0, np.pi)
    across, up = 0.065 * np.cos(turn), 0.065 * np.sin(turn)
    sheet.line([(tail[0] - across, tail[1] - up), (tail[0] + across, tail[1] + up)], 0.014, metal)
