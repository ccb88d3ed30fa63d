"""Make a clean drawing look photographed: a hand-held crop, a print's tone curve, and grain.

Pictures are drawn on a stage 2.5 % too large so that the camera can shake inside it. The tone curve
keeps every pixel at least GRAIN_MAX away from black and white: then grain can be added as wrapping
8-bit integers, which is an order of magnitude cheaper than saturating arithmetic.
"""

import math

import numpy as np
from PIL import Image, ImageFilter

from matinee.demo.films.canvas import Frame, Stage
from matinee.demo.films.story import FRAMES_PER_SECOND

OVERSCAN = 1.025
GRAIN_MAX = 20
PLATES = 5


def overscan(stage: Stage) -> Stage:
    return Stage(2 * round(stage.width * OVERSCAN / 2), 2 * round(stage.height * OVERSCAN / 2))


class Emulsion:
    """One film stock: its grain and its colour."""

    def __init__(self, stage: Stage, *, seed: int, grain: float = 6.0, warm: float = 0.0) -> None:
        self._stage = stage
        self._slack = 48
        self._plates = _grain(stage, self._slack, grain, seed)
        self._curve = _print_curve(warm)

    def develop(self, image: Image.Image, t: float, *, shake: float = 0.0) -> Frame:
        """Crop the overscanned picture where the camera happens to point, print it, add grain."""
        width, height = self._stage.width, self._stage.height
        room_x, room_y = image.width - width, image.height - height
        dx, dy = tremble(t, shake)
        left = round(min(1.0, max(0.0, 0.5 + dx / 2)) * room_x)
        top = round(min(1.0, max(0.0, 0.5 + dy / 2)) * room_y)
        printed = image.crop((left, top, left + width, top + height)).point(self._curve)
        frame = np.array(printed)
        n = round(t * FRAMES_PER_SECOND)
        x, y = (n * 29) % self._slack, (n * 17) % self._slack
        np.add(frame, self._plates[n % PLATES][y : y + height, x : x + width], out=frame)
        return frame


def tremble(t: float, strength: float) -> tuple[float, float]:
    """A camera bolted to something that rattles: incommensurate sines, -1..1 at full strength."""
    dx = math.sin(23.1 * t) * 0.6 + math.sin(41.7 * t + 1) * 0.4
    dy = math.sin(31.3 * t + 2) * 0.6 + math.sin(53.9 * t) * 0.4
    return strength * dx, strength * dy


def _grain(stage: Stage, slack: int, sigma: float, seed: int) -> list[Frame]:
    chance = np.random.default_rng(seed)
    plates = []
    for _ in range(PLATES):
        raw = chance.normal(128, 52, (stage.height + slack, stage.width + slack)).clip(0, 255).astype(np.uint8)
        soft = np.asarray(Image.fromarray(raw).filter(ImageFilter.GaussianBlur(0.55)), dtype=np.float32) - 128
        signed = np.clip(soft * (sigma / float(soft.std())), -GRAIN_MAX, GRAIN_MAX).astype(np.int8)
        plates.append(np.repeat(signed.view(np.uint8)[:, :, None], 3, axis=2))
    return plates


def _print_curve(warm: float) -> list[int]:
    """A soft S for each channel, leaning to orange when `warm`, to teal in the shadows."""
    table = []
    for lift, gain in ((-3.0 * warm, 1 + 0.04 * warm), (0.0, 1.0), (6.0, 1 - 0.05 * warm)):
        for level in range(256):
            x = level / 255
            s = 0.6 * x + 0.4 * x * x * (3 - 2 * x)
            value = GRAIN_MAX + lift * (1 - x) + s * gain * (255 - 2 * GRAIN_MAX)
            table.append(round(min(255 - GRAIN_MAX, max(GRAIN_MAX, value))))
    return table
