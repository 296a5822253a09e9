"""Drawing cars, trucks and motorcycles from the side."""

import numpy as np

from dcgan_tf.data.rendered.drawing import DARK, STEEL, TYRE, Colour, Point, Sheet, curve, ellipse, paint, shaded, tone


def draw_car(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a saloon, a hatchback, an estate or a coupe in dark or light paint."""
    colour = paint(rng, dark)
    radius, belt, top = rng.uniform(0.072, 0.084), rng.uniform(0.195, 0.22), rng.uniform(0.31, 0.36)
    kind = rng.integers(4)
    rear_base, rear_roof = ((0.14, 0.27), (0.03, 0.13), (0.02, 0.08), (0.10, 0.32))[kind]
    front_base, front_roof = rng.uniform(0.70, 0.76), rng.uniform(0.54, 0.60)
    top -= 0.03 * (kind == 3)
    bonnet = belt - rng.uniform(0.02, 0.045)
    body = [(0.012, 0.075), (0.0, 0.15), (0.015, belt), (rear_base, belt + 0.012), (rear_roof, top)]
    body += [(front_roof, top), (front_base, belt + 0.005), (0.95, bonnet), (0.995, 0.15), (0.985, 0.075)]
    sheet.fill(curve(body, 2), tone(colour, 1.35), tone(colour, 1.15), tone(colour, 1.05), colour, tone(colour, 0.55))
    low, high = belt + 0.008, top - 0.022
    window = [(rear_base + 0.035, low), (rear_roof + 0.025, high), (front_roof - 0.005, high), (front_base - 0.04, low)]
    sheet.glass(curve(window, 1))
    middle = (rear_roof + front_roof) / 2.0 + 0.05
    for pillar in (middle, middle - 0.19) if kind in {1, 2} else (middle,):
        sheet.line([(pillar, low), (pillar - 0.008, high)], 0.014, tone(colour, 0.75))
    sheet.line([(0.03, belt - 0.012), (0.5, belt - 0.004), (0.93, bonnet - 0.012)], 0.006, tone(colour, 1.55))
    for door in (middle, front_base - 0.06):
        sheet.line([(door, 0.085), (door, belt)], 0.004, tone(colour, 0.55))
    sheet.line([(middle + 0.02, belt - 0.03), (middle + 0.06, belt - 0.03)], 0.008, tone(colour, 1.6))
    sheet.box(0.02, 0.062, 0.975, 0.085, DARK)
    sheet.fill(curve([(0.955, 0.135), (0.945, 0.168), (0.99, 0.15), (0.993, 0.13)], 1), (255, 246, 205))
    sheet.fill(curve([(0.004, 0.14), (0.008, 0.185), (0.04, 0.185), (0.04, 0.145)], 1), (196, 26, 26))
    spokes, rim = int(rng.integers(5, 9)), rng.uniform(0.58, 0.70)
    for x in (rng.uniform(0.17, 0.20), rng.uniform(0.79, 0.82)):
        sheet.disc((x, radius + 0.004), radius * 1.2, (18, 18, 20))
        _wheel(sheet, (x, radius), radius, rim, spokes)


def _wheel(sheet: Sheet, centre: Point, radius: float, rim: float, spokes: int) -> None:
    """Draw a wheel of a car or a truck; `rim` is the share of the radius inside the tyre."""
    sheet.disc(centre, radius, tone(TYRE, 1.12), TYRE)
    sheet.disc(centre, radius * rim, (214, 218, 224), (128, 132, 140))
    for angle in np.arange(spokes) * 2.0 * np.pi / spokes + 0.4:
        tip = (centre[0] + radius * rim * 0.85 * np.cos(angle), centre[1] + radius * rim * 0.85 * np.sin(angle))
        sheet.line([centre, tip], radius * 0.16, (84, 88, 96))
    sheet.disc(centre, radius * 0.16, (60, 62, 68))


def draw_truck(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a truck with a box, a tank or a tipper, in dark or light paint."""
    colour, load = paint(rng, dark), paint(rng, dark if rng.uniform() < 0.75 else not dark)
    radius, roof = rng.uniform(0.070, 0.082), rng.uniform(0.38, 0.46)
    back, top = rng.uniform(0.70, 0.735), rng.uniform(0.46, 0.56)
    sheet.box(0.02, 0.085, 0.95, 0.135, (58, 60, 66), DARK)
    kind = rng.integers(4)
    if kind <= 1:
        _truck_box(sheet, rng, load, back, top)
    elif kind == 2:
        _truck_tank(sheet, load, back, top - 0.06)
    else:
        rim = top - 0.08
        tipper = [(0.0, rim - 0.02), (0.06, 0.14), (back - 0.02, 0.14), (back, rim), (back + 0.05, rim + 0.03)]
        pile = [(0.02, rim - 0.05), (0.2, rim + 0.04), (0.42, rim + 0.07), (0.66, rim - 0.02)]
        sheet.fill(curve(pile), (150, 124, 84), (104, 82, 54))
        sheet.fill([*tipper, (back - 0.005, rim - 0.02)], *shaded(load))
        for x in np.linspace(0.12, back - 0.08, 5):
            sheet.line([(x, 0.15), (x, rim - 0.03)], 0.014, tone(load, 0.65))
    _truck_cab(sheet, rng, colour, back, roof)
    rim = rng.uniform(0.5, 0.62)
    for x in (0.11, 0.11 + 2.15 * radius, rng.uniform(0.845, 0.87)):
        sheet.disc((x, radius + 0.006), radius * 1.15, (18, 18, 20))
        _wheel(sheet, (x, radius), radius, rim, 6)


def _truck_box(sheet: Sheet, rng: np.random.Generator, load: Colour, back: float, top: float) -> None:
    sheet.box(0.0, 0.135, back, top, tone(load, 1.3), tone(load, 1.08), load, tone(load, 0.72))
    for x in np.linspace(0.06, back - 0.06, int(rng.integers(4, 9))):
        sheet.line([(x, 0.14), (x, top - 0.01)], 0.004, tone(load, 0.8))
    if rng.uniform() < 0.6:
        mark = paint(rng, sum(load) > 360)
        height = rng.uniform(0.24, 0.34)
        sheet.fill([(0.05, height), (0.12, height + 0.07), (back - 0.05, height + 0.07), (back - 0.12, height)], mark)
    sheet.line([(0.0, top), (back, top)], 0.012, tone(load, 0.6))
    sheet.line([(0.0, 0.14), (back, 0.14)], 0.014, tone(load, 0.5))


def _truck_tank(sheet: Sheet, load: Colour, back: float, top: float) -> None:
    middle, half = (0.13 + top) / 2.0, (top - 0.13) / 2.0
    ends = [ellipse((0.06, middle), 0.06, half, 90, 270), ellipse((back - 0.06, middle), 0.06, half, -90, 90)]
    shades = tone(load, 0.85), tone(load, 1.6), tone(load, 1.1), load, tone(load, 0.5)
    sheet.fill(np.concatenate(ends), *shades)
    for x in np.linspace(0.12, back - 0.12, 4):
        sheet.line([(x, 0.135), (x, top - 0.004)], 0.008, tone(load, 0.6))
    sheet.box(0.3, top - 0.01, 0.42, top + 0.025, DARK)


def _truck_cab(sheet: Sheet, rng: np.random.Generator, colour: Colour, back: float, roof: float) -> None:
    left, nose = back + 0.022, rng.uniform(0.0, 0.07)
    cab = [(left, 0.09), (left, roof - 0.01), (left + 0.03, roof), (0.95 - nose, roof - 0.01), (0.985 - nose, 0.25)]
    cab += [(0.99, 0.235), (0.995, 0.09)]
    sheet.fill(curve(cab, 1), *shaded(colour))
    window = [(left + 0.06, 0.26), (left + 0.06, roof - 0.05), (0.935 - nose, roof - 0.05), (0.965 - nose, 0.26)]
    sheet.glass(curve(window, 1))
    sheet.line([(left + 0.04, 0.12), (left + 0.04, roof - 0.03)], 0.005, tone(colour, 0.5))
    sheet.box(0.955, 0.135, 0.992, 0.165, (255, 246, 205))
    sheet.box(0.80, 0.085, 0.998, 0.112, DARK)
    if rng.uniform() < 0.5:
        sheet.box(left - 0.012, 0.12, left + 0.004, roof + 0.05, STEEL, tone(STEEL, 0.6))
    sheet.box(0.965 - nose, 0.27, 0.985 - nose, 0.33, DARK)


def draw_motorcycle(sheet: Sheet, rng: np.random.Generator, dark: bool) -> None:
    """Draw a sports motorcycle or a cruiser in dark or light paint."""
    colour = paint(rng, dark)
    metal = tone(DARK, 1.1) if dark else STEEL
    radius, sport = rng.uniform(0.175, 0.205), rng.uniform() < 0.5
    rear, front = radius + 0.005, 1.0 - radius - 0.005
    for x in (rear, front):
        _ring(sheet, (x, radius), radius, dark)
    steer = (front - rng.uniform(0.12, 0.17), rng.uniform(0.54, 0.60))
    sheet.line([(rear, radius), (0.46, 0.20)], 0.040, tone(metal, 0.9))
    engine = [(0.36, 0.12), (0.34, 0.30), (0.44, 0.40), (0.62, 0.38), (0.66, 0.22), (0.60, 0.12)]
    sheet.fill(curve(engine, 1), *shaded(metal))
    for y in np.linspace(0.24, 0.34, 4):
        sheet.line([(0.44, y), (0.60, y + 0.01)], 0.010, tone(STEEL, 0.7 if dark else 1.3))
    sheet.disc((0.44, 0.20), 0.055, (196, 200, 206), (92, 96, 102))
    pipe = rng.uniform(0.11, 0.17)
    sheet.line([(0.60, 0.22), (0.56, pipe), (0.30, pipe), (0.10, pipe + 0.05)], 0.034, tone(STEEL, 0.8))
    sheet.line([(0.30, pipe + 0.005), (0.10, pipe + 0.055)], 0.05, STEEL)
    sheet.line([(0.31, pipe + 0.016), (0.11, pipe + 0.065)], 0.012, (244, 246, 250))
    sheet.line([(front, radius), steer], 0.036, STEEL if dark else tone(STEEL, 1.4))
    _mudguard(sheet, (front, radius), (radius * 1.08, radius * 0.93), (30, 130), colour)
    if sport:
        _sport_dress(sheet, colour, steer)
    else:
        _cruiser_dress(sheet, colour, steer, radius)
    sheet.line([steer, (steer[0] - 0.07, steer[1] + rng.uniform(0.02, 0.09))], 0.024, TYRE if dark else STEEL)


def _ring(sheet: Sheet, centre: Point, radius: float, dark: bool) -> None:
    tyre = TYRE if dark else (120, 124, 132)
    sheet.line(ellipse(centre, radius * 0.86, radius * 0.86), radius * 0.27, tyre)
    sheet.line(ellipse(centre, radius * 0.68, radius * 0.68), radius * 0.07, STEEL)
    for angle in np.arange(9) * 2.0 * np.pi / 9:
        tip = (centre[0] + radius * 0.68 * np.cos(angle), centre[1] + radius * 0.68 * np.sin(angle))
        sheet.line([centre, tip], 0.008, STEEL)
    sheet.disc(centre, radius * 0.30, (200, 204, 210), (110, 114, 122))
    sheet.disc(centre, radius * 0.14, DARK)


def _mudguard(sheet: Sheet, hub: Point, radii: tuple[float, float], arc: tuple[float, float], colour: Colour) -> None:
    """Draw a part of a ring, between two radii and two angles in degrees."""
    outer, inner = ellipse(hub, radii[0], radii[0], *arc), ellipse(hub, radii[1], radii[1], *reversed(arc))
    sheet.fill(np.concatenate([outer, inner]), *shaded(colour))


def _sport_dress(sheet: Sheet, colour: Colour, steer: Point) -> None:
    tail = [(0.07, 0.50), (0.08, 0.545), (0.34, 0.475), (0.40, 0.43), (0.34, 0.39), (0.22, 0.42)]
    sheet.fill(curve(tail, 1), *shaded(colour))
    sheet.fill(curve([(0.18, 0.50), (0.20, 0.53), (0.43, 0.46), (0.42, 0.43), (0.32, 0.45)], 1), TYRE)
    sheet.fill(curve([(0.38, 0.40), (0.42, 0.50), (0.52, 0.56), (0.66, 0.53), (0.66, 0.40)]), *shaded(colour))
    x, y = steer
    nose = [(0.50, 0.44), (0.64, 0.54), (x - 0.02, y + 0.03), (x + 0.09, y - 0.06), (x + 0.07, y - 0.14)]
    nose += [(0.74, 0.34), (0.72, 0.20), (0.64, 0.12), (0.38, 0.11), (0.36, 0.17), (0.50, 0.21), (0.55, 0.33)]
    sheet.fill(curve(nose, 2), tone(colour, 1.5), tone(colour, 1.1), colour, tone(colour, 0.65))
    sheet.line([(0.40, 0.145), (0.60, 0.16), (0.68, 0.28)], 0.016, tone(colour, 1.6))
    sheet.fill(curve([(0.60, 0.33), (0.66, 0.39), (0.71, 0.36), (0.67, 0.29)], 1), tone(colour, 0.5))
    screen = [(x - 0.03, y + 0.02), (x - 0.01, y + 0.075), (x + 0.02, y + 0.06), (x + 0.085, y - 0.04)]
    sheet.fill(curve(screen, 1), (226, 240, 248), (150, 182, 202), (96, 120, 140))
    lamp = [(x + 0.04, y - 0.09), (x + 0.05, y - 0.05), (x + 0.092, y - 0.07), (x + 0.09, y - 0.11)]
    sheet.fill(curve(lamp, 1), (255, 250, 220))
    sheet.disc((0.075, 0.52), 0.018, (210, 30, 30))


def _cruiser_dress(sheet: Sheet, colour: Colour, steer: Point, radius: float) -> None:
    tank = [(0.38, 0.41), (0.40, 0.50), (0.52, 0.545), (0.66, 0.52), (0.70, 0.46), (0.56, 0.40)]
    sheet.fill(curve(tank), *shaded(colour))
    sheet.line([(0.44, 0.515), (0.60, 0.53)], 0.012, tone(colour, 1.75))
    seat = [(0.08, 0.43), (0.10, 0.47), (0.26, 0.45), (0.33, 0.42), (0.42, 0.44), (0.40, 0.37), (0.20, 0.39)]
    sheet.fill(curve(seat, 1), (70, 60, 56), TYRE)
    _mudguard(sheet, (radius, radius), (radius * 1.12, radius * 0.95), (60, 165), colour)
    sheet.line([(0.40, 0.38), (steer[0], steer[1] - 0.08)], 0.026, tone(colour, 0.6))
    sheet.disc((steer[0] + 0.04, steer[1] - 0.05), 0.045, (250, 248, 226), (170, 172, 176))
    sheet.disc((0.03, 0.36), 0.020, (210, 30, 30))
