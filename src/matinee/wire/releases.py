"""`release.json`: everything there is to know about one immutable version of a title, and the only source of manifests.

Files are named relative to the release: `{tier}/{track}/{file}`. Hashes are lower-case hex SHA-256 of the file as served.
"""

from dataclasses import dataclass, field
from typing import Literal

from matinee.kernel.quantities import Instant

RELEASE_FILE = "release.json"

TrackKind = Literal["video", "audio", "text", "trick", "image"]
Scheme = Literal["cbcs", "cenc", "clear"]
"""How the segments are locked. `clear` leaves them open: for films anyone may have."""
MarkerKind = Literal["intro", "recap", "credits", "chapter"]
VideoCodec = Literal["h264", "hevc", "av1", "vp9"]
SoundCodec = Literal["aac", "eac3", "opus"]
VideoRange = Literal["SDR", "PQ", "HLG"]
"""How a picture's levels stand for light: BT.709; SMPTE ST 2084, as HDR10 has it; ARIB STD-B67."""
CLEAR_TIER = "clear"
"""Text, thumbnails: the tier every ticket opens and no key protects."""
AUDIO_TIER = "audio"
FILL_TIER = "fill"
"""On a ticket: an appliance filling itself, which may fetch all of a release, `release.json` included."""
TRANSPARENT_VMAF = 95.0
"""From which on nobody sees a difference, on the screen that the score is of."""
VIDEO_TIERS = ("sd", "hd", "fhd", "uhd")
"""One content key each. The borders are those of the plans, so that a plan's limit is kept by keys, not by manners."""


def tier_of_height(height: int) -> str:
    return "sd" if height <= 576 else "hd" if height <= 720 else "fhd" if height <= 1080 else "uhd"


def tiers_up_to(height_max: int) -> tuple[str, ...]:
    """The video tiers a viewer who may see up to this height holds keys for."""
    return VIDEO_TIERS[: VIDEO_TIERS.index(tier_of_height(height_max)) + 1]


def codec_family(track: "Track") -> str:
    """avc1, hvc1, av01, vp09: what a device says it decodes, without profile and level."""
    return track.codecs.split(".")[0]


@dataclass(frozen=True, slots=True)
class StoredFile:
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Segment:
    """`start` and `duration` count in the track's timescale."""

    file: str
    start: int
    duration: int
    size: int
    sha256: str
    vmaf: float | None = None


@dataclass(frozen=True, slots=True)
class Track:
    id: str
    kind: TrackKind
    tier: str
    mime: str
    codecs: str
    timescale: int
    bandwidth: int
    """Peak over any segment, bits a second, as manifests want it."""
    bandwidth_average: int
    init: StoredFile | None
    segments: tuple[Segment, ...]
    key_id: str | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = None
    language: str | None = None
    label: str | None = None
    role: str = "main"
    channels: int | None = None
    sample_rate: int | None = None
    vmaf: float | None = None
    rendition_of: str | None = None
    """The track that has the same sound, or the same words, in the form that every player takes."""
    joc_complexity: int | None = None
    """Of sound with objects (Dolby Atmos in E-AC-3, ETSI TS 103 420): how many at once, beds included."""
    video_range: VideoRange | None = None
    """Of a picture; releases made before it was told have SDR alone."""
    vmaf_phone: float | None = None
    """As a phone shows it: a track better than the first that is transparent there is wasted on one."""
    vmaf_4k: float | None = None
    """As a 4K screen shows it, of pictures above 1080 lines. `vmaf` is always a television's of 1080 lines."""


@dataclass(frozen=True, slots=True)
class ContentKey:
    """A key's public half: its id, the tier it opens, the boxes that announce it. Never the key."""

    key_id: str
    tier: str
    pssh: dict[str, str] = field(default_factory=dict)
    """Base64 of a whole `pssh` box by system: common, widevine, playready."""


@dataclass(frozen=True, slots=True)
class Marker:
    kind: MarkerKind
    start_ms: int
    end_ms: int
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Sheets of `columns` × `rows` pictures, one every `interval_ms`; the sheets are the track's segments."""

    track: str
    columns: int
    rows: int
    width: int
    height: int
    interval_ms: int
    count: int


@dataclass(frozen=True, slots=True)
class Release:
    release_id: str
    title_id: str
    created_at: Instant
    profile: str
    """How it was made: `fast` (a first, honest release) or `full`. A `preview` is one file, played as it is."""
    source_sha256: str
    duration_ms: int
    scheme: Scheme
    tracks: tuple[Track, ...]
    keys: tuple[ContentKey, ...] = ()
    markers: tuple[Marker, ...] = ()
    thumbnails: Thumbnails | None = None
    notes: tuple[str, ...] = ()
    """What the studio had to change: tone-mapped, rotated, silence added …"""
    version: Literal[1] = 1


def files_of(release: Release) -> list[tuple[str, StoredFile]]:
    """Every file with its path below the release, in a stable order. `release.json` itself is not among them."""
    found: list[tuple[str, StoredFile]] = []
    for track in release.tracks:
        folder = f"{track.tier}/{track.id}"
        if track.init is not None:
            found.append((f"{folder}/{track.init.file}", track.init))
        found += [(f"{folder}/{s.file}", StoredFile(s.file, s.size, s.sha256)) for s in track.segments]
    return found


def size_bytes(release: Release) -> int:
    return sum(stored.size for _, stored in files_of(release))
