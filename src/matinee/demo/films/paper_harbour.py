"""The second half of The Paper Boat: the whale laughs, the town lights up, the end card, the poster."""

import math

from PIL import Image, ImageDraw

from matinee.demo.films import paper_cuts as cut
from matinee.demo.films.canvas import Brush, Color, Frame, Sprite, Stage, as_frame, between, ease, spring
from matinee.demo.films.paper_cuts import MORNING, flow, sea_layers, sunrise
from matinee.demo.films.story import Painter


def ticklish(stage: Stage) -> Painter:
    """The whale surfaces, laughs, and the boat flies on her spout."""
    plate = sunrise(
        stage,
        sky=(255, 214, 120),
        rings=((255, 222, 138), (255, 230, 158), (255, 240, 190)),
        x=700,
        y=360,
        radius=170,
    )
    clouds = [cut.cloud(stage, 0.8, (255, 246, 222)), cut.cloud(stage, 0.6, (255, 242, 208))]
    sea = sea_layers(stage, swell=15, depths=(470.0, 560.0, 650.0))
    whales = {laugh: cut.whale(stage, 1.0, laughing=laugh) for laugh in (False, True)}
    boats = {face: cut.boat(stage, 0.8, face=face) for face in ("wonder", "smile")}
    jets = [cut.spout(stage, 60.0 + 20 * i) for i in range(14)]
    drops = [cut.bubble(stage, r) for r in (5, 8, 12)]

    def paint(t: float) -> Frame:
        frame = plate.copy()
        clouds[0].glide(frame, 210 - 8 * t, 150)
        clouds[1].glide(frame, 1120 - 8 * t, 220)
        flow(frame, sea[0], 60 * t)
        laugh = t > 1.25
        shake = 5 * math.sin(40 * t) * (1 if 1.25 < t < 2.3 else 0)
        up = between(800, 504, spring(t / 1.1)) + 8 * math.sin(2.2 * t)
        blow = spring((t - 1.35) / 0.6)
        height = 240 * blow * (1 - 0.1 * math.sin(7 * t)) if t > 1.35 else 0
        if height > 60:
            jets[min(13, int((height - 60) / 20))].glide(frame, 690 + shake, up - 96)
        whales[laugh].glide(frame, 560 + shake, up, degrees=-4 + 2.5 * math.sin(2.2 * t))
        toss = max(0.0, height - 20) + (34 * abs(math.sin(3.6 * (t - 1.9))) if t > 1.9 else 0)
        mood = "wonder" if t < 2.5 else "smile"
        boats[mood].glide(
            frame,
            690 + shake * 0.5,
            up - 104 - toss,
            degrees=(10 * math.sin(5 * t) if t > 1.5 else 3 * math.sin(3 * t)),
        )
        flow(frame, sea[1], -100 * t, 7 * math.sin(2 * t + 1))
        flow(frame, sea[2], 160 * t, 7 * math.sin(2 * t + 2))
        if t > 1.5:
            _splash(frame, drops, t - 1.5, up - 96 - height)
        return as_frame(frame)

    return paint


def _splash(frame: Image.Image, drops: list[Sprite], t: float, top: float) -> None:
    """Drops thrown from the top of the spout on parabolas, for ever."""
    for i in range(22):
        age = (t * 0.9 + i * 0.381) % 1.0
        if t * 0.9 < age:
            continue
        speed = 70 + 23 * (i % 9)
        side = 1 if i % 2 else -1
        drops[i % 3].put(frame, 690 + side * speed * 1.7 * age, top + 20 - 210 * age + 620 * age * age)


DUSK: tuple[Color, ...] = ((92, 74, 136), (126, 88, 150), (178, 104, 150), (236, 138, 130))


DUSK_SEA: tuple[Color, ...] = ((86, 78, 140), (64, 60, 122), (46, 46, 102), (32, 34, 82))


