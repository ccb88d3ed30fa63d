"""What steering may expect of a feed of routes: what each peer announces, as it announces it.

A feed tells events and keeps no table. Of one peer they come in order: `PeerUp`, then announcements and withdrawals,
then `PeerDown`, after which nothing of what it announced holds. An announced prefix replaces what the same peer said of
it before. A withdrawal may name what was never announced.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from matinee.kernel.errors import InvalidInput
from matinee.kernel.quantities import Span, minutes, seconds

Family: TypeAlias = Literal["ipv4", "ipv6"]

BGP_PORT = 179
_HOLD_SECONDS_MIN = 3
_NUMBER_MAX = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Attributes:
    as_path: tuple[int, ...]
    """The peer's own first. A set of systems, which aggregation used to leave behind, stands as its smallest."""
    med: int | None
    origin: Literal["igp", "egp", "incomplete"]
    next_hop: str
    communities: tuple[str, ...] = ()
    """`64512:100`, and large ones `64512:1:100`."""


@dataclass(frozen=True, slots=True)
class PeerUp:
    peer: str
    """The neighbor's address."""
    asn: int


@dataclass(frozen=True, slots=True)
class Announced:
    peer: str
    prefixes: tuple[str, ...]
    """Normalized: `198.51.100.0/24`, host bits zero; IPv6 in its shortest form, in hexadecimal throughout."""
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Withdrawn:
    peer: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndOfTable:
    """The peer has said all it knows at the moment; from here on come changes."""

    peer: str
    family: Family


@dataclass(frozen=True, slots=True)
class PeerDown:
    """Forget everything of this peer: a session that is lost sends no withdrawals."""

    peer: str
    reason: str


RouteEvent: TypeAlias = PeerUp | Announced | Withdrawn | EndOfTable | PeerDown


class RouteFeed(Protocol):
    async def run(self, heard: Callable[[RouteEvent], None]) -> None:
        """Tell events until canceled; then every peer is told down. A session that ended is tried, or awaited, again.

        Raises `Unavailable` where it cannot listen. `heard` is called in this loop and should be short.
        """
        ...

    @property
    def listens_at(self) -> tuple[str, int] | None:
        """Where peers find it: while it runs, and where it is found by peers at all."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbor:
    address: str
    asn: int | None = None
    """None: whichever it says it is."""
    port: int = BGP_PORT
    """Where it is connected to."""
    connects: bool = False
    """Whether we connect. The neighbor may connect to us in any case, where we listen."""


@dataclass(frozen=True, slots=True)
class BgpSettings:
    asn: int
    router_id: str
    """Any IPv4 address of ours; it only has to differ from other speakers'."""
    neighbors: tuple[Neighbor, ...]
    """Whoever else connects is parted with before a word."""
    listen_address: str = "127.0.0.1"
    """`::` is every address of both families."""
    listen_port: int | None = BGP_PORT
    """None: nobody connects to us. 0: any that is free."""
    hold_time: Span = seconds(9)
    """How long a peer may be silent. The smaller of both sides' wishes counts."""
    prefixes_max: int = 1_200_000
    """From one peer, both families together: a whole table of the Internet, and no leak of several."""
    excess_pause: Span = minutes(5)
    """After a peer that announced more. It would announce as much again."""

    def __post_init__(self) -> None:
        if not 0 < self.asn < _NUMBER_MAX:
            raise InvalidInput(
                f"{self.asn} is no number of an autonomous system. Take one from 1 to {_NUMBER_MAX - 1}."
            )
        hold = self.hold_time.total_seconds()
        if hold != int(hold) or not _HOLD_SECONDS_MIN <= hold <= 0xFFFF:
            raise InvalidInput(f"BGP knows hold times of whole seconds from {_HOLD_SECONDS_MIN}, not {hold:g} s.")
        if self.listen_port is None and not all(neighbor.connects for neighbor in self.neighbors):
            raise InvalidInput("Who awaits neighbors has to listen. Give a port, or connect to each of them.")
