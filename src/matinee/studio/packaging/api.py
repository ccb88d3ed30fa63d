"""The inside door of packaging. Paths are text, because these values travel through the journal as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.errors import MatineeError
from matinee.wire.releases import Marker, Scheme, VideoCodec, VideoRange

SOUND_LATE_MAX_S = 0.04
"""Sound that is passed through as it was encoded cannot be moved, and may begin so much later: a frame of E-AC-3 lasts 32 ms.

What players and ears forgive; a track that is later is made anew, from the film's first instant.
"""
_NAMED = 3


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

    async def forget(self, release_id: str) -> None:
        """The release is deleted, and so are its keys."""
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
    video_range: VideoRange = "SDR"
    codec: VideoCodec = "h264"
    vmaf_phone: float | None = None
    vmaf_4k: float | None = None


@dataclass(frozen=True, slots=True)
class SoundInput:
    track: str
    path: str
    language: str
    label: str
    role: str = "main"
    channels: int = 2
    sample_rate: int = 48_000
    rendition_of: str | None = None
    """The track that has the same sound in AAC."""
    is_copy: bool = False
    """As it was in the master, and as long; what we encode is as long as the film."""


@dataclass(frozen=True, slots=True)
class TextInput:
    track: str
    path: str
    language: str
    label: str
    role: str = "subtitle"
    imsc_path: str | None = None
    """The same words as IMSC."""


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
    """Everything a release is made of."""

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
    scheme: Scheme = "cbcs"

    def inputs(self) -> tuple[str, ...]:
        """Every file it is made of."""
        return (
            *(video.path for video in self.video),
            *(sound.path for sound in self.sound),
            *(text.path for text in self.text),
            *(text.imsc_path for text in self.text if text.imsc_path is not None),
            *(self.sheets.paths if self.sheets is not None else ()),
        )


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A release of one file, in the clear, which every player takes as it is: H.264 and AAC in MP4."""

    release_id: str
    title_id: str
    created_at_ms: int
    profile: str
    source_sha256: str
    """Of the master it was made of."""
    duration_ms: int
    path: str
    folder: str


@dataclass(frozen=True, slots=True)
class Packaged:
    release_id: str
    manifest_sha256: str
    size_bytes: int
    files: int


class ReleaseIncomplete(MatineeError):
    """What was packaged is not what was ordered. Nothing of it is shown."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        more = f" (and {len(mistakes) - _NAMED} more)" if len(mistakes) > _NAMED else ""
        super().__init__(
            f"The release is not whole, and is not shown: {' '.join(mistakes[:_NAMED])}{more} "
            "Publish the film again; if it ends here again, report these sentences."
        )


class Packaging(Protocol):
    async def package(self, order: PackagingOrder) -> Packaged:
        """Make, check, store, and last of all show the release. Asking again for one that is shown answers the same.

        Raises `ReleaseIncomplete` before anything is stored.
        """
        ...

    async def show_whole(self, order: WholeFile) -> Packaged:
        """Store and show a release of one file. Asking again for one that is shown answers the same."""
        ...

    async def discard(self, release_id: str) -> None:
        """Delete a release: `release.json` first, so that it is never seen without its files."""
        ...
