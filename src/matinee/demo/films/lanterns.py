"""The props of The Lake of Small Lights: lanterns, a starry night with fir ridges, titles of light."""

import math

import numpy as np
from PIL import ImageFilter

from matinee.demo.films import darkroom as dark
from matinee.demo.films.canvas import Brush, Color, Point, Stage
from matinee.demo.films.darkroom import Light

MOON: Color = (186, 186, 172)


PALE: Color = (236, 228, 206)


NIGHT: list[tuple[float, Color]] = [
    (0, (5, 7, 20)),
    (0.5, (10, 16, 38)),
    (0.85, (26, 36, 62)),
    (1, (44, 48, 70)),
]


def lantern(stage: Stage, height: float) -> Light:
    """A paper lantern and the glow around it, as light; it fills the middle third of its square."""
    size = 3 * height
    brush = Brush(stage, size, size, supersampling=2)
    c = size / 2
    for k in range(12):
        u = k / 11
        w, h = height * (0.40 - 0.20 * u), height * (0.5 - 0.30 * u)
        tone = (int(196 + 59 * u), int(84 + 104 * u), int(24 + 52 * u))
        brush.box(c - w, c - h + 0.18 * height * u, c + w, c + h - 0.02 * height * u, tone, radius=w * 0.62)
    soft = brush.image().filter(ImageFilter.GaussianBlur(max(0.6, height * 0.022 * stage.scale)))
    detail = Brush(stage, size, size, supersampling=2)
    for k in range(-3, 4):
        y, w = c + k * height * 0.13, height * 0.40 * math.sqrt(max(0.0, 1 - (k / 5.2) ** 2))
        detail.line([(c - w, y), (c + w, y)], max(0.7, height * 0.012), (120, 50, 20, 120))
    detail.box(
        c - height * 0.2,
        c - height * 0.54,
        c + height * 0.2,
        c - height * 0.47,
        (70, 34, 24),
        radius=height * 0.02,
    )
    detail.box(
        c - height * 0.2,
        c + height * 0.47,
        c + height * 0.2,
        c + height * 0.54,
        (70, 34, 24),
        radius=height * 0.02,
    )
    soft.alpha_composite(detail.image())
    body = dark.from_image(soft)
    glow = dark.halo(stage, size / 2, (84, 42, 14), power=2.4)
    dark.add(body, glow, body.shape[1] / 2, body.shape[0] / 2)
    return body


def _hills(stage: Stage, seed: int, base: float, rise: float, *, height: float = 720, firs: bool = False) -> Light:
    """A ridge, with firs standing on it when near, as a mask."""
    brush = Brush(stage, 1290, height, supersampling=2)

    def top(x: float) -> float:
        return (
            base
            - rise * (0.5 + 0.5 * math.sin(x / 310 + seed))
            - 0.3 * rise * math.sin(x / 97 + 2 * seed)
            - 0.08 * rise * math.sin(x / 23 + seed)
        )

    brush.polygon(
        [*((float(x), top(x)) for x in range(0, 1300, 5)), (1296.0, height), (0.0, height)],
        (0, 0, 0, 210 if not firs else 255),
    )
    if firs:
        for i in range(86):
            x = (i * 97.3) % 1290
            tall = 40 + (i * 37) % 60
            for k in range(3):
                w, y = 15 - 3 * k, top(x) + 8 - tall * k * 0.28
                brush.polygon([(x - w, y), (x, y - tall * 0.46), (x + w, y)], (0, 0, 0, 255))
    mask = dark.silhouette(brush)
    return np.maximum(mask, 1)


def night(stage: Stage, *, height: float = 720, shore: float = 440, seed: int = 1, moon: Point | None = None) -> Light:
    """Sky, stars, moon and far hills down to the shore; the lake is mirrored in every frame."""
    sky = dark.gradient(
        stage, [(at * shore / height, color) for at, color in NIGHT] + [(1, NIGHT[-1][1])], height=height
    )
    points = dark.stars(stage, height=shore, count=430, seed=seed)
    sky[: len(points), : points.shape[1]] += points[: len(sky), : sky.shape[1]]
    light = dark.from_floats(sky)
    if moon is not None:
        x, y = moon[0] * stage.scale, moon[1] * stage.scale
        dark.add(light, dark.halo(stage, 420, (40, 44, 54), power=2.2), x, y)
        disc = Brush(stage, 120, 120)
        disc.disc(60, 60, 40, MOON)
        for cx, cy, r in ((48, 50, 9), (70, 68, 12), (66, 42, 5)):
            disc.disc(cx, cy, r, (160, 160, 150))
        dark.add(light, dark.from_image(disc.image().filter(ImageFilter.GaussianBlur(0.8 * stage.scale))), x, y)
    far = _hills(stage, seed + 2, shore + 4, 96, height=height)[: light.shape[0], : light.shape[1]]
    np.minimum(light, 255 * dark.ONE, out=light)
    dark.shade(light, np.maximum(far, 5))
    near = _hills(stage, seed + 5, shore + 6, 40, height=height, firs=True)[: light.shape[0], : light.shape[1]]
    dark.shade(light, near)
    return light


def words_of_light(stage: Stage, *lines: tuple[str, float, float, float]) -> Light:
    brush = Brush(stage, 1280, 300)
    for words, size, y, spacing in lines:
        brush.text(640, y, words, size, PALE, spacing=spacing)
    return dark.from_image(brush.image())


def scattered(count: int, values: int, *, seed: int) -> list[list[float]]:
    """Places without a pattern, far to near."""
    places: list[list[float]] = np.random.default_rng(seed).random((count, values)).tolist()
    return sorted(places, key=lambda place: place[1])


def afloat(light: Light, stage: Stage, lamp: Light, x: float, y: float, gain: float, t: float) -> None:
    """A lantern and its own broken reflection beneath."""
    height = lamp.shape[0]
    below = lamp[::-1]
    for k in range(3):
        sway = (2 + 3 * k) * math.sin(2.1 * t + 1.9 * k) * height / 220
        dark.add(
            light,
            below,
            x * stage.scale + sway,
            y * stage.scale + height * (0.36 + 0.2 * k),
            gain=gain * (0.22 - 0.06 * k),
        )
    dark.add(light, lamp, x * stage.scale, y * stage.scale, gain=gain)


def pines(stage: Stage) -> Light:
    brush = Brush(stage, 1280, 720, supersampling=2)
    for x, foot, size in ((20, 760, 1.5), (150, 790, 1.0), (1275, 780, 1.7), (1160, 800, 1.05)):
        brush.box(x - 8 * size, foot - 420 * size, x + 8 * size, foot, (0, 0, 0, 255))
        for k in range(9):
            w, y = (104 - 10.5 * k) * size, foot - (90 + 40 * k) * size
            brush.polygon(
                [
                    (x - w, y),
                    (x - w * 0.25, y - 58 * size),
                    (x, y - 84 * size),
                    (x + w * 0.25, y - 58 * size),
                    (x + w, y),
                    (x, y - 14 * size),
                ],
                (0, 0, 0, 255),
            )
    return np.asarray(np.maximum(dark.silhouette(brush), 1)[: stage.height, : stage.width])
