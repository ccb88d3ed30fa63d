"""The cut-paper props of The Paper Boat: boats, waves, clouds, gulls, fish, a whale, a lighthouse town."""

import math
from collections.abc import Callable

from PIL import Image

from matinee.demo.films.canvas import Brush, Color, Point, Sprite, Stage, curve, mix, shadowed

PAPER: Color = (253, 249, 240)
INK: Color = (38, 44, 74)
CORAL: Color = (239, 92, 78)
PINK: Color = (247, 158, 142)
SEA: tuple[Color, ...] = ((74, 176, 178), (36, 143, 158), (21, 108, 134), (16, 78, 108))

FLEET: tuple[Color, ...] = ((246, 190, 92), (239, 122, 98), (134, 196, 178), (190, 150, 206), (248, 222, 150))


def boat(stage: Stage, size: float, *, paper: Color = PAPER, face: str = "smile") -> Sprite:
    """A folded boat, 220 * size wide, anchored at its waterline; `face` may be "none"."""
    shade = mix(paper, (120, 130, 170), 0.28)
    brush = Brush(stage, 260 * size, 230 * size)

    def at(x: float, y: float) -> Point:
        return ((130 + x) * size, (140 + y) * size)

    brush.line([at(0, -84), at(0, -118)], 4 * size, INK)
    brush.polygon([at(0, -118), at(40, -106), at(0, -93)], CORAL)
    brush.polygon([at(-48, 4), at(0, -86), at(48, 4), at(0, 12)], paper)
    brush.polygon([at(0, -86), at(48, 4), at(0, 12)], shade)
    brush.polygon([at(-112, -30), at(0, 4), at(112, -30), at(60, 52), at(-60, 52)], mix(paper, shade, 0.15))
    brush.polygon([at(112, -30), at(60, 52), at(0, 52), at(0, 4)], mix(paper, shade, 0.55))
    brush.line([at(-112, -30), at(0, 4), at(112, -30)], 1.6 * size, mix(shade, INK, 0.2))
    if face != "none":
        _face(brush, at, size, face)
    sheet = shadowed(brush.image(), offset=stage.px(3 * size), blur=4 * size * stage.scale, strength=0.3)
    return Sprite.of(sheet, 130 * size, 184 * size, stage)


def _face(brush: Brush, at: Callable[[float, float], Point], size: float, face: str) -> None:
    for side in (-1, 1):
        x, y = at(24 * side, 20)
        if face in ("blink", "asleep"):
            dip = 5 if face == "asleep" else 2
            brush.line(
                curve([at(24 * side - 7, 20), at(24 * side, 20 + dip), at(24 * side + 7, 20)], closed=False),
                3 * size,
                INK,
            )
        else:
            brush.disc(x, y, (8 if face == "wonder" else 6) * size, INK)
            brush.disc(x + 2 * size, y - 2.5 * size, 2.2 * size, PAPER)
        cx, cy = at(40 * side, 31)
        brush.ellipse(cx, cy, 8 * size, 5 * size, PINK)
    if face == "wonder":
        x, y = at(0, 35)
        brush.ellipse(x, y, 5 * size, 6.5 * size, INK)
    else:
        brush.line(curve([at(-10, 31), at(0, 37), at(10, 31)], closed=False), 3 * size, INK)


def waves(
    stage: Stage, color: Color, *, swell: float, period: float, depth: float, crest: Color | None = None
) -> Sprite:
    """A strip of sea one period wider than the picture: slide it by less than a period and it never ends."""
    width = 1280 + period + 8
    brush = Brush(stage, width, depth, supersampling=2)
    top = [(x, swell + 4 - swell * abs(math.sin(math.pi * x / period)) ** 1.4) for x in _steps(0, width, 4)]
    if crest is not None:
        brush.polygon([*top, (width, depth), (0, depth)], crest)
        top = [(x, y + 7) for x, y in top]
    brush.polygon([*top, (width, depth), (0, depth)], color)
    sheet = brush.image()
    return Sprite.of(sheet, 0, swell + 4, stage)


def _steps(start: float, stop: float, step: float) -> list[float]:
    return [start + i * step for i in range(int((stop - start) / step) + 2)]


def cloud(stage: Stage, size: float, color: Color) -> Sprite:
    brush = Brush(stage, 330 * size, 150 * size)
    for x, y, r in ((70, 92, 36), (125, 66, 52), (190, 62, 58), (250, 88, 40)):
        brush.disc(x * size, y * size, r * size, color)
    brush.box(36 * size, 84 * size, 288 * size, 128 * size, color, radius=22 * size)
    sheet = shadowed(brush.image(), offset=stage.px(6 * size), blur=6 * stage.scale, strength=0.14)
    return Sprite.of(sheet, 160 * size, 75 * size, stage)


