"""What a session is given to fetch with: edge tickets in base URLs, and license tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from matinee.control.playback.api import NowhereToPlayFrom, PlaybackSession, SessionEnded, ThumbnailSheets
from matinee.control.playback.model.addresses import Base, numbered, segment_path
from matinee.control.playback.model.entitlement import least_kbps, tiers_of
from matinee.control.playback.model.lifetimes import ticket_ends
from matinee.control.steering.api import Asker, Edge, Steering
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids, ReleaseId
from matinee.kernel.quantities import Instant, minutes
from matinee.resilience.fallback import or_else
from matinee.wire.clients import network_of
from matinee.wire.releases import CLEAR_TIER, Release, Track
from matinee.wire.tickets import EdgeTicket, LicenseToken, Ring, sign

_LICENSE_LIFETIME = minutes(5)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who will show the tickets, and what bounds them."""

    session: str
    address: str | None = None
    country: str | None = None
    position_ms: int = 0
    rights_end: Instant | None = None


@dataclass(frozen=True, slots=True)
class TicketNames:
    """What edge tickets name beside what they must."""

    country: bool = False
    client: bool = False
    """The network they are shown from. Who moves to another one has to fetch the manifest again."""


class Signing:
    def __init__(
        self,
        steering: Steering,
        edge_ring: Ring,
        control_ring: Ring,
        clock: Clock,
        ids: Ids,
        names: TicketNames | None = None,
    ) -> None:
        self._steering = steering
        self._edge_ring = edge_ring
        self._control_ring = control_ring
        self._clock = clock
        self._ids = ids
        self._names = names or TicketNames()
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

    async def bases(self, bearer: Bearer, release: Release, tracks: tuple[Track, ...]) -> list[Base]:
        """Where to fetch from, best first, each with a ticket for exactly these tiers."""
        asker = Asker(bearer.session, bearer.address, needs_kbps=least_kbps(tracks))
        edges = await self.edges(release, asker)
        now = self._clock.now()
        ends = ticket_ends(
            now, duration_ms=release.duration_ms, position_ms=bearer.position_ms, rights_end=bearer.rights_end
        )
        if ends <= now:
            raise SessionEnded("rights")
        ticket = EdgeTicket(
            self._edge_ring.current,
            release.release_id,
            tuple(dict.fromkeys((*tiers_of(tracks), CLEAR_TIER))),
            int(ends.timestamp()),
            bearer.session,
            bearer.country if self._names.country else None,
            network_of(bearer.address) if self._names.client and bearer.address else None,
        )
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
