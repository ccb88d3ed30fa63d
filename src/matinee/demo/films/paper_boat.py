"""The Paper Boat: a folded boat meets a ticklish whale. Flat colour, sharp edges, large still areas.

The easy film for an encoder: nearly everything is a rigid shape sliding over a flat field, so motion
search predicts almost every block and the per-title ladder should end far below the other two films.
"""

import math
from dataclasses import replace

from PIL import Image

from matinee.demo.films import paper_cuts as cut
from matinee.demo.films import paper_harbour as harbour
from matinee.demo.films.canvas import Brush, Color, Frame, Stage, as_frame, between, ease, spring
from matinee.demo.films.paper_cuts import MORNING, flow, sea_layers, sunrise
from matinee.demo.films.story import Painter, Shot

TAU = math.tau


def _title(stage: Stage) -> Painter:
    plate = sunrise(stage, sky=(255, 238, 210), rings=MORNING, x=640, y=560, radius=190)
    words = Brush(stage, 1280, 260)
    words.text(640, 70, "MATINEE PRESENTS", 20, cut.INK, spacing=7)
    words.text(640, 150, "The Paper Boat", 86, cut.INK, spacing=3)
    words.sprite(stage).put(plate, 0, 60)
    sea = sea_layers(stage, swell=16, depths=(520.0, 578.0, 636.0))
    boat = cut.boat(stage, 1.0)

    def paint(t: float) -> Frame:
        frame = plate.copy()
        flow(frame, sea[0], 48 * t, 5 * math.sin(1.6 * t))
        rise = spring((t - 0.15) / 1.1)
        x, y = 640 + 26 * t, between(720, 548, rise) + 6 * math.sin(2.4 * t)
        boat.glide(frame, x, y, degrees=4 * math.sin(2.4 * t + 1) + 14 * (1 - rise))
        flow(frame, sea[1], -72 * t, 6 * math.sin(1.9 * t + 1))
        flow(frame, sea[2], 96 * t, 6 * math.sin(2.1 * t + 2))
        return as_frame(frame)

    return paint


def _setting_out(stage: Stage) -> Painter:
    plate = sunrise(stage, sky=(255, 236, 206), rings=MORNING, x=930, y=392, radius=120)
    far = cut.island(
        stage,
        [(80, 120), (220, 60), (330, 96), (470, 20), (640, 108)],
        (228, 170, 150),
        width=760,
        height=170,
    )
    near = cut.island(stage, [(60, 100), (170, 40), (280, 88), (400, 130)], (178, 134, 150), width=470, height=160)
    clouds = [cut.cloud(stage, 0.9, (255, 248, 234)), cut.cloud(stage, 0.55, (255, 246, 228))]
    gulls = [cut.gull(stage, 0.6, math.sin(TAU * i / 8)) for i in range(8)]
    sea = sea_layers(stage, swell=13, depths=(408.0, 476.0, 560.0, 646.0))
    boat = cut.boat(stage, 0.86)

    def paint(t: float) -> Frame:
        frame = plate.copy()
        far.put(frame, 240 - 6 * t, 420)
        near.put(frame, 20 - 14 * t, 424)
        clouds[0].glide(frame, 290 - 10 * t, 130)
        clouds[1].glide(frame, 1010 - 6 * t, 96)
        for i, (x, y) in enumerate(((520, 190), (600, 150), (662, 204))):
            gulls[int(t * 12 + 3 * i) % 8].glide(frame, x + 52 * t, y - 8 * t + 8 * math.sin(2 * t + i))
        flow(frame, sea[0], 36 * t)
        flow(frame, sea[1], 96 * t, 4 * math.sin(1.8 * t))
        roll = math.sin(2.2 * t)
        boat.glide(frame, 250 + 150 * t, 548 + 9 * math.sin(2.2 * t + 0.8), degrees=5 * roll)
        flow(frame, sea[2], 168 * t, 6 * math.sin(2.2 * t + 1))
        flow(frame, sea[3], 264 * t, 8 * math.sin(2.0 * t + 2))
        return as_frame(frame)

    return paint


def _something_below(stage: Stage) -> Painter:
    """Close on the boat: it looks down, and a shadow wider than the picture slides by."""
    plate = sunrise(stage, sky=(255, 226, 190), rings=((255, 216, 174), (255, 202, 152)), x=300, y=330, radius=260)
    sea = sea_layers(stage, swell=22, depths=(430.0, 520.0, 640.0))
    faces = {mood: cut.boat(stage, 2.3, face=mood) for mood in ("smile", "blink", "wonder")}
    shadow = Brush(stage, 900, 240, supersampling=1)
    shadow.ellipse(420, 120, 400, 84, (12, 66, 96, 150))
    shadow.polygon([(60, 120), (0, 50), (24, 120), (0, 190)], (12, 66, 96, 150))
    below = shadow.sprite(stage, 450, 120)
    bubbles = [cut.bubble(stage, r) for r in (7, 11, 16)]

    def paint(t: float) -> Frame:
        frame = plate.copy()
        flow(frame, sea[0], 48 * t, 5 * math.sin(1.7 * t))
        mood = "blink" if 0.9 < t < 1.04 or 1.25 < t < 1.38 else "smile" if t < 1.8 else "wonder"
        hop = 26 * math.exp(-3 * max(0.0, t - 1.8)) * abs(math.sin(9 * max(0.0, t - 1.8)))
        faces[mood].glide(frame, 640, 474 + 12 * math.sin(2.1 * t) - hop, degrees=3.5 * math.sin(2.1 * t + 1))
        flow(frame, sea[1], 96 * t, 8 * math.sin(2.1 * t + 1))
        below.put(frame, between(-500, 1500, ease((t - 0.9) / 3.8)), 640)
        for i in range(9):
            age = (t * 0.7 + i * 0.37) % 1
            if t > 1.6:
                bubbles[i % 3].put(frame, 260 + 97 * i + 8 * math.sin(9 * age + i), 700 - 110 * age)
        return as_frame(frame)

    return paint


