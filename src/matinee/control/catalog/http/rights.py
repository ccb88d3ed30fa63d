"""The rights desk's outside door: windows, the calendar, and the dates that viewers are told."""

from dataclasses import dataclass
from datetime import date

from litestar import get, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from matinee.control.catalog.api import EVERYWHERE, Window, viewer_of
from matinee.control.catalog.api.rights import (
    Bar,
    CalendarPage,
    CalendarRow,
    Coverage,
    Dates,
    License,
    RightsDesk,
    RightsPlan,
    Stretch,
)
from matinee.kernel.clock import Clock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import TitleId, parse_id
from matinee.kernel.quantities import Instant, days
from matinee.wire.callers import Caller

_ROWS_MAX = 500
_IDS_MAX = 100
_BEFORE, _AHEAD = days(30), days(335)


@dataclass(frozen=True, slots=True)
class WindowBody:
    """From `start` (an instant) or from the local midnight that begins `start_on`, up to `end` or `end_on`."""

    country: str = EVERYWHERE
    start: Instant | None = None
    end: Instant | None = None
    plan_rank: int = 0
    offline: bool = True
    start_on: date | None = None
    end_on: date | None = None
    zone: str | None = None
    """Whose midnight, where it is not the country's own zone's."""
    license: str | None = None
    """A license's contract."""


@dataclass(frozen=True, slots=True)
class LicenseBody:
    contract: str
    licensor: str
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class StretchBody:
    start: Instant | None
    end: Instant | None
    windows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CoverageBody:
    country: str
    plan_rank: int
    offline: bool
    open: tuple[StretchBody, ...]
    gaps: tuple[StretchBody, ...]
    overlaps: tuple[StretchBody, ...]


@dataclass(frozen=True, slots=True)
class RightsBody:
    windows: tuple[WindowBody, ...]
    licenses: tuple[LicenseBody, ...]
    coverage: tuple[CoverageBody, ...]
    revision: str
    """Send it with a change, and the change is refused where somebody else was faster."""


@dataclass(frozen=True, slots=True)
class RightsChange:
    windows: tuple[WindowBody, ...]
    licenses: tuple[LicenseBody, ...] | None = None
    """Left out: as they are."""
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class BarBody:
    position: int
    start: Instant | None
    end: Instant | None
    plan_rank: int
    offline: bool
    is_local: bool


@dataclass(frozen=True, slots=True)
class CalendarRowBody:
    title_id: str
    name: str
    state: str
    country: str
    bars: tuple[BarBody, ...]
    gaps: tuple[StretchBody, ...]
    overlaps: tuple[StretchBody, ...]
    ends_at: Instant | None


