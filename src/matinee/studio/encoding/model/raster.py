"""From what a master is to the frames it gives: upright, square, even, at one rate players know."""

from dataclasses import replace
from fractions import Fraction

from matinee.studio.encoding.api import PictureTrack, Raster, SourceFacts
from matinee.wire.releases import VideoCodec, VideoRange

_STANDARD = tuple(
    Fraction(*rate)
    for rate in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
)
_RATE_MAX = Fraction(60)
_RATE_MIN = Fraction(5)
_CLOSE = Fraction(1, 1000)
_VARIES = Fraction(1, 100)
_WIDTH_MAX = 8192
_CAMERA = 0.6
"""Of the frames that move, those of two moments; of a film in 3:2 pulldown two in five are."""
_MOVES = 4.0
"""Levels, in the mean of its liveliest second: what hardly moves does not show that it has no fields."""
_KEEPS_LIGHT: tuple[VideoCodec, ...] = ("hevc", "av1")


def raster_of(facts: SourceFacts) -> Raster:
    width, height = upright_size(facts)
    return Raster(width, height, rate_of(facts), deinterlace=facts.interlaced, tone_map=facts.video_range != "SDR")


def woven_raster(raster: Raster, seen: PictureTrack) -> Raster:
    """Of a master that is marked as interlaced, once it was seen whether it is. Fields of a camera are moments of their own:
    to make one frame of two would show half of its motion. A film that was only sent in fields, or with a field in five
    repeated, has no more moments than frames.
    """
    if not raster.deinterlace:
        return raster
    by_field = raster.rate[0] * 2, raster.rate[1]
    if seen.woven_share >= _CAMERA and Fraction(*by_field) <= _RATE_MAX * (1 + _CLOSE):
        return replace(raster, rate=by_field, by_field=True)
    moved = max(seen.change, default=0.0) >= _MOVES
    return replace(raster, deinterlace=seen.woven_share > 0 or not moved)


def raster_in(codec: VideoCodec, raster: Raster, master: VideoRange) -> Raster:
    """The frames a codec is given: HEVC and AV1 keep what light the master has; the others are for every device."""
    if codec not in _KEEPS_LIGHT or master == "SDR":
        return raster
    return replace(raster, tone_map=False, video_range=master)


def upright_size(facts: SourceFacts) -> tuple[int, int]:
    """Square pixels at the coded height, turned, and even, because 4:2:0 halves both."""
    width = facts.width * facts.sample_aspect[0] / facts.sample_aspect[1]
    if not facts.width / 4 <= width <= min(facts.width * 4, _WIDTH_MAX):
        width = facts.width  # an absurd aspect is a broken tag, not a shape
    size = (int(width + 0.01), facts.height)
    if facts.rotation in (90, 270):
        size = size[::-1]
    return size[0] // 2 * 2, size[1] // 2 * 2


def is_variable(facts: SourceFacts) -> bool:
    """Whether the average rate is not the nominal one."""
    average, nominal = _fraction(facts.rate), _fraction(facts.rate_nominal)
    if average is None or nominal is None:
        return False
    # Interlaced streams name fields as their nominal rate: twice the average is not variable.
    return min(abs(average - nominal), abs(average * 2 - nominal)) > nominal * _VARIES


def rate_of(facts: SourceFacts) -> tuple[int, int]:
    """The nearest standard rate; an odd constant one is kept; a varying one gets its nominal rate, if that is sane."""
    average = _fraction(facts.rate) or _fraction(facts.rate_nominal) or Fraction(25)
    nominal = _fraction(facts.rate_nominal)
    if is_variable(facts) and nominal is not None and average <= nominal <= _RATE_MAX * (1 + _CLOSE):
        average = nominal  # its quick stretches keep every frame
    while average > _RATE_MAX * (1 + _CLOSE):
        average /= 2
    average = max(average, _RATE_MIN)
    nearest = min(_STANDARD, key=lambda rate: abs(rate - average))
    if abs(nearest - average) <= nearest * _CLOSE:
        rate = nearest
    elif is_variable(facts):
        rate = next((standard for standard in _STANDARD if standard >= average), _RATE_MAX)
    else:
        rate = average.limit_denominator(1001)
    return rate.numerator, rate.denominator


def _fraction(rate: tuple[int, int]) -> Fraction | None:
    return Fraction(*rate) if rate[0] > 0 and rate[1] > 0 else None
