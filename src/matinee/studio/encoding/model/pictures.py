"""How good a frame is as artwork, and where to cut each shape out of it.

Measured is what can be: sharpness, light, color, where the eye is drawn, room for a title. Faces are found by a detector,
where there is one: people look at people, so one to three of them are worth much, and no window cuts through one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matinee.studio.encoding.api import Crop, Looks, Shape

SHAPES: dict[Shape, tuple[int, int]] = {"16:9": (16, 9), "4:3": (4, 3), "1:1": (1, 1), "2:3": (2, 3)}
_SHARP_VARIANCE = 1500.0
"""Of the Laplacian, at the size that is looked at: as sharp as it gets."""
_DARK, _BRIGHT = 40.0, 215.0
_COLORFUL = 60.0
"""What Hasler and Süsstrunk call highly colorful."""
_CONTRAST = 55.0
_WEIGHTS = {"sharpness": 0.35, "light": 0.2, "color": 0.15, "composition": 0.2, "title_room": 0.1}
_PEOPLE = 0.15
"""Of the score, where somebody counted: for one to three clear faces. A crowd has half of it."""
_PEOPLE_MAX = 3
_AROUND_FACE = 0.3
"""Of its size on each side: a face found is from the brows to the chin."""
_GRID = 6
_POINTS = ((1 / 3, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1 / 3), (2 / 3, 2 / 3))
_POINT_WIDTH = 0.14
_DIVERSE = 0.5
"""How much being unlike what is chosen already counts beside being good."""

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Span = tuple[float, float]
"""From where to where along one side, in shares of it."""


@dataclass(frozen=True, slots=True)
class Face:
    """In shares of the picture's sides."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Seen:
    looks: Looks
    signature: Floats
    """Its colors by place: pictures of one scene are near each other."""
    crops: tuple[Crop, ...]


def see(pixels: Pixels, width: int, height: int, faces: Sequence[Face] | None = None) -> Seen:
    """`pixels` is the picture made small, rows of RGB; `width` and `height` are its own. No `faces`: nobody looked."""
    rgb = pixels.astype(np.float32)
    luma: Floats = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    drawn = _drawn(rgb, luma)
    looks = Looks(
        sharpness=_rounded(np.log1p(float(_laplacian(luma).var())) / np.log1p(_SHARP_VARIANCE)),
        light=_rounded(_light(luma)),
        color=_rounded(_colorfulness(rgb) / _COLORFUL),
        composition=_rounded(_on_thirds(drawn)),
        title_room=_rounded(_room(drawn)),
        faces=None if faces is None else len(faces),
    )
    crops = tuple(_crop(drawn, shape, width, height, faces or ()) for shape in SHAPES)
    return Seen(looks, _signature(rgb), crops)


def score(looks: Looks) -> float:
    total: float = sum(weight * getattr(looks, name) for name, weight in _WEIGHTS.items())
    if looks.faces is not None:
        people = 0.0 if not looks.faces else 1.0 if looks.faces <= _PEOPLE_MAX else 0.5
        total = (1 - _PEOPLE) * total + _PEOPLE * people
    return round(total, 4)


def best_and_diverse(seen: Sequence[Seen], count: int) -> list[int]:
    """The best first; then each time the one that is good, and unlike all that are chosen."""
    left, chosen = list(range(len(seen))), list[int]()
    scale = max((_apart(a, b) for a in seen for b in seen), default=0.0) or 1.0

    def worth(number: int) -> float:
        unlike = min((_apart(seen[number], seen[other]) for other in chosen), default=0.0)
        return score(seen[number].looks) + _DIVERSE * unlike / scale

    while left and len(chosen) < count:
        best = max(left, key=worth)
        left.remove(best)
        chosen.append(best)
    return chosen


def _apart(one: Seen, other: Seen) -> float:
    return float(np.sqrt(((one.signature - other.signature) ** 2).mean()))


def _laplacian(luma: Floats) -> Floats:
    inner = luma[1:-1, 1:-1]
    found: Floats = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:] - 4 * inner
    return found


def _light(luma: Floats) -> float:
    """Whether there is enough of it and not too much, and a spread of it."""
    mean, spread = float(luma.mean()), float(luma.std())
    enough = min(1.0, mean / _DARK, (255 - mean) / (255 - _BRIGHT))
    return enough * min(1.0, spread / _CONTRAST)


def _colorfulness(rgb: Floats) -> float:
    red, green, blue = rgb[..., 0], rgb[..., 1], rgb[..., 2]
    first, second = red - green, (red + green) / 2 - blue
    return float(np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean()))


