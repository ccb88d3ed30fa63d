"""The inside door of steering."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from matinee.kernel.ids import ApplianceId, ReleaseId, SessionId, TitleId
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.events import Envelope
from matinee.wire.fill import FillOrders
from matinee.wire.health import FillProgress, HealthReport, Reach
from matinee.wire.purge import Tombstones
from matinee.wire.revocations import Revocations
from matinee.wire.routes import RouteNews, RoutesKnown


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
    routes_until: int = 0
    """Up to where the appliance's routes are known."""
    revocations: Revocations = field(default_factory=Revocations)
    """Sessions whose tickets to refuse."""


ANYBODY = Asker()


@dataclass(frozen=True, slots=True)
class Reasoned:
    """An edge a client is offered, and what spoke for it."""

    pathway: str
    reach: Reach
    site: str
    prefix: str | None
    """What was announced to it and holds the client's address; None: it serves anybody."""
    path_length: int
    med: int
    load: float
    is_last_resort: bool
    """Full, slow for this client, or only just back."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    pathway: str
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    offered: tuple[Reasoned, ...]
    passed_over: tuple[PassedOver, ...]


class Steering(Protocol):
    @call(idempotent=True, priority=Priority.PLAY)
    async def rank(self, release_id: ReleaseId, asker: Asker = ANYBODY) -> Sequence[Edge]:
        """Best first; origins last. Empty when nobody holds it."""
        ...

    async def report(self, report: HealthReport) -> AgentAnswer: ...

    @call(timeout=seconds(5))
    async def routes(self, news: RouteNews) -> RoutesKnown:
        """What was announced to an appliance has changed. Answers up to where its table is known."""
        ...

    @call(idempotent=True)
    async def explain(self, title_id: TitleId, asker: Asker) -> Explanation:
        """Why this client is sent where it is for the title's newest release, and why not elsewhere."""
        ...

    async def purge(self, release_id: ReleaseId, *, reason: str) -> None: ...

    @call(idempotent=True)
    async def revoke(self, session_id: SessionId, *, until: Instant) -> None:
        """Every edge refuses this session's tickets from its next report on. `until`: when the last of them ends."""
        ...

    @call(idempotent=True)
    async def appliances(self) -> Sequence[ApplianceStatus]: ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topic `releases`."""
        ...
