"""What the studio may expect of a packager: files in a folder, and what is in them. Manifests are playback's work."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from matinee.wire.releases import Scheme


@dataclass(frozen=True, slots=True)
class Input:
    track: str
    tier: str
    kind: Literal["video", "audio", "trick"]
    """`trick` keeps the key frames of a picture, one a segment, as they were encoded."""
    source: Path
    language: str | None = None


@dataclass(frozen=True, slots=True)
class RawKey:
    """A key on its way through the packager's memory. Never stored, never logged."""

    tier: str
    key_id: bytes
    key: bytes

    def __repr__(self) -> str:
        return f"RawKey(tier={self.tier!r}, key_id={self.key_id.hex()}, key=[redacted])"


@dataclass(frozen=True, slots=True)
class PackagedSegment:
    path: Path
    start: int
    duration: int


@dataclass(frozen=True, slots=True)
class PackagedTrack:
    track: str
    codecs: str
    timescale: int
    init: Path
    segments: tuple[PackagedSegment, ...]
    pssh: dict[str, str]
    """Base64 of whole boxes by system: common, widevine, playready."""
    joc_complexity: int | None = None
    """Of sound with objects, as its `dec3` box says."""


@dataclass(frozen=True, slots=True)
class Packaging:
    inputs: Sequence[Input]
    keys: Sequence[RawKey]
    """By tier; tiers without one stay clear."""
    folder: Path
    scheme: Scheme
    segment_s: float
    """Of sound. A picture's segments are its groups: one begins at every key frame."""


class Packager(Protocol):
    async def package(self, job: Packaging) -> list[PackagedTrack]: ...
