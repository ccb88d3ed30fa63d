"""The Confetti Express: a late train, a storm, no brakes. Grain, rain, shake and a thousand scraps of paper.

The hard film for an encoder: the grain is new on every frame, the camera never rests and confetti
defeats motion search, so it needs several times the bits of The Paper Boat for the same quality.
"""

import math

import numpy as np
from PIL import Image, ImageDraw

from matinee.demo.films import confetti_arrival as arrival
from matinee.demo.films import rolling_stock as stock
from matinee.demo.films.canvas import Brush, Color, Frame, Sprite, Stage, mix
from matinee.demo.films.emulsion import Emulsion, overscan
from matinee.demo.films.perspective import Railway
from matinee.demo.films.story import Painter, Shot

CREAM: Color = (255, 244, 220)
PLUM: Color = (44, 30, 58)


def _title(stage: Stage) -> Painter:
    """From the buffer beam: rails, sleepers and the evening coming at the camera."""
    wide = overscan(stage)
    film = Emulsion(stage, seed=1, warm=1.0)
    plate = stock.gradient(wide, (0, (58, 44, 92)), (0.3, (176, 84, 104)), (0.46, (255, 176, 112)), (1, (90, 60, 60)))
    _mountains(wide, 336).put(plate, 0, 336)
    ground = Railway(wide)
    words = Brush(wide, 1280, 260)
    words.text(640, 50, "MATINEE PRESENTS", 20, CREAM, spacing=7)
    words.text(640, 140, "The Confetti Express", 92, CREAM, spacing=1)
    title = words.sprite(wide)

    def paint(t: float) -> Frame:
        frame = plate.copy()
        frame.paste(ground.at(t), (0, ground.horizon))
        _streaks(frame, wide, t)
        title.put(frame, 0, 84 + 3 * math.sin(29 * t))
        return film.develop(frame, t, shake=0.8)

    return paint


def _mountains(stage: Stage, height: float) -> Sprite:
    brush = Brush(stage, 1290, height, supersampling=2)
    for color, base, rise, seed in (((122, 70, 104), 30.0, 90.0, 3), ((70, 44, 76), 6.0, 60.0, 8)):
        edge = [
            (x, height - base - rise * abs(math.sin(x / 173 + seed) * math.sin(x / 71 + seed * 2)))
            for x in range(0, 1300, 8)
        ]
        brush.polygon([*edge, (1296, height), (0, height)], color)
    return brush.sprite(stage, 0, height)


def _streaks(frame: Image.Image, stage: Stage, t: float) -> None:
    """Dust and leaves leaving the vanishing point."""
    draw = ImageDraw.Draw(frame)
    cx, cy = frame.width / 2, frame.height * 0.466
    for i in range(46):
        angle, age = i * i * 0.731, (t * 1.9 + i * 0.7549) % 1
        near, far = 40 + 900 * age**3, 40 + 900 * (age + 0.04) ** 3
        c, s = math.cos(angle) * stage.scale, math.sin(angle) * 0.7 * stage.scale
        draw.line(
            (cx + near * c, cy + near * s, cx + far * c, cy + far * s),
            fill=(255, 214, 170),
            width=1 + round(2 * age),
        )


def _landscape(
    stage: Stage, *, period: float, height: float, color: Color, blur: float, kind: str, seed: int
) -> Sprite:
    """A strip of country that repeats after `period`, smeared by its own speed."""
    chance = np.random.default_rng(seed)
    brush = Brush(stage, period, height, supersampling=2)
    wave = math.tau / period
    edge = [
        (x, height * 0.55 - height * 0.16 * (math.sin(wave * x + seed) + 0.5 * math.sin(3 * wave * x)))
        for x in np.arange(0, period + 8, 6).tolist()
    ]
    brush.polygon([*edge, (period + 8, height), (0, height)], color)
    for _ in range({"trees": 46, "poles": 4, "hills": 0}[kind]):
        x, size = float(chance.uniform(40, period - 40)), float(chance.uniform(0.6, 1.2))
        foot = height * 0.62
        tone = mix(color, (12, 16, 30), float(chance.uniform(0.05, 0.5)))
        if kind == "trees":
            brush.polygon([(x - 26 * size, foot), (x, foot - 130 * size), (x + 26 * size, foot)], tone)
        else:
            brush.box(x - 5, 0, x + 5, height, tone)
    return Sprite.of(stock.smear(brush.image(), blur * stage.scale), 0, 0, stage)


