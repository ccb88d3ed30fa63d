"""The second half of The Confetti Express: storm, tunnel, arrival, end card, poster."""

import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from matinee.demo.films import rolling_stock as stock
from matinee.demo.films.canvas import Brush, Color, Frame, Sprite, Stage, between, ease, mix
from matinee.demo.films.emulsion import Emulsion, overscan
from matinee.demo.films.perspective import Tunnel
from matinee.demo.films.story import Painter

CREAM: Color = (255, 244, 220)
SQUALL: Color = (196, 206, 230)


def storm(stage: Stage) -> Painter:
    """The whole train, small, on a viaduct, with everything the sky has thrown at it."""
    wide = overscan(stage)
    film = Emulsion(stage, seed=4, grain=7)
    dark = stock.gradient(wide, (0, (30, 34, 58)), (0.6, (66, 76, 104)), (1, (36, 44, 62)))
    flash = stock.gradient(wide, (0, (170, 180, 220)), (0.6, (220, 226, 246)), (1, (120, 130, 166)))
    clouds = _squall(wide)
    ridge = _ridge(wide, (40, 48, 70), 240, 5)
    arches = _viaduct(wide)
    engine = stock.locomotive(wide, 0.62)
    coaches = [stock.wagon(wide, 0.62, color) for color in ((150, 52, 60), (56, 92, 120), (172, 120, 54), (78, 96, 70))]
    smoke = [stock.puff(wide, r, (120, 124, 142), 0.6) for r in (26, 44, 66, 90)]
    bolt = _bolt(wide)

    def paint(t: float) -> Frame:
        lit = 0.82 < t < 0.9 or 0.98 < t < 1.10 or 3.02 < t < 3.12 or 3.2 < t < 3.26
        frame = (flash if lit else dark).copy()
        if lit:
            bolt.put(frame, 250 if t < 2 else 860, 0)
        _tile(frame, clouds, 60 * t, -30)
        _tile(frame, ridge, 130 * t, 330)
        _tile(frame, arches, 620 * t, 470)
        front = 640 + 130 * ease(t / 4.5) + 10 * math.sin(2 * t)
        for i in range(26):
            age = (t * 1.5 + i / 26) % 1
            x, y = front + 205 - 900 * age, 318 - 150 * age**0.7 + 16 * math.sin(9 * age + i * 1.7)
            smoke[min(3, int(age * 4.4))].put(frame, x, y)
        for i, coach in enumerate(coaches):
            coach.glide(frame, front - 214 * (i + 1), 474 + 1.5 * math.sin(30 * t + i))
        engine.glide(frame, front, 474 + 1.5 * math.sin(31 * t))
        stock.rain(frame, wide, t, count=420, slant=0.62, color=SQUALL, seed=4)
        return film.develop(frame, t, shake=0.7)

    return paint


def _tile(frame: Image.Image, strip: Sprite, x: float, y: float) -> None:
    period = strip.image.width / strip.scale
    at = -(x % period)
    while at < frame.width / strip.scale:
        strip.put(frame, at, y)
        at += period


def _squall(stage: Stage) -> Sprite:
    """A ceiling of cloud that repeats after 1600."""
    brush = Brush(stage, 1600, 330, supersampling=1)
    for i in range(90):
        x, y, r = (i * 211) % 1600, (i * 67) % 190, 50 + (i * 29) % 60
        tone = mix((52, 58, 84), (24, 28, 48), ((i * 13) % 10) / 10)
        for shift in (-1600, 0, 1600):
            brush.ellipse(x + shift, y, r * 2.1, r * 0.8, (*tone[:3], 200))
    return Sprite.of(stock.smear(brush.image().filter(ImageFilter.GaussianBlur(9 * stage.scale)), 14), 0, 0, stage)


def _ridge(stage: Stage, color: Color, height: float, seed: int) -> Sprite:
    brush = Brush(stage, 1500, height, supersampling=2)
    wave = math.tau / 1500
    edge = [
        (
            x,
            height * 0.6
            - height
            * 0.25
            * (math.sin(wave * x + seed) + 0.5 * math.sin(3 * wave * x) + 0.24 * math.sin(11 * wave * x)),
        )
        for x in range(0, 1510, 6)
    ]
    brush.polygon([*edge, (1510, height), (0, height)], color)
    return brush.sprite(stage)


