"""Steering's door in a fleet's world, without the gateway: agents' reports go to the real service, viewers to the box office.

The box office stands for playback and catalog. It decides by their own models: who may see a film at this hour, and how
long a ticket opens it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from matinee.app.doors import Doors
from matinee.control.catalog.api import Rights, Viewer, Window
from matinee.control.catalog.model.visibility import judge, visible_until
from matinee.control.playback.model.lifetimes import ticket_ends
from matinee.control.steering.api import Asker
from matinee.control.steering.service import SteeringService
from matinee.kernel.errors import InvalidInput, MatineeError
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.network import Answer, Outgoing
from matinee.kernel.quantities import Instant
from matinee.sim.fleet.ledger import FleetLedger
from matinee.sim.fleet.machines import RING
from matinee.wire.accounts import Accounts
from matinee.wire.encoding import from_json, to_json
from matinee.wire.health import HealthReport
from matinee.wire.purge import TombstonesAsked
from matinee.wire.releases import AUDIO_TIER, CLEAR_TIER, VIDEO_TIERS
from matinee.wire.routes import RouteNews
from matinee.wire.tickets import EdgeTicket, sign

_ANYBODY = Viewer(country="DE", maturity=18, plan_rank=2)


@dataclass(frozen=True, slots=True)
class Ask:
    viewer: str
    film: str
    address: str
    current: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Where to go: each edge's name and base URL, the best first; and the ticket, to whoever begins."""

    edges: tuple[tuple[str, str], ...]
    ticket: str = ""


@dataclass(slots=True)
class Listed:
    """A title, as the catalog has it."""

    opens: Instant | None
    ends: Instant | None
    duration_ms: int
    withdrawn: bool = False

    def rights(self, film: str) -> Rights:
        windows = (Window(start=self.opens, end=self.ends),) if self.opens or self.ends else ()
        return Rights(TitleId(film), "withdrawn" if self.withdrawn else "available", 0, windows)


class Front:
    """One life of steering's machine."""

    def __init__(
        self, steering: SteeringService, doors: Doors, listed: Mapping[str, Listed], ledger: FleetLedger
    ) -> None:
        self.steering = steering
        self.doors = doors
        self._listed = listed
        self._ledger = ledger
        self._calls: dict[str, Callable[[bytes], Awaitable[object]]] = {
            "health": self._health,
            "accounts": lambda body: steering.account(from_json(body, Accounts)),
            "routes": lambda body: steering.routes(from_json(body, RouteNews)),
            "tombstones": self._tombstones,
            "play": self._play,
            "steer": self._steer,
        }

    async def serve(self, request: Outgoing) -> Answer:
        try:
            answer = await self._calls[request.url.rpartition("/")[2]](request.body)
        except MatineeError as error:
            return Answer(getattr(error, "status", 422 if isinstance(error, InvalidInput) else 500), {}, b"")
        return Answer(200, {}, to_json(answer))

    async def _health(self, body: bytes) -> object:
        report = from_json(body, HealthReport)
        self._ledger.heard(report, self._now_s())
        return await self.steering.report(report)

    async def _tombstones(self, body: bytes) -> object:
        asked = from_json(body, TombstonesAsked)
        self._ledger.acknowledged(asked.appliance_id, asked.tombstone_sequence)
        return await self.steering.tombstones(asked)

    async def _play(self, body: bytes) -> object:
        ask, now = from_json(body, Ask), self.doors.clock.now()
        listed = self._listed[ask.film]
        rights = listed.rights(ask.film)
        if not judge(_ANYBODY, rights, at=now).visible:
            raise NotShown("This film cannot be watched here and now.")
        asked_s = self._now_s()
        sent = await self._ranked(ask)
        until = visible_until(_ANYBODY, rights, at=now)
        ends = int(ticket_ends(now, duration_ms=listed.duration_ms, rights_end=until).timestamp())
        ticket = EdgeTicket(RING.current, ask.film, (CLEAR_TIER, AUDIO_TIER, *VIDEO_TIERS), ends, ask.viewer)
        self._ledger.sold(ask.viewer, ask.film, asked_s)
        return Sent(sent.edges, sign(ticket, RING))

    async def _steer(self, body: bytes) -> object:
        return await self._ranked(from_json(body, Ask))

    async def _ranked(self, ask: Ask) -> Sent:
        asked_s = self._now_s()
        asker = Asker(ask.viewer, ask.address, ask.current)
        found = await self.steering.rank(ReleaseId(ask.film), asker)
        edges = tuple((edge.pathway, edge.url) for edge in found)
        self._ledger.offered(ask.viewer, ask.address, ask.film, tuple(name for name, _ in edges), asked_s)
        return Sent(edges)

    def _now_s(self) -> float:
        return self.doors.clock.monotonic()


class NotShown(MatineeError):
    """Not now, or not any more."""

    status = 403