def gull(stage: Stage, size: float, lift: float) -> Sprite:
    """A gull is one stroke; `lift` -1..1 is where its wings are."""
    brush = Brush(stage, 90 * size, 70 * size)
    tip, elbow = 34 - 24 * lift, 30 - 12 * lift
    for side in (-1, 1):
        stroke = [(45 + 40 * side, tip), (45 + 20 * side, elbow - 8), (45, 40)]
        brush.line(curve([(x * size, y * size) for x, y in stroke], closed=False), 6 * size, PAPER)
    return brush.sprite(stage, 45 * size, 36 * size)


def fish(stage: Stage, size: float, color: Color) -> Sprite:
    """A fish swimming left."""
    brush = Brush(stage, 80 * size, 50 * size)
    brush.polygon([(76 * size, 8 * size), (50 * size, 25 * size), (76 * size, 42 * size)], mix(color, INK, 0.15))
    brush.ellipse(36 * size, 25 * size, 30 * size, 16 * size, color)
    brush.polygon([(40 * size, 25 * size), (52 * size, 18 * size), (52 * size, 33 * size)], mix(color, PAPER, 0.4))
    brush.disc(20 * size, 21 * size, 4 * size, PAPER)
    brush.disc(19 * size, 21 * size, 2.2 * size, INK)
    return brush.sprite(stage, 40 * size, 25 * size)


FLUKES: tuple[Point, ...] = (
    *((-236, 4), (-300, -18), (-362, -86), (-300, -74)),
    *((-262, -50), (-258, -116), (-226, -60)),
)
BODY: tuple[Point, ...] = (
    *((-250, -6), (-120, -70), (60, -128), (220, -118), (320, -40)),
    *((318, 50), (230, 112), (60, 116), (-110, 70), (-240, 20)),
)
BELLY: tuple[Point, ...] = ((322, 26), (314, 56), (230, 112), (60, 116), (-90, 76), (60, 64), (200, 40))
FLIPPER: tuple[Point, ...] = ((70, 60), (30, 132), (-40, 178), (-30, 110), (10, 56))


def whale(stage: Stage, size: float, *, laughing: bool = False) -> Sprite:
    """A whale seen from the side, swimming right, 700 * size long, anchored at its middle."""
    brush = Brush(stage, 760 * size, 420 * size)

    def at(x: float, y: float) -> Point:
        return ((380 + x) * size, (210 + y) * size)

    skin: Color = (52, 88, 134)
    for outline, color in ((FLUKES, skin), (BODY, skin), (BELLY, (224, 230, 230))):
        brush.polygon(curve([at(*point) for point in outline]), color)
    for i in range(5):
        groove = [
            at(268 - i * 52, 62 + i * 4 - abs(i - 1) * 2),
            at(220 - i * 46, 84 + i * 2),
            at(150 - i * 44, 98 - i * 2),
        ]
        brush.line(curve(groove, closed=False), 3.5 * size, (186, 198, 206))
    brush.polygon(curve([at(*point) for point in FLIPPER]), (40, 70, 114))
    eye = at(222, -2)
    if laughing:
        brush.line(curve([at(204, 2), at(222, -14), at(240, 2)], closed=False), 6 * size, INK)
    else:
        brush.disc(*eye, 12 * size, INK)
        brush.disc(eye[0] + 4 * size, eye[1] - 4 * size, 4.4 * size, PAPER)
    brush.ellipse(*at(192, 30), 20 * size, 11 * size, (214, 132, 138))
    brush.line(curve([at(318, 24), at(284, 40), at(236, 30)], closed=False), 5 * size, INK)
    sheet = shadowed(brush.image(), offset=stage.px(8 * size), blur=9 * size * stage.scale, strength=0.3)
    return Sprite.of(sheet, 380 * size, 210 * size, stage)


def spout(stage: Stage, height: float) -> Sprite:
    """A column of water with a mushroom top, anchored where it leaves the whale."""
    brush = Brush(stage, 300, height + 80)
    foot = height + 70
    for color, slim in (((150, 214, 220), 0.0), ((206, 238, 238), 16.0)):
        column = [
            (150 - 44 + slim, foot),
            (150 - 26 + slim * 0.5, foot - height * 0.6),
            (44 + slim, 66 + slim),
            (40 + slim, 40 + slim),
        ]
        mirrored = [(300 - x, y) for x, y in reversed(column)]
        brush.polygon(curve([*column, (100, 22 + slim), (150, 34 + slim), (200, 22 + slim), *mirrored]), color)
    return brush.sprite(stage, 150, foot)