def _viaduct(stage: Stage) -> Sprite:
    brush = Brush(stage, 400, 280, supersampling=2)
    stone: Color = (58, 54, 68)
    brush.box(-4, 4, 404, 34, mix(stone, (140, 140, 160), 0.25))
    brush.box(-4, 30, 404, 290, stone)
    sheet = brush.image()
    hole = Brush(stage, 400, 280, supersampling=2)
    for x in (20, 220):
        hole.box(x, 66, x + 160, 400, (0, 0, 0, 255), radius=80)
    sheet.paste((0, 0, 0, 0), (0, 0), hole.image().getchannel("A"))
    return Sprite.of(stock.smear(sheet, 16 * stage.scale), 0, 0, stage)


def _bolt(stage: Stage) -> Sprite:
    brush = Brush(stage, 240, 420, supersampling=2)
    chance = np.random.default_rng(12)
    x, points = 120.0, [(120.0, 0.0)]
    for k in range(1, 12):
        x += float(chance.uniform(-34, 34))
        points.append((x, 36.0 * k))
        if k in (4, 7):
            brush.line([points[-1], (x + 46, 36 * k + 50), (x + 40, 36 * k + 96)], 3, (240, 244, 255))
    brush.line(points, 7, (255, 255, 255))
    return brush.sprite(stage, 120, 0)


def tunnel(stage: Stage) -> Painter:
    """Bricks and lamps in the dark, a growing disc of evening, and the first scraps of paper."""
    wide = overscan(stage)
    film = Emulsion(stage, seed=5, warm=0.5, grain=7)
    tube = Tunnel(wide)
    glow = stock.puff(wide, 300, (255, 226, 170), 1.0)
    paper = stock.scraps(wide)

    def paint(t: float) -> Frame:
        frame = tube.at(t)
        near = (t / 3.0) ** 3
        glow.glide(frame, 640, 372, zoom=0.14 + 3.4 * near)
        for i in range(150):
            age = ((t - 0.8) * 0.9 + i * 0.618) % 1
            if t - 0.8 > i * 0.012:
                reach, angle = 20 + 900 * age**2.4, i * i * 0.731
                x, y = 640 + reach * math.cos(angle), 372 + reach * 0.7 * math.sin(angle)
                paper[min(20, int(age * 3) * 7 + i % 7)][int(t * 20 + i) % 8].put(frame, x, y)
        return film.develop(frame, t, shake=0.9)

    return paint


def festival(stage: Stage) -> Painter:
    """The train does not so much stop as deliver."""
    wide = overscan(stage)
    film = Emulsion(stage, seed=6, warm=0.8)
    plate = _square(wide)
    engine = stock.locomotive(wide, 1.05)
    coach = stock.wagon(wide, 1.05, (150, 52, 60))
    fan = _Burst(wide, count=760)

    def paint(t: float) -> Frame:
        frame = plate.copy()
        _fireworks(frame, wide, t)
        front = (
            between(-560, 300, 1 - (1 - min(1.0, t / 1.0)) ** 3)
            if t < 1
            else 300 + 8 * math.exp(-4 * (t - 1)) * math.sin(40 * (t - 1))
        )
        coach.glide(frame, front - 350, 640)
        engine.glide(frame, front, 640)
        _crowd(frame, wide, t)
        fan.throw(frame, t - 0.85, x=front + 120, y=470)
        return film.develop(frame, t, shake=0.75 if t < 1.6 else 0.3)

    return paint


def _square(stage: Stage) -> Image.Image:
    """A harbour town dressed up for the night: gabled houses, strings of lamps and pennants."""
    plate = stock.gradient(stage, (0, (30, 26, 74)), (0.55, (96, 54, 112)), (0.8, (196, 96, 104)), (1, (60, 40, 60)))
    brush = Brush(stage, 1290, 740, supersampling=2)
    walls: tuple[Color, ...] = ((96, 52, 78), (66, 62, 104), (120, 74, 72), (58, 72, 96), (108, 60, 96))
    for i in range(11):
        x, top = -20 + i * 122, 250 + 66 * ((i * 7) % 4)
        brush.box(x, top, x + 118, 660, walls[i % 5])
        brush.polygon([(x - 6, top), (x + 59, top - 64), (x + 124, top)], mix(walls[i % 5], (30, 16, 40), 0.5))
        for row in range(6):
            for column in range(3):
                if (i * 5 + row * 3 + column * 7) % 4 and top + 34 + 62 * row < 560:
                    brush.box(
                        x + 16 + 33 * column,
                        top + 28 + 62 * row,
                        x + 36 + 33 * column,
                        top + 58 + 62 * row,
                        stock.LAMP,
                        radius=4,
                    )
    brush.box(-10, 640, 1300, 750, (52, 40, 60))
    brush.box(-10, 640, 1300, 648, (190, 170, 160))
    for y0, sag, shift in ((96, 90, 0), (170, 70, 40)):
        for k in range(44):
            x, u = shift + k * 30 - 20, ((shift + k * 30) % 440) / 440
            y = y0 + sag * 4 * u * (1 - u)
            if k % 3:
                brush.polygon([(x, y), (x + 22, y + 2), (x + 11, y + 32)], stock.PARTY[k % 7])
            else:
                brush.disc(x + 11, y + 8, 8, stock.LAMP)
    dressed = brush.image()
    plate.paste(dressed, (0, 0), dressed)
    return plate


