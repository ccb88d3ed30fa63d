"""An appliance or an origin by the rules of its room, and what steering last heard of it. Bytes are numbers, contents tokens."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from matinee.control.steering.model.snapshot import Server
from matinee.control.steering.model.standing import Heard, heard, is_well, share
from matinee.kernel.quantities import Instant, Span
from matinee.sim.fleet.region import Place
from matinee.wire.health import HealthReport

BEGINS = datetime(2026, 11, 21, 18, tzinfo=UTC)
BEAT_MS = 1_000


def instant(at_ms: int) -> Instant:
    return BEGINS + Span(milliseconds=at_ms)


@dataclass(slots=True)
class Cohort:
    """Viewers who do the same: of one site, who began one film in one minute."""

    number: int
    place: Place
    film: str
    ticket_ends_ms: int
    pieces: int
    """Of ten minutes, left."""
    key: int
    edges: tuple[str, ...] = ()
    at: str = ""


@dataclass(slots=True)
class Box:
    name: str
    place: Place | None
    """None: an origin."""
    phase_ms: int
    """Of its reports."""
    holds: dict[str, int] = field(default_factory=dict)
    """By film: what lies there."""
    begun: dict[str, int] = field(default_factory=dict)
    """Bytes of what is not whole yet."""
    wanted: tuple[str, ...] = ()
    """In the order in which to fetch."""
    planned: frozenset[str] = frozenset()
    denied: set[str] = field(default_factory=set)
    heard_up_to: int = 0
    """The last tombstone it was told of."""
    noted_up_to: int = 0
    """And the last one it could write down, and so acknowledges."""
    faults: dict[str, int] = field(default_factory=dict)
    """What lies on it, how often."""
    silent_since_ms: int | None = None
    """Its last report, while there are none."""
    boots: int = 1
    night: str = ""
    fetched: int = 0
    """In that night."""
    watched: dict[int, Cohort] = field(default_factory=dict)
    heard: Heard | None = None
    load: float = 0.0
    _server: Server | None = None

    def has(self, fault: str) -> bool:
        return fault in self.faults

    @property
    def reports(self) -> bool:
        """Whether steering hears it; steering itself may be away."""
        return not self.faults.keys() & {"kill", "rot", "frozen", "cut", "isolated"}

    @property
    def serves(self) -> bool:
        return not self.faults.keys() & {"kill", "rot", "frozen", "isolated"}

    def content(self, cohort: Cohort, at_ms: int) -> int | None:
        """What it gives of a film to who shows this ticket now; None: a refusal, or nothing at all."""
        if not self.serves or at_ms >= cohort.ticket_ends_ms or cohort.film in self.denied:
            return None
        return self.holds.get(cohort.film)

    def take_away(self, film: str) -> None:
        self.denied.add(film)
        self.holds.pop(film, None)
        self.begun.pop(film, None)

    def said(self, at_ms: int) -> HealthReport:
        return HealthReport(
            self.name,
            "origin" if self.place is None else self.place.kind,
            f"http://{self.name}.sim",
            instant(at_ms),
            at_ms,
            f"boot {self.boots}",
            (),
            0,
            0,
            self.load,
        )

    def report(self, at_ms: int) -> None:
        """Steering hears it, after a silence perhaps."""
        self.heard = heard(self.said(at_ms), self.heard, at=instant(at_ms))
        self.silent_since_ms = None

    def fall_silent(self, at_ms: int) -> None:
        if self.silent_since_ms is None and self.heard is not None:
            last = at_ms - (at_ms - self.phase_ms) % BEAT_MS
            self.silent_since_ms = last
            self.heard = replace(self.heard, report=replace(self.heard.report, at=instant(last)))

    def is_well(self, at_ms: int) -> bool:
        if self.heard is None:
            return False
        # Who reports was heard a moment ago, whenever that is.
        return self.silent_since_ms is None or is_well(self.heard, at=instant(at_ms))

    def server(self, at: Instant) -> Server:
        """As a snapshot has it: the same one as long as it is the same."""
        assert self.heard is not None
        now, place, known = share(self.heard, at=at), self.place, self._server
        if known is None or known.load != self.load or known.share != now:
            known = Server(self.name, "", "origin", "", self.load, now)
            if place is not None:
                known = Server(self.name, "", place.reach, place.name, self.load, now, place.spot)
            self._server = known
        return known
