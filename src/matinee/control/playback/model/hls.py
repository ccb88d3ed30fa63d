"""HLS playlists (RFC 8216, fMP4) for one session, from tracks of one release."""

import unicodedata
from collections.abc import Callable, Sequence

from matinee.control.playback.model.addresses import Base, segment_path
from matinee.wire.releases import Release, Track

_VERSION = 7
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
_FOR_THE_DEAF = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"


def master(release: Release, tracks: Sequence[Track], playlist: Callable[[Track], str]) -> str:
    """`playlist` names the media playlist of a track."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    audio = [t for t in tracks if t.kind == "audio"]
    text = [t for t in tracks if t.kind == "text"]
    for place, (name, track) in enumerate(_named(audio)):
        lines.append(_media("AUDIO", "audio", name, track, playlist(track), default=place == 0))
    for name, track in _named(text):
        lines.append(_media("SUBTITLES", "text", name, track, playlist(track), default=False))
    sound = max((t.bandwidth for t in audio), default=0)
    sound_average = max((t.bandwidth_average for t in audio), default=0)
    for track in sorted((t for t in tracks if t.kind == "video"), key=lambda t: t.bandwidth):
        codecs = ",".join(dict.fromkeys([track.codecs, *(t.codecs for t in audio)]))
        attributes = [
            f"BANDWIDTH={track.bandwidth + sound}",
            f"AVERAGE-BANDWIDTH={track.bandwidth_average + sound_average}",
            f'CODECS="{codecs}"',
            f"RESOLUTION={track.width}x{track.height}",
        ]
        if track.frame_rate:
            attributes.append(f"FRAME-RATE={_rate(track.frame_rate):.3f}")
        if audio:
            attributes.append('AUDIO="audio"')
        if text:
            attributes.append('SUBTITLES="text"')
        lines += ["#EXT-X-STREAM-INF:" + ",".join(attributes), playlist(track)]
    return "\n".join(lines) + "\n"


def media(release: Release, track: Track, base: Base, *, key_url: str | None) -> str:
    """One track's playlist. `key_url` answers the key's 16 bytes to who shows a license token."""
    if track.kind == "text":
        durations = [release.duration_ms / 1000]
    else:
        durations = [s.duration / track.timescale for s in track.segments]
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_VERSION}",
        f"#EXT-X-TARGETDURATION:{max(1, *(_nearest(d) for d in durations))}",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    if track.key_id is not None and key_url is not None:
        method = "SAMPLE-AES" if release.scheme == "cbcs" else "SAMPLE-AES-CTR"
        lines.append(f'#EXT-X-KEY:METHOD={method},URI="{key_url}",KEYFORMAT="identity"')
    if track.init is not None:
        lines.append(f'#EXT-X-MAP:URI="{base.url}{segment_path(track, track.init.file)}"')
    for segment, duration in zip(track.segments, durations, strict=True):
        lines += [f"#EXTINF:{duration:.6f},", base.url + segment_path(track, segment.file)]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def _named(tracks: Sequence[Track]) -> list[tuple[str, Track]]:
    """Names must differ within a group (RFC 8216, 4.3.4.1.1); players list them, and some keep one of two alike."""
    found: dict[str, Track] = {}
    for track in tracks:
        plain = name = _quotable(track.label or track.language or track.id)
        number = 1
        while name in found:
            number += 1
            name = f"{plain} ({number})"
        found[name] = track
    return list(found.items())


def _media(kind: str, group: str, name: str, track: Track, uri: str, *, default: bool) -> str:
    attributes = [
        f"TYPE={kind}",
        f'GROUP-ID="{group}"',
        f'NAME="{name}"',
        f'LANGUAGE="{_quotable(track.language or "und")}"',
        f"DEFAULT={'YES' if default else 'NO'}",
        "AUTOSELECT=YES",
    ]
    if kind == "AUDIO" and track.channels:
        attributes.append(f'CHANNELS="{track.channels}"')
    if track.role == "forced":
        attributes.append("FORCED=YES")
    if track.role == "captions":
        attributes.append(f'CHARACTERISTICS="{_FOR_THE_DEAF}"')
    return "#EXT-X-MEDIA:" + ",".join([*attributes, f'URI="{uri}"'])


def _quotable(text: str) -> str:
    """A quoted string holds no quote and no end of line; there is no way to escape them."""
    return "".join(" " if unicodedata.category(c) in _UNPRINTABLE else c for c in text).replace('"', "'")


def _nearest(duration: float) -> int:
    """As the RFC rounds: halves go up, where Python's `round` goes to the even."""
    return int(duration + 0.5)


def _rate(text: str) -> float:
    above, _, below = text.partition("/")
    return int(above) / int(below or 1)
