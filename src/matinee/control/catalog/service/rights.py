"""The stories of the rights desk: what is meant, what it comes to, and who is told when it ends."""

from collections.abc import Iterable, Mapping, Sequence
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
_AGAIN_AFTER = minutes(5)
"""A look that finds nothing writes down that it looked only so often."""
_TOLD_KEPT = days(400)


class RightsService:
    def __init__(self, database: Database, clock: Clock, *, leaving_soon_days: int = LEAVING_SOON_DAYS) -> None:
        self._database = database
        self._clock = clock
        self._lead = days(leaving_soon_days)

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
        def look(work: Work) -> tuple[dict[TitleId, tuple[Window, ...]], list[Title]]:
            windows = table.all_windows(work)
            return windows, store.titles(work, list(windows))

        windows, titles = await self._database.read(look)
        now = self._clock.now()
        horizon = now + days(min(ending_days, 3650)) if ending_days is not None else None
        rows = []
        for title in sorted(titles, key=lambda t: (t.in_language(language).name.casefold(), t.id)):
            found = _rows(title, windows[title.id], language, country, now=now, within=(since, until))
            rows += [row for row in found if horizon is None or (row.ends_at is not None and row.ends_at <= horizon)]
        start = next((n + 1 for n, row in enumerate(rows) if _cursor(row) == cursor), 0) if cursor else 0
        page = rows[start : start + limit]
        return CalendarPage(tuple(page), _cursor(page[-1]) if start + limit < len(rows) else None)

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
        since = await self._database.read(table.looked_until)
        # Before the first look nobody was promised to be told.
        begun = now if since is None else min(since, now)
        due = await self._database.read(lambda work: table.bounded_within(work, begun, now + self._lead))
        if due or since is None or now - begun > _AGAIN_AFTER:
            await self._database.write(lambda work: self._tell(work, now))

    def _tell(self, work: Work, now: Instant) -> None:
        """All in one transaction, so that another process, or this one after a crash, finds what was told."""
        since = min(table.looked_until(work) or now, now)
        windows = table.bounded_within(work, since, now + self._lead)
        for title in store.titles(work, list(windows)):
            if title.state == "available":
                self._tell_of(work, title.id, windows[title.id], since, now)
        table.forget_told(work, before=now - _TOLD_KEPT)
        table.note_look(work, now)

    def _tell_of(self, work: Work, title_id: TitleId, windows: Sequence[Window], since: Instant, now: Instant) -> None:
        changed = bool(beginnings(windows, since=since, until=now))
        for at, countries in endings(windows, since=since, until=now + self._lead).items():
            kind = "ended" if at <= now else "ending"
            is_new = table.tell(work, table.Told(title_id, kind, at), countries)
            changed = changed or (is_new and kind == "ended")
        if changed:  # indexes and caches follow, though nobody wrote anything
            work.emit(TitleChanged(title_id))


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


def _rows(
    title: Title,
    windows: tuple[Window, ...],
    language: str,
    country: str | None,
    *,
    now: Instant,
    within: tuple[Instant, Instant],
) -> Iterable[CalendarRow]:
    for place in [country] if country else sorted({w.country for w in windows}):
        here = coverage(windows, place, plan_rank=PLAN_RANK_MAX)
        bars = tuple(
            _bar(position, window, place)
            for position, window in enumerate(windows)
            if window.country in (EVERYWHERE, place)
        )
        if not bars or not any(_touches(bar, within) for bar in bars):
            continue
        ends = next((s.end for s in here.open if s.end is not None and s.end > now), None)
        yield CalendarRow(
            title.id, title.in_language(language).name, title.state, place, bars, here.gaps, here.overlaps, ends
        )


def _bar(position: int, window: Window, country: str) -> Bar:
    shown = in_country(window, country)
    is_local = window.start_on is not None or window.end_on is not None
    return Bar(position, shown.start, shown.end, window.plan_rank, window.offline, is_local)


def _touches(bar: Bar, within: tuple[Instant, Instant]) -> bool:
    since, until = within
    # A local day of no country in particular is read in UTC; in some country it begins up to a day to either side.
    return (bar.start is None or bar.start <= until + MARGIN) and (bar.end is None or bar.end >= since - MARGIN)


def _cursor(row: CalendarRow) -> str:
    return f"{row.title_id}.{row.country}"


def _opened_by(viewer: Viewer, rights: Rights, at: Instant) -> int | None:
    for position, window in enumerate(rights.windows):
        holds = window.country in (EVERYWHERE, viewer.country) and window.plan_rank <= viewer.plan_rank
        if holds and is_open(in_country(window, viewer.country), at):
            return position
    return None