def _drawn(rgb: Floats, luma: Floats) -> Floats:
    """How much the eye is drawn to each place: edges, and colors unlike the rest's. It sums to 1."""
    edges = np.hypot(*np.gradient(luma))
    unlike = np.sqrt(((rgb - rgb.mean((0, 1))) ** 2).sum(2))
    drawn = edges / (edges.mean() + 1e-6) + unlike / (unlike.mean() + 1e-6)
    for axis in (0, 1):
        reach = max(1, drawn.shape[axis] // 24)
        drawn = np.mean([np.roll(drawn, shift, axis) for shift in range(-reach, reach + 1)], axis=0)
    drawn = np.maximum(0, drawn - np.median(drawn)) + 1e-6
    found: Floats = (drawn / drawn.sum()).astype(np.float32)
    return found


def _on_thirds(drawn: Floats) -> float:
    """How much of it is near the crossings of the thirds, and not at the rims; 0.5 where it is spread evenly."""
    rows, columns = (np.linspace(0, 1, size)[:, None] for size in drawn.shape)
    near = np.max(
        [
            np.exp(-((rows - y) ** 2) / (2 * _POINT_WIDTH**2)) * np.exp(-((columns.T - x) ** 2) / (2 * _POINT_WIDTH**2))
            for y, x in _POINTS
        ],
        axis=0,
    )
    return float((drawn * near).sum() / (2 * near.mean()))


def _room(drawn: Floats) -> float:
    """How empty the emptiest of the four sides is, a third of the picture each."""
    rows, columns = drawn.shape[0] // 3, drawn.shape[1] // 3
    sides = (drawn[:rows], drawn[-rows:], drawn[:, :columns], drawn[:, -columns:])
    return 1 - 3 * min(float(side.sum()) for side in sides)


def _crop(drawn: Floats, shape: Shape, width: int, height: int, faces: Sequence[Face]) -> Crop:
    """The window of this shape, as large as fits, that holds most of what the eye is drawn to, and whole faces."""
    across, down = SHAPES[shape]
    wide = min(width, height * across // down)
    high = min(height, width * down // across)
    people = sorted(faces, key=lambda face: -face.width * face.height)
    across_faces = _held([(face.left, face.left + face.width) for face in people], wide / width)
    down_faces = _held([(face.top, face.top + face.height) for face in people], high / height)
    left = _best_place(drawn.sum(0), wide / width, across_faces) * width
    top = _best_place(drawn.sum(1), high / height, down_faces) * height
    return Crop(shape, min(round(left), width - wide), min(round(top), height - high), max(1, wide), max(1, high))


def _held(faces: Sequence[Span], share: float) -> Span | None:
    """What a window of this share must hold: the first face, and each next one that fits beside those before it; with
    room around them where there is some."""
    held: Span | None = None
    for start, end in faces:
        room = _AROUND_FACE * (end - start)
        for first, last in ((max(0.0, start - room), min(1.0, end + room)), (start, end)):
            wider = (first, last) if held is None else (min(held[0], first), max(held[1], last))
            if wider[1] - wider[0] <= share:
                held = wider
                break
        if held is None:  # the middle of a face that is larger than the window
            held = ((start + end - share) / 2, (start + end + share) / 2)
    return held


def _best_place(profile: Floats, share: float, held: Span | None) -> float:
    """Where a window of this share begins, as a share; of those that hold what must be held the one that holds most, and
    the middle one of those that hold as much."""
    length = max(1, round(share * len(profile)))
    sums = np.convolve(profile, np.ones(length), "valid")
    if held is not None:
        last = max(0, min(len(sums) - 1, math.floor(held[0] * len(profile))))
        first = min(last, max(0, math.ceil(held[1] * len(profile)) - length))
        sums[:first] = sums[last + 1 :] = -1.0
    best = np.flatnonzero(sums >= sums.max() * 0.999)
    middle = (len(profile) - length) / 2
    place = float(best[np.abs(best - middle).argmin()]) / len(profile)
    # The profile is coarse: what must be held is held to the pixel.
    return place if held is None else min(max(place, held[1] - share), held[0])


def _signature(rgb: Floats) -> Floats:
    rows, columns = (np.linspace(0, size, _GRID + 1).astype(int) for size in rgb.shape[:2])
    cells = [
        rgb[rows[y] : rows[y + 1], columns[x] : columns[x + 1]].mean((0, 1)) for y in range(_GRID) for x in range(_GRID)
    ]
    return np.concatenate(cells).astype(np.float32)


def _rounded(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 4)
