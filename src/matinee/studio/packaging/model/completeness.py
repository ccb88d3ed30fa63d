"""Whether a release is what was ordered. A release that is not whole is never shown, so everything here is looked at before."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from statistics import mode

from matinee.studio.packaging.api import SOUND_LATE_MAX_S, PackagingOrder
from matinee.studio.packaging.model.tracks import IMSC, SHEETS_TRACK, TRICK_TRACK, tiers_of
from matinee.wire.releases import Release, StoredFile, Track, files_of

SYSTEMS = ("common", "widevine", "playready")
"""Each key is announced to each of these."""
_LENGTH_OFF_S_MAX = 0.25
_HASH_CHARACTERS = 64


def mistakes(release: Release, order: PackagingOrder) -> list[str]:
    """Everything that is wrong, in sentences. Nothing, if the release may be shown."""
    found = [*_tracks_differ(release, order), *_keys_differ(release, order)]
    for path, stored in files_of(release):
        if not _is_fingerprinted(stored):
            found.append(f"{path} has no size or no hash.")
    pictures = [track for track in release.tracks if track.kind == "video"]
    copied = {sound.track for sound in order.sound if sound.is_copy}
    for track in release.tracks:
        found += _gaps(track)
        if track.kind == "video" or (track.kind == "audio" and track.id not in copied):
            found += _length_differs(track, release)
    for track in pictures:
        found += _unscored(track)
    # Players switch between rungs, and wind, at segments' borders: all pictures are cut at the same instants.
    for track in (t for t in release.tracks if t.kind in ("video", "trick")):
        if pictures and _borders(track) != _borders(pictures[0]):
            found.append(f"{track.id} is not cut where {pictures[0].id} is.")
    return found


def _tracks_differ(release: Release, order: PackagingOrder) -> Iterator[str]:
    ordered = [*(i.track for i in order.video), *(i.track for i in order.sound), *(i.track for i in order.text)]
    ordered += [f"{text.track}{IMSC.suffix}" for text in order.text if text.imsc_path is not None]
    ordered += [TRICK_TRACK] if order.video else []
    ordered += [SHEETS_TRACK] if order.sheets is not None else []
    there = [track.id for track in release.tracks]
    if sorted(ordered) != sorted(there):
        yield f"Ordered were the tracks {', '.join(sorted(ordered))}; there are {', '.join(sorted(there))}."
    if not order.video:
        yield "There is no picture."
    if (release.thumbnails is None) != (order.sheets is None):
        yield "Thumbnails are described that nobody ordered, or the other way round."


def _keys_differ(release: Release, order: PackagingOrder) -> Iterator[str]:
    """A protected release has one key a tier, each announced to every system, and only clear tiers go without."""
    needed = tiers_of(order.video, order.sound) if order.scheme != "clear" else ()
    by_tier = {key.tier: key for key in release.keys}
    if release.scheme != order.scheme:
        yield f"The scheme is {release.scheme}; ordered was {order.scheme}."
    if sorted(needed) != sorted(key.tier for key in release.keys):
        yield f"Keys are there for {_listed(by_tier)}, and needed for {_listed(needed)}."
    if len({key.key_id for key in release.keys}) != len(release.keys):
        yield "Two tiers share a key."
    for key in release.keys:
        if missing := [system for system in SYSTEMS if not key.pssh.get(system)]:
            yield f"The key of tier {key.tier} is not announced to {_listed(missing)}."
    for track in release.tracks:
        tier_key = by_tier.get(track.tier)
        if track.key_id != (tier_key.key_id if tier_key is not None else None):
            yield f"{track.id} does not name the key of tier {track.tier}."


def _is_fingerprinted(stored: StoredFile) -> bool:
    return stored.size > 0 and len(stored.sha256) == _HASH_CHARACTERS


def _gaps(track: Track) -> Iterator[str]:
    if not track.segments:
        yield f"{track.id} has no segments."
        return
    begins_s = track.segments[0].start / track.timescale
    if not 0 <= begins_s <= (SOUND_LATE_MAX_S if track.kind == "audio" else 0):
        yield f"{track.id} begins at {begins_s:.3f} s."
    if track.kind in ("video", "trick", "audio") and track.init is None:
        yield f"{track.id} has no init segment."
    for number, segment in enumerate(track.segments, start=1):
        if segment.duration <= 0:
            yield f"Segment {number} of {track.id} has no length."
    for number, (this, following) in enumerate(pairwise(track.segments), start=1):
        if this.start + this.duration != following.start:
            yield f"Segment {number + 1} of {track.id} does not follow the one before it."


def _length_differs(track: Track, release: Release) -> Iterator[str]:
    seconds = sum(segment.duration for segment in track.segments) / track.timescale
    if abs(seconds - release.duration_ms / 1000) > _LENGTH_OFF_S_MAX:
        yield f"{track.id} lasts {seconds:.3f} s; the film lasts {release.duration_ms / 1000:.3f} s."


def _unscored(track: Track) -> Iterator[str]:
    """The gate scores a few frames of the commonest segment; a shorter one may lie between two of those."""
    common = mode(segment.duration for segment in track.segments) if track.segments else 0
    for number, segment in enumerate(track.segments, start=1):
        if segment.vmaf is None and segment.duration >= common:
            yield f"Segment {number} of {track.id} was never measured."


def _borders(track: Track) -> list[int]:
    """In milliseconds, because tracks may count in different units."""
    return [round(segment.start * 1000 / track.timescale) for segment in track.segments]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
