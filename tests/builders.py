"""Values with everything defaulted, so that what a test sets is what the test is about.

The default release is a minute of protected film in four tiers, with one English sound track, English subtitles and
thumbnails. Ids are made from small numbers: `an_id(7)` is the same in every run.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from matinee.control.billing.api import PLANS, Plan
from matinee.control.catalog.api import Artwork, NewTitle, Rights, Title, TitleState, Viewer, Window, Words
from matinee.control.discovery.api import Placed
from matinee.control.playback.api import ActiveStream, Device
from matinee.control.steering.model.copies import Copies
from matinee.kernel.ids import ReleaseId, SessionId, TitleId
from matinee.kernel.quantities import Instant, Span
from matinee.wire.encoding import to_json
from matinee.wire.health import HealthReport
from matinee.wire.releases import (
    AUDIO_TIER,
    CLEAR_TIER,
    ContentKey,
    Release,
    Segment,
    StoredFile,
    Thumbnails,
    Track,
    TrackKind,
    VideoRange,
    tier_of_height,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = Span(seconds=1)
HASH = "ab" * 32
HEIGHTS = (540, 720, 1080, 2160)
_SEGMENTS = 15
_SEGMENT_SECONDS = 4


def an_id(number: int) -> str:
    """An id of this service, the same for the same number."""
    return f"{number:08x}-0000-7000-8000-{number:012x}"


def a_key_id(tier: str) -> str:
    return tier.encode().hex().ljust(32, "0")


def make_segments(
    count: int = _SEGMENTS, *, ticks: int = 4 * 24_000, suffix: str = "m4s", last_ticks: int | None = None
) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            f"seg-{n + 1}.{suffix}",
            n * ticks,
            last_ticks if last_ticks is not None and n == count - 1 else ticks,
            1000 + n,
            HASH,
        )
        for n in range(count)
    )


def make_track(
    kind: TrackKind = "video",
    *,
    id: str | None = None,
    height: int = 720,
    language: str | None = None,
    label: str | None = None,
    role: str = "main",
    codecs: str | None = None,
    tier: str | None = None,
    protected: bool = True,
    bandwidth: int | None = None,
    channels: int | None = 2,
    segments: tuple[Segment, ...] | None = None,
    video_range: VideoRange | None = None,
    vmaf: float | None = None,
) -> Track:
    """A track of this kind as the packager would describe it."""
    if kind in ("video", "trick"):
        tier = tier or tier_of_height(height)
        return Track(
            id=id or f"v{height}",
            kind=kind,
            tier=tier,
            mime="video/mp4",
            codecs=codecs or "avc1.640028",
            timescale=24_000,
            bandwidth=bandwidth or height * 3000,
            bandwidth_average=(bandwidth or height * 3000) * 2 // 3,
            init=StoredFile("init.mp4", 800, HASH),
            segments=make_segments() if segments is None else segments,
            key_id=a_key_id(tier) if protected else None,
            width=height * 16 // 9,
            height=height,
            frame_rate="24000/1001",
            vmaf=vmaf,
            video_range=video_range,
        )
    if kind == "audio":
        language = language or "en"
        return Track(
            id=id or f"a-{language}",
            kind=kind,
            tier=tier or AUDIO_TIER,
            mime="audio/mp4",
            codecs=codecs or "mp4a.40.2",
            timescale=48_000,
            bandwidth=bandwidth or 128_000,
            bandwidth_average=(bandwidth or 128_000) * 9 // 10,
            init=StoredFile("init.mp4", 700, HASH),
            segments=make_segments(ticks=4 * 48_000) if segments is None else segments,
            key_id=a_key_id(AUDIO_TIER) if protected else None,
            language=language,
            label=label,
            role=role,
            channels=channels,
            sample_rate=48_000,
        )
    text = kind == "text"
    language = (language or "en") if text else None
    return Track(
        id=id or (f"t-{language}" if text else "thumbs"),
        kind=kind,
        tier=tier or CLEAR_TIER,
        mime="text/vtt" if text else "image/jpeg",
        codecs="wvtt" if text else "jpeg",
        timescale=1000,
        bandwidth=bandwidth or 1000,
        bandwidth_average=800,
        init=None,
        segments=(
            (Segment("subtitles.vtt" if text else "1.jpg", 0, 60_000, 5000, HASH),) if segments is None else segments
        ),
        language=language,
        label=label,
        role=role,
    )


def make_release(
    number: int = 1,
    *,
    title: int = 1,
    tracks: Sequence[Track] | None = None,
    scheme: str = "cbcs",
    duration_ms: int = _SEGMENTS * _SEGMENT_SECONDS * 1000,
    thumbnails: bool = True,
) -> Release:
    protected = scheme != "clear"
    if tracks is None:
        tracks = [
            *(make_track(height=h, protected=protected) for h in HEIGHTS),
            make_track("audio", protected=protected),
            make_track("text"),
            *([make_track("image")] if thumbnails else []),
        ]
    tiers = dict.fromkeys(t.tier for t in tracks if t.key_id)
    return Release(
        release_id=an_id(1000 + number),
        title_id=an_id(title),
        created_at=NOON,
        profile="full",
        source_sha256=HASH,
        duration_ms=duration_ms,
        scheme=scheme,  # type: ignore[arg-type]  # tests name one of the three
        tracks=tuple(tracks),
        keys=tuple(ContentKey(a_key_id(tier), tier, {"common": "AAAAGHBzc2g="}) for tier in tiers),
        thumbnails=Thumbnails("thumbs", 5, 5, 160, 90, 2400, 25) if any(t.id == "thumbs" for t in tracks) else None,
    )


def make_device(
    *,
    max_height: int = 2160,
    codecs: tuple[str, ...] = ("avc1", "mp4a"),
    drm: tuple[str, ...] = ("org.w3.clearkey",),
    audio: tuple[str, ...] = ("stereo",),
    hdr: bool = False,
) -> Device:
    return Device(codecs=codecs, drm=drm, max_height=max_height, audio=audio, hdr=hdr)


def make_viewer(*, country: str = "DE", maturity: int = 18, plan_rank: int = 2, language: str = "en") -> Viewer:
    return Viewer(country, maturity, plan_rank, language)


def make_plan(id: str = "premium") -> Plan:
    return next(p for p in PLANS if p.id == id)


def make_window(
    *, country: str = "*", start: Instant | None = None, end: Instant | None = None, plan_rank: int = 0
) -> Window:
    return Window(country, start, end, plan_rank)


def make_rights(
    *,
    state: TitleState = "available",
    maturity: int = 0,
    windows: Sequence[Window] = (),
    belongs_to: Rights | None = None,
) -> Rights:
    return Rights(TitleId(an_id(1)), state, maturity, tuple(windows), belongs_to)


def make_new_title(
    name: str = "Paper Harbour",
    *,
    rating: str = "G",
    genres: tuple[str, ...] = ("drama",),
    external_id: str | None = None,
    publish_when_placed: bool = True,
    words: dict[str, Words] | None = None,
) -> NewTitle:
    return NewTitle(
        type="movie",
        words=words or {"en": Words(name, f"The story of {name}.")},
        year=2026,
        rating=rating,
        genres=genres,
        cast=("Mara Quill",),
        publish_when_placed=publish_when_placed,
        external_id=external_id,
    )


def make_title(
    number: int = 1,
    *,
    words: dict[str, Words] | None = None,
    genres: tuple[str, ...] = (),
    maturity: int = 0,
    artwork: tuple[Artwork, ...] = (),
) -> Title:
    return Title(
        id=TitleId(an_id(number)),
        type="movie",
        words=words or {"en": Words(f"Film {number}")},
        original_language="en",
        year=2026,
        rating="G",
        maturity=maturity,
        genres=genres,
        cast=(),
        state="available",
        current_release=ReleaseId(an_id(1000 + number)),
        duration_ms=60_000,
        artwork=artwork,
        windows=(),
        created_at=NOON,
    )


def make_placed(number: int = 1, *, genres: tuple[str, ...] = (), progress: float | None = None) -> Placed:
    return Placed(make_title(number, genres=genres), progress)


def make_stream(number: int = 1, *, started_at: Instant = NOON) -> ActiveStream:
    return ActiveStream(SessionId(an_id(number)), TitleId(an_id(1)), f"device-{number}", started_at)


def make_report(
    appliance: str = "flash-1",
    *,
    kind: str = "flash",
    at: Instant = NOON,
    releases: Sequence[str] = (),
    load: float = 0.1,
    tombstone_sequence: int = 0,
) -> HealthReport:
    return HealthReport(
        appliance_id=appliance,
        kind=kind,  # type: ignore[arg-type]  # tests name one of the three
        url=f"http://{appliance}.test",
        at=at,
        sequence=1,
        boot_id="boot-1",
        releases=tuple(releases),
        bytes_held=1000,
        bytes_free=1_000_000,
        load=load,
        tombstone_sequence=tombstone_sequence,
    )


def release_json(release: Release) -> bytes:
    return to_json(release)


def copies_of(holders: Mapping[str, Iterable[str]], site: str = "") -> Copies:
    """Who holds what, by release; all of whom sit together if a `site` is named."""
    copies = Copies()
    for release_id, names in holders.items():
        for name in names:
            copies.put(name, [release_id], site)
    return copies
