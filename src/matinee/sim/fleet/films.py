"""Films of a few kilobytes a file, as the studio would store them: enough for hashes to mean something, and cheap to carry."""

import hashlib
from dataclasses import dataclass

from matinee.kernel.chance import SeededChance
from matinee.kernel.quantities import Instant
from matinee.sim.fleet.viewers import SEGMENT_S
from matinee.wire.encoding import to_json
from matinee.wire.releases import RELEASE_FILE, Release, Segment, StoredFile, Track

_TIER, _TRACK = "hd", "v1"
_LEAST, _MORE = 1_000, 3_000


@dataclass(frozen=True, slots=True)
class Made:
    files: dict[str, bytes]
    """By path, `release.json` among them."""
    hashes: dict[str, str]
    segments: tuple[str, ...]
    manifest_sha256: str
    size: int
    duration_ms: int


def make(name: str, count: int, chance: SeededChance, at: Instant) -> Made:
    init = chance.bytes(200)
    files = {f"{_TIER}/{_TRACK}/init.mp4": init}
    segments = []
    for number in range(count):
        data = chance.bytes(_LEAST + int(chance.uniform() * _MORE))
        files[f"{_TIER}/{_TRACK}/{number}.m4s"] = data
        start = round(number * SEGMENT_S)
        segments.append(Segment(f"{number}.m4s", start, round(SEGMENT_S), len(data), _sha256(data)))
    duration_ms = round(count * SEGMENT_S * 1000)
    begins = StoredFile("init.mp4", len(init), _sha256(init))
    track = Track(_TRACK, "video", _TIER, "video/mp4", "avc1.64001f", 1, 1600, 1000, begins, tuple(segments))
    manifest = to_json(Release(name, name, at, "fast", "0" * 64, duration_ms, "clear", (track,)))
    hashes = {path: _sha256(data) for path, data in files.items()}
    paths = tuple(files)
    size = len(manifest) + sum(map(len, files.values()))
    return Made({**files, RELEASE_FILE: manifest}, hashes, paths, _sha256(manifest), size, duration_ms)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