def _town(stage: Stage) -> tuple[Sprite, list[tuple[float, float, float]]]:
    """Houses on the shore and when their windows light: (x, y, seconds)."""
    brush = Brush(stage, 700, 300, supersampling=2)
    windows: list[tuple[float, float, float]] = []
    colors: tuple[Color, ...] = ((70, 58, 112), (82, 64, 120), (60, 52, 104), (92, 70, 126))
    for i in range(9):
        x, width, height = 16 + 74 * i, 66 + 8 * (i % 3), 104 + 46 * ((i * 5) % 4)
        top = 300 - height
        brush.box(x, top, x + width, 300, colors[i % 4])
        brush.polygon(
            [(x - 8, top), (x + width / 2, top - 44), (x + width + 8, top)],
            (136, 66, 100) if i % 2 else (112, 60, 104),
        )
        for row in range(int(height // 52)):
            for column in range(2):
                windows.append(
                    (
                        x + 18 + 30 * column,
                        top + 30 + 50 * row,
                        0.5 + ((i * 7 + row * 3 + column * 5) % 11) * 0.24,
                    )
                )
    return brush.sprite(stage, 0, 300), windows


def harbour(stage: Stage) -> Painter:
    plate = sunrise(stage, sky=(70, 62, 122), rings=DUSK, x=420, y=430, radius=120)
    town, windows = _town(stage)
    town.put(plate, 560, 470)
    light = cut.lighthouse(stage)
    pane = Brush(stage, 20, 28)
    pane.box(2, 2, 16, 24, (255, 216, 120), radius=3)
    lit = pane.sprite(stage, 9, 13)
    sea = _dusk_sea(stage, DUSK_SEA, (462.0, 520.0, 588.0, 660.0), crest=(206, 130, 150))
    fleet = [
        cut.boat(stage, 0.42 + 0.05 * i, paper=color, face="none" if i < 2 else "smile")
        for i, color in enumerate(cut.FLEET)
    ]
    boat = cut.boat(stage, 0.82)

    def paint(t: float) -> Frame:
        frame = plate.copy()
        for x, y, when in windows:
            if t > when:
                lit.put(frame, 560 + x, 170 + y)
        light.put(frame, 210, 190)
        flow(frame, sea[0], 24 * t)
        for i, x in enumerate((520, 700, 860)):
            fleet[i].glide(frame, x, 524 + 4 * math.sin(2 * t + i), degrees=3 * math.sin(1.8 * t + i))
        flow(frame, sea[1], -48 * t, 3 * math.sin(1.7 * t))
        for i, x in ((3, 1010), (4, 1160)):
            fleet[i].glide(frame, x, 590 + 6 * math.sin(2 * t + i), degrees=4 * math.sin(1.8 * t + i))
        flow(frame, sea[2], 72 * t, 5 * math.sin(1.9 * t + 1))
        boat.glide(
            frame,
            between(120, 720, ease(t / 4.2)),
            650 + 8 * math.sin(2.2 * t),
            degrees=4 * math.sin(2.2 * t + 1),
        )
        flow(frame, sea[3], 120 * t, 6 * math.sin(2 * t + 2))
        if t > 0.4:
            _beam(frame, stage, 210, 176, 0.5 * math.sin(0.9 * (t - 0.4)) - 0.05)
        return as_frame(frame)

    return paint


def _dusk_sea(
    stage: Stage, colors: tuple[Color, ...], depths: tuple[float, ...], *, crest: Color
) -> list[tuple[Sprite, float, float]]:
    """The sea without its daylight: (strip, height on screen, period), far to near."""
    layers = []
    for i, (color, y) in enumerate(zip(colors, depths, strict=False)):
        period = 128.0 + 64 * i
        foam = crest if i == 0 else None
        layers.append((cut.waves(stage, color, swell=8 + 2 * i, period=period, depth=300, crest=foam), y, period))
    return layers


def _beam(frame: Image.Image, stage: Stage, x: float, y: float, angle: float) -> None:
    """The lamp's flat wedge of light; halved and doubled again, which is the cheapest way to a smooth edge."""
    full = Image.new("L", (2 * stage.px(640), 2 * stage.px(220)), 0)
    reach = 1300
    far = [(x + reach * math.cos(angle + spread), y + reach * math.sin(angle + spread)) for spread in (-0.1, 0.1)]
    points = [(px * stage.scale, py * stage.scale) for px, py in [(x, y), *far]]
    ImageDraw.Draw(full).polygon(points, fill=58)
    mask = full.reduce(2).resize(full.size, Image.Resampling.BILINEAR)
    frame.paste((255, 232, 160), (0, 0, mask.width, mask.height), mask)


def good_night(stage: Stage) -> Painter:
    plate = sunrise(
        stage,
        sky=(38, 40, 92),
        rings=((44, 46, 102), (52, 54, 114), (64, 64, 128), (250, 232, 190)),
        x=980,
        y=190,
        radius=62,
    )
    words = Brush(stage, 1280, 400)
    words.text(520, 90, "The End", 84, cut.PAPER, spacing=4)
    for i, credit in enumerate(("drawn, scored and told by MATINEE", "made of numbers, and free for everyone")):
        words.text(520, 180 + 40 * i, credit, 24, (196, 196, 226), spacing=2)
    words.sprite(stage).put(plate, 0, 110)
    star = Brush(stage, 24, 24)
    star.polygon(
        [(12, 0), (14.5, 9.5), (24, 12), (14.5, 14.5), (12, 24), (9.5, 14.5), (0, 12), (9.5, 9.5)],
        (255, 240, 200),
    )
    spark = star.sprite(stage, 12, 12)
    sea = _dusk_sea(stage, DUSK_SEA[1:], (540.0, 610.0), crest=(110, 110, 168))
    boat = cut.boat(stage, 0.8, face="asleep")

    def paint(t: float) -> Frame:
        frame = plate.copy()
        for i in range(14):
            x, y = (97 * i * i + 61) % 1240 + 20, (71 * i * i + 40 * i) % 440 + 24
            if math.hypot(x - 980, y - 190) > 130 and not (140 < x < 900 and 130 < y < 370):
                spark.glide(frame, x, y, zoom=0.5 + 0.35 * math.sin(2.4 * t + i * 1.9))
        flow(frame, sea[0], 30 * t, 4 * math.sin(1.3 * t))
        boat.glide(frame, 980 + 10 * t, 600 + 6 * math.sin(1.6 * t), degrees=4 * math.sin(1.6 * t + 1))
        flow(frame, sea[1], -48 * t, 5 * math.sin(1.5 * t + 1))
        return as_frame(frame)

    return paint


def poster() -> Image.Image:
    """Boat above, whale below: the story's secret, tall."""
    stage = Stage(1280, 1920)
    brush = Brush(stage, 1280, 1920, supersampling=1)
    brush.box(0, 0, 1280, 1920, (255, 236, 206))
    for i, color in enumerate(MORNING):
        brush.disc(640, 800, 260 + 150 * (3 - i), color)
    sheet = brush.image().convert("RGB")
    words = Brush(stage, 1280, 400, supersampling=1)
    words.text(640, 110, "The Paper Boat", 142, cut.INK, spacing=2)
    words.text(640, 230, "A  VERY  SMALL  STORY  ABOUT  A  VERY  BIG  LAUGH", 28, cut.INK, spacing=5)
    words.sprite(stage).put(sheet, 0, 60)
    gull = cut.gull(stage, 0.9, 0.3)
    for x, y in ((260, 520), (360, 450), (1010, 560)):
        gull.put(sheet, x, y)
    flow(
        sheet,
        (cut.waves(stage, cut.SEA[0], swell=24, period=180, depth=1200, crest=(205, 236, 226)), 880, 180),
        40,
    )
    cut.boat(stage, 2.1).glide(sheet, 640, 930, degrees=-4)
    for i, y in enumerate((990, 1250, 1640)):
        flow(
            sheet,
            (cut.waves(stage, cut.SEA[1 + i], swell=24, period=230 + 60 * i, depth=1000), y, 230 + 60 * i),
            90 * i + 30,
        )
        if i == 1:
            cut.whale(stage, 1.45).glide(sheet, 620, 1440, degrees=-7)
    bubble = cut.bubble(stage, 16)
    for i in range(12):
        bubble.glide(sheet, 820 + 260 * math.sin(i * 2.1), 1300 - 22 * i, zoom=0.5 + 0.1 * (i % 5))
    return sheet.resize((600, 900), Image.Resampling.LANCZOS)
