"""A split house as tests look at it from outside: its processes by what they serve, and somebody who watches."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from matinee.bench.houses import family
from tests.running import Service


@dataclass(frozen=True)
class Viewer:
    token: str
    profile: str


def processes_of(house: Service, name: str) -> list[int]:
    """Those that serve this name."""
    assert house.process is not None
    found = []
    for pid in family(house.process.pid):
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            found += [pid] if words[3:5] == [b"serve", name.encode()] else []
    return found
