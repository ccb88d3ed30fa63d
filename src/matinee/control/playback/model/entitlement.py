"""Which tracks of a release this device may play under this plan."""

from collections.abc import Sequence

from matinee.control.playback.api import CLEARKEY, Device, NothingForThisDevice
from matinee.control.playback.model.renditions import IMSC_MIME
from matinee.wire.releases import Release, Track, codec_family

DRM_SYSTEMS = (CLEARKEY,)
"""Those this service can license. Vendors' systems join when their adapters do."""
_SURROUND = ("surround", "5.1", "7.1", "atmos")
_HDR = ("PQ", "HLG")


def playable_tracks(release: Release, device: Device, *, height_max: int) -> tuple[Track, ...]:
    """Filtered by codec, range of light, key system, height and plan. Raises when no picture is left."""
    if release.scheme != "clear" and not usable_systems(device):
        raise NothingForThisDevice(
            "This film is protected, and this player offers no key system we can license.", needs=list(DRM_SYSTEMS)
        )
    ceiling = min(height_max, device.max_height)
    tracks = tuple(t for t in release.tracks if _fits(t, device, ceiling) and t.segments)
    if not any(t.kind == "video" for t in tracks):
        raise NothingForThisDevice("There is no version of this film that this device can show.", height_max=ceiling)
    return tracks


def usable_systems(device: Device) -> tuple[str, ...]:
    return tuple(s for s in device.drm if s in DRM_SYSTEMS)


def license_systems(release: Release, device: Device) -> tuple[str, ...]:
    """Those the player is to ask for keys. A film in the clear needs none."""
    return () if release.scheme == "clear" else usable_systems(device)


def tiers_of(tracks: tuple[Track, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.tier for t in tracks))


def _lines(track: Track) -> int:
    """What plans and tiers count by: the shorter side, so that a portrait is worth what the same picture lying is."""
    height = track.height or 0
    return min(height, track.width) if track.width else height


def _fits(track: Track, device: Device, ceiling: int) -> bool:
    if track.kind in ("video", "trick") and _lines(track) > ceiling:
        return False
    if track.video_range in _HDR and not device.hdr:
        return False
    if track.kind in ("video", "trick", "audio"):
        return codec_family(track) in device.codecs and _is_heard(track, device)
    # WebVTT is for everybody. IMSC is for who asks for it, by the name its profile is registered under.
    return track.mime != IMSC_MIME or track.codecs in device.codecs


def _is_heard(track: Track, device: Device) -> bool:
    """More than two channels are for who has the speakers; the same sound in stereo is there for everybody else."""
    return track.rendition_of is None or (track.channels or 2) <= 2 or bool(set(device.audio) & set(_SURROUND))


def least_kbps(tracks: Sequence[Track]) -> int:
    """What a line must carry to play the smallest picture with the smallest sound."""
    least = [min((t.bandwidth_average for t in tracks if t.kind == kind), default=0) for kind in ("video", "audio")]
    return round(sum(least) / 1000)
