"""Perspective by lookup: flat textures rushing at the camera along a railway and down a tunnel.

Where each pixel looks is computed once; a frame is then one gather from a texture that has moved on.
"""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from matinee.demo.films.canvas import Stage


class Railway:
    """Which texel of an endless strip of railway each pixel of the ground shows."""

    ROWS, COLUMNS = 256, 1024

    def __init__(self, stage: Stage) -> None:
        self.horizon = round(stage.height * 0.466)
        rows = stage.height - self.horizon
        depth = 1 / (np.arange(rows) + 3.0) * rows
        u = (np.arange(stage.width)[None, :] - stage.width / 2) / stage.width * depth[:, None] * 250 + self.COLUMNS / 2
        self._across = np.clip(u, 0, self.COLUMNS - 1).astype(np.int32)
        self._along = depth * 120
        self._texels = _pack(_ballast(self.ROWS, self.COLUMNS))
        self._haze = np.clip(depth / 26, 0, 1)
        self._shade = Image.fromarray(np.repeat((self._haze[:, None] * 235).astype(np.uint8), stage.width, axis=1))

    def at(self, t: float) -> Image.Image:
        row = np.mod(self._along + 1150 * t, self.ROWS).astype(np.int32)
        picture = _unpack(self._texels[row[:, None] * self.COLUMNS + self._across])
        picture.paste((196, 118, 96), (0, 0), self._shade)
        return picture


def _ballast(rows: int, columns: int) -> Image.Image:
    """One sleeper and the gravel around it, seen from above; the fields beside it streak."""
    chance = np.random.default_rng(5)
    gravel = chance.integers(58, 112, (rows, columns, 1)).repeat(3, axis=2) * np.array([1.0, 0.86, 0.84])
    gravel[:, : columns // 2 - 190] = gravel[:, : columns // 2 - 190] * np.array([0.62, 0.62, 0.42])
    gravel[:, columns // 2 + 190 :] = gravel[:, columns // 2 + 190 :] * np.array([0.62, 0.62, 0.42])
    image = Image.fromarray(gravel.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    middle = columns // 2
    for top in (20, 148):
        draw.rectangle((middle - 120, top, middle + 120, top + 52), fill=(86, 54, 44))
        draw.rectangle((middle - 120, top, middle + 120, top + 6), fill=(120, 78, 60))
    for x in (middle - 74, middle + 66):
        draw.rectangle((x, 0, x + 9, rows), fill=(70, 66, 80))
        draw.rectangle((x + 2, 0, x + 6, rows), fill=(255, 214, 180))
    return image.filter(ImageFilter.BoxBlur((0, 7)))


def _pack(image: Image.Image) -> npt.NDArray[np.uint32]:
    """RGB as one integer a texel, so that a lookup is a single gather."""
    rgb = np.asarray(image).astype(np.uint32)
    packed = rgb[:, :, 0] | (rgb[:, :, 1] << 8) | (rgb[:, :, 2] << 16)
    return packed.astype(np.uint32).ravel()


def _unpack(texels: npt.NDArray[np.uint32]) -> Image.Image:
    height, width = texels.shape
    return Image.frombytes("RGB", (width, height), texels.tobytes(), "raw", "RGBX")


class Tunnel:
    """A brick tube: angle picks the column of the wall, distance the row."""

    ROWS, COLUMNS = 512, 512

    def __init__(self, stage: Stage) -> None:
        x = (np.arange(stage.width)[None, :] - stage.width / 2) / stage.height
        y = (np.arange(stage.height)[:, None] - stage.height * 0.51) / stage.height
        radius = np.sqrt(x * x + y * y * 1.25) + 0.004
        angle = np.arctan2(y, x) / math.tau + 0.5
        self._across = np.minimum(self.COLUMNS - 1, angle * self.COLUMNS).astype(np.int32)
        self._along = (130 / radius).astype(np.int32)
        self._texels = _pack(_bricks(self.ROWS, self.COLUMNS))
        light = np.clip(radius * 2.1 - 0.1, 0, 1) ** 0.8
        self._light = Image.fromarray(np.repeat((light * 255).astype(np.uint8)[:, :, None], 3, axis=2))

    def at(self, t: float) -> Image.Image:
        row = (self._along + int(1500 * t)) & (self.ROWS - 1)
        return ImageChops.multiply(_unpack(self._texels[row * self.COLUMNS + self._across]), self._light)


def _bricks(rows: int, columns: int) -> Image.Image:
    """Courses of brick, a run of lamps on each shoulder, streaked along the way of travel."""
    chance = np.random.default_rng(6)
    image = Image.new("RGB", (columns, rows), (36, 26, 30))
    draw = ImageDraw.Draw(image)
    for row in range(rows // 16):
        for column in range(-1, columns // 32 + 1):
            x, y = column * 32 + 16 * (row % 2), row * 16
            tone = int(chance.integers(60, 110))
            draw.rectangle((x + 1, y + 1, x + 30, y + 14), fill=(tone, int(tone * 0.62), int(tone * 0.56)))
    for y in range(0, rows, 128):
        for x in (columns // 8, columns * 3 // 8):
            draw.ellipse((x - 26, y + 20, x + 26, y + 92), fill=(200, 130, 60))
            draw.ellipse((x - 13, y + 34, x + 13, y + 78), fill=(255, 240, 180))
    return image.filter(ImageFilter.BoxBlur((1, 12)))
