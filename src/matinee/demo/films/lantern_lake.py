"""The Lake of Small Lights: a tired lantern, a firefly, a new star. Dark, slow, foggy, all gradients.

The treacherous film for an encoder: it costs few bits, and every one saved shows. Wide ramps of a
few levels each band as soon as quantization eats the dither, and halos turn into contour maps.
"""

import math

from PIL import Image, ImageFilter

from matinee.demo.films import darkroom as dark
from matinee.demo.films.canvas import Brush, Frame, Point, Stage, between, ease
from matinee.demo.films.darkroom import Light, Printer
from matinee.demo.films.lanterns import PALE, afloat, lantern, night, pines, scattered, words_of_light
from matinee.demo.films.story import Painter, Shot


def _title(stage: Stage) -> Painter:
    """Tilt down from the stars to the water."""
    tall = night(stage, height=900, shore=640, seed=1)
    words = words_of_light(stage, ("MATINEE PRESENTS", 20, 50, 7), ("The Lake of Small Lights", 82, 140, 2))
    lamp = [lantern(stage, h) for h in (20, 26, 34)]
    fog = dark.mist(stage, width=1700, height=150, color=(34, 38, 50), seed=4)
    printer = Printer(stage, seed=1)

    def paint(t: float) -> Frame:
        top = between(0, 150, ease(t / 4.6))
        light = dark.crop(tall, top * stage.scale, stage.height)
        shore = stage.px(640 - top)
        for i in range(9):
            gain = ease((t - 0.8 - 0.25 * i) / 1.2)
            dark.add(
                light,
                lamp[i % 3],
                (110 + 137 * i + 5 * t) * stage.scale,
                (628 - top - 9 * (i % 3)) * stage.scale,
                gain=gain,
            )
        dark.mirror(light, shore, t, ripple=2.0 * stage.scale)
        dark.drift(light, fog, 14 * t * stage.scale, shore - stage.px(74))
        dark.add(light, words, stage.width / 2, stage.px(250), gain=ease((t - 0.2) / 1.2))
        return printer.print(light, t)

    return paint


def _lake(stage: Stage) -> Painter:
    plate = night(stage, shore=400, seed=3, moon=(930, 130))
    sizes = (18, 26, 38, 56)
    lamps = [lantern(stage, h) for h in sizes]
    banks = [
        dark.mist(stage, width=1900, height=150, color=(30, 36, 50), seed=5),
        dark.mist(stage, width=1500, height=220, color=(26, 30, 40), seed=6),
    ]
    printer = Printer(stage, seed=2)
    fleet = scattered(30, 2, seed=41)

    def paint(t: float) -> Frame:
        light = plate.copy()
        shore = stage.px(400)
        dark.mirror(light, shore, t, ripple=2.4 * stage.scale)
        dark.drift(light, banks[0], 10 * t * stage.scale, shore - stage.px(80))
        for along, near in fleet:
            depth = near**1.5
            lamp = lamps[min(3, int(depth * 4))]
            x = along * 1500 - 110 + (6 + 26 * depth) * t
            y = 408 + 250 * depth + 2.5 * math.sin(1.1 * t + 9 * along)
            breath = 0.86 + 0.12 * math.sin(2.3 * t + 20 * along)
            afloat(light, stage, lamp, x, y, breath, t + 9 * along)
        dark.drift(light, banks[1], 26 * t * stage.scale, stage.px(470))
        return printer.print(light, t)

    return paint


def _near_water(stage: Stage) -> tuple[Light, Light, list[Light]]:
    """For the close shots: a dark blur of shore, the tired lantern, and out-of-focus discs of the others."""
    plate = dark.from_floats(
        dark.gradient(stage, [(0, (6, 9, 22)), (0.5, (20, 28, 48)), (0.62, (30, 38, 58)), (1, (5, 8, 18))])
    )
    bokeh = []
    for radius in (26, 38, 54):
        brush = Brush(stage, 2 * radius + 12, 2 * radius + 12)
        brush.disc(radius + 6, radius + 6, radius, (104, 56, 22))
        brush.disc(radius + 6, radius + 6, radius * 0.9, (88, 46, 18))
        bokeh.append(dark.from_image(brush.image().filter(ImageFilter.GaussianBlur(2.4 * stage.scale))))
    return plate, lantern(stage, 250), bokeh


def _behind(light: Light, stage: Stage, bokeh: list[Light], t: float) -> None:
    for i in range(11):
        x, y = 60 + 118 * i + 9 * t * (1 + i % 3) + 20 * math.sin(i * 9), 318 + 66 * math.sin(i * 4.1)
        dark.add(light, bokeh[i % 3], x * stage.scale, y * stage.scale, gain=0.62 + 0.2 * math.sin(1.3 * t + i))


