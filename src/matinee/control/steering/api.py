"""The inside door of steering."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

from matinee.kernel.errors import Conflict, Refusal
from matinee.kernel.ids import ApplianceId, ReleaseId, SessionId, TitleId
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.events import Envelope
from matinee.wire.fill import FillOrders
from matinee.wire.health import FillProgress, HealthReport, Reach
from matinee.wire.purge import PurgeNews, Tombstones, TombstonesAsked
from matinee.wire.revocations import Revocations
from matinee.wire.routes import RouteNews, RoutesKnown

HELD_OPEN_MAX = seconds(25)
"""A question for tombstones that is held open: less than a request may take at the gateway."""
HELD_MAX = 5_000
"""Questions held open in one process. Whoever has no place hears of purges by its reports."""
HELD_BY_GATEWAY_MAX = 64
"""The same, where a gateway in another process holds them: half of the calls it may have under way to us."""


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
    fenced: str = ""
    """Why nobody is sent to it though it reports; empty: they are."""
    tombstones_refused: int = 0
    """Purges that it did not believe, since its start."""
    spot: tuple[float, float] | None = None
    """Latitude and longitude, degrees."""
    capacity_bytes: int = 0
    """What it may hold of releases; 0: it does not say."""
    build: str = ""
    errors_per_minute: float = 0.0

    @property
    def origin(self) -> str:
        """Scheme, host and port, as a browser's security policy names it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Fill:
    """A release on its way to an appliance."""

    appliance_id: ApplianceId
    site: str
    release_id: ReleaseId
    title_id: str
    """Empty: of a release that nobody is to hold any more."""
    state: Literal["running", "failed", "waiting"]
    """Failed: it is tried again by and by. Waiting: it has not begun."""
    bytes_done: int
    bytes_total: int
    """0: not known."""
    error: str = ""
    """Why it failed the last time; it may run again."""
    waits_for: str = ""
    """The appliance of its site that fetches this from above for both."""


@dataclass(frozen=True, slots=True)
class AnnouncedRoute:
    appliance_id: str
    path_length: int
    med: int


@dataclass(frozen=True, slots=True)
class AnnouncedPrefix:
    prefix: str
    routes: tuple[AnnouncedRoute, ...]


@dataclass(frozen=True, slots=True)
class RoutesFound:
    known: int
    """Prefixes in the whole table."""
    matches: tuple[AnnouncedPrefix, ...]
    """The longest first; of two that are announced for one prefix, the better first."""


@dataclass(frozen=True, slots=True)
class AgentAnswer:
    """What an appliance is told each second: what to hold, what to forget, which ticket keys to trust."""

    orders: FillOrders
    tombstones: Tombstones
    keys: dict[str, str]
    """Base64url by key id."""
    routes_until: int = 0
    """Up to where the appliance's routes are known."""
    purge_key: str = ""
    """Whose tombstones it may believe."""
    revocations: Revocations = field(default_factory=Revocations)
    """Sessions whose tickets to refuse."""
    contents_known: str = ""
    """The digest of what it holds: while it is the same, its reports need not name the releases."""


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


class ContentsUnknown(Conflict):
    """A report left out what the appliance holds, and it is not known here, or not any more."""

    def __init__(self) -> None:
        super().__init__("What this appliance holds is not known. Report once more, with all releases.")


class ReleasePurged(Refusal):
    """Nobody is sent to what was purged, not even to who served it last."""

    status = 410

    def __init__(self) -> None:
        super().__init__("This film was taken away and cannot be played.")


@dataclass(frozen=True, slots=True)
class PurgeOrder:
    """What an operator wants to be gone: all releases of a title, a release, or one file of a release."""

    reason: str
    by: str
    title_id: TitleId | None = None
    release_id: ReleaseId | None = None
    path: str | None = None
    """Below the release: `{tier}/{track}/{file}`."""
    refetch: bool = False
    """Only the copies of this file are bad: they are thrown away, and fetched anew."""
    appliance_id: ApplianceId | None = None
    """Whose copy, where it is the only bad one."""


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """How far one appliance is with a purge."""

    appliance_id: ApplianceId
    state: Literal["acknowledged", "waiting", "fenced"]
    """Fenced: it should have carried it out, and is offered to nobody until it has."""
    last_seen_at: Instant | None


