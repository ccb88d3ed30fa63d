"""The edge's inside door: what one is told to be, what it says of itself, and whom it asks."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import ClassVar, Literal, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from matinee.kernel.errors import InvalidInput, MatineeError, Unavailable
from matinee.kernel.quantities import Span, hours, minutes, seconds
from matinee.wire.accounts import Accounts, AccountsKnown
from matinee.wire.fill import FillOrders
from matinee.wire.health import FillProgress, HealthReport, Reach
from matinee.wire.purge import PurgeNews, Tombstones, TombstonesAsked
from matinee.wire.revocations import Revocations
from matinee.wire.rollout import SlotOrder
from matinee.wire.routes import RouteNews, RoutesKnown

_WINDOW_LONGEST = hours(22)
"""So that two nights never meet, also when one begins an hour or two early."""


class FillFailed(MatineeError):
    """A release could not be filled from any of its sources; the sentence says what was wrong with the last one."""


class ControlRefused(Unavailable):
    """Steering answered, but not with instructions: a wrong token, an unknown appliance, a broken proxy."""


class AccountRefused(ControlRefused):
    """What is in an account is not taken, and never will be as it is."""

    answered = (400, 413, 422)
    """The statuses it comes as."""


class AllAsked(ControlRefused):
    """Steering does not know what this edge holds, which its report left out."""

    answered: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class Instructions:
    """What steering answers to a health report."""

    orders: FillOrders
    tombstones: Tombstones
    keys: dict[str, str] = field(default_factory=dict)
    """Ticket keys in force, base64url by id."""
    routes_until: int = 0
    """Up to where this appliance's routes are known."""
    purge_key: str = ""
    """Signs tombstones; base64url."""
    revocations: Revocations = field(default_factory=Revocations)
    """Sessions whose tickets to refuse."""
    contents_known: str = ""
    """The digest of what is held, as steering knows it: while it is the same, reports need not name the releases."""
    slot: SlotOrder | None = None
    """Which software to run; None: whatever it runs."""


class Control(Protocol):
    """Steering, as the edge sees it."""

    async def report(self, report: HealthReport) -> Instructions:
        """Say how it goes, hear what is wanted. Raises `Unavailable` where nobody answers."""
        ...

    async def routes(self, news: RouteNews) -> RoutesKnown:
        """Say what has changed of what peers announce, hear up to where that is known. Raises as `report`."""
        ...

    async def account(self, accounts: Accounts) -> AccountsKnown:
        """Say what was sent, hear up to which number that is known. Raises as `report`."""
        ...

    async def tombstones(self, asked: TombstonesAsked) -> PurgeNews:
        """Wait, for a while, until there is something to purge. Raises as `report`."""
        ...

    async def build(self, sha256: str, size: int) -> bytes:
        """Software by its hash, of so many bytes at most. Raises as `report`."""
        ...


@dataclass(frozen=True, slots=True)
class ServingSettings:
    """Where one edge listens and who it is."""

    appliance_id: str
    public_url: str
    """Where viewers reach it."""
    host: str
    port: int
    state: Path
    """Its own folder: ticket keys, and the last tombstone it carried out."""
    certificate: Path | None = None
    private_key: Path | None = None
    workers: int = 1
    report_every: Span = seconds(1)
    gather_every: Span = seconds(5)
    """How often the server is asked what it has sent, to whom."""
    account_every: Span = minutes(1)
    """How often that is told to steering."""
    first_account_after: Span = seconds(10)
    playing_for: Span = minutes(2)
    """So long after its last byte was sent to anybody a release is being played."""
    capacity_bytes_per_second: int = 125_000_000
    """What counts as load 1: the network's share that this edge may use."""
    build: str = ""
    reach: Reach | None = None
    """How it is connected to viewers; None: through transit, and an origin is an origin."""
    site: str = ""
    """The same for all that stand together."""
    spot: tuple[float, float] | None = None
    """Latitude and longitude, degrees."""
    countries: tuple[str, ...] = ()
    """Whose rights it is filled for, as two-letter codes; none: everybody's."""
    purge_key: str = ""
    """The only key whose tombstones are believed, whatever steering says. Empty: the first that it names."""


@dataclass(frozen=True, slots=True)
class FillWindow:
    """When an appliance may fill itself: at night where it stands, at a rate, and so much a night."""

    zone: str
    """IANA name: `Europe/Berlin`."""
    opens: time
    length: Span
    bytes_per_second_max: int
    bytes_per_night_max: int

    def __post_init__(self) -> None:
        if not timedelta(0) < self.length <= _WINDOW_LONGEST:
            raise InvalidInput(
                f"A fill window is open for at most 22 hours, and not for {self.length}.", field="length"
            )
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidInput(
                f"{self.zone!r} is not a time zone. Use an IANA name such as Europe/Berlin.", field="zone"
            ) from error


@dataclass(frozen=True, slots=True)
class HotDisk:
    """A fast disk beside the one that holds everything."""

    folder: Path
    room_bytes: int
    look_every: Span = minutes(10)
    """How often what lies there is looked at anew."""


@dataclass(frozen=True, slots=True)
class ApplianceSettings:
    serving: ServingSettings
    root: Path
    """Holds `releases/`, and what is on its way in or out beside it: one file system, so that moves are renames."""
    kind: Literal["storage", "flash"] = "storage"
    fetches_parallel: int = 4
    fetch_silence: Span = seconds(10)
    """How long a source may say nothing in the middle of a file."""
    retry_first: Span = seconds(1)
    retry_longest: Span = minutes(5)
    reserve_bytes: int = 256 << 20
    """Left free on the disk, whatever is ordered."""
    room_bytes: int | None = None
    """What releases may take of the disk; None: all but the reserve."""
    window: FillWindow | None = None
    """None: it fetches whenever something is ordered, as fast as it can."""
    hot: HotDisk | None = None
    boot: str = ""
    """Names the machine's present life. While it is the same, a kill has spoiled nothing. Empty: not known, so any may have."""


@dataclass(frozen=True, slots=True)
class OriginSettings:
    serving: ServingSettings
    releases: Path
    """The folder whose children are releases: the studio's store, which this server only reads."""
    look_every: Span = seconds(5)


@dataclass(frozen=True, slots=True)
class EdgeStatus:
    appliance_id: str
    port: int
    releases: tuple[str, ...]
    filling: tuple[FillProgress, ...]
    bytes_held: int
    control_reached: bool
    """Whether the last report was answered."""


class Edge(Protocol):
    """An origin or an appliance."""

    async def start(self) -> None:
        """Serving what is held when this returns; nobody else is needed for that. An appliance that was killed reads
        what it held before, a release at a time, and serves each as soon as it is known to be right."""
        ...

    async def run(self) -> None:
        """Start, then report and obey until canceled; leaves nothing running."""
        ...

    def status(self) -> EdgeStatus: ...
