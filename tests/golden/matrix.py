"""The manifests that are kept: one case for each thing that changes what is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from matinee.control.playback.api import Device
from matinee.control.playback.model import dash, hls
from matinee.control.playback.model.addresses import Base
from matinee.control.playback.model.entitlement import playable_tracks
from matinee.wire.releases import Release, Track
from tests.builders import HEIGHTS, make_device, make_release, make_segments, make_track

BASES = (
    Base("flash-1", "https://flash-1.example/v1/TICKET/RELEASE/"),
    Base("origin-1", "https://origin-1.example/v1/TICKET/RELEASE/"),
)


@dataclass(frozen=True)
class Case:
    release: Release
    device: Device = field(default_factory=make_device)
    height_max: int = 2160

    @property
    def tracks(self) -> tuple[Track, ...]:
        return playable_tracks(self.release, self.device, height_max=self.height_max)

    def dash(self) -> str:
        return dash.manifest(self.release, self.tracks, BASES)

    def hls_master(self) -> str:
        return hls.master(self.release, self.tracks, lambda track: f"hls/{track.id}.m3u8")

    def hls_media(self) -> dict[str, str]:
        """By track, of those a master playlist names."""
        return {
            t.id: hls.media(self.release, t, BASES[0], key_url=f"/keys/{t.key_id}" if t.key_id else None)
            for t in self.tracks
            if t.kind in ("video", "audio", "text")
        }


_PICTURES = [make_track(height=h) for h in HEIGHTS]
_CLEAR = [make_track(height=h, protected=False) for h in (540, 720)]
_TEXTS = [
    make_track("text", language="ar", label="العربية"),
    make_track("text", language="ja", label="日本語"),
    make_track("text", language="en", label="English"),
]

CASES: Mapping[str, Case] = {
    "web-720": Case(make_release(), make_device(max_height=1080), height_max=720),
    "premium-all-tiers": Case(make_release()),
    "two-languages": Case(
        make_release(
            tracks=[
                *_PICTURES,
                make_track("audio", language="en", label="English"),
                make_track("audio", language="ja", label="日本語", channels=6, bandwidth=384_000),
                *_TEXTS,
            ]
        )
    ),
    "clear": Case(make_release(scheme="clear"), make_device(drm=())),
    "cenc": Case(make_release(scheme="cenc", tracks=[_PICTURES[0], make_track("audio")])),
    "no-audio": Case(make_release(scheme="clear", tracks=_CLEAR)),
    "captions-and-forced": Case(
        make_release(
            scheme="clear",
            tracks=[
                *_CLEAR,
                make_track("audio", protected=False),
                make_track("audio", id="a-en-described", label="en", role="description", protected=False),
                make_track("text", language="en", label="English", id="t-en"),
                make_track("text", language="en", label="English", role="captions", id="t-en-captions"),
                make_track("text", language="en", label="English", role="forced", id="t-en-forced"),
            ],
        )
    ),
    "hostile-labels": Case(
        make_release(
            scheme="clear",
            tracks=[
                *_CLEAR,
                make_track("audio", label='Director\'s "cut"\n#EXT-X-ENDLIST', protected=False),
                make_track("text", language="en", label='<b>&amp; ]]> \x00\x0b\u2028,URI="evil"\r\n'),
                make_track("text", language="ja", label="\ud800"),
            ],
        )
    ),
    "uneven-segments": Case(
        make_release(
            scheme="clear",
            tracks=[
                make_track(protected=False, segments=make_segments(4, ticks=96_096, last_ticks=12_012)),
                make_track("audio", protected=False, segments=make_segments(3, ticks=216_000, last_ticks=1024)),
            ],
        )
    ),
}
