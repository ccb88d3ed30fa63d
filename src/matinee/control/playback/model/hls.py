"""HLS playlists (RFC 8216, fMP4) for one session, from tracks of one release."""

import unicodedata
from collections.abc import Callable, Sequence
from itertools import product

from matinee.control.playback.api import CLEARKEY
from matinee.control.playback.model.addresses import Base, segment_path
from matinee.control.playback.model.channels import hls_channels
from matinee.control.playback.model.protection import (
    CLEARKEY_DASH,
    PLAYREADY,
    WIDEVINE,
    System,
    announced,
    key_of,
    playready_object,
)
from matinee.control.playback.model.renditions import SoundGroup, sound_groups, text_role, texts_for_hls
from matinee.wire.releases import Release, Thumbnails, Track, codec_family

_VERSION = 7
_OF_KIND = {"trick": "#EXT-X-I-FRAMES-ONLY", "image": "#EXT-X-IMAGES-ONLY"}
"""What the segments of a playlist are, where they are not what a player plays."""
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
_FOR_THE_BLIND = "public.accessibility.describes-video"
_FOR_THE_DEAF = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound"


def master(
    release: Release,
    tracks: Sequence[Track],
    playlist: Callable[[Track, str], str],
    *,
    pathways: Sequence[str] = ("",),
    steering: str | None = None,
) -> str:
    """`playlist` names the media playlist of a track on a pathway, of which the first is the best; `steering` answers which
    to fetch from by now. Words, pictures for winding and the sheets are fetched from the first."""
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_VERSION}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if steering is not None:
        lines.append(f'#EXT-X-CONTENT-STEERING:SERVER-URI="{steering}",PATHWAY-ID="{pathways[0]}"')
    groups = sound_groups(tracks)
    text = texts_for_hls(tracks)
    # The same names in every group, so that a player finds the same sound in another codec, or on another pathway.
    names = [name for name, _ in _named(groups[0].members)] if groups else []
    for pathway in pathways:
        mark = _mark(pathway, pathways)
        for group in groups:
            for place, (name, track) in enumerate(zip(names, group.members, strict=True)):
                sound = playlist(track, pathway)
                lines.append(_media("AUDIO", group.id + mark, name, track, sound, default=place == 0))
    for name, track in _named(text):
        # One group for all pathways: given one for each, Shaka shows none of them.
        lines.append(_media("SUBTITLES", "text", name, track, playlist(track, pathways[0]), default=False))
    video = sorted((t for t in tracks if t.kind == "video"), key=lambda t: t.bandwidth)
    has_choice = len({(codec_family(t), t.video_range or "SDR") for t in video}) > 1
    # Else a player takes the dearer of two codecs for the better picture.
    is_scored = has_choice and all(t.vmaf is not None for t in video)
    offered: Sequence[SoundGroup | None] = groups or [None]
    for pathway, sounds, track in product(pathways, offered, video):
        attributes = _variant(track, sounds, has_text=bool(text), is_scored=is_scored, mark=_mark(pathway, pathways))
        if steering is not None:
            attributes.append(f'PATHWAY-ID="{pathway}"')
        lines += ["#EXT-X-STREAM-INF:" + ",".join(attributes), playlist(track, pathway)]
    return "\n".join([*lines, *_pictures(release, tracks, lambda track: playlist(track, pathways[0]))]) + "\n"


def _mark(pathway: str, pathways: Sequence[str]) -> str:
    """Groups on different pathways are different groups."""
    return "" if pathway == pathways[0] else f"-{pathways.index(pathway) + 1}"


def _pictures(release: Release, tracks: Sequence[Track], playlist: Callable[[Track], str]) -> list[str]:
    lines = []
    for track in tracks:
        if track.kind == "trick":
            attributes = [*_rates(track), f'CODECS="{track.codecs}"', f"RESOLUTION={track.width}x{track.height}"]
            lines.append("#EXT-X-I-FRAME-STREAM-INF:" + ",".join([*attributes, f'URI="{playlist(track)}"']))
        elif track.kind == "image" and (sheets := _sheets(release, track)) is not None:
            attributes = [*_rates(track), f'CODECS="{track.codecs}"', f"RESOLUTION={sheets.width}x{sheets.height}"]
            lines.append("#EXT-X-IMAGE-STREAM-INF:" + ",".join([*attributes, f'URI="{playlist(track)}"']))
    return lines


