"""What a fleet has promised, and where it was broken. Seen on the wire alone: who said, asked and was given what, and when.

Each promise is one method's; the bounds it keeps are constants with their reasons.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from matinee.control.steering.model.fencing import FENCED_AFTER
from matinee.control.steering.model.standing import SILENCE_MAX
from matinee.sim.fleet.lots import Stand
from matinee.wire.health import HealthReport

_WAY_S = 0.1
"""A message and its answer, and what a disk takes."""
_LOOKED_AT_S = 0.5
"""So long steering believes what it knows of the fleet."""
SILENT_AFTER_S = SILENCE_MAX.total_seconds() + _LOOKED_AT_S + _WAY_S
FENCED_AFTER_S = FENCED_AFTER.total_seconds() + _LOOKED_AT_S + _WAY_S
ASKED_EVERY_S = 30.0
"""A player asks again where to go."""
ROUTES_AFTER_S = 2.0
"""A change of what is announced is told at once, and once more a second later where that was lost."""
_SLACK_S = 5.0
"""A viewer's request that is given up was begun so long before."""
_TROUBLE_LASTS_S = 60.0
"""After a misfortune is over, a request or an order of that time may still be on its way."""


@dataclass(slots=True)
class Shown:
    """A film as it was published."""

    size: int
    hashes: dict[str, str]
    opens_s: float | None = None
    ends_s: float | None = None
    purged_s: float | None = None
    withdrawn_s: float | None = None


@dataclass(slots=True)
class _Told:
    """An appliance's last words, as steering heard them."""

    at_s: float
    report: HealthReport
    acknowledged: int = 0
    held_before: tuple[str, ...] = ()
    """By the words before these."""


@dataclass(slots=True)
class _Upstream:
    first_s: float
    copies: int = 0


@dataclass(slots=True)
class Tank:
    """Bytes fetched beyond the rate: empties at it."""

    at_s: float = 0.0
    level: float = 0.0


