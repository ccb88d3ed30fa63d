"""The stories of the rights desk: what is meant, what it comes to, and who is told when it ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from matinee.control.catalog import store
from matinee.control.catalog.api import EVERYWHERE, Rights, Title, TitleNotFound, Verdict, Viewer, Window
from matinee.control.catalog.api.rights import (
    LEAVING_SOON_DAYS,
    Bar,
    CalendarPage,
    CalendarRow,
    Dates,
    Explained,
    License,
    RightsChanged,
    RightsPlan,
)
from matinee.control.catalog.model.coverage import beginnings, coverage, coverages, endings
from matinee.control.catalog.model.reasons import explanation
from matinee.control.catalog.model.visibility import judge, visible_until
from matinee.control.catalog.model.windows import MARGIN, PLAN_RANK_MAX, check, in_country, is_open
from matinee.control.catalog.store import windows as table
from matinee.engines.database.port import Database, Work
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant, days, minutes
from matinee.wire.encoding import to_json
from matinee.wire.events import TitleChanged

_LICENSES_MAX = 100
_TITLES_AT_ONCE = 50
_SAID_KEPT = 50_000
_AGAIN_AFTER = minutes(5)
"""A look that finds nothing writes down that it looked only so often."""
_TOLD_KEPT = days(400)


@dataclass(frozen=True, slots=True)
class _News:
    title_id: TitleId
    kind: str
    at: Instant
    countries: tuple[str, ...]


class RightsService:
    def __init__(self, database: Database, clock: Clock, *, leaving_soon_days: int = LEAVING_SOON_DAYS) -> None:
        self._database = database
        self._clock = clock
        self._lead = days(leaving_soon_days)
        self._said: frozenset[_News] = frozenset()

    async def plan(self, title_id: TitleId) -> RightsPlan:
        return await self._database.read(lambda work: _plan(work, title_id))

    async def set_plan(
        self,
        title_id: TitleId,
        windows: Sequence[Window],
        licenses: Sequence[License] | None = None,
        *,
        revision: str | None = None,
    ) -> RightsPlan:
        check(windows)
        now = self._clock.now()

        def work(work: Work) -> RightsPlan:
            before, title = _plan(work, title_id), _title(work, title_id)
            if revision is not None and revision != before.revision:
                raise RightsChanged
            _expect_entry(title)
            agreed = before.licenses if licenses is None else tuple(licenses)
            _check_licenses(windows, agreed)
            if licenses is not None:
                table.put_licenses(work, title_id, agreed)
            table.put_windows(work, title_id, windows, is_available=title.state == "available", at=now)
            return _plan(work, title_id)

        return await self._database.write(work)

    async def calendar(
        self,
        *,
        since: Instant,
        until: Instant,
        language: str = "en",
        country: str | None = None,
        ending_days: int | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> CalendarPage:
        asked = _Asked(since, until, language, country, ending_days, limit, cursor)
        now = self._clock.now()
        return await self._database.read(lambda work: _page(work, asked, now))

    async def dates(self, viewer: Viewer, ids: Sequence[TitleId]) -> Mapping[TitleId, Dates]:
        now = self._clock.now()
        rights = await self._database.read(lambda work: store.rights(work, ids))
        found = {}
        for title_id, each in rights.items():
            verdict = judge(viewer, each, at=now)
            until = visible_until(viewer, each, at=now) if verdict.visible else None
            leaving = until if until is not None and until <= now + self._lead else None
            if verdict.available_from is not None or leaving is not None:
                found[title_id] = Dates(verdict.available_from, leaving)
        return found

    async def explain(self, viewer: Viewer, title_id: TitleId, *, at: Instant | None = None) -> Explained:
        now = at or self._clock.now()
        rights = (await self._database.read(lambda work: store.rights(work, [title_id]))).get(title_id)
        if rights is None:
            return Explained(
                Verdict(False, "unknown"), explanation(Verdict(False, "unknown"), viewer, has_windows=False)
            )
        verdict = judge(viewer, rights, at=now)
        said = explanation(verdict, viewer, has_windows=bool(rights.windows))
        if not verdict.visible:
            return Explained(verdict, said)
        return Explained(verdict, said, visible_until(viewer, rights, at=now), _opened_by(viewer, rights, now))

    async def look(self) -> None:
        now = self._clock.now()
        if await self._database.read(lambda work: self._has_news(work, now)):
            said = await self._database.write(lambda work: self._tell(work, now))
            self._said = (self._said | said) if len(self._said) < _SAID_KEPT else said

    def _has_news(self, work: Work, now: Instant) -> bool:
        """Most looks find nothing, and write nothing."""
        since = table.looked_until(work)
        if since is None or now - since > _AGAIN_AFTER:
            return True
        return any(news.kind == "begun" or news not in self._said for news in self._news(work, min(since, now), now))

    def _news(self, work: Work, since: Instant, now: Instant) -> Iterable[_News]:
        windows = table.bounded_within(work, since, now + self._lead)
        for title_id, rights in store.rights(work, list(windows)).items():
            if rights.state == "available":
                for at, countries in beginnings(rights.windows, since=since, until=now).items():
                    yield _News(title_id, "begun", at, countries)
                for at, countries in endings(rights.windows, since=since, until=now + self._lead).items():
                    yield _News(title_id, "ended" if at <= now else "ending", at, countries)

    def _tell(self, work: Work, now: Instant) -> frozenset[_News]:
        """All in one transaction, so that another process, or this one after a crash, finds what was told."""
        # Before the first look nobody was promised to be told.
        since = min(table.looked_until(work) or now, now)
        found, changed = list(self._news(work, since, now)), set()
        for news in found:
            if news.kind == "begun" or self._tell_end(work, news):
                changed.add(news.title_id)
        for title_id in sorted(changed):  # indexes and caches follow, though nobody wrote anything
            work.emit(TitleChanged(title_id))
        table.forget_told(work, before=now - _TOLD_KEPT)
        table.note_look(work, now)
        return frozenset(found)

    def _tell_end(self, work: Work, news: _News) -> bool:
        """Whether an end that has come was news."""
        is_new = table.tell(work, table.Told(news.title_id, news.kind, news.at), news.countries)
        return is_new and news.kind == "ended"


@dataclass(frozen=True, slots=True)
class _Asked:
    since: Instant
    until: Instant
    language: str
    country: str | None
    ending_days: int | None
    limit: int
    cursor: str | None


def _page(work: Work, asked: _Asked, now: Instant) -> CalendarPage:
    """A few titles at a time, until there are rows enough: a catalog has tens of thousands."""
    named = [title_id for _, title_id in table.names_with_windows(work, asked.language)]
    horizon = None if asked.ending_days is None else now + days(min(asked.ending_days, 3650))
    if horizon is not None:
        due = table.bounded_within(work, now, horizon)
        named = [title_id for title_id in named if title_id in due]
    after = (asked.cursor or "").partition(".")[0]
    left = named[next((n for n, title_id in enumerate(named) if title_id == after), 0) :]
    rows: list[CalendarRow] = []
    for first in range(0, len(left), _TITLES_AT_ONCE):
        titles = {title.id: title for title in store.titles(work, left[first : first + _TITLES_AT_ONCE])}
        for title_id in left[first : first + _TITLES_AT_ONCE]:
            found = _rows(titles[title_id], asked, now)
            rows += [row for row in found if horizon is None or (row.ends_at is not None and row.ends_at <= horizon)]
        begun = next((n + 1 for n, row in enumerate(rows) if _cursor(row) == asked.cursor), 0)
        if len(rows) - begun > asked.limit:
            page = rows[begun : begun + asked.limit]
            return CalendarPage(tuple(page), _cursor(page[-1]))
    begun = next((n + 1 for n, row in enumerate(rows) if _cursor(row) == asked.cursor), 0)
    return CalendarPage(tuple(rows[begun:]))


def _title(work: Work, title_id: TitleId) -> Title:
    found = store.titles(work, [title_id])
    if not found:
        raise TitleNotFound
    return found[0]


def _plan(work: Work, title_id: TitleId) -> RightsPlan:
    windows, licenses = _title(work, title_id).windows, table.licenses_of(work, title_id)
    named = sorted({w.country for w in windows})
    revision = sha256(to_json((windows, licenses))).hexdigest()[:16]
    return RightsPlan(title_id, windows, licenses, tuple(coverages(windows, named)), revision)


def _expect_entry(title: Title) -> None:
    if title.belongs_to is not None:
        above = title.belongs_to.title_id
        raise InvalidInput(
            f"This is a {title.type}, and the rights of its film decide who sees it. Set those of {above}.",
            field="title_id",
            belongs_to=above,
        )


def _check_licenses(windows: Sequence[Window], licenses: Sequence[License]) -> None:
    if len(licenses) > _LICENSES_MAX:
        raise InvalidInput(f"A title has at most {_LICENSES_MAX} licenses.", field="licenses")
    contracts = [each.contract for each in licenses]
    for each in licenses:
        if not (1 <= len(each.contract.strip()) <= 120 and 1 <= len(each.licensor.strip()) <= 200):
            raise InvalidInput(
                "A license names its contract (1 to 120 characters) and its licensor (1 to 200).", field="licenses"
            )
        if contracts.count(each.contract) > 1:
            raise InvalidInput(f"The contract {each.contract!r} is listed twice.", field="licenses")
    for number, window in enumerate(windows, 1):
        if window.license is not None and window.license not in contracts:
            raise InvalidInput(
                f"Window {number}: there is no license with the contract {window.license!r}. Add it first.",
                field="license",
                window=number,
            )


def _rows(title: Title, asked: _Asked, now: Instant) -> Iterable[CalendarRow]:
    windows, name = title.windows, title.in_language(asked.language).name
    for place in [asked.country] if asked.country else sorted({w.country for w in windows}):
        here = coverage(windows, place, plan_rank=PLAN_RANK_MAX)
        held = [(n, w) for n, w in enumerate(windows) if w.country in (EVERYWHERE, place)]
        bars = tuple(_bar(n, window, place) for n, window in held)
        if any(_touches(bar, asked) for bar in bars):
            ends = next((s.end for s in here.open if s.end is not None and s.end > now), None)
            yield CalendarRow(title.id, name, title.state, place, bars, here.gaps, here.overlaps, ends)


def _bar(position: int, window: Window, country: str) -> Bar:
    shown = in_country(window, country)
    is_local = window.start_on is not None or window.end_on is not None
    return Bar(position, shown.start, shown.end, window.plan_rank, window.offline, is_local)


def _touches(bar: Bar, asked: _Asked) -> bool:
    # A local day of no country in particular is read in UTC; in some country it begins up to a day to either side.
    return (bar.start is None or bar.start <= asked.until + MARGIN) and (
        bar.end is None or bar.end >= asked.since - MARGIN
    )


def _cursor(row: CalendarRow) -> str:
    return f"{row.title_id}.{row.country}"


def _opened_by(viewer: Viewer, rights: Rights, at: Instant) -> int | None:
    for position, window in enumerate(rights.windows):
        holds = window.country in (EVERYWHERE, viewer.country) and window.plan_rank <= viewer.plan_rank
        if holds and is_open(in_country(window, viewer.country), at):
            return position
    return None
