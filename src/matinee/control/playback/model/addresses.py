"""How a release's files are named in manifests: relative to a base that carries the ticket."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from matinee.wire.releases import Segment, Track

_NUMBERED = re.compile(r"(.*?)(\d+)(\.[A-Za-z0-9]+)\Z")


@dataclass(frozen=True, slots=True)
class Base:
    """A pathway: its name, and `{edge}/v1/{ticket}/{release}/`."""

    pathway: str
    url: str


def segment_path(track: Track, file: str) -> str:
    return f"{track.tier}/{track.id}/{file}"


def playlist_path(track: Track, pathway: str) -> str:
    """Beside the master playlist. A pathway's name is an appliance's id, which needs no quoting."""
    return f"hls/{track.id}.m3u8?pathway={pathway}"


def numbered(segments: Sequence[Segment]) -> tuple[str, int] | None:
    """`seg-$Number$.m4s` and its first number, when the names count up by one without padding."""
    first = _NUMBERED.fullmatch(segments[0].file)
    if first is None:
        return None
    prefix, start, suffix = first[1], int(first[2]), first[3]
    counted = all(s.file == f"{prefix}{start + n}{suffix}" for n, s in enumerate(segments))
    return (f"{prefix}$Number${suffix}", start) if counted else None