def _roll(frame: Image.Image, strip: Sprite, x: float, y: float) -> None:
    """Tile a repeating strip across the frame, scrolled left by x."""
    period = strip.image.width / strip.scale
    at = -(x % period)
    while at < frame.width / strip.scale:
        strip.put(frame, at, y)
        at += period


def _carriage(stage: Stage) -> Painter:
    """Inside the goods van: the country flies past the window while the cargo tries its lids."""
    wide = overscan(stage)
    film = Emulsion(stage, seed=2, warm=0.6)
    sky = stock.gradient(wide, (0, (70, 62, 112)), (0.35, (196, 110, 120)), (0.6, (240, 170, 120)), (1, (60, 50, 70)))
    strips = [
        (
            _landscape(wide, period=1500, height=300, color=(128, 84, 120), blur=6, kind="hills", seed=1),
            150.0,
            200.0,
        ),
        (
            _landscape(wide, period=1700, height=340, color=(84, 60, 92), blur=26, kind="trees", seed=2),
            560.0,
            220.0,
        ),
        (
            _landscape(wide, period=1900, height=420, color=(46, 40, 62), blur=80, kind="trees", seed=3),
            1700.0,
            270.0,
        ),
    ]
    poles = _landscape(wide, period=2600, height=560, color=(30, 24, 40), blur=54, kind="poles", seed=4)
    wall = _wall(wide)
    boxes = [stock.crate(wide, s, "CONFETTI", lid=i != 1) for i, s in enumerate((1.1, 1.0, 0.85, 1.05, 0.8))]
    lid = Brush(wide, 270, 30)
    lid.box(4, 4, 264, 26, (142, 92, 54), radius=4)
    cover = lid.sprite(wide, 134, 26)
    paper = stock.scraps(wide)

    def paint(t: float) -> Frame:
        frame = sky.copy()
        for strip, speed, y in strips:
            _roll(frame, strip, speed * t, y)
        _roll(frame, poles, 2900 * t, 0)
        stock.rain(frame, wide, t, count=70, slant=2.4, color=(210, 200, 220), seed=2)
        wall.put(frame, 0, 0)
        rattle = [3 * math.sin(33 * t + 1.7 * i) for i in range(5)]
        for i, (x, y) in enumerate(((190, 700), (500, 704), (214, 500), (1010, 704), (985, 512))):
            boxes[i].glide(frame, x, y - abs(rattle[i]), degrees=0.5 * rattle[i])
        pop = max(0.0, math.sin(2.1 * (t - 0.7))) ** 0.5 if t > 0.7 else 0.0
        cover.glide(frame, 500, 540 - 70 * pop - abs(rattle[1]), degrees=-16 * pop)
        for i in range(90):
            _escape(frame, paper, t - 0.9 - 0.03 * i, i)
        return film.develop(frame, t, shake=0.55)

    return paint


def _escape(frame: Image.Image, paper: list[list[Sprite]], age: float, i: int) -> None:
    """One scrap jumping out of the open crate, up and then back along the draught."""
    if 0 < age < 1.6:
        x = 500 + 90 * math.sin(i * 2.4) + (-260 + 120 * math.sin(i * 1.3)) * age * age
        y = 535 - (520 + 160 * math.sin(i * 3.1)) * age + 420 * age * age
        paper[7 + i % 14][int(age * 24 + i) % 8].put(frame, x, y)


def _wall(stage: Stage) -> Sprite:
    """Planks and a big window with a brass frame; the glass is a hole."""
    brush = Brush(stage, 1290, 726, supersampling=2)
    for i in range(18):
        brush.box(i * 74, 0, i * 74 + 72, 726, mix(PLUM, (86, 50, 60), 0.25 * (i * 7 % 4)))
    brush.box(0, 690, 1290, 726, (30, 20, 34))
    brush.box(296, 56, 1204, 470, stock.BRASS, radius=34)
    brush.box(306, 66, 1194, 460, (80, 44, 44), radius=28)
    sheet = brush.image()
    glass = Brush(stage, 1290, 726, supersampling=2)
    glass.box(318, 78, 744, 448, (0, 0, 0, 255), radius=20)
    glass.box(756, 78, 1182, 448, (0, 0, 0, 255), radius=20)
    hole = glass.image().getchannel("A")
    sheet.paste((0, 0, 0, 0), (0, 0), hole)
    return Sprite.of(sheet, 0, 0, stage)


