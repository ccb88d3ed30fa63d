"""EBU R128 is FFmpeg's to measure: its summary is read from what `ebur128` prints at the end."""

import math
import re
from dataclasses import dataclass

_INTEGRATED = re.compile(r"^\s+I:\s+(\S+) LUFS", re.M)
_RANGE = re.compile(r"^\s+LRA:\s+(\S+) LU\s*$", re.M)
_PEAK = re.compile(r"^\s+Peak:\s+(\S+) dBFS", re.M)


@dataclass(frozen=True, slots=True)
class Summary:
    """None is what was not printed, or is no number: the peak of silence is minus infinity."""

    integrated_lufs: float | None
    range_lu: float | None
    peak_dbtp: float | None


def summary_of(printed: str) -> Summary:
    return Summary(_last(_INTEGRATED, printed), _last(_RANGE, printed), _last(_PEAK, printed))


def _last(pattern: re.Pattern[str], printed: str) -> float | None:
    found = pattern.findall(printed)
    value = float(found[-1]) if found else -math.inf
    return value if math.isfinite(value) else None
