"""The manifests that are kept: one case for each thing that changes what is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from matinee.control.playback.api import Device
from matinee.control.playback.model import dash, hls
from matinee.control.playback.model.addresses import Base, playlist_path
from matinee.control.playback.model.entitlement import playable_tracks
from matinee.wire.releases import Release, Track
from tests import pssh
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
        return dash.manifest(self.release, self.tracks, BASES, systems=self.device.drm, steering="steering")

    def hls_master(self, *, steered: bool = True) -> str:
        if not steered:
            return hls.master(self.release, self.tracks, lambda track, _: f"hls/{track.id}.m3u8")
        pathways = [base.pathway for base in BASES]
        return hls.master(self.release, self.tracks, playlist_path, pathways=pathways, steering="steering")

    def hls_media(self) -> dict[str, str]:
        """By track, of those a master playlist names."""
        return {
            t.id: hls.media(
                self.release,
                t,
                BASES[0],
                key_url=f"/keys/{t.key_id}" if t.key_id else None,
                systems=self.device.drm,
            )
            for t in self.tracks
            if t.mime != "application/ttml+xml"
        }


_SYSTEMS = ("org.w3.clearkey", "com.widevine.alpha", "com.microsoft.playready.recommendation")


def _announced(release: Release) -> Release:
    """With boxes as a packager writes them."""
    ids = [key.key_id for key in release.keys]
    return replace(release, keys=tuple(replace(key, pssh=pssh.boxes(key.key_id, ids)) for key in release.keys))


_PICTURES = [make_track(height=h) for h in HEIGHTS]
_CLEAR = [make_track(height=h, protected=False) for h in (540, 720)]
_SOUND = make_track("audio")
_TEXTS = [
    make_track("text", language="ar", label="العربية"),
    make_track("text", language="ja", label="日本語"),
    make_track("text", language="en", label="English"),
]


def _imsc(of: str, language: str, label: str) -> Track:
    made = make_track("text", id=f"{of}-imsc", language=language, label=label)
    segments = (replace(made.segments[0], file="subtitles.ttml"),)
    return replace(made, mime="application/ttml+xml", codecs="im1t", rendition_of=of, segments=segments)


def _rendition(of: str, id: str, *, bandwidth: int, joc_complexity: int | None = None) -> Track:
    """The sound of another track in 5.1."""
    made = make_track("audio", id=id, codecs="ec-3", channels=6, bandwidth=bandwidth, protected=False)
    language, label = ("ja", "日本語") if of == "a-ja" else ("en", "English")
    return replace(made, rendition_of=of, joc_complexity=joc_complexity, language=language, label=label)


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
    "surround": Case(
        make_release(
            scheme="clear",
            tracks=[
                *_CLEAR,
                make_track("audio", label="English", protected=False),
                _rendition("a-en", "a-en-atmos", bandwidth=768_000, joc_complexity=16),
                make_track("audio", language="ja", label="日本語", protected=False),
                _rendition("a-ja", "a-ja-eac3", bandwidth=384_000),
                make_track("audio", id="a-en-described", label="English", role="description", protected=False),
            ],
        ),
        make_device(codecs=("avc1", "mp4a", "ec-3"), audio=("stereo", "surround")),
    ),
    "codecs-and-hdr": Case(
        make_release(
            tracks=[
                *(make_track(height=h, video_range="SDR", vmaf=v) for h, v in ((540, 82.0), (1080, 95.0))),
                *(
                    make_track(
                        id=f"v{h}-av1-pq",
                        height=h,
                        codecs="av01.0.08M.10.0.110.09.16.09.0",
                        video_range="PQ",
                        vmaf=v,
                        bandwidth=h * 1500,
                    )
                    for h, v in ((540, 84.0), (1080, 95.25))
                ),
                make_track(height=1080, id="v1080-hvc1", codecs="hvc1.2.4.L120.90", video_range="PQ", vmaf=95.0),
                make_track("audio"),
            ]
        ),
        make_device(codecs=("avc1", "av01", "mp4a"), hdr=True),
    ),
    "imsc": Case(
        make_release(
            scheme="clear",
            tracks=[
                *_CLEAR,
                make_track("text", language="ar", label="العربية"),
                _imsc("t-ar", "ar", "العربية"),
                make_track("text", language="en", label="English", role="caption", id="t-en"),
            ],
        ),
        make_device(codecs=("avc1", "mp4a", "im1t")),
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
    "trick-play": Case(
        make_release(tracks=[*_PICTURES[:2], make_track("trick", height=540, id="trick", bandwidth=90_000), _SOUND])
    ),
    "clear-trick-play": Case(
        make_release(
            scheme="clear",
            tracks=[
                *_CLEAR,
                make_track("trick", height=540, id="trick", bandwidth=90_000, protected=False),
                make_track("audio", protected=False),
                make_track("image"),
            ],
        )
    ),
    "every-system": Case(_announced(make_release(tracks=[*_PICTURES[:2], _SOUND])), make_device(drm=_SYSTEMS)),
    "every-system-cenc": Case(
        _announced(make_release(scheme="cenc", tracks=[_PICTURES[0], _SOUND])), make_device(drm=_SYSTEMS)
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

MANY = Case(
    make_release(
        tracks=[
            *_PICTURES,
            *(make_track("audio", id=f"audio-{n}", language=f"x-l{n}", label=f"Language {n}") for n in range(24)),
            *(
                replace(
                    make_track("audio", id=f"audio-{n}-eac3", language=f"x-l{n}", codecs="ec-3", channels=6),
                    rendition_of=f"audio-{n}",
                )
                for n in range(0, 24, 5)
            ),
            *(make_track("text", id=f"text-{n}", language=f"x-l{n}", label=f"Language {n}") for n in range(34)),
        ]
    ),
    make_device(codecs=("avc1", "mp4a", "ec-3"), audio=("surround",)),
)
"""Checked by the rules of the formats, not kept: what it writes is what the others write, many times."""
RULED: Mapping[str, Case] = {**CASES, "many-tracks": MANY}
