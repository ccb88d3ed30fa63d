"""TTML's times: clocks with fractions or frames, and numbers of hours, minutes, seconds, frames or ticks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

_CLOCK = re.compile(r"([0-9]{2,5}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9})[0-9]*|:([0-9]{2,5})(?:\.[0-9]+)?)?\Z")
_OFFSET = re.compile(r"([0-9]{1,15})(?:(\.[0-9]{1,9})[0-9]*)?(h|ms|m|s|f|t)\Z")
_NUMBER = re.compile(r"[0-9]{1,9}")
_SECONDS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_RATE_USUAL = Fraction(30)
_NUMERATOR_AND_DENOMINATOR = 2


@dataclass(frozen=True, slots=True)
class Timing:
    frames_a_second: Fraction = _RATE_USUAL
    ticks_a_second: Fraction = Fraction(1)

    def within(self, told: Mapping[str, str], start_ms: int, end_ms: int | None) -> tuple[int, int | None]:
        """When an element is shown whose parent is shown then; no end is as long as whatever is around it."""
        begin, end, length = (self._ms(told.get(name)) for name in ("begin", "end", "dur"))
        begins = start_ms + (begin or 0)
        ends = [start_ms + end] if end is not None else []
        ends += [begins + length] if length is not None else []
        ends += [end_ms] if end_ms is not None else []
        return begins, min(ends, default=None)

    def _ms(self, text: str | None) -> int | None:
        """None for what is no time."""
        if found := _CLOCK.match((text or "").strip()):
            hours, minutes, seconds, fraction, frames = found.groups()
            total = Fraction((int(hours) * 60 + int(minutes)) * 60 + int(seconds))
            total += Fraction(f"0.{fraction}") if fraction else Fraction(0)
            total += int(frames) / self.frames_a_second if frames else Fraction(0)
            return round(total * 1000)
        if found := _OFFSET.match((text or "").strip()):
            units = {**_SECONDS, "f": 1 / self.frames_a_second, "t": 1 / self.ticks_a_second}
            return round(Fraction(found[1] + (found[2] or "")) * units[found[3]] * 1000)
        return None


def timing_of(told: Mapping[str, str]) -> Timing:
    """From the attributes of `tt`, without their namespaces."""
    rate = _number(told.get("frameRate"), _RATE_USUAL)
    parts = told.get("frameRateMultiplier", "").split()
    if len(parts) == _NUMERATOR_AND_DENOMINATOR:
        rate *= _number(parts[0], Fraction(1)) / _number(parts[1], Fraction(1))
    ticks = rate if "frameRate" in told else Fraction(1)
    return Timing(rate, _number(told.get("tickRate"), ticks))


def _number(text: str | None, otherwise: Fraction) -> Fraction:
    return Fraction(int(text)) if text and _NUMBER.fullmatch(text) and int(text) > 0 else otherwise
