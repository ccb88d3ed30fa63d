"""Which tracks of a release this device may play under this plan."""

from matinee.control.playback.api import CLEARKEY, Device, NothingForThisDevice
from matinee.wire.releases import Release, Track

DRM_SYSTEMS = (CLEARKEY,)
"""Those this service can license. Vendors' systems join when their adapters do."""


def playable_tracks(release: Release, device: Device, *, height_max: int) -> tuple[Track, ...]:
    """Filtered by codec, key system, height and plan. Raises when no picture is left."""
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


def tiers_of(tracks: tuple[Track, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.tier for t in tracks))


def _lines(track: Track) -> int:
    """What plans and tiers count by: the shorter side, so that a portrait is worth what the same picture lying is."""
    height = track.height or 0
    return min(height, track.width) if track.width else height


def _fits(track: Track, device: Device, ceiling: int) -> bool:
    if track.kind in ("video", "trick") and _lines(track) > ceiling:
        return False
    if track.kind in ("video", "trick", "audio"):
        return track.codecs.split(".")[0] in device.codecs
    return True
