"""Draw once, smooth, at any size: the stage, a supersampling brush, sprites to place on a frame.

All films are drawn in the coordinates of a 1280 x 720 picture; a `Stage` says how large a pixel of
that picture really is. Pillow composites in C, so pasting a few sprites costs milliseconds a frame.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Frame = npt.NDArray[np.uint8]
Color = tuple[int, int, int] | tuple[int, int, int, int]
Point = tuple[float, float]

AUTHORED_WIDTH, AUTHORED_HEIGHT = 1280, 720
SUPERSAMPLING = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """The size frames are really drawn at."""

    width: int = AUTHORED_WIDTH
    height: int = AUTHORED_HEIGHT

    @property
    def scale(self) -> float:
        return self.width / AUTHORED_WIDTH

    def px(self, length: float) -> int:
        """An authored length in whole pixels of this stage."""
        return round(length * self.scale)

    def plate(self, color: Color) -> Image.Image:
        return Image.new("RGB", (self.width, self.height), color[:3])


class Brush:
    """Draws anti-aliased shapes in authored coordinates on a transparent sheet."""

    def __init__(self, stage: Stage, width: float, height: float, *, supersampling: int = SUPERSAMPLING) -> None:
        self._size = (max(1, math.ceil(width * stage.scale)), max(1, math.ceil(height * stage.scale)))
        self._supersampling = supersampling
        self._zoom = stage.scale * supersampling
        big = (self._size[0] * supersampling, self._size[1] * supersampling)
        self._sheet = Image.new("RGBA", big, (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self._sheet)

    def polygon(self, points: Iterable[Point], fill: Color) -> None:
        self._draw.polygon([(x * self._zoom, y * self._zoom) for x, y in points], fill=fill)

    def line(self, points: Iterable[Point], width: float, fill: Color) -> None:
        scaled = [(x * self._zoom, y * self._zoom) for x, y in points]
        thick = max(1, round(width * self._zoom))
        self._draw.line(scaled, fill=fill, width=thick, joint="curve")
        for x, y in (scaled[0], scaled[-1]):
            r = thick / 2
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: Color) -> None:
        z = self._zoom
        self._draw.ellipse(((x - rx) * z, (y - ry) * z, (x + rx) * z, (y + ry) * z), fill=fill)

    def disc(self, x: float, y: float, radius: float, fill: Color) -> None:
        self.ellipse(x, y, radius, radius, fill)

    def ring(self, x: float, y: float, radius: float, width: float, fill: Color) -> None:
        z = self._zoom
        box = ((x - radius) * z, (y - radius) * z, (x + radius) * z, (y + radius) * z)
        self._draw.ellipse(box, outline=fill, width=max(1, round(width * z)))

    def box(self, left: float, top: float, right: float, bottom: float, fill: Color, *, radius: float = 0) -> None:
        z = self._zoom
        # Pillow counts the last pixel in; on a tiny stage a thin box would end before it begins.
        corner = (max(left * z, right * z - 1), max(top * z, bottom * z - 1))
        self._draw.rounded_rectangle((left * z, top * z, *corner), radius * z, fill=fill)

    def text(self, x: float, y: float, words: str, size: float, fill: Color, *, spacing: float = 0) -> None:
        """Write centred on (x, y), letters `spacing` apart: the built-in face needs air in a title."""
        z = self._zoom
        font = ImageFont.load_default(size * z)
        widths = [font.getlength(letter) for letter in words]
        pen = x * z - (sum(widths) + spacing * z * (len(words) - 1)) / 2
        for letter, width in zip(words, widths, strict=True):
            self._draw.text((pen, y * z), letter, font=font, fill=fill, anchor="lm")
            pen += width + spacing * z

    def image(self) -> Image.Image:
        return self._sheet.reduce(self._supersampling)

    def sprite(self, stage: Stage, x: float = 0, y: float = 0) -> "Sprite":
        """The drawing as a sprite whose anchor is (x, y) on the sheet."""
        return Sprite.of(self.image(), x, y, stage)


@dataclass(frozen=True, slots=True)
class Sprite:
    """A drawing to put on a frame: by the pixel (fast), or between pixels, turned and zoomed (smooth).

    `image` is premultiplied ("RGBa"): it can then be resampled and pasted without conversions.
    """

    image: Image.Image
    anchor_x: float
    anchor_y: float
    scale: float

    @classmethod
    def of(cls, image: Image.Image, x: float, y: float, stage: Stage) -> "Sprite":
        """A sprite from an RGBA sheet, anchored at (x, y) of it in authored coordinates."""
        return cls(image.convert("RGBa"), x * stage.scale, y * stage.scale, stage.scale)

    def put(self, frame: Image.Image, x: float, y: float) -> None:
        at = (round(x * self.scale - self.anchor_x), round(y * self.scale - self.anchor_y))
        frame.paste(self.image, at, self.image)

    def glide(self, frame: Image.Image, x: float, y: float, *, degrees: float = 0, zoom: float = 1) -> None:
        """Place at a fractional position, turned clockwise about the anchor."""
        x, y = x * self.scale, y * self.scale
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        left, top, right, bottom = self._reach(cos * zoom, sin * zoom)
        x0, y0 = max(0, math.floor(x + left) - 1), max(0, math.floor(y + top) - 1)
        size = (
            min(frame.width, math.ceil(x + right) + 1) - x0,
            min(frame.height, math.ceil(y + bottom) + 1) - y0,
        )
        if size[0] < 1 or size[1] < 1:
            return
        a, b = cos / zoom, sin / zoom
        dx, dy = x0 - x, y0 - y
        inverse = (a, b, a * dx + b * dy + self.anchor_x, -b, a, -b * dx + a * dy + self.anchor_y)
        moved = self.image.transform(size, Image.Transform.AFFINE, inverse, Image.Resampling.BILINEAR)
        frame.paste(moved, (x0, y0), moved)

    def _reach(self, cos: float, sin: float) -> tuple[float, float, float, float]:
        w, h = self.image.size
        corners = [(u - self.anchor_x, v - self.anchor_y) for u in (0, w) for v in (0, h)]
        xs = [u * cos - v * sin for u, v in corners]
        ys = [u * sin + v * cos for u, v in corners]
        return min(xs), min(ys), max(xs), max(ys)


def shadowed(image: Image.Image, *, offset: int, blur: float, strength: float) -> Image.Image:
    """Lay a soft shadow behind a cut-out, as if it were a sheet of paper above another."""
    alpha = image.getchannel("A")
    shade = Image.new("L", image.size, 0)
    shade.paste(alpha, (0, offset))
    shade = shade.filter(ImageFilter.GaussianBlur(blur)).point(lambda a: int(a * strength))
    under = Image.new("RGBA", image.size, (12, 18, 48, 0))
    under.putalpha(shade)
    under.alpha_composite(image)
    return under


def as_frame(image: Image.Image) -> Frame:
    return np.asarray(image)


def ease(t: float) -> float:
    """Smoothstep on 0..1: starts and stops gently."""
    t = min(1.0, max(0.0, t))
    return t * t * (3 - 2 * t)


def spring(t: float) -> float:
    """0 to 1 with one small overshoot, for things that pop up."""
    t = min(1.0, max(0.0, t))
    return 1 + 2.4 * (t - 1) ** 3 + 1.4 * (t - 1) ** 2


def between(a: float, b: float, t: float) -> float:
    return a + (b - a) * t


def mix(a: Color, b: Color, t: float) -> Color:
    """The colour a share `t` of the way from `a` to `b`."""
    return (round(between(a[0], b[0], t)), round(between(a[1], b[1], t)), round(between(a[2], b[2], t)))


def curve(points: Sequence[Point], *, steps: int = 12, closed: bool = True) -> list[Point]:
    """A smooth Catmull-Rom outline through the points."""
    n = len(points)
    out: list[Point] = []
    for i in range(n if closed else n - 1):
        if closed:
            p0, p1, p2, p3 = (points[(i + k - 1) % n] for k in range(4))
        else:
            p0, p1, p2, p3 = (points[min(n - 1, max(0, i + k - 1))] for k in range(4))
        for step in range(steps):
            t = step / steps
            out.append((_catmull(p0[0], p1[0], p2[0], p3[0], t), _catmull(p0[1], p1[1], p2[1], p3[1], t)))
    if not closed:
        out.append(points[-1])
    return out


def _catmull(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
