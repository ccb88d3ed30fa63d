"""Those who watch: where each was sent and why, what edges sent them, how fast, and what became of the bytes.

All of a session is kept in the cache for a while, by the session that its tickets name and by the network it is in, never
by account. Losing it costs figures, and blame of whom it was sent to. Sums of bytes by day, site and outcome stay, on the database.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from matinee.control.steering.api import Asker, Misses, MissesOfDay, Offered, ServedSession, SessionShown
from matinee.control.steering.model.counting import KEPT
from matinee.control.steering.model.misses import Aim, outcome
from matinee.control.steering.model.speeds import (
    FAILED_KBPS,
    KNOWN_FOR,
    Measure,
    Speed,
    measured,
    of_neighbors,
    rates,
    too_slow,
    with_neighbor,
)
from matinee.control.steering.store import audience as store
from matinee.engines.cache.port import Cache
from matinee.engines.database.port import Database
from matinee.kernel.clock import Clock
from matinee.kernel.ids import SessionId
from matinee.kernel.quantities import Instant, Span, days, hours, minutes, seconds
from matinee.wire.accounts import Accounts, SessionAccount
from matinee.wire.clients import network_of
from matinee.wire.encoding import from_json, to_json

_KEPT: Span = hours(3)
"""Of a session after it was last heard of."""
_SERVING_KEPT: Span = minutes(3)
_SENT_LATELY: Span = minutes(30)
_ONE_MINUTES: Span = seconds(30)
"""A busy minute is told in several accounts, which come within so long."""
_AIMS_KEPT = 12
_AT_ONCE = 100
"""Sessions of an account."""
_REMEMBERED_MAX = 20_000
_AGAIN: Span = hours(1)
"""A decision that stays the same is written down again after this long, lest it be forgotten."""


@dataclass(frozen=True, slots=True)
class _Aims:
    release_id: str
    network: str
    """/24 or /48, as `wire.clients` spells it; empty: not known."""
    aims: tuple[Aim, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sent:
    """By one edge to one session."""

    boot_id: str
    number: int
    """The last account of this life that counted."""
    release_id: str
    requests: int = 0
    bytes: int = 0
    failed: int = 0
    starved: int = 0
    bitrate_kbps: int | None = None
    buffer_ms: int | None = None
    at: Instant | None = None
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """Bytes by what became of them."""


@dataclass(frozen=True, slots=True)
class _Had:
    """What a session had, by edge."""

    sent: Mapping[str, _Sent] = field(default_factory=dict)
    speeds: Mapping[str, Speed] = field(default_factory=dict)


class _Served(NamedTuple):
    """Sessions of one edge."""

    now: int
    before: int
    """In the minute before, which is told of in full."""
    since: Instant


@dataclass(frozen=True, slots=True)
class _Neighbors:
    """What the sessions of a network got, by edge and session."""

    edges: Mapping[str, Mapping[str, Measure]] = field(default_factory=dict)


class Audience:
    def __init__(self, database: Database, cache: Cache, clock: Clock) -> None:
        self._database = database
        self._cache = cache
        self._clock = clock
        self._decided: dict[str, tuple[str, tuple[str, ...], Instant]] = {}
        """What was last written down of each session by this instance: lest each question is a write."""

    async def take(self, accounts: Accounts) -> None:
        """What an edge sent and to whom. The same account again changes nothing."""
        now, edge = self._clock.now(), accounts.appliance_id
        counts: dict[tuple[str, str], int] = {}
        networks: dict[str, dict[str, int]] = {}
        for number, session in enumerate(accounts.sessions):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)  # a cache in this process never waits, and others ask meanwhile
            network, place, what = await self._take(accounts, session, at=now)
            counts[place, what] = counts.get((place, what), 0) + session.bytes
            if network and session.said.throughput_kbps:
                networks.setdefault(network, {})[session.session] = session.said.throughput_kbps
        told = (edge, accounts.boot_id, accounts.number)
        is_news = await self._database.write(
            lambda work: store.count_outcomes(work, told, now.date().isoformat(), counts)
        )
        if not is_news:
            return
        await self._count_served(edge, len(accounts.sessions), at=now)
        for network, measures in networks.items():
            edges = dict((await self._neighbors(network)).edges)
            for one, kbps in measures.items():
                edges[edge] = with_neighbor(edges.get(edge, {}), one, kbps, at=now)
            await self._cache.put(f"network:{network}", to_json(_Neighbors(edges)), ttl=KNOWN_FOR)

    async def _take(self, accounts: Accounts, told: SessionAccount, *, at: Instant) -> tuple[str, str, str]:
        """Its network, and where its bytes should have come from and what became of that."""
        edge = accounts.appliance_id
        aims = await self._aims(told.session)
        place, what = outcome(aims.aims if aims is not None else (), edge, at=at)
        had = await self._had(told.session)
        before = had.sent.get(edge)
        if before is None or before.release_id != told.release_id:
            before = _Sent("", 0, told.release_id)
        if before.boot_id != accounts.boot_id or before.number < accounts.number:
            sent = _added(before, told, accounts, what, at=at)
            speeds, kbps = dict(had.speeds), told.said.throughput_kbps
            if kbps:
                speeds[edge] = measured(speeds.get(edge), kbps, at=at)
            await self._keep(told.session, _Had({**had.sent, edge: sent}, speeds))
        return (aims.network if aims is not None else ""), place, what

    def is_news(self, session: str, release_id: str, offered: Sequence[str]) -> bool:
        """Whether this decision has yet to be written down."""
        if not session:
            return False
        before = self._decided.get(session)
        return before is None or before[:2] != (release_id, tuple(offered)) or self._clock.now() - before[2] > _AGAIN

    async def decided(self, asker: Asker, release_id: str, aim: Aim) -> None:
        if len(self._decided) >= _REMEMBERED_MAX:
            del self._decided[next(iter(self._decided))]
        self._decided[asker.session] = (release_id, aim.offered, aim.at)
        before = await self._aims(asker.session)
        kept = before.aims if before is not None and before.release_id == release_id else ()
        network = (network_of(asker.address) if asker.address else None) or (before.network if before else "")
        told = _Aims(release_id, network, (*kept, aim)[-_AIMS_KEPT:])
        await self._cache.put(f"aims:{asker.session}", to_json(told), ttl=_KEPT)

    async def too_slow(self, asker: Asker, sites: Callable[[str], str]) -> dict[str, float]:
        """Edges that this client is to be offered after others. What the session itself got goes before what its network
        did, and what it says now before both."""
        if not asker.needs_kbps:
            return {}
        now = self._clock.now()
        network = network_of(asker.address) if asker.address else None
        known: dict[str, float] = {}
        for edge, measures in (await self._neighbors(network)).edges.items() if network else ():
            if (kbps := of_neighbors(measures.values(), at=now)) is not None:
                known[edge] = kbps
        if asker.session:
            known |= rates((await self._had(asker.session)).speeds, at=now)
        if asker.current is not None and asker.throughput_kbps is not None:
            known[asker.current] = asker.throughput_kbps
        return too_slow(known, asker.needs_kbps, {id: sites(id) for id in known})

    async def was_offered(self, session: str, pathway: str) -> bool:
        aims = await self._aims(session)
        return aims is not None and any(pathway in aim.offered for aim in aims.aims)

    async def failed(self, session: str, pathway: str) -> None:
        """For this session itself one failure is enough: it is offered others first."""
        had, now = await self._had(session), self._clock.now()
        speed = measured(had.speeds.get(pathway), FAILED_KBPS, at=now)
        await self._keep(session, _Had(had.sent, {**had.speeds, pathway: speed}))

    async def serving(self, edge: str) -> int:
        """How many sessions it served in the last minute or so that it told of, or were sent there: a CDN of others tells
        nothing."""
        found = await self._cache.get(f"serving:{edge}")
        told = 0 if found is None else max(from_json(found, _Served)[:2])
        since = self._clock.now() - _SENT_LATELY
        sent = sum(offered[:1] == (edge,) and at >= since for _, offered, at in self._decided.values())
        return max(told, sent)

    async def _count_served(self, edge: str, sessions: int, *, at: Instant) -> None:
        found = await self._cache.get(f"serving:{edge}")
        before = _Served(0, 0, at) if found is None else from_json(found, _Served)
        if at - before.since <= _ONE_MINUTES:
            counted = before._replace(now=before.now + sessions)
        else:
            counted = _Served(sessions, before.now, at)
        await self._cache.put(f"serving:{edge}", to_json(counted), ttl=_SERVING_KEPT)

    async def shown(self, session: SessionId) -> SessionShown | None:
        aims, had, now = await self._aims(session), await self._had(session), self._clock.now()
        if aims is None and not had.sent:
            return None
        known = rates(had.speeds, at=now)
        edges = [
            ServedSession(
                edge,
                sent.release_id,
                sent.requests,
                sent.bytes,
                sent.failed,
                sent.starved,
                round(known[edge]) if edge in known else None,
                sent.bitrate_kbps,
                sent.buffer_ms,
                sent.at,
                dict(sent.outcomes),
            )
            for edge, sent in sorted(had.sent.items(), key=lambda pair: (-pair[1].bytes, pair[0]))
        ]
        offers = [Offered(a.at, a.offered, a.place, a.reason) for a in (aims.aims if aims is not None else ())]
        return SessionShown(session, aims.release_id if aims is not None else "", tuple(edges), tuple(offers))

    async def misses(self, past: int) -> Misses:
        since = (self._clock.now() - days(past - 1)).date().isoformat()
        found = await self._database.read(lambda work: store.outcomes(work, since=since))
        by_site: dict[tuple[str, str], dict[str, int]] = {}
        for day, site, what, count in found:
            by_site.setdefault((day, site), {})[what] = count
        return Misses(tuple(MissesOfDay(day, site, **counts) for (day, site), counts in by_site.items()))

    async def fold(self) -> None:
        """What became of bytes longer ago than counts are kept is of no more use."""
        before = (self._clock.now() - KEPT).date().isoformat()
        await self._database.write(lambda work: store.fold_outcomes(work, before))

    async def _aims(self, session: str) -> _Aims | None:
        found = await self._cache.get(f"aims:{session}")
        return None if found is None else from_json(found, _Aims)

    async def _had(self, session: str) -> _Had:
        found = await self._cache.get(f"had:{session}")
        return _Had() if found is None else from_json(found, _Had)

    async def _keep(self, session: str, had: _Had) -> None:
        await self._cache.put(f"had:{session}", to_json(had), ttl=_KEPT)

    async def _neighbors(self, network: str) -> _Neighbors:
        found = await self._cache.get(f"network:{network}")
        return _Neighbors() if found is None else from_json(found, _Neighbors)


def _added(before: _Sent, told: SessionAccount, accounts: Accounts, what: str, *, at: Instant) -> _Sent:
    said = told.said
    return replace(
        before,
        boot_id=accounts.boot_id,
        number=accounts.number,
        requests=before.requests + told.requests,
        bytes=before.bytes + told.bytes,
        failed=before.failed + told.failed,
        starved=before.starved + said.starved,
        bitrate_kbps=said.bitrate_kbps if said.bitrate_kbps is not None else before.bitrate_kbps,
        buffer_ms=said.buffer_ms if said.buffer_ms is not None else before.buffer_ms,
        at=at,
        outcomes={**before.outcomes, what: before.outcomes.get(what, 0) + told.bytes},
    )