def island(stage: Stage, points: list[Point], color: Color, *, width: float, height: float) -> Sprite:
    brush = Brush(stage, width, height, supersampling=2)
    brush.polygon([*curve([(0, height), *points, (width, height)], closed=False), (width, height), (0, height)], color)
    sheet = shadowed(brush.image(), offset=-stage.px(3), blur=5 * stage.scale, strength=0.18)
    return Sprite.of(sheet, 0, height, stage)


def lighthouse(stage: Stage) -> Sprite:
    """A striped lighthouse on a rock, 420 tall, anchored at the lamp."""
    brush = Brush(stage, 320, 520)
    rock = [(0, 520), (22, 470), (80, 430), (160, 416), (240, 432), (300, 476), (320, 520)]
    for stripe in range(6):
        y0, y1 = 96 + stripe * 56, 96 + (stripe + 1) * 56
        w0, w1 = 34 + stripe * 5.5, 34 + (stripe + 1) * 5.5
        red = stripe % 2 == 1
        lit, dim = ((205, 76, 80), (160, 54, 72)) if red else ((240, 226, 216), (188, 178, 194))
        brush.polygon([(160 - w0, y0), (160 + w0, y0), (160 + w1, y1), (160 - w1, y1)], lit)
        brush.polygon([(160 + w0 * 0.1, y0), (160 + w0, y0), (160 + w1, y1), (160 + w1 * 0.1, y1)], dim)
    brush.polygon(curve(rock, closed=False), (44, 40, 78))
    brush.box(114, 86, 206, 98, INK, radius=4)
    brush.box(134, 42, 186, 86, (255, 232, 150), radius=4)
    for x in (134, 160, 186):
        brush.line([(x, 42), (x, 86)], 4, INK)
    brush.polygon([(122, 44), (160, 6), (198, 44)], (205, 76, 80))
    brush.polygon([(160, 6), (198, 44), (162, 44)], (160, 54, 72))
    brush.box(150, 250, 172, 284, (255, 214, 120), radius=11)
    return brush.sprite(stage, 160, 64)


def bubble(stage: Stage, radius: float) -> Sprite:
    brush = Brush(stage, 2 * radius + 4, 2 * radius + 4)
    middle = radius + 2
    brush.disc(middle, middle, radius, (178, 228, 228, 120))
    brush.ring(middle, middle, radius, max(2.0, radius / 5), (232, 250, 246, 230))
    brush.disc(middle - radius * 0.35, middle - radius * 0.35, radius * 0.2, (255, 255, 255))
    return brush.sprite(stage, middle, middle)


def weed(stage: Stage, height: float, lean: float, color: Color) -> Sprite:
    brush = Brush(stage, 160, height)
    spine = [(80 + lean * (i / 6) ** 2 * 40 + 9 * math.sin(i * 1.9), height - i * height / 6.4) for i in range(7)]
    left = [(x - 15 * (1 - i / 7), y) for i, (x, y) in enumerate(spine)]
    right = [(x + 15 * (1 - i / 7), y) for i, (x, y) in enumerate(spine)]
    brush.polygon(curve([*left, *reversed(right)]), color)
    return brush.sprite(stage, 80, height)


def sunrise(stage: Stage, *, sky: Color, rings: tuple[Color, ...], x: float, y: float, radius: float) -> Image.Image:
    """A plate of flat sky with the sun's light as paper rings."""
    brush = Brush(stage, 1280, 720, supersampling=2)
    brush.box(-8, -8, 1290, 730, sky)
    for i, color in enumerate(rings):
        brush.disc(x, y, radius * (1 + 0.62 * (len(rings) - 1 - i)), color)
    return brush.image().convert("RGB")


MORNING: tuple[Color, ...] = ((255, 228, 190), (255, 214, 168), (255, 194, 142), (255, 140, 92))


def sea_layers(stage: Stage, *, swell: float, depths: tuple[float, ...]) -> list[tuple[Sprite, float, float]]:
    """Layers of water, far to near: (strip, height on screen, period)."""
    layers = []
    for i, y in enumerate(depths):
        period = 128.0 + 64 * i
        strip = waves(
            stage,
            SEA[i],
            swell=swell + 3 * i,
            period=period,
            depth=760 - y,
            crest=(205, 236, 226) if i == 0 else None,
        )
        layers.append((strip, y, period))
    return layers


def flow(frame: Image.Image, layer: tuple[Sprite, float, float], pixels: float, bob: float = 0) -> None:
    strip, y, period = layer
    strip.put(frame, -(pixels % period), y + bob)
