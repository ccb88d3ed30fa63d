"""The edge's inside door: what one is told to be, what it says of itself, and whom it asks."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from matinee.kernel.errors import MatineeError, Unavailable
from matinee.kernel.quantities import Span, minutes, seconds
from matinee.wire.fill import FillOrders
from matinee.wire.health import FillProgress, HealthReport, Reach
from matinee.wire.purge import Tombstones
from matinee.wire.revocations import Revocations
from matinee.wire.routes import RouteNews, RoutesKnown


class FillFailed(MatineeError):
    """A release could not be filled from any of its sources; the sentence says what was wrong with the last one."""


class ControlRefused(Unavailable):
    """Steering answered, but not with instructions: a wrong token, an unknown appliance, a broken proxy."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """What steering answers to a health report."""

    orders: FillOrders
    tombstones: Tombstones
    keys: dict[str, str] = field(default_factory=dict)
    """Ticket keys in force, base64url by id."""
    routes_until: int = 0
    """Up to where this appliance's routes are known."""
    revocations: Revocations = field(default_factory=Revocations)
    """Sessions whose tickets to refuse."""


class Control(Protocol):
    """Steering, as the edge sees it."""

    async def report(self, report: HealthReport) -> Instructions:
        """Say how it goes, hear what is wanted. Raises `Unavailable` where nobody answers."""
        ...

    async def routes(self, news: RouteNews) -> RoutesKnown:
        """Say what has changed of what peers announce, hear up to where that is known. Raises as `report`."""
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
    capacity_bytes_per_second: int = 125_000_000
    """What counts as load 1: the network's share that this edge may use."""
    build: str = ""
    reach: Reach | None = None
    """How it is connected to viewers; None: through transit, and an origin is an origin."""
    site: str = ""
    """The same for all that stand together."""
    spot: tuple[float, float] | None = None
    """Latitude and longitude, degrees."""


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