def _variant(track: Track, group: SoundGroup | None, *, has_text: bool, is_scored: bool, mark: str) -> list[str]:
    """A picture with one group of sounds: a variant names one, so each picture stands there once a group."""
    sounds = group.members if group else ()
    codecs = ",".join(dict.fromkeys([track.codecs, *(group.codecs if group else ())]))
    attributes = [
        f"BANDWIDTH={track.bandwidth + max((t.bandwidth for t in sounds), default=0)}",
        f"AVERAGE-BANDWIDTH={track.bandwidth_average + max((t.bandwidth_average for t in sounds), default=0)}",
        f'CODECS="{codecs}"',
        f"RESOLUTION={track.width}x{track.height}",
    ]
    if track.frame_rate:
        attributes.append(f"FRAME-RATE={_rate(track.frame_rate):.3f}")
    if track.video_range is not None:
        attributes.append(f"VIDEO-RANGE={track.video_range}")
    if is_scored:
        attributes.append(f"SCORE={track.vmaf:.1f}")
    if group:
        attributes.append(f'AUDIO="{group.id}{mark}"')
    if has_text:
        attributes.append('SUBTITLES="text"')
    return attributes


def media(
    release: Release, track: Track, base: Base, *, key_url: str | None, systems: Sequence[str] = (CLEARKEY,)
) -> str:
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
        _OF_KIND.get(track.kind, "#EXT-X-INDEPENDENT-SEGMENTS"),
        *_keys(release, track, key_url, announced(tuple(systems))),
    ]
    if track.init is not None:
        lines.append(f'#EXT-X-MAP:URI="{base.url}{segment_path(track, track.init.file)}"')
    tiles = _tiles(release, track)
    for segment, duration in zip(track.segments, durations, strict=True):
        lines += [f"#EXTINF:{duration:.6f},", *tiles, base.url + segment_path(track, segment.file)]
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def _rates(track: Track) -> list[str]:
    return [f"BANDWIDTH={track.bandwidth}", f"AVERAGE-BANDWIDTH={track.bandwidth_average}"]


def _keys(release: Release, track: Track, key_url: str | None, systems: tuple[System, ...]) -> list[str]:
    """A line for each system the device has; who has several takes the one it likes."""
    if track.key_id is None:
        return []
    method = "SAMPLE-AES" if release.scheme == "cbcs" else "SAMPLE-AES-CTR"
    key, lines = key_of(release, track), []
    for system in systems:
        box = key.pssh.get(system.box) if key is not None else None
        if system is CLEARKEY_DASH and key_url is not None:
            lines.append(f'#EXT-X-KEY:METHOD={method},URI="{key_url}",KEYFORMAT="identity"')
        elif system is WIDEVINE and box is not None:
            lines.append(
                f'#EXT-X-KEY:METHOD={method},URI="data:text/plain;base64,{box}",KEYID=0x{track.key_id},'
                f'KEYFORMAT="urn:uuid:{system.uuid}",KEYFORMATVERSIONS="1"'
            )
        elif system is PLAYREADY and box is not None:
            lines.append(
                f'#EXT-X-KEY:METHOD={method},URI="data:text/plain;charset=UTF-16;base64,{playready_object(box)}",'
                'KEYFORMAT="com.microsoft.playready",KEYFORMATVERSIONS="1"'
            )
    return lines


def _sheets(release: Release, track: Track) -> Thumbnails | None:
    return release.thumbnails if release.thumbnails is not None and release.thumbnails.track == track.id else None


def _tiles(release: Release, track: Track) -> list[str]:
    """What lies on a sheet, said of each: players want the size of one picture, and how long it stands for."""
    sheets = _sheets(release, track)
    if sheets is None:
        return []
    layout = f"LAYOUT={sheets.columns}x{sheets.rows},DURATION={sheets.interval_ms / 1000:.3f}"
    return [f"#EXT-X-TILES:RESOLUTION={sheets.width}x{sheets.height},{layout}"]


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
    if kind == "AUDIO" and (channels := hls_channels(track)):
        attributes.append(f'CHANNELS="{channels}"')
    if kind == "SUBTITLES" and text_role(track) == "forced-subtitle":
        attributes.append("FORCED=YES")
    if kind == "SUBTITLES" and text_role(track) == "caption":
        attributes.append(f'CHARACTERISTICS="{_FOR_THE_DEAF}"')
    if kind == "AUDIO" and track.role == "description":
        attributes.append(f'CHARACTERISTICS="{_FOR_THE_BLIND}"')
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