@dataclass(frozen=True, slots=True)
class CalendarBody:
    since: Instant
    until: Instant
    rows: tuple[CalendarRowBody, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TitleDatesBody:
    available_from: Instant | None
    leaving_at: Instant | None


@dataclass(frozen=True, slots=True)
class DatesBody:
    title_id: str
    available_from: Instant | None
    leaving_at: Instant | None


def routes(desk: RightsDesk, clock: Clock) -> list[HTTPRouteHandler]:
    return [*_desk_routes(desk, clock), *_member_routes(desk)]


def _desk_routes(desk: RightsDesk, clock: Clock) -> list[HTTPRouteHandler]:
    @put("/content/{title_id:str}/rights", summary="Set a title's rights windows")
    async def set_windows(
        title_id: FromPath[str], data: JSONBody[list[WindowBody]], operator: NamedDependency[Caller]
    ) -> list[WindowBody]:
        plan = await desk.set_plan(_id(title_id), [_window(body) for body in data])
        return [_window_body(w) for w in plan.windows]

    @get("/content/{title_id:str}/rights", summary="A title's windows and licenses, and what they come to")
    async def read(title_id: FromPath[str], operator: NamedDependency[Caller]) -> RightsBody:
        return _body(await desk.plan(_id(title_id)))

    @put("/content/{title_id:str}/rights/plan", summary="Set a title's windows and the licenses behind them")
    async def set_plan(
        title_id: FromPath[str], data: JSONBody[RightsChange], operator: NamedDependency[Caller]
    ) -> RightsBody:
        agreed = (
            None if data.licenses is None else [License(b.contract, b.licensor, b.exclusive) for b in data.licenses]
        )
        windows = [_window(body) for body in data.windows]
        return _body(await desk.set_plan(_id(title_id), windows, agreed, revision=data.revision))

    @get("/catalog/rights", summary="The rights calendar: titles by country, with gaps and overlaps")
    async def calendar(
        operator: NamedDependency[Caller],
        since: FromQuery[date | None] = None,
        until: FromQuery[date | None] = None,
        country: FromQuery[str | None] = None,
        ending_days: FromQuery[int | None] = None,
        limit: FromQuery[int] = 100,
        cursor: FromQuery[str | None] = None,
    ) -> CalendarBody:
        now = clock.now()
        first = now - _BEFORE if since is None else _at(since, now)
        last = now + _AHEAD if until is None else _at(until, now)
        if last <= first:
            raise InvalidInput("The calendar's last day comes before its first.", field="until")
        page = await desk.calendar(
            since=first,
            until=last,
            language=operator.language,
            country=country.upper() if country else None,
            ending_days=None if ending_days is None else max(0, ending_days),
            limit=max(1, min(limit, _ROWS_MAX)),
            cursor=cursor,
        )
        return _calendar_body(page, first, last)

    return [set_windows, read, set_plan, calendar]


def _member_routes(desk: RightsDesk) -> list[HTTPRouteHandler]:
    @get("/titles/{title_id:str}/dates", summary="When a title opens here, or leaves")
    async def of_one(title_id: FromPath[str], caller: NamedDependency[Caller]) -> TitleDatesBody:
        title = _id(title_id)
        found = (await desk.dates(viewer_of(caller), [title])).get(title, Dates())
        return TitleDatesBody(found.available_from, found.leaving_at)

    @get("/browse/leaving", summary="Of these titles, those that leave soon, and those that are still to come")
    async def of_several(caller: NamedDependency[Caller], ids: FromQuery[str] = "") -> list[DatesBody]:
        asked = [_id(i) for i in ids.split(",") if i][:_IDS_MAX]
        found = await desk.dates(viewer_of(caller), asked)
        return [DatesBody(i, dates.available_from, dates.leaving_at) for i, dates in found.items()]

    return [of_one, of_several]


def _id(text: str) -> TitleId:
    return TitleId(parse_id(text, what="title_id"))


def _at(day: date, now: Instant) -> Instant:
    return now.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0)


def _window(body: WindowBody) -> Window:
    return Window(
        body.country.upper(),
        body.start,
        body.end,
        body.plan_rank,
        body.offline,
        body.start_on,
        body.end_on,
        body.zone or None,
        body.license or None,
    )


def _window_body(w: Window) -> WindowBody:
    return WindowBody(w.country, w.start, w.end, w.plan_rank, w.offline, w.start_on, w.end_on, w.zone, w.license)


def _body(plan: RightsPlan) -> RightsBody:
    return RightsBody(
        tuple(map(_window_body, plan.windows)),
        tuple(LicenseBody(each.contract, each.licensor, each.exclusive) for each in plan.licenses),
        tuple(map(_coverage_body, plan.coverage)),
        plan.revision,
    )


def _coverage_body(found: Coverage) -> CoverageBody:
    return CoverageBody(
        found.country,
        found.plan_rank,
        found.offline,
        _stretches(found.open),
        _stretches(found.gaps),
        _stretches(found.overlaps),
    )


def _stretches(found: tuple[Stretch, ...]) -> tuple[StretchBody, ...]:
    return tuple(StretchBody(each.start, each.end, each.windows) for each in found)


def _calendar_body(page: CalendarPage, since: Instant, until: Instant) -> CalendarBody:
    return CalendarBody(since, until, tuple(map(_row_body, page.rows)), page.next_cursor)


def _row_body(row: CalendarRow) -> CalendarRowBody:
    bars = tuple(map(_bar_body, row.bars))
    gaps, overlaps = _stretches(row.gaps), _stretches(row.overlaps)
    return CalendarRowBody(row.title_id, row.name, row.state, row.country, bars, gaps, overlaps, row.ends_at)


def _bar_body(bar: Bar) -> BarBody:
    return BarBody(bar.position, bar.start, bar.end, bar.plan_rank, bar.offline, bar.is_local)