def _tired(stage: Stage) -> Painter:
    plate, lamp, bokeh = _near_water(stage)
    fog = dark.mist(stage, width=1700, height=340, color=(26, 30, 40), seed=8)
    printer = Printer(stage, seed=3)

    def paint(t: float) -> Frame:
        light = plate.copy()
        _behind(light, stage, bokeh, t)
        sputter = 0.10 * math.sin(17 * t) * math.sin(5.3 * t) + 0.05 * math.sin(29 * t)
        gain = between(0.62, 0.16, ease(t / 3.4)) + sputter * (1 - t / 6)
        afloat(light, stage, lamp, 600 + 12 * t, 380 + 6 * math.sin(1.3 * t) + 5 * t, gain, t)
        dark.drift(light, fog, 24 * t * stage.scale, stage.px(400))
        return printer.print(light, t)

    return paint


def _firefly(stage: Stage) -> Painter:
    """A green-gold point loops in, settles on the lid, and the paper fills with light."""
    plate, lamp, bokeh = _near_water(stage)
    fog = dark.mist(stage, width=1700, height=340, color=(26, 30, 40), seed=8)
    spark, tail = (
        dark.halo(stage, 60, (190, 230, 110), power=3.4),
        dark.halo(stage, 22, (60, 84, 34), power=2.0),
    )
    warm = dark.halo(stage, 620, (66, 36, 14), power=2.2)
    printer = Printer(stage, seed=4)

    def flight(t: float) -> Point:
        u = ease(t / 2.1)
        loop = (1 - u) * 150
        return between(1330, 650, u) + loop * math.sin(6.2 * t), between(90, 246, u) + loop * 0.7 * math.cos(6.2 * t)

    def paint(t: float) -> Frame:
        light = plate.copy()
        _behind(light, stage, bokeh, t + 4)
        kindled = ease((t - 2.1) / 1.1)
        x, y = 648 + 4 * t, 400 + 6 * math.sin(1.3 * t + 2) - 10 * kindled
        dark.add(light, warm, x * stage.scale, y * stage.scale, gain=kindled)
        afloat(light, stage, lamp, x, y, 0.16 + 0.84 * kindled + 0.05 * math.sin(7 * t) * kindled, t)
        for k in range(9, -1, -1):
            past = max(0.0, t - 0.035 * k)
            at = flight(past)
            dark.add(
                light,
                spark if k == 0 else tail,
                at[0] * stage.scale,
                at[1] * stage.scale,
                gain=(0.8 + 0.2 * math.sin(9 * t)) if k == 0 else 0.9 - 0.085 * k,
            )
        dark.drift(light, fog, (96 + 24 * t) * stage.scale, stage.px(400))
        return printer.print(light, t)

    return paint


def _rise(stage: Stage) -> Painter:
    """The whole lake lets go; the camera tilts after it, between two dark trees."""
    tall = night(stage, height=1160, shore=880, seed=6)
    lamps = [lantern(stage, h) for h in (16, 24, 36, 54, 84)]
    fog = dark.mist(stage, width=1700, height=190, color=(34, 38, 50), seed=9)
    frame_trees = pines(stage)
    printer = Printer(stage, seed=5)
    flock = scattered(46, 3, seed=43)

    def paint(t: float) -> Frame:
        top = between(420, 110, ease(t / 5.4))
        light = dark.crop(tall, top * stage.scale, stage.height)
        shore = stage.px(880 - top)
        for along, near, late in flock:
            away = max(0.0, t - 1.6 * late)
            x = 60 + along * 1160 + 18 * math.sin(0.9 * t + 17 * late)
            y = 872 - top - (16 + 46 * near) * away**1.35 * (1 + near) + 10 * near
            dark.add(
                light,
                lamps[min(4, int(near**1.8 * 5))],
                x * stage.scale,
                y * stage.scale,
                gain=0.9 + 0.1 * math.sin(3 * t + 9 * late),
            )
        if shore < stage.height:
            dark.mirror(light, shore, t, ripple=2.2 * stage.scale)
        dark.drift(light, fog, 18 * t * stage.scale, shore - stage.px(90))
        dark.shade(light, frame_trees)
        return printer.print(light, t)

    return paint


BOAT: tuple[Point, ...] = (
    (440, 330),
    (640, 376),
    (840, 330),
    (752, 470),
    (528, 470),
    (640, 180),
    (548, 352),
    (732, 352),
)
LINES = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (5, 6), (5, 7))