@dataclass(slots=True)
class FleetLedger:
    stands: dict[str, Stand]
    beat_s: float = 1.0
    """How often each reports."""
    films: dict[str, Shown] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    up_since_s: float | None = None
    """Since when steering runs, this time."""
    down_s: float = 0.0
    """For how long it was away, in all."""
    went_down_s: float = 0.0
    _told: dict[str, _Told] = field(default_factory=dict)
    _answered: dict[str, float] = field(default_factory=dict)
    """When what an appliance was last answered had been asked."""
    _orders: list[tuple[int, float]] = field(default_factory=list)
    """Tombstones, and when the order was answered."""
    _purged_files: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """When, and how long steering had been away by then."""
    _thrown_away: set[tuple[str, str]] = field(default_factory=set)
    _away_at: dict[str, float] = field(default_factory=dict)
    _routes: dict[str, tuple[bool, float]] = field(default_factory=dict)
    """Whether an appliance is announced to, and since when."""
    _nights: Counter[str] = field(default_factory=Counter)
    _lives: Counter[str] = field(default_factory=Counter)
    _tanks: dict[str, Tank] = field(default_factory=dict)
    _upstream: dict[tuple[str, str, str], _Upstream] = field(default_factory=dict)
    _troubles: defaultdict[str, set[tuple[float, str]]] = field(default_factory=lambda: defaultdict(set))
    """By site, and of all under "": until when each may be felt, and the film that it is about."""

    def break_(self, sentence: str) -> None:
        """Whoever watches the world ends it: who was seen must not be disturbed."""
        self.broken.append(sentence)

    # ---- what happens

    def steering_up(self, at_s: float) -> None:
        self.up_since_s, self.down_s = at_s, self.down_s + at_s - self.went_down_s
        self._told.clear()

    def steering_down(self, at_s: float) -> None:
        if self.up_since_s is not None:
            self.up_since_s, self.went_down_s = None, at_s

    def began(self, appliance: str, at_s: float) -> None:
        """Until steering knows who stands together, each stands alone."""
        self._lives[appliance] += 1
        self._troubles[self.stands[appliance].site].add((round(at_s) + _TROUBLE_LASTS_S, ""))
        self._tanks.pop(appliance, None)

    def trouble(self, where: str, until_s: float) -> None:
        site = self.stands[where].site if where in self.stands else ""
        self._troubles[site].add((until_s + _TROUBLE_LASTS_S, ""))

    def planned_anew(self, film: str, at_s: float) -> None:
        """A film came or went: what one had begun to fetch of others may be another's now."""
        self._troubles[""].add((at_s + _TROUBLE_LASTS_S, film))

    def announced(self, appliance: str, up: bool, at_s: float) -> None:
        self._routes[appliance] = (up, at_s)

    def purged(self, film: str, path: str, stones: tuple[int, ...], at_s: float, *, refetch: bool) -> None:
        self._orders += [(number, at_s) for number in stones]
        if not path:
            self.planned_anew(film, at_s)
            self.films[film].purged_s = at_s
            self._away_at[film] = self.down_s
        elif refetch:
            self._troubles[""].add((at_s + _TROUBLE_LASTS_S, ""))
            self._thrown_away.add((film, path))
        else:
            self._purged_files[film, path] = (at_s, self.down_s)

    # ---- 1. nothing that is purged, withdrawn or out of its window

    def sold(self, viewer: str, film: str, asked_s: float) -> None:
        shown = self.films[film]
        if shown.withdrawn_s is not None and asked_s > shown.withdrawn_s:
            self.break_(
                f"{viewer} got a ticket for {film} at {asked_s:.3f} s: it was withdrawn at {shown.withdrawn_s:.3f} s."
            )
        if shown.opens_s is not None and asked_s < shown.opens_s - _WAY_S:
            self.break_(
                f"{viewer} got a ticket for {film} at {asked_s:.3f} s: its premiere is at {shown.opens_s:.3f} s."
            )
        self.counts["plays begun"] += 1

    def _served_in_time(self, viewer: str, edge: str, film: str, path: str, asked_s: float) -> None:
        shown = self.films[film]
        where = f"{edge} served {viewer} {film}/{path} at {asked_s:.3f} s"
        if shown.opens_s is not None and asked_s < shown.opens_s - _WAY_S:
            self.break_(f"{where}: its premiere is at {shown.opens_s:.3f} s.")
        # Whole seconds in tickets, and a request's way.
        if shown.ends_s is not None and asked_s > shown.ends_s + 1.0:
            self.break_(f"{where}: its rights ended at {shown.ends_s:.3f} s.")
        if shown.purged_s is not None:
            self._is_denied(where, edge, asked_s, shown.purged_s, self._away_at[film])
        if (purged := self._purged_files.get((film, path))) is not None:
            self._is_denied(where, edge, asked_s, *purged)

    def _is_denied(self, where: str, edge: str, asked_s: float, ordered_s: float, away_s: float) -> None:
        """Who was told denies at once; who cannot be told is fenced, and left by its viewers as they ask again. While
        steering is away it tells nobody."""
        if ordered_s + _WAY_S < self._answered.get(edge, 0.0) < asked_s - _WAY_S:
            self.break_(f"{where}: that was purged at {ordered_s:.3f} s, and it was told.")
        away_s = self.down_s - away_s + (0.0 if self.up_since_s is not None else asked_s - self.went_down_s)
        if asked_s - ordered_s > FENCED_AFTER_S + ASKED_EVERY_S + _SLACK_S + 2 * away_s:
            self.break_(f"{where}: that was purged at {ordered_s:.3f} s.")

    def is_gone(self, film: str, path: str) -> bool:
        """Whether nobody has to have it any more."""
        return self.films[film].purged_s is not None or (film, path) in self._purged_files

    # ---- 2. every byte is the studio's

    def delivered(self, viewer: str, edge: str, film: str, path: str, digest: str, size: int, asked_s: float) -> None:
        if digest != self.films[film].hashes.get(path):
            self.break_(f"{edge} served {viewer} other bytes than the studio's of {film}/{path} at {asked_s:.3f} s.")
        self._served_in_time(viewer, edge, film, path, asked_s)
        kind = self.stands[edge].reach if edge in self.stands else "origin"
        self.counts[f"bytes from {kind}"] += size
        self.counts["segments"] += 1

    # ---- 3. within disk, window, rate and volume

    def fetched(self, edge: str, source: str, film: str, path: str, size: int, asked_s: float) -> None:
        stand = self.stands[edge]
        self._one_copy(stand, source, film, path, asked_s)
        beside = self.stands.get(source)
        kind = "origins" if beside is None else "peers" if beside.site == stand.site else "exchanges"
        self.counts[f"bytes filled from {kind}"] += size
        window = stand.window
        if window is None or (film, path) in self._thrown_away:
            return
        where = f"{edge} fetched {film}/{path} at {asked_s:.3f} s"
        if not stand.opens_s <= asked_s <= stand.closes_s + _WAY_S:
            self.break_(f"{where}: its window is open from {stand.opens_s:.0f} to {stand.closes_s:.0f} s.")
        largest = max(shown.size for shown in self.films.values())
        self._nights[edge] += size
        # A kill forgets what was fetched of the one release that was being filled.
        if self._nights[edge] > window.bytes_per_night_max + largest * max(0, self._lives[edge] - 1):
            self.break_(f"{where}: {self._nights[edge]} bytes in a night that may have {window.bytes_per_night_max}.")
        tank = self._tanks.setdefault(edge, Tank(asked_s))
        tank.level = max(0.0, tank.level - (asked_s - tank.at_s) * window.bytes_per_second_max) + size
        tank.at_s = asked_s
        # Each of four that fetch beside each other may ask once more elsewhere.
        if tank.level > 6 * max(size, _LARGEST_FILE):
            self.break_(f"{where}: {tank.level:.0f} bytes faster than {window.bytes_per_second_max} a second.")

    def holds(self, edge: str, releases_bytes: int, disk_bytes: int, capacity: int, at_s: float) -> None:
        room = self.stands[edge].room_bytes
        if releases_bytes > room:
            self.break_(f"{edge} holds {releases_bytes} bytes of releases at {at_s:.3f} s and has room for {room}.")
        if disk_bytes > capacity:
            self.break_(f"{edge} has {disk_bytes} bytes on a disk of {capacity} at {at_s:.3f} s.")
        self.counts["looks at disks"] += 1

    # ---- 4. one copy from above feeds a site

    def _one_copy(self, stand: Stand, source: str, film: str, path: str, asked_s: float) -> None:
        if source in self.stands and self.stands[source].site == stand.site:
            return
        known = self._upstream.setdefault((stand.site, film, path), _Upstream(asked_s))
        known.copies += 1
        all_ = self._troubles[""] | self._troubles[stand.site]
        felt = {until_s for until_s, about in all_ if until_s >= known.first_s and about != film}
        if known.copies > 1 + len(felt):
            self.break_(
                f"{stand.site} fetched {film}/{path} {known.copies} times from above until {asked_s:.3f} s, "
                f"and {len(felt)} misfortunes befell it."
            )

    # ---- 5. and 6. whom a viewer is offered

    def heard(self, report: HealthReport, at_s: float) -> None:
        before = self._told.get(report.appliance_id)
        acknowledged = max(report.tombstone_sequence, before.acknowledged if before is not None else 0)
        held_before = before.report.releases if before is not None else ()
        if not report.releases_told:  # they are as they were
            report = replace(report, releases=held_before)
        self._told[report.appliance_id] = _Told(at_s, report, acknowledged, held_before)
        self.counts["reports"] += 1

    def acknowledged(self, appliance: str, number: int) -> None:
        if (told := self._told.get(appliance)) is not None:
            told.acknowledged = max(told.acknowledged, number)

    def answered(self, appliance: str, asked_s: float) -> None:
        """It has had the answer to a report it sent then."""
        self._answered[appliance] = asked_s

    def offered(self, viewer: str, address: str, film: str, edges: tuple[str, ...], at_s: float) -> None:
        shown = self.films[film]
        if shown.purged_s is not None and at_s > shown.purged_s:
            self.break_(f"{viewer} was sent to {', '.join(edges)} for {film} at {at_s:.3f} s: it was purged before.")
        for edge in edges:
            self._is_fit(f"{viewer} was sent to {edge} for {film} at {at_s:.3f} s", edge, address, film, at_s)
        origins = [name for name, told in self._told.items() if told.report.kind == "origin"]
        if any(at_s - self._told[name].at_s < self.beat_s for name in origins) and not set(origins) & set(edges):
            self.break_(f"{viewer} was offered no origin for {film} at {at_s:.3f} s, and one lives.")
        self.counts["offers"] += 1

    def _is_fit(self, where: str, edge: str, address: str, film: str, at_s: float) -> None:
        told = self._told.get(edge)
        if told is None or at_s - told.at_s > SILENT_AFTER_S:
            since = "ever" if told is None else f"since {told.at_s:.3f} s"
            self.break_(f"{where}: nothing was heard of it {since}.")
        if told is None:
            return
        overdue = [n for n, ordered_s in self._orders if n > told.acknowledged and at_s - ordered_s > FENCED_AFTER_S]
        if overdue:
            self.break_(f"{where}: it should be fenced, for purge {overdue[0]} is not acknowledged.")
        if (stand := self.stands.get(edge)) is None:
            return
        is_news = at_s - told.at_s < _LOOKED_AT_S + _WAY_S
        if film not in told.report.releases and not (is_news and film in told.held_before):
            self.break_(f"{where}: it does not hold that.")
        if stand.reach in ("embedded", "private"):
            self._is_announced(where, stand, address, at_s)

    def _is_announced(self, where: str, stand: Stand, address: str, at_s: float) -> None:
        if not any(ip_address(address) in ip_network(prefix) for prefix in stand.prefixes):
            self.break_(f"{where}: {address} is in no network that was announced to it.")
        is_up, since_s = self._routes.get(stand.name, (True, 0.0))
        told = self._told[stand.name]
        if not is_up and told.at_s - since_s > ROUTES_AFTER_S + self.beat_s:
            self.break_(f"{where}: what was announced to it is withdrawn since {since_s:.3f} s.")

    def starved(self, viewer: str, film: str, path: str, origins: tuple[str, ...], at_s: float) -> None:
        self.break_(f"{viewer} got {film}/{path} from nobody at {at_s:.3f} s, and {', '.join(origins)} lived.")


_LARGEST_FILE = 4_096
