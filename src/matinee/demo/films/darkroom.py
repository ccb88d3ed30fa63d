"""Light at more than eight bits: dark pictures are added up in sixteenths of a level and dithered at the end.

A night sky spans perhaps twenty of the 255 levels. Rounded, that is twenty visible contours; with
four more bits and a triangular dither it is a gradient, and the encoder is the one who may ruin it.
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from matinee.demo.films.canvas import Brush, Color, Frame, Stage

Light = npt.NDArray[np.uint16]
Floats = npt.NDArray[np.float32]

BITS = 4
ONE = 1 << BITS


def from_floats(levels: Floats) -> Light:
    return np.asarray(np.clip(levels, 0, 255) * ONE, dtype=np.uint16)


def from_image(image: Image.Image) -> Light:
    """An RGBA drawing on black, as light."""
    rgba = np.asarray(image.convert("RGBA"), dtype=np.float32)
    return from_floats((rgba[:, :, :3] * rgba[:, :, 3:] / 255).astype(np.float32))


def gradient(stage: Stage, stops: list[tuple[float, Color]], *, height: float = 720) -> Floats:
    """A vertical gradient with its fractions kept."""
    y = np.linspace(0, 1, stage.px(height))
    columns = [np.interp(y, [at for at, _ in stops], [color[k] for _, color in stops]) for k in range(3)]
    return np.repeat(np.stack(columns, axis=1)[:, None, :], stage.width, axis=1).astype(np.float32)


def halo(stage: Stage, radius: float, color: Color, *, power: float = 2.0) -> Light:
    """A round glow that reaches exactly zero at its edge."""
    size = 2 * stage.px(radius) + 1
    at = np.linspace(-1, 1, size)
    distance = np.sqrt(at[:, None] ** 2 + at[None, :] ** 2)
    fall = np.clip(1 - distance, 0, 1) ** power
    return from_floats((fall[:, :, None] * np.array(color[:3])).astype(np.float32))


def mist(stage: Stage, *, width: int, height: float, color: Color, seed: int) -> Light:
    """A bank of fog that repeats sideways: summed waves, thicker in the middle of its height."""
    chance = np.random.default_rng(seed)
    rows, columns = stage.px(height), stage.px(width)
    y, x = np.linspace(0, 1, rows)[:, None], np.linspace(0, math.tau, columns, endpoint=False)[None, :]
    cloud = np.zeros((rows, columns))
    for _ in range(16):
        k, m = int(chance.integers(1, 9)), float(chance.uniform(-5, 5))
        cloud += np.sin(k * x + m * y * 3 + float(chance.uniform(0, 6.28))) / (1 + 0.5 * k)
    body = np.clip(0.5 + 0.22 * cloud, 0, 1.3) * np.sin(np.pi * y) ** 1.5
    return from_floats((body[:, :, None] * np.array(color[:3])).astype(np.float32))


def stars(stage: Stage, *, height: float, count: int, seed: int) -> Floats:
    """Points of a few sizes and a faint river of light across them."""
    chance = np.random.default_rng(seed)
    brush = Brush(stage, 1280, height, supersampling=2)
    for x, y, z in chance.random((count, 3)).tolist():
        tone = int(70 + 170 * z**4)
        tint = (tone, tone, min(255, tone + 20)) if z < 0.9 else (255, 236, 210)
        brush.disc(x * 1280, y * height, 0.6 + 1.5 * z**6, tint)
    points = np.asarray(from_image(brush.image()), dtype=np.float32) / ONE
    river = Image.new("L", (320, max(1, round(height / 4))), 0)
    dust = np.asarray(river, dtype=np.float32).copy()
    for _ in range(500):
        u, w = float(chance.random()), float(chance.normal(0, 0.10))
        y, x = int((0.15 + 0.55 * u + w) * dust.shape[0]), int(u * 320)
        if 0 <= y < dust.shape[0]:
            dust[y, min(319, x)] += 2000 * float(chance.random())
    soft = Image.fromarray(dust.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(9))
    milky = np.asarray(soft.resize((points.shape[1], points.shape[0]), Image.Resampling.BICUBIC), dtype=np.float32)
    return points + 0.5 * milky[:, :, None] * np.array([0.55, 0.6, 0.8], dtype=np.float32)


def add(light: Light, sprite: Light, x: float, y: float, *, gain: float = 1.0) -> None:
    """Add a sprite's light, its centre at (x, y) in pixels and between them; `gain` 0..1."""
    left, top = x - sprite.shape[1] / 2, y - sprite.shape[0] / 2
    x0, y0 = math.floor(left), math.floor(top)
    fx, fy = int((left - x0) * 4), int((top - y0) * 4)
    moved = _nudge(sprite, fx, fy)
    u0, v0 = max(0, -x0), max(0, -y0)
    u1, v1 = min(moved.shape[1], light.shape[1] - x0), min(moved.shape[0], light.shape[0] - y0)
    if u1 > u0 and v1 > v0:
        strength = np.uint16(max(0, min(1, gain)) * 16)
        lit = moved[v0:v1, u0:u1] if strength == 16 else _dimmed(moved[v0:v1, u0:u1], strength)
        light[y0 + v0 : y0 + v1, x0 + u0 : x0 + u1] += lit