def _new_star(stage: Stage) -> Painter:
    """The lanterns find their places: a constellation shaped like a paper boat, a star at its mast."""
    sky = dark.gradient(stage, [(0, (4, 6, 18)), (0.6, (10, 15, 38)), (1, (20, 26, 52))])
    plate = dark.from_floats(sky + dark.stars(stage, height=720, count=560, seed=21)[: stage.height, : stage.width])
    lamp, point = lantern(stage, 22), dark.halo(stage, 26, (235, 220, 190), power=3.6)
    flare = dark.halo(stage, 150, (255, 226, 170), power=4.2)
    figure = Brush(stage, 1280, 720)
    for a, b in LINES:
        figure.line([BOAT[a], BOAT[b]], 1.6, (74, 84, 124))
    drawn = dark.from_image(figure.image())
    printer = Printer(stage, seed=6)

    def paint(t: float) -> Frame:
        light = plate.copy()
        dark.add(light, drawn, stage.width / 2, stage.height / 2, gain=ease((t - 1.5) / 1.3))
        for i, (x, y) in enumerate(BOAT):
            u = 1 - (1 - min(1.0, t / (1.5 + 0.1 * i))) ** 3
            px, py = between(640 + (x - 640) * 0.5, x, u), between(900 + 30 * i, y, u)
            dark.add(light, lamp, px * stage.scale, py * stage.scale, gain=1 - 0.85 * u)
            dark.add(light, point, px * stage.scale, py * stage.scale, gain=u * (0.85 + 0.15 * math.sin(5 * t + i)))
        shine = ease((t - 2.0) / 0.7) * (0.8 + 0.14 * math.sin(6 * t))
        dark.add(light, flare, 640 * stage.scale, 180 * stage.scale, gain=shine)
        return printer.print(light, t)

    return paint


def _make_a_wish(stage: Stage) -> Painter:
    plate = night(stage, shore=560, seed=9)
    words = words_of_light(
        stage,
        ("The End", 84, 70, 4),
        ("lit, played and whispered by MATINEE", 24, 160, 2),
        ("make a wish", 24, 200, 2),
    )
    lamp = lantern(stage, 30)
    fog = dark.mist(stage, width=1700, height=170, color=(32, 36, 48), seed=12)
    streak = dark.halo(stage, 12, (210, 214, 230), power=1.6)
    printer = Printer(stage, seed=7)

    def paint(t: float) -> Frame:
        light = plate.copy()
        for k in range(26):
            past = t - 1.5 - 0.012 * k
            if 0 < past < 0.7:
                dark.add(
                    light,
                    streak,
                    (250 + 760 * past) * stage.scale,
                    (60 + 250 * past) * stage.scale,
                    gain=(1 - k / 26) * (1 - past / 0.7),
                )
        dark.add(light, lamp, (900 - 8 * t) * stage.scale, 552 * stage.scale, gain=0.92)
        dark.mirror(light, stage.px(560), t, ripple=2.0 * stage.scale)
        dark.drift(light, fog, 12 * t * stage.scale, stage.px(480))
        dark.add(light, words, stage.width / 2, stage.px(300), gain=ease(t / 1.0))
        return printer.print(light, t)

    return paint


def poster() -> Image.Image:
    """Lanterns leaving the water for a very tall sky."""
    stage = Stage(1280, 1920)
    light = night(stage, height=1920, shore=1420, seed=3, moon=(960, 640))[:1920]
    lamps = [lantern(stage, h) for h in (26, 44, 72, 110, 170)]
    for i in range(46):
        near = (i * 0.7549) % 1
        x, y = (
            80 + 1120 * (i * 0.618 % 1),
            1400 - 960 * (i * 0.5698 % 1) * (0.4 + 0.6 * near) + 130 * near * ((i % 4) == 0),
        )
        dark.add(light, lamps[min(4, int(near**2.2 * 5))], x, y)
    dark.mirror(light, 1420, 1.0, ripple=3.4)
    dark.drift(light, dark.mist(stage, width=1700, height=320, color=(40, 44, 56), seed=9), 200, 1270)
    afloat(light, stage, lantern(stage, 330), 640, 1560, 1.0, 0.6)
    words = Brush(stage, 1280, 420, supersampling=1)
    words.text(640, 120, "THE LAKE OF", 84, PALE, spacing=22)
    words.text(640, 260, "SMALL LIGHTS", 136, PALE, spacing=8)
    dark.add(light, dark.from_image(words.image()), 640, 290)
    printed = Printer(stage, seed=1).print(light, 0)
    return Image.fromarray(printed).resize((600, 900), Image.Resampling.LANCZOS)


SHOTS = (
    Shot("title", 4.0, _title, "title"),
    Shot("lake", 5.0, _lake),
    Shot("tired", 4.0, _tired),
    Shot("firefly", 4.0, _firefly),
    Shot("rise", 5.0, _rise),
    Shot("new star", 4.0, _new_star),
    Shot("make a wish", 4.0, _make_a_wish, "end"),
)
