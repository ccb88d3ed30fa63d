"""Renditions: the same sound in several codecs, and what a text is for.

HLS wants a group a codec, and in every group the same members (RFC 8216, 4.3.4.1.1). A film may have its original sound in
5.1 and its dubs in stereo alone: then the stereo stands in for them in the group of 5.1 too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from matinee.wire.releases import Track

IMSC_MIME = "application/ttml+xml"
_PLAIN = "audio"
_TEXT_ROLES = {
    **{role: role for role in ("caption", "forced-subtitle", "commentary", "description")},
    "captions": "caption",
    "forced": "forced-subtitle",
}


@dataclass(frozen=True, slots=True)
class SoundGroup:
    id: str
    members: tuple[Track, ...]
    """In the same order in every group."""

    @property
    def codecs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(track.codecs for track in self.members))


def sound_groups(tracks: Sequence[Track]) -> list[SoundGroup]:
    """One a codec, the one that every title has first; none where there is no sound."""
    audio = [track for track in tracks if track.kind == "audio"]
    sounds: dict[str, list[Track]] = {}
    for track in audio:
        sounds.setdefault(track.rendition_of or track.id, []).append(track)
    groups: list[SoundGroup] = []
    for codec in dict.fromkeys(_codec(track) for track in audio):
        members = tuple(
            next((track for track in renditions if _codec(track) == codec), renditions[0])
            for renditions in sounds.values()
        )
        groups.append(SoundGroup(f"{_PLAIN}-{codec}" if groups else _PLAIN, members))
    return groups


def texts_for_dash(tracks: Sequence[Track]) -> list[Track]:
    """Each text once: a device that asked for IMSC gets it instead of WebVTT."""
    texts = [track for track in tracks if track.kind == "text"]
    in_imsc = {track.rendition_of for track in texts if track.mime == IMSC_MIME}
    return [track for track in texts if track.id not in in_imsc]


def texts_for_hls(tracks: Sequence[Track]) -> list[Track]:
    """WebVTT alone: HLS takes IMSC only in fragments of MP4, and whoever plays HLS reads WebVTT."""
    return [track for track in tracks if track.kind == "text" and track.mime != IMSC_MIME]


def text_role(track: Track) -> str:
    """In DASH's words, whichever were used for it."""
    return _TEXT_ROLES.get(track.role, "subtitle")


def _codec(track: Track) -> str:
    return track.codecs.split(".")[0].lower()
