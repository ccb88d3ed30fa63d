"""The inside door of steering."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from matinee.kernel.ids import ApplianceId, ReleaseId
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant
from matinee.wire.events import Envelope
from matinee.wire.fill import FillOrders
from matinee.wire.health import FillProgress, HealthReport, Reach
from matinee.wire.purge import Tombstones


@dataclass(frozen=True, slots=True)
class Edge:
    """Somewhere to fetch a release from: the pathway's name and its base URL, without a ticket."""

    pathway: str
    url: str
    serves_anybody: bool = True
    """False: only the network this client is in."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who would fetch, as far as it is known."""

    session: str = ""
    address: str | None = None
    current: str | None = None
    """The pathway it fetches from now."""
    throughput_kbps: float | None = None
    """What it gets there."""
    needs_kbps: int = 0


@dataclass(frozen=True, slots=True)
class ApplianceStatus:
    id: ApplianceId
    kind: str
    url: str
    healthy: bool
    """It reports, and viewers are sent to it."""
    last_seen_at: Instant | None
    bytes_held: int
    bytes_free: int
    releases: tuple[ReleaseId, ...]
    filling: tuple[FillProgress, ...]
    reach: Reach = "transit"
    site: str = ""
    load: float = 0.0
    share: float = 1.0
    """Of the viewers it would have: less while it comes back from a failure."""

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser's security policy names it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """What an appliance is told each second: what to hold, what to forget, which ticket keys to trust."""

    orders: FillOrders
    tombstones: Tombstones
    keys: dict[str, str]
    """Base64url by key id."""


ANYBODY = Asker()


class Steering(Protocol):
    @call(idempotent=True, priority=Priority.PLAY)
    async def rank(self, release_id: ReleaseId, asker: Asker = ANYBODY) -> Sequence[Edge]:
        """Best first; origins last. Empty when nobody holds it."""
        ...

    async def report(self, report: HealthReport) -> AgentAnswer: ...

    async def purge(self, release_id: ReleaseId, *, reason: str) -> None: ...

    @call(idempotent=True)
    async def appliances(self) -> Sequence[ApplianceStatus]: ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topic `releases`."""
        ...