@dataclass(frozen=True, slots=True)
class Purge:
    """A purge as it was ordered, and how far it is."""

    number: int
    """Of its first tombstone."""
    at: Instant
    by: str
    """The operator's account; empty: the service itself."""
    reason: str
    title_id: str
    release_id: str
    path: str
    refetch: bool
    appliance_id: str
    tombstones: tuple[int, ...]
    acknowledged: int
    """How many appliances have carried it out."""
    waiting: int
    fenced: int
    appliances: tuple[Acknowledgment, ...] = ()
    """One by one, where one purge was asked for."""


@dataclass(frozen=True, slots=True)
class HeldBy:
    count: int
    """How many appliances hold it."""
    appliances: tuple[ApplianceId, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True)
class Warmth:
    """How much of a release was streamed, and how often it is expected to be played."""

    release_id: ReleaseId
    title_id: str
    bytes: int
    playings_a_day: float
    """Bytes over size: whoever watches one rendition of many plays that part of it."""
    forecast: float
    """Playings a day, tomorrow."""
    size_bytes: int
    """0: not known."""
    held: HeldBy


@dataclass(frozen=True, slots=True)
class SiteHeat:
    site: str
    """Or the appliance that stands alone."""
    bytes: int
    playings_a_day: float


@dataclass(frozen=True, slots=True)
class Heat:
    """Of one site, or of the whole house where `site` is empty."""

    site: str
    days: int
    night: str
    """The last day that forecasts have learned from; empty: none."""
    sites: tuple[SiteHeat, ...]
    """All of them, whichever was asked for."""
    releases: tuple[Warmth, ...]
    """The most streamed first, then what is expected most; 200 at most."""


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

    @call(timeout=seconds(5), idempotent=True)
    async def account(self, accounts: Accounts) -> AccountsKnown:
        """What an edge sent, and to which sessions. What it tells again, or late, changes nothing."""
        ...

    async def look_at_counts(self) -> None:
        """Once a day, when its counts are in: remember them, and plan each site by them. At other times nothing happens."""
        ...

    @call(idempotent=True)
    async def explain(self, title_id: TitleId, asker: Asker) -> Explanation:
        """Why this client is sent where it is for the title's newest release, and why not elsewhere."""
        ...

    async def purge(self, release_id: ReleaseId, *, reason: str) -> None:
        """The service's own: for what is deleted anyway."""
        ...

    @call(timeout=seconds(10))
    async def order_purge(self, order: PurgeOrder) -> Purge:
        """An operator's. From the moment this returns nobody is sent to it; appliances are told at once."""
        ...

    @call(idempotent=True)
    async def purges(self, *, before: int | None = None, limit: int = 50) -> Sequence[Purge]:
        """The newest first; `before`: the number of the last one read."""
        ...

    @call(idempotent=True)
    async def purge_status(self, number: int) -> Purge:
        """One, with each appliance."""
        ...

    @call(timeout=HELD_OPEN_MAX, idempotent=True, priority=Priority.BATCH)
    async def tombstones(self, asked: TombstonesAsked, *, places: int = HELD_MAX) -> PurgeNews:
        """What comes after the number that was carried out. Waits for news while fewer than `places` others do."""
        ...

    @call(idempotent=True)
    async def revoke(self, session_id: SessionId, *, until: Instant) -> None:
        """Every edge refuses this session's tickets from its next report on. `until`: when the last of them ends."""
        ...

    @call(idempotent=True)
    async def appliances(self) -> Sequence[ApplianceStatus]: ...

    @call(idempotent=True)
    async def fills(self) -> Sequence[Fill]:
        """What appliances fetch, failed to fetch, and are to fetch."""
        ...

    @call(timeout=seconds(5), idempotent=True)
    async def heat(self, *, site: str = "", days: int = 7) -> Heat:
        """What was streamed at a site in these days, today's part included; everywhere, where none is named."""
        ...

    @call(idempotent=True)
    async def find_routes(self, sought: str) -> RoutesFound:
        """Every announced prefix that holds this address or prefix."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topic `releases`."""
        ...