def _wheels(stage: Stage) -> Painter:
    wide = overscan(stage)
    film = Emulsion(stage, seed=3, warm=1.0, grain=6.5)
    plate = stock.gradient(wide, (0, (26, 22, 36)), (0.5, (70, 44, 52)), (0.78, (150, 84, 60)), (1, (40, 30, 36)))
    verge = _landscape(wide, period=1800, height=320, color=(58, 42, 52), blur=120, kind="trees", seed=9)
    turns = [stock.driving_wheel(wide, 190, 3.0 * k) for k in range(10)]
    steam = [stock.puff(wide, r, (226, 210, 214), 0.55) for r in (50, 80, 120)]
    body = _running_board(wide)
    rod = Brush(wide, 900, 70)
    rod.box(6, 14, 894, 56, (60, 62, 76), radius=20)
    rod.box(10, 18, 890, 40, (196, 200, 212), radius=14)
    for x in (35, 450, 865):
        rod.disc(x, 35, 26, (150, 154, 170))
        rod.disc(x, 35, 12, stock.BRASS)
    coupling = rod.sprite(wide, 450, 35)

    def paint(t: float) -> Frame:
        frame = plate.copy()
        _roll(frame, verge, 3300 * t, 380)
        angle = 13.7 * t
        for x in (225, 640, 1055):
            turns[int(math.degrees(angle) / 3) % 10].put(frame, x, 436)
        body.put(frame, 0, 4 * math.sin(17 * t))
        coupling.put(frame, 640 + 96 * math.cos(angle), 436 + 96 * math.sin(angle))
        for i in range(16):
            age = (t * 1.7 + i / 16) % 1
            steam[i % 3].put(frame, 1190 - 1500 * age + 30 * math.sin(i * 5), 560 - 130 * age + 60 * math.sin(i * 3.7))
        _sparks(frame, wide, t)
        return film.develop(frame, t, shake=1.0)

    return paint


def _running_board(stage: Stage) -> Sprite:
    brush = Brush(stage, 1290, 740, supersampling=2)
    brush.box(-10, -10, 1300, 186, stock.IRON)
    brush.box(-10, 40, 1300, 56, stock.BRASS)
    brush.box(-10, 168, 1300, 214, (120, 32, 38))
    for i in range(26):
        brush.disc(24 + 50 * i, 192, 6, (190, 70, 66))
    brush.text(640, 112, "No. 8  ·  CONFETTI  EXPRESS", 46, stock.BRASS, spacing=8)
    brush.box(-10, 622, 1300, 640, (214, 196, 190))
    brush.box(-10, 640, 1300, 664, (92, 84, 96))
    return brush.sprite(stage, 0, 0)


def _sparks(frame: Image.Image, stage: Stage, t: float) -> None:
    draw = ImageDraw.Draw(frame)
    for i in range(120):
        age = (t * 2.6 + i * 0.618) % 1
        x0 = (225, 640, 1055)[i % 3]
        vx, vy = -(900 + 500 * ((i * 37) % 11) / 11), -(120 + 420 * ((i * 53) % 13) / 13)

        def at(a: float, x0: float = x0, vx: float = vx, vy: float = vy) -> tuple[float, float]:
            return ((x0 + vx * a) * stage.scale, (624 + vy * a + 760 * a * a) * stage.scale)

        tone = mix((255, 250, 200), (255, 120, 30), age)
        draw.line((*at(age * 0.7), *at(age * 0.7 + 0.035)), fill=tone, width=max(1, stage.px(3 * (1 - age))))


SHOTS = (
    Shot("title", 3.0, _title, "title"),
    Shot("carriage", 4.5, _carriage),
    Shot("wheels", 3.0, _wheels),
    Shot("storm", 4.5, arrival.storm),
    Shot("tunnel", 3.0, arrival.tunnel),
    Shot("festival", 4.5, arrival.festival),
    Shot("the end", 3.0, arrival.the_end, "end"),
)
poster = arrival.poster
