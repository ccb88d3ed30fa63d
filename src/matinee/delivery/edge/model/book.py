"""The book of what an edge sent: entries come in every few seconds, accounts go out about once a minute.

One account at a time is on its way, the same until it is acknowledged; whatever happens meanwhile waits for the next
minute's. So however long nobody listens, there are two minutes to keep and no more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from matinee.kernel.quantities import Instant, days
from matinee.wire.accounts import Accounts, Said, SessionAccount, Streamed
from matinee.wire.cmcd import NOTHING, merged

ROWS_MAX = 2_500
"""Of sums, and of sessions, in one account: with the longest names, still less than the gateway lets in at once. A minute
may take several."""
SESSIONS_MAX = 20_000
"""Told apart in a minute."""
SUMMED_AWAY = ""
"""The session of what was sent to sessions beyond those that are told apart."""

_Count = tuple[str, str, str]
"""Day, release, tier."""


class Sent(Protocol):
    """To one session, of one tier of a release, as the server tells it."""

    @property
    def session(self) -> str: ...
    @property
    def release(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def requests(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def failed(self) -> int: ...
    @property
    def said(self) -> Said: ...


@dataclass(slots=True)
class _Entry:
    requests: int = 0
    bytes: int = 0
    failed: int = 0
    said: Said = NOTHING


@dataclass(slots=True)
class Book:
    appliance_id: str
    boot_id: str
    build: str = ""
    rows_max: int = ROWS_MAX
    sessions_max: int = SESSIONS_MAX
    on_its_way: Accounts | None = None
    """Not acknowledged yet."""
    session_minutes: int = 0
    """Sessions that were served, counted anew each minute, since this life began …"""
    starved: int = 0
    """… and how often they say that they had run dry."""
    _closed: int = 0
    _sums: dict[_Count, int] = field(default_factory=dict)
    """Since this life began; of days that are over, those that are not acknowledged yet."""
    _changed: dict[_Count, None] = field(default_factory=dict)
    """Which of them are not acknowledged as they are, the longest waiting first."""
    _open: dict[tuple[str, str], _Entry] = field(default_factory=dict)
    """By session and release, of this minute."""
    _due: dict[tuple[str, str], _Entry] = field(default_factory=dict)
    """Of the minute before, and in no account yet."""
    _counts_due: list[_Count] = field(default_factory=list)

    def enter(self, sent: Iterable[Sent], *, at: Instant) -> None:
        day = day_of(at)
        for each in sent:
            if each.bytes and each.tier:  # a release's description is no film
                self._count((day, each.release, each.tier), each.bytes)
            self.session_minutes += (each.session, each.release) not in self._open
            self.starved += each.said.starved
            self._add(each.session, each.release, _Entry(each.requests, each.bytes, each.failed, each.said))

    @property
    def is_full(self) -> bool:
        """This minute need not come to its end."""
        return len(self._open) >= self.sessions_max

    @property
    def is_due(self) -> bool:
        """A minute that is over is not told to its end."""
        return bool(self._due or self._counts_due)

    def close(self, *, at: Instant) -> None:
        """Put together the next account, where there is anything to tell and none is on its way. The minute is over, if
        nothing is due of the one before."""
        if self.on_its_way is not None:
            return
        if not self.is_due:
            self._come_to_today(at)
            self._due, self._open, self._counts_due = self._open, {}, list(self._changed)
        if not self.is_due:
            return
        self._closed += 1
        told, self._counts_due = self._counts_due[: self.rows_max], self._counts_due[self.rows_max :]
        rows = list(islice(self._due, self.rows_max))
        self.on_its_way = Accounts(
            self.appliance_id,
            self.boot_id,
            self._closed,
            at,
            tuple(Streamed(*count, self._sums[count]) for count in told),
            tuple(_told(session, release, self._due.pop((session, release))) for session, release in rows),
            self.build,
        )

    def acknowledge(self, number: int, *, at: Instant) -> None:
        """Up to this number all is known."""
        account = self.on_its_way
        if account is None or number < account.number:
            return
        self.on_its_way = None
        for each in account.streamed:
            count = (each.day, each.release_id, each.tier)
            if self._sums.get(count) == each.bytes:
                del self._changed[count]
        today = day_of(at)
        for count in [count for count in self._sums if count[0] < today and count not in self._changed]:
            del self._sums[count]  # never to change again

    def take_back(self) -> None:
        """The account on its way was refused: what is in it comes with the next, which may be right."""
        account, self.on_its_way = self.on_its_way, None
        if account is None:
            return
        self._closed -= 1
        self._counts_due = []
        before = {(e.session, e.release_id): _Entry(e.requests, e.bytes, e.failed, e.said) for e in account.sessions}
        parts, self._due, self._open = (before, self._due, self._open), {}, {}
        for part in parts:
            for (session, release), entry in part.items():
                self._add(session, release, entry)

    def _come_to_today(self, at: Instant) -> None:
        """A clock that was ahead and was set right has left days that nobody believes."""
        today, last = day_of(at), day_of(at + days(1))
        for count in [count for count in self._changed if count[0] > last]:
            del self._changed[count]
            self._count((today, *count[1:]), self._sums.pop(count))

    def _count(self, count: _Count, more: int) -> None:
        self._sums[count] = self._sums.get(count, 0) + more
        self._changed[count] = None

    def _add(self, session: str, release: str, more: _Entry) -> None:
        entry = self._entry(session, release)
        entry.requests += more.requests
        entry.bytes += more.bytes
        entry.failed += more.failed
        entry.said = merged(entry.said, more.said)

    def _entry(self, session: str, release: str) -> _Entry:
        entry = self._open.get((session, release))
        if entry is None:
            if len(self._open) >= self.sessions_max and session != SUMMED_AWAY:
                return self._entry(SUMMED_AWAY, release)
            entry = self._open[session, release] = _Entry()
        return entry


def _told(session: str, release: str, entry: _Entry) -> SessionAccount:
    said = entry.said if session != SUMMED_AWAY else NOTHING
    return SessionAccount(session, release, entry.requests, entry.bytes, entry.failed, said)


def day_of(at: Instant) -> str:
    return at.date().isoformat()


def released(sent: Sequence[Sent]) -> set[str]:
    """The releases of which somebody was sent something."""
    return {each.release for each in sent if each.bytes}
