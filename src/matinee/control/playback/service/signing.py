"""What a session is given to fetch with: edge tickets in base URLs, and license tokens."""

from collections.abc import Sequence

from matinee.control.playback.api import NowhereToPlayFrom, PlaybackSession, ThumbnailSheets
from matinee.control.playback.model.addresses import Base, numbered, segment_path
from matinee.control.playback.model.entitlement import tiers_of
from matinee.control.steering.api import Asker, Edge, Steering
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids, ReleaseId
from matinee.kernel.quantities import Span, hours, minutes
from matinee.resilience.fallback import or_else
from matinee.wire.releases import CLEAR_TIER, Release, Track
from matinee.wire.tickets import EdgeTicket, KeyRing, LicenseToken, sign

_TICKET_SLACK: Span = hours(2)
"""Pauses, and an outage of the control plane: a film that began must be able to end."""
_LICENSE_LIFETIME = minutes(5)


class Signing:
    def __init__(self, steering: Steering, edge_ring: KeyRing, control_ring: KeyRing, clock: Clock, ids: Ids) -> None:
        self._steering = steering
        self._edge_ring = edge_ring
        self._control_ring = control_ring
        self._clock = clock
        self._ids = ids
        self._last_known: dict[str, Sequence[Edge]] = {}

    async def edges(self, release: Release, asker: Asker) -> Sequence[Edge]:
        """Best first for this client. While steering does not answer, what it last said to anybody."""
        # Some serve one network alone, and this client may be of another.
        known = [edge for edge in self._last_known.get(release.release_id, ()) if edge.serves_anybody]
        # Nobody left is no answer to believe either: a busy service hears no reports, while the edges serve on.
        asked = self._steering.rank(ReleaseId(release.release_id), asker)
        edges = await or_else(asked, known, name="play.steering") or known
        if not edges:
            raise NowhereToPlayFrom("No server holds this film at the moment. Try again in a minute.")
        self._last_known[release.release_id] = edges
        return edges

    async def bases(
        self, bearer: str, release: Release, tracks: tuple[Track, ...], *, client: str | None = None
    ) -> list[Base]:
        """Where to fetch from, best first, each with a ticket for exactly these tiers. `bearer` is the session."""
        edges = await self.edges(release, Asker(bearer, client))
        ends = self._clock.now() + Span(milliseconds=release.duration_ms) + _TICKET_SLACK
        tiers = tuple(dict.fromkeys((*tiers_of(tracks), CLEAR_TIER)))
        ticket = EdgeTicket(self._edge_ring.current, release.release_id, tiers, int(ends.timestamp()), bearer)
        signed = sign(ticket, self._edge_ring)
        return [Base(e.pathway, f"{e.url}/v1/{signed}/{release.release_id}/") for e in edges]

    def license(self, session: PlaybackSession, tiers: tuple[str, ...]) -> str:
        ends = self._clock.now() + _LICENSE_LIFETIME
        token = LicenseToken(
            self._control_ring.current,
            session.id,
            session.account_id,
            session.device_id,
            session.release_id,
            tiers,
            int(ends.timestamp()),
            self._ids.new(),
        )
        return sign(token, self._control_ring)


def thumbnail_sheets(release: Release, base: Base) -> ThumbnailSheets | None:
    """Where the sheets lie, when their names count from 1 as the player expects."""
    found = release.thumbnails
    track = next((t for t in release.tracks if found is not None and t.id == found.track), None)
    names = numbered(track.segments) if track is not None and track.segments else None
    if found is None or track is None or names is None or names[1] != 1:
        return None
    return ThumbnailSheets(
        base.url + segment_path(track, names[0]),
        found.columns,
        found.rows,
        found.width,
        found.height,
        found.interval_ms,
        found.count,
    )
