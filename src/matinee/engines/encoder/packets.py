"""What a stream's packets tell without being decoded: FFmpeg's framecrc, read line by line."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

_TIME_BASE = re.compile(r"#tb 0: (\d+)/(\d+)")
_FIELDS = 6
"""stream, dts, pts, duration, size, checksum; then flags, unless a packet is a key frame and nothing else."""
_NO_TIME = -(1 << 63)


@dataclass(frozen=True, slots=True, order=True)
class Packet:
    at_s: float
    """When it is shown."""
    size: int
    is_key: bool


class PacketReader:
    def __init__(self) -> None:
        self._time_base = Fraction(1)
        self._found: list[Packet] = []

    def add(self, line: str) -> None:
        if found := _TIME_BASE.match(line):
            self._time_base = Fraction(int(found[1]), int(found[2]))
        elif not line.startswith("#") and len(fields := line.split(",")) >= _FIELDS:
            flags = next(
                (int(field.strip()[2:], 16) for field in fields[_FIELDS:] if field.strip().startswith("F=")), 1
            )
            self._found.append(Packet(self._shown_at(fields), int(fields[4]), bool(flags & 1)))

    def _shown_at(self, fields: list[str]) -> float:
        """Program streams leave times out: then by when it is decoded, or with the one before."""
        known = (time for time in (int(fields[2]), int(fields[1])) if time != _NO_TIME)
        if (time := next(known, None)) is not None:
            return float(time * self._time_base)
        return self._found[-1].at_s if self._found else 0.0

    def as_shown(self) -> list[Packet]:
        return sorted(self._found)


def longest_without_key(packets: list[Packet]) -> float:
    """In seconds; of packets as they are shown."""
    if not packets:
        return 0.0
    borders = [packets[0].at_s, *(packet.at_s for packet in packets if packet.is_key), packets[-1].at_s]
    return max(after - before for before, after in pairwise(borders))
