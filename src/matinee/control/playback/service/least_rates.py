"""What a line must carry for a device to play a release at all. Players ask again every half minute, and neither a release
nor what a session's device said of itself ever changes."""

from cachebox import LRUCache

from matinee.control.playback.api import Device, PlaybackSession
from matinee.control.playback.model.entitlement import least_kbps, playable_tracks
from matinee.kernel.ids import ReleaseId
from matinee.wire.releases import Release

_REMEMBERED_MAX = 20_000


class LeastRates:
    def __init__(self) -> None:
        self._known: LRUCache[tuple[ReleaseId, Device, int], int] = LRUCache(_REMEMBERED_MAX)

    def kbps(self, release: Release, session: PlaybackSession) -> int:
        """`release` is the session's. Raises `NothingForThisDevice`."""
        key = (session.release_id, session.device, session.height_max)
        found = self._known.get(key)
        if found is None:
            tracks = playable_tracks(release, session.device, height_max=session.height_max)
            found = self._known[key] = least_kbps(tracks)
        return found