def _fireworks(frame: Image.Image, stage: Stage, t: float) -> None:
    draw = ImageDraw.Draw(frame)
    shells = (
        (0.1, 240, 130),
        (0.9, 1000, 110),
        (1.5, 620, 90),
        (2.1, 1140, 190),
        (2.6, 330, 100),
        (3.2, 860, 130),
        (3.7, 560, 170),
    )
    for n, (start, x, y) in enumerate(shells):
        age = t - start
        if not 0 < age < 1.3:
            continue
        color = stock.PARTY[n % 7]
        for k in range(54):
            angle, speed = k * 2.39996, 190 * math.sqrt((k + 1) / 54)
            tip, tail = 1 - math.exp(-3.2 * age), 1 - math.exp(-3.2 * max(0.0, age - 0.09))
            fall = 70 * age * age
            c, s = math.cos(angle) * speed, math.sin(angle) * speed
            ends = (
                (x + c * tail) * stage.scale,
                (y + s * tail + fall * 0.8) * stage.scale,
                (x + c * tip) * stage.scale,
                (y + s * tip + fall) * stage.scale,
            )
            draw.line(
                ends,
                fill=mix(mix((255, 255, 240), color, min(1.0, age * 3)), (70, 50, 104), max(0.0, age - 0.5) / 0.8),
                width=max(1, stage.px(3)),
            )


def _crowd(frame: Image.Image, stage: Stage, t: float) -> None:
    """Heads and raised arms along the bottom; they hop out of step."""
    draw = ImageDraw.Draw(frame)
    z = stage.scale
    for i in range(30):
        x, hop = i * 45 - 8, 20 * abs(math.sin(4.2 * t + i * 1.9)) * ease((t - 0.8) / 0.6)
        y = 662 - hop - 14 * (i % 3)
        tone = mix((40, 26, 58), (104, 58, 92), (i % 4) / 4)
        draw.ellipse(((x - 19) * z, (y - 22) * z, (x + 19) * z, (y + 18) * z), fill=tone)
        draw.rounded_rectangle(((x - 27) * z, (y + 14) * z, (x + 27) * z, (y + 140) * z), 20 * z, fill=tone)
        if i % 2:
            draw.line(
                ((x + 22) * z, (y + 30) * z, (x + 36) * z, (y - 34 - hop) * z),
                fill=tone,
                width=max(1, round(10 * z)),
            )


class _Burst:
    """Paper thrown in a fan, slowed by air, fluttering down; a pure function of time."""

    def __init__(self, stage: Stage, *, count: int) -> None:
        chance = np.random.default_rng(77)
        self._paper = stock.scraps(stage)
        angle = chance.uniform(-1.45, 0.35, count) - 0.35
        speed = chance.uniform(300, 1500, count)
        self._vx, self._vy = speed * np.cos(angle) * 1.1, speed * np.sin(angle)
        self._late = chance.uniform(0, 1, count) ** 2 * 2.6
        self._fall = chance.uniform(90, 210, count)
        self._phase = chance.uniform(0, 6.28, count)

    def throw(self, frame: Image.Image, t: float, *, x: float, y: float) -> None:
        age = t - self._late
        drag = (1 - np.exp(-1.7 * np.maximum(age, 0))) / 1.7
        xs = x + self._vx * drag + 26 * np.sin(5 * age + self._phase)
        ys = y + self._vy * drag + self._fall * np.maximum(age, 0) + 60 * np.maximum(age, 0) ** 2 * 0.4
        for i in np.flatnonzero((age > 0) & (xs > -30) & (xs < 1310) & (ys > -30) & (ys < 750)).tolist():
            self._paper[i % 21][int(age[i] * 17 + i) % 8].put(frame, xs[i], ys[i])


