"""The inside door of packaging. Paths are text, because these values travel through the journal as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.wire.releases import Marker


@dataclass(frozen=True, slots=True)
class TierKey:
    """A content key on its way to the packager. Never stored, never journaled, never logged."""

    tier: str
    key_id: str
    key: bytes

    def __repr__(self) -> str:
        return f"TierKey(tier={self.tier!r}, key_id={self.key_id!r}, key=[redacted])"


class ContentKeys(Protocol):
    """Where packaging gets keys. `app` wires it to drm."""

    async def keys_for(self, release_id: str, tiers: Sequence[str]) -> Sequence[TierKey]:
        """A release's keys: the same at every asking."""
        ...


@dataclass(frozen=True, slots=True)
class VideoInput:
    track: str
    tier: str
    path: str
    width: int
    height: int
    rate: tuple[int, int]
    vmaf: float
    segment_vmaf: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class SoundInput:
    track: str
    path: str
    language: str
    label: str
    role: str = "main"
    channels: int = 2
    sample_rate: int = 48_000


@dataclass(frozen=True, slots=True)
class TextInput:
    track: str
    path: str
    language: str
    label: str
    role: str = "subtitle"


@dataclass(frozen=True, slots=True)
class SheetsInput:
    paths: tuple[str, ...]
    columns: int
    rows: int
    width: int
    height: int
    interval_ms: int
    count: int


@dataclass(frozen=True, slots=True)
class PackagingOrder:
    """Everything a release is made of. `scheme` clear leaves it open: for films anyone may have."""

    release_id: str
    title_id: str
    created_at_ms: int
    """From the journal, so that packaging again writes the same bytes."""
    profile: str
    source_sha256: str
    duration_ms: int
    segment_s: float
    folder: str
    video: tuple[VideoInput, ...]
    sound: tuple[SoundInput, ...] = ()
    text: tuple[TextInput, ...] = ()
    sheets: SheetsInput | None = None
    markers: tuple[Marker, ...] = ()
    notes: tuple[str, ...] = ()
    scheme: Literal["cbcs", "cenc", "clear"] = "cbcs"

    def inputs(self) -> tuple[str, ...]:
        """Every file it is made of."""
        return (
            *(video.path for video in self.video),
            *(sound.path for sound in self.sound),
            *(text.path for text in self.text),
            *(self.sheets.paths if self.sheets is not None else ()),
        )


@dataclass(frozen=True, slots=True)
class Packaged:
    release_id: str
    manifest_sha256: str
    size_bytes: int
    files: int


class Packaging(Protocol):
    async def package(self, order: PackagingOrder) -> Packaged:
        """Make, store, and last of all show the release. Asking again for one that is shown answers the same."""
        ...

    async def discard(self, release_id: str) -> None:
        """Delete a release: `release.json` first, so that it is never seen without its files."""
        ...