def _deep_plate(stage: Stage) -> Image.Image:
    """Under water: bands of ever darker paper, wedges of light from the surface."""
    brush = Brush(stage, 1280, 720, supersampling=2)
    bands: tuple[Color, ...] = (
        (120, 206, 200),
        (78, 182, 188),
        (46, 152, 172),
        (30, 122, 152),
        (22, 96, 132),
        (18, 74, 110),
    )
    for i, color in enumerate(bands):
        top = -10 + i * 122
        edge = [(x, top + 14 * math.sin(x / 150 + i * 1.7)) for x in range(0, 1300, 16)]
        brush.polygon([*edge, (1296, 740), (0, 740)], color)
    plate = brush.image().convert("RGB")
    for x, lean, width in ((180, -120, 90), (430, -60, 130), (720, 30, 80), (980, 110, 140)):
        light = Brush(stage, 1280, 720, supersampling=2)
        light.polygon([(x, 0), (x + width, 0), (x + width * 1.9 + lean, 720), (x + lean, 720)], (190, 240, 222, 34))
        sheet = light.image()
        plate.paste(sheet, (0, 0), sheet)
    return plate


def _underneath(stage: Stage) -> Painter:
    plate = _deep_plate(stage)
    whale = cut.whale(stage, 1.05)
    hull = Brush(stage, 260, 100)
    hull.polygon([(20, 8), (240, 8), (186, 84), (74, 84)], (226, 236, 230))
    hull.polygon([(130, 8), (240, 8), (186, 84), (130, 84)], (186, 208, 214))
    keel = hull.sprite(stage, 130, 10)
    surface = cut.waves(stage, (206, 240, 226), swell=12, period=160, depth=40)
    surface = replace(surface, image=surface.image.transpose(Image.Transpose.FLIP_TOP_BOTTOM), anchor_y=0)
    school = [
        cut.fish(stage, 0.55 + 0.12 * (i % 3), ((250, 170, 84), (246, 120, 96), (252, 206, 110))[i % 3])
        for i in range(9)
    ]
    weeds = [
        [cut.weed(stage, h, lean / 5, color) for lean in range(-5, 6)]
        for h, color in ((250, (20, 104, 110)), (180, (14, 84, 102)), (310, (16, 92, 104)))
    ]
    bubbles = [cut.bubble(stage, r) for r in (6, 10, 15)]

    def paint(t: float) -> Frame:
        frame = plate.copy()
        surface.put(frame, -((60 * t) % 160), -2)
        keel.glide(frame, 560 + 46 * t, 18 + 6 * math.sin(2.2 * t), degrees=4 * math.sin(2.2 * t + 1))
        for i, swimmer in enumerate(school):
            x, y = 1480 - 40 * (i % 3) - 92 * (i // 3), 210 + 46 * (i % 3) + 16 * (i // 3)
            away = 170 * ease((t - 1.4) / 1.6)
            swimmer.glide(
                frame,
                x - 250 * t,
                y + 10 * math.sin(5 * t + i) - away * (1 if i % 3 < 2 else -0.4),
                degrees=4 * math.sin(5 * t + i),
            )
        whale.glide(frame, -420 + 300 * t, 452 + 22 * math.sin(1.3 * t), degrees=-3 + 4 * math.sin(1.3 * t + 1.2))
        for i, fronds in enumerate(weeds * 3):
            lean = round(5 + 4.4 * math.sin(1.5 * t + i * 1.3))
            fronds[lean].put(frame, 40 + 150 * i + 24 * math.sin(i * 7), 726)
        for i in range(10):
            age = (t * 0.45 + i * 0.271) % 1
            bubbles[i % 3].put(frame, 120 + 121 * i + 12 * math.sin(8 * age + i), 720 - 700 * age)
        return as_frame(frame)

    return paint


SHOTS = (
    Shot("title", 3.0, _title, "title"),
    Shot("setting out", 4.5, _setting_out),
    Shot("something below", 4.5, _something_below),
    Shot("underneath", 4.5, _underneath),
    Shot("ticklish", 4.5, harbour.ticklish),
    Shot("harbour", 4.5, harbour.harbour),
    Shot("good night", 3.0, harbour.good_night, "end"),
)
poster = harbour.poster