def _dimmed(light: Light, sixteenths: np.uint16) -> Light:
    # Halved first: two stacked glows reach 8000, and 8000 * 16 does not fit sixteen bits.
    return ((light >> np.uint16(1)) * sixteenths) >> np.uint16(3)


def _nudge(sprite: Light, fx: int, fy: int) -> Light:
    """Shift right and down by quarters of a pixel (one pixel of growth on each side)."""
    out = np.pad(sprite, ((0, 1), (0, 1), (0, 0)))
    if fx:
        shifted = np.zeros_like(out)
        shifted[:, 1:] = out[:, :-1]
        out = (out * np.uint16(4 - fx) + shifted * np.uint16(fx)) >> np.uint16(2)
    if fy:
        shifted = np.zeros_like(out)
        shifted[1:] = out[:-1]
        out = (out * np.uint16(4 - fy) + shifted * np.uint16(fy)) >> np.uint16(2)
    return out


def drift(light: Light, bank: Light, x: float, top: int) -> None:
    """Add a repeating bank of fog scrolled to x pixels, in sixteenths of a pixel."""
    width, period = light.shape[1], bank.shape[1]
    whole, part = divmod(int(x * 16) % (period * 16), 16)
    columns = (np.arange(width + 1) + whole) % period
    seen = bank[:, columns] if whole + width + 1 > period else bank[:, whole : whole + width + 1]
    between = (seen[:, :-1] * np.uint16(16 - part) + seen[:, 1:] * np.uint16(part)) >> np.uint16(4)
    first, last = max(0, top), min(light.shape[0], top + bank.shape[0])
    if last > first:
        light[first:last] += between[first - top : last - top]


def crop(tall: Light, top: float, height: int) -> Light:
    """A window onto a taller plate at a fractional row: how a camera tilts slowly without stepping."""
    whole = min(int(top), tall.shape[0] - height - 1)
    part = int((top - whole) * 16)
    return (
        tall[whole : whole + height] * np.uint16(16 - part) + tall[whole + 1 : whole + 1 + height] * np.uint16(part)
    ) >> np.uint16(4)


def mirror(light: Light, shore: int, t: float, *, ripple: float) -> None:
    """Everything above `shore`, upside down below it: dimmer, bluer, each row pushed about by the water."""
    rows = np.arange(light.shape[0] - shore)
    depth = rows / max(1, len(rows))
    bounce = rows + (ripple * 2.2 * depth * np.sin(rows * 0.55 / (0.35 + depth) - 3.1 * t)).astype(np.int64)
    source = np.clip(shore - 1 - bounce, 0, shore - 1)
    push = ripple * (0.5 + 3.2 * depth) * np.sin(rows * 0.9 / (0.3 + depth) + 2.3 * t) + ripple * depth * np.sin(
        rows * 0.31 - 1.7 * t
    )
    width = light.shape[1]
    for row, (above, dx) in enumerate(zip(source.tolist(), push.round().astype(int).tolist(), strict=True)):
        line = light[shore + row]
        if dx >= 0:
            line[dx:] = light[above, : width - dx]
            line[:dx] = light[above, 0]
        else:
            line[:dx] = light[above, -dx:]
            line[dx:] = light[above, -1]
    lake = light[shore:]
    np.multiply(np.minimum(lake, np.uint16(5400)), np.array([9, 10, 12], dtype=np.uint16), out=lake)
    np.right_shift(lake, 4, out=lake)


class Printer:
    """Turns light into frames."""

    def __init__(self, stage: Stage, *, seed: int) -> None:
        chance = np.random.default_rng(seed)
        shape = (stage.height + 64, stage.width + 64, 3)
        self._dither = (chance.integers(0, ONE, shape) + chance.integers(0, ONE, shape)).astype(np.uint16)
        self._stage = stage

    def print(self, light: Light, t: float) -> Frame:
        n = round(t * 24)
        y, x = (n * 23) % 64, (n * 41) % 64
        noisy = light + self._dither[y : y + self._stage.height, x : x + self._stage.width]
        np.right_shift(noisy, BITS, out=noisy)
        return np.asarray(np.minimum(noisy, 255), dtype=np.uint8)


def shade(light: Light, mask: Light) -> None:
    """Put a dark shape in front: `mask` is how much light passes, 0..16."""
    np.minimum(light, 255 * ONE, out=light)
    np.multiply(light, mask, out=light)
    np.right_shift(light, 4, out=light)


def silhouette(brush: Brush) -> Light:
    """The mask of a drawing for `shade`."""
    alpha = np.asarray(brush.image().getchannel("A"), dtype=np.float32) / 255
    return np.asarray(np.round(16 * (1 - alpha)), dtype=np.uint16)[:, :, None]
