"""From what a master is to the frames it gives: upright, square, even, at one rate players know."""

from dataclasses import replace
from fractions import Fraction

from matinee.studio.encoding.api import Raster, SourceFacts
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
_KEEPS_LIGHT: tuple[VideoCodec, ...] = ("hevc", "av1")


def raster_of(facts: SourceFacts) -> Raster:
    width, height = upright_size(facts)
    return Raster(width, height, rate_of(facts), deinterlace=facts.interlaced, tone_map=facts.video_range != "SDR")


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
