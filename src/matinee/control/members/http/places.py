"""Where one is taken to be, and the operator's question who can watch."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from matinee.control.catalog.api import Viewer
from matinee.control.catalog.api.rights import RightsDesk
from matinee.control.members.api import Members
from matinee.control.members.api.places import Places, Whereabouts
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, TitleId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

_ADULT = 18


@dataclass(frozen=True, slots=True)
class WhereaboutsBody:
    """`country`: whose rights count; `XX` is none in particular. `suspicion`: none, hosting, vpn or jumping."""

    country: str
    home: str
    seen_in: str | None
    suspicion: str
    reason: str
    is_traveling: bool
    is_ported: bool


@dataclass(frozen=True, slots=True)
class WatchBody:
    """Who can watch, and why (not)."""

    can_watch: bool
    reason: str
    """`ok`, or the first thing that stands in the way: unknown, withdrawn, preparing, maturity, territory, window, plan."""
    sentence: str
    country: str
    suspicion: str
    suspicion_reason: str
    place_note: str
    available_from: Instant | None
    until: Instant | None
    window: int | None
    """The window by which it is open: its place in the list of the title's."""


def routes(places: Places, members: Members, rights: RightsDesk) -> list[HTTPRouteHandler]:
    @get("/sessions/place", summary="Where this device is taken to be, and why that is doubted")
    async def here(caller: NamedDependency[Caller], request: Request[Any, Any, Any]) -> WhereaboutsBody:
        account = await members.account(AccountId(caller.account))
        address = request.client.host if request.client else ""
        return _body(await places.place(account.id, account.country, address))

    @get("/catalog/titles/{title_id:str}/who", summary="Whether a viewer like this could watch a title, and why")
    async def who(
        title_id: FromPath[str],
        operator: NamedDependency[Caller],
        country: FromQuery[str] = "",
        address: FromQuery[str] = "",
        home: FromQuery[str] = "",
        plan_rank: FromQuery[int] = 0,
        maturity: FromQuery[int] = _ADULT,
        at: FromQuery[Instant | None] = None,
    ) -> WatchBody:
        if at is not None and at.tzinfo is None:
            raise InvalidInput("The time needs its offset: end it in Z or +hh:mm.", field="at")
        if not country and not address:
            raise InvalidInput("Say where: a country, or an address.", field="country")
        found = await places.look_up(address, (home or country).upper()) if address else None
        where = found.country if found else country.upper()
        viewer = Viewer(where, maturity, plan_rank, operator.language)
        told = await rights.explain(viewer, TitleId(parse_id(title_id, what="title_id")), at=at)
        return WatchBody(
            told.verdict.visible,
            told.verdict.reason,
            told.sentence,
            where,
            found.suspicion if found else "none",
            found.reason if found else "",
            found.note if found else "",
            told.verdict.available_from,
            told.until,
            told.window,
        )

    return [here, who]


def _body(found: Whereabouts) -> WhereaboutsBody:
    return WhereaboutsBody(
        found.country,
        found.home,
        found.seen_in,
        found.suspicion,
        found.reason,
        found.is_traveling,
        found.is_ported,
    )