def the_end(stage: Stage) -> Painter:
    wide = overscan(stage)
    film = Emulsion(stage, seed=7, warm=0.7)
    plate = stock.gradient(wide, (0, (40, 30, 84)), (1, (150, 62, 96)))
    words = Brush(wide, 1280, 400)
    words.text(640, 100, "The End", 96, CREAM, spacing=4)
    for i, credit in enumerate(("driven, drawn and drummed by MATINEE", "no brakes were harmed")):
        words.text(640, 196 + 44 * i, credit, 26, (255, 214, 180), spacing=2)
    title = words.sprite(wide)
    paper = stock.scraps(wide)

    def paint(t: float) -> Frame:
        frame = plate.copy()
        for layer in (0, 1):
            if layer:
                title.put(frame, 0, 180)
            for i in range(layer * 330, 330 + layer * 40):
                speed = (110, 150, 215)[i % 21 // 7] * (1 + 0.3 * layer)
                x = (i * 0.61803 % 1) * 1340 - 30 + 34 * math.sin(1.7 * t + i)
                y = ((i * 0.754877 % 1) * 780 + speed * t) % 780 - 30
                if layer == 0 or abs(x - 640) > 330 or not 210 < y < 460:
                    paper[i % 21][int(t * 11 + i * 3) % 8].put(frame, x, y)
        return film.develop(frame, t, shake=0.12)

    return paint


def poster() -> Image.Image:
    """The engine comes straight out of the night on a fan of paper."""
    stage = Stage(1280, 1920)
    plate = stock.gradient(stage, (0, (30, 24, 70)), (0.45, (140, 60, 110)), (0.72, (250, 150, 96)), (1, (60, 34, 60)))
    rays = Brush(stage, 1280, 1920, supersampling=1)
    for k in range(18):
        a, b = math.tau * k / 18, math.tau * (k + 0.5) / 18
        rays.polygon(
            [
                (640, 1120),
                (640 + 2000 * math.cos(a), 1120 + 2000 * math.sin(a)),
                (640 + 2000 * math.cos(b), 1120 + 2000 * math.sin(b)),
            ],
            (255, 214, 150, 34),
        )
    sheet = rays.image()
    plate.paste(sheet, (0, 0), sheet)
    glow = stock.puff(stage, 560, (255, 226, 160), 0.8)
    glow.put(plate, 640, 1140)
    paper = stock.scraps(stage)
    for i in range(620):
        angle, reach = i * 2.39996, 190 + 1120 * (i / 620) ** 0.8
        x, y = 640 + reach * math.cos(angle), 1080 + reach * math.sin(angle)
        if abs(x - 640) < 560 and (100 < y < 430 or y > 1740):
            continue
        paper[min(20, int(i / 620 * 3) * 7 + i % 7)][i % 8].glide(plate, x, y, zoom=1.0 + 1.7 * i / 620)
    _head_on(stage).put(plate, 640, 1120)
    words = Brush(stage, 1280, 420, supersampling=1)
    words.text(640, 120, "THE CONFETTI", 128, CREAM, spacing=6)
    words.text(640, 260, "EXPRESS", 168, CREAM, spacing=22)
    words.sprite(stage).put(plate, 0, 60)
    low = Brush(stage, 1280, 120, supersampling=1)
    low.text(640, 60, "LATE.  LOUD.  NO  BRAKES.", 44, CREAM, spacing=8)
    low.sprite(stage).put(plate, 0, 1760)
    small = plate.resize((600, 900), Image.Resampling.LANCZOS)
    noise = np.random.default_rng(3).normal(128, 6, (900, 600)).clip(0, 255).astype(np.uint8)
    return ImageChops.add(small, Image.merge("RGB", [Image.fromarray(noise)] * 3), offset=-128)


def _head_on(stage: Stage) -> Sprite:
    """The locomotive's face."""
    brush = Brush(stage, 900, 1000, supersampling=2)
    brush.polygon([(180, 880), (720, 880), (640, 760), (260, 760)], stock.RED)
    for k in range(7):
        brush.line([(450, 740), (190 + 87 * k, 880)], 8, (110, 26, 34))
    brush.box(150, 690, 750, 770, (64, 24, 34), radius=12)
    for x in (220, 680):
        brush.disc(x, 730, 44, (30, 32, 44))
        brush.disc(x, 730, 30, (120, 124, 138))
    brush.box(200, 200, 700, 700, stock.RED, radius=36)
    brush.box(170, 170, 730, 220, stock.IRON, radius=20)
    for x in (225, 585):
        brush.box(x, 260, x + 90, 380, stock.LAMP, radius=14)
    brush.polygon([(400, 250), (380, 60), (520, 60), (500, 250)], stock.IRON)
    brush.box(366, 40, 534, 76, stock.RED, radius=12)
    brush.disc(450, 480, 226, stock.BRASS)
    brush.disc(450, 480, 210, stock.IRON)
    brush.disc(450, 480, 150, mix(stock.IRON, (120, 140, 180), 0.2))
    brush.disc(450, 440, 74, stock.BRASS)
    brush.disc(450, 440, 60, (255, 244, 200))
    brush.text(450, 590, "8", 84, stock.BRASS)
    return brush.sprite(stage, 450, 520)
