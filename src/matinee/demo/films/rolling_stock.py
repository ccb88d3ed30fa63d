"""Props of The Confetti Express: locomotive, coaches, crates, wheels, steam, rain, a lot of paper."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from matinee.demo.films.canvas import Brush, Color, Frame, Sprite, Stage, mix

IRON: Color = (34, 38, 52)
RED: Color = (196, 52, 48)
BRASS: Color = (232, 180, 84)
LAMP: Color = (255, 222, 140)
PARTY: tuple[Color, ...] = (
    (244, 78, 92),
    (255, 196, 64),
    (72, 190, 170),
    (92, 140, 240),
    (240, 130, 200),
    (250, 246, 232),
    (150, 212, 88),
)


def locomotive(stage: Stage, size: float) -> Sprite:
    """Facing right, 420 * size long, standing on y = 0 of its anchor (its rear coupling)."""
    brush = Brush(stage, 460 * size, 260 * size)

    def box(left: float, top: float, right: float, bottom: float, color: Color, radius: float = 0) -> None:
        brush.box(left * size, top * size, right * size, bottom * size, color, radius=radius * size)

    box(14, 176, 424, 204, (58, 26, 34))
    box(120, 88, 384, 178, IRON, 30)
    box(120, 96, 370, 116, mix(IRON, (120, 140, 180), 0.35), 8)
    for x in (190, 260, 330):
        box(x, 88, x + 8, 178, BRASS)
    box(20, 34, 136, 180, RED, 8)
    box(8, 22, 150, 42, IRON, 8)
    box(44, 62, 110, 112, LAMP, 8)
    brush.polygon(
        [(316 * size, 90 * size), (306 * size, 22 * size), (366 * size, 22 * size), (356 * size, 90 * size)],
        IRON,
    )
    box(300, 14, 372, 30, RED, 6)
    box(220, 64, 258, 92, BRASS, 16)
    brush.disc(392 * size, 122 * size, 17 * size, LAMP)
    brush.ring(392 * size, 122 * size, 20 * size, 6 * size, BRASS)
    brush.polygon([(396 * size, 180 * size), (452 * size, 238 * size), (380 * size, 238 * size)], RED)
    for x, r in ((70, 40), (164, 40), (258, 40), (346, 26)):
        brush.disc(x * size, (240 - r) * size, r * size, (90, 28, 34))
        brush.ring(x * size, (240 - r) * size, r * size, 7 * size, (24, 26, 36))
        brush.disc(x * size, (240 - r) * size, 7 * size, BRASS)
    box(66, 196, 268, 206, (178, 184, 196), 4)
    return brush.sprite(stage, 10 * size, 240 * size)


def wagon(stage: Stage, size: float, color: Color) -> Sprite:
    """A coach with lit windows, 330 * size long, anchored at its rear, on the rail."""
    brush = Brush(stage, 350 * size, 230 * size)
    brush.box(10 * size, 50 * size, 330 * size, 186 * size, color, radius=10 * size)
    brush.box(0, 38 * size, 340 * size, 62 * size, mix(color, IRON, 0.65), radius=12 * size)
    brush.box(10 * size, 136 * size, 330 * size, 146 * size, BRASS)
    for i in range(5):
        brush.box((30 + 60 * i) * size, 78 * size, (74 + 60 * i) * size, 124 * size, LAMP, radius=6 * size)
    for x in (60, 110, 230, 280):
        brush.disc(x * size, 190 * size, 20 * size, (24, 26, 36))
        brush.disc(x * size, 190 * size, 9 * size, (110, 112, 126))
    return brush.sprite(stage, 0, 210 * size)


def crate(stage: Stage, size: float, words: str, *, lid: bool = True) -> Sprite:
    """A wooden box with a stencilled word, 240 * size wide, standing on its anchor."""
    brush = Brush(stage, 260 * size, 190 * size)
    wood: Color = (176, 120, 68)
    for i in range(4):
        top = 34 + 36 * i
        brush.box(
            12 * size,
            top * size,
            248 * size,
            (top + 34) * size,
            mix(wood, (90, 52, 36), 0.12 * (i % 3)),
            radius=3 * size,
        )
    for x in (12, 224):
        brush.box(x * size, 30 * size, (x + 24) * size, 182 * size, (126, 80, 48), radius=3 * size)
    brush.text(130 * size, 100 * size, words, 34 * size, (70, 34, 26), spacing=3 * size)
    brush.text(130 * size, 138 * size, "FRAGILE", 16 * size, RED, spacing=4 * size)
    if lid:
        brush.box(4 * size, 16 * size, 256 * size, 36 * size, (142, 92, 54), radius=4 * size)
    return brush.sprite(stage, 130 * size, 182 * size)


def driving_wheel(stage: Stage, radius: float, degrees: float) -> Sprite:
    """One twelve-spoked wheel, smeared over a few degrees as a shutter would."""
    layers = []
    for smear in (-3.0, 0.0, 3.0):
        brush = Brush(stage, 2 * radius + 8, 2 * radius + 8, supersampling=2)
        c = radius + 4
        brush.disc(c, c, radius, (26, 28, 38))
        brush.disc(c, c, radius * 0.90, (126, 34, 40))
        brush.disc(c, c, radius * 0.80, (18, 18, 26))
        for k in range(12):
            a = math.radians(degrees + smear + 30 * k)
            brush.line(
                [(c, c), (c + radius * 0.82 * math.cos(a), c + radius * 0.82 * math.sin(a))],
                radius * 0.075,
                (164, 46, 48),
            )
        brush.disc(c, c, radius * 0.26, (126, 34, 40))
        brush.disc(c, c, radius * 0.13, BRASS)
        layers.append(brush.image())
    blurred = Image.blend(Image.blend(layers[0], layers[1], 0.5), layers[2], 1 / 3)
    return Sprite.of(blurred, radius + 4, radius + 4, stage)


def puff(stage: Stage, radius: float, color: Color, opacity: float) -> Sprite:
    """A soft ball of steam, lit from above."""
    size = 2 * radius
    brush = Brush(stage, size, size, supersampling=1)
    brush.disc(radius, radius, radius * 0.62, mix(color, (40, 40, 70), 0.3))
    brush.disc(radius * 0.94, radius * 0.86, radius * 0.46, color)
    soft = brush.image().filter(ImageFilter.GaussianBlur(radius * 0.16 * stage.scale))
    soft.putalpha(soft.getchannel("A").point(lambda a: int(a * opacity)))
    return Sprite.of(soft, radius, radius, stage)


def scraps(stage: Stage) -> list[list[Sprite]]:
    """Confetti: for each colour and size, eight steps of a tumble. Seen edge on it is almost a line."""
    out = []
    for size in (7.0, 11.0, 17.0):
        for color in PARTY:
            phases = []
            for k in range(8):
                brush = Brush(stage, 2.8 * size, 2.8 * size)
                c, spin, tilt = 1.4 * size, math.pi * k / 8, abs(math.cos(math.pi * k / 8)) * 0.85 + 0.15
                corners = [(-1.0, -0.62), (1.0, -0.62), (1.0, 0.62), (-1.0, 0.62)]
                turned = [
                    (
                        x * math.cos(spin) - y * tilt * math.sin(spin),
                        x * math.sin(spin) + y * tilt * math.cos(spin),
                    )
                    for x, y in corners
                ]
                brush.polygon(
                    [(c + x * size, c + y * size) for x, y in turned],
                    mix(color, (30, 24, 60), 0.35 * (1 - tilt)),
                )
                phases.append(brush.sprite(stage, c, c))
            out.append(phases)
    return out


def rain(frame: Image.Image, stage: Stage, t: float, *, count: int, slant: float, color: Color, seed: int) -> None:
    """Streaks at new random places each frame, as rain at a slow shutter is."""
    chance = np.random.default_rng(seed * 100_003 + round(t * 24))
    draw = ImageDraw.Draw(frame)
    at = chance.random((count, 3))
    for x, y, z in at.tolist():
        length = (26 + 70 * z) * stage.scale
        px, py = x * frame.width * 1.2, y * frame.height
        draw.line(
            (px, py, px - slant * length, py + length),
            fill=mix((60, 70, 100), color, z),
            width=1 if z < 0.75 else 2,
        )


def smear(image: Image.Image, pixels: float) -> Image.Image:
    """Blur sideways only: what speed does to a landscape. The strip is taken to repeat."""
    reach = max(1, round(pixels))
    wide = Image.new("RGBA", (image.width + 2 * reach, image.height))
    for x in (reach - image.width, reach, reach + image.width):
        wide.paste(image, (x, 0))
    return wide.filter(ImageFilter.BoxBlur((reach / 2, 0))).crop((reach, 0, reach + image.width, image.height))


def gradient(stage: Stage, *stops: tuple[float, Color]) -> Image.Image:
    """A vertical gradient plate through (height 0..1, colour) stops."""
    y = np.linspace(0, 1, stage.height)
    columns = [np.interp(y, [at for at, _ in stops], [color[k] for _, color in stops]) for k in range(3)]
    rows: Frame = np.stack(columns, axis=1).round().astype(np.uint8)
    return Image.fromarray(np.repeat(rows[:, None, :], stage.width, axis=1))
