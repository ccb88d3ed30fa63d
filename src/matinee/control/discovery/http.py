"""Discovery's outside door: the home page and what to go on watching."""

from dataclasses import dataclass

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from matinee.control.catalog.api import Card, card, viewer_of
from matinee.control.discovery.api import Discovery, EpisodeProgress, Place, Placed
from matinee.control.members.api import OPERATOR, ProfileNotFound
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ProfileId, TitleId, parse_id
from matinee.kernel.quantities import Instant, from_epoch_ms, to_epoch_ms
from matinee.wire.callers import Caller

_MS_DIGITS_MAX = 14
"""Some time before the year 5138."""


@dataclass(frozen=True, slots=True)
class RowBody:
    id: str
    title: str
    reason: str
    items: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class PreparingBody:
    name: str
    stage: str
    progress: float


@dataclass(frozen=True, slots=True)
class HomeBody:
    billboard: Card | None
    rows: tuple[RowBody, ...]
    preparing: tuple[PreparingBody, ...]


@dataclass(frozen=True, slots=True)
class SeenBody:
    title: Card
    at: Instant


@dataclass(frozen=True, slots=True)
class HistoryBody:
    items: tuple[SeenBody, ...]
    next_cursor: str | None


def routes(discovery: Discovery) -> list[HTTPRouteHandler]:
    @get("/browse/home", summary="The profile's page")
    async def home(caller: NamedDependency[Caller]) -> HomeBody:
        if caller.profile is None:
            raise InvalidInput("Choose a profile first: send its id as X-Matinee-Profile.", field="profile")
        is_operator = OPERATOR in caller.roles
        page = await discovery.home(viewer_of(caller), ProfileId(caller.profile), for_operator=is_operator)
        return HomeBody(
            None if page.billboard is None else _item(page.billboard, caller.language),
            tuple(
                RowBody(r.id, r.title, r.reason, tuple(_item(i, caller.language) for i in r.items)) for r in page.rows
            ),
            tuple(PreparingBody(p.name, p.stage, p.progress) for p in page.preparing),
        )

    @get("/profiles/{profile_id:str}/continue-watching", summary="Begun and not finished, latest first")
    async def continue_watching(profile_id: FromPath[str], caller: NamedDependency[Caller]) -> list[Card]:
        if caller.profile != profile_id:
            raise ProfileNotFound
        begun = await discovery.continue_watching(viewer_of(caller), ProfileId(profile_id))
        return [_item(placed, caller.language) for placed in begun]

    @get("/profiles/{profile_id:str}/watchlist", summary="My List, newest first")
    async def watchlist(profile_id: FromPath[str], caller: NamedDependency[Caller]) -> list[Card]:
        if caller.profile != profile_id:
            raise ProfileNotFound
        listed = await discovery.watchlist(viewer_of(caller), ProfileId(profile_id))
        return [_item(placed, caller.language) for placed in listed]

    @get("/titles/{title_id:str}/progress", summary="Which episodes of a series this profile has watched, and how far")
    async def episodes(title_id: FromPath[str], caller: NamedDependency[Caller]) -> list[EpisodeProgress]:
        if caller.profile is None:
            raise InvalidInput("Choose a profile first: send its id as X-Matinee-Profile.", field="profile")
        title = TitleId(parse_id(title_id, what="title_id"))
        return list(await discovery.episodes(viewer_of(caller), ProfileId(caller.profile), title))

    return [home, continue_watching, watchlist, episodes, *_history_routes(discovery)]


def _history_routes(discovery: Discovery) -> list[HTTPRouteHandler]:
    @get("/profiles/{profile_id:str}/history", summary="What was watched, latest first")
    async def history(
        profile_id: FromPath[str],
        caller: NamedDependency[Caller],
        limit: FromQuery[int] = 50,
        cursor: FromQuery[str | None] = None,
    ) -> HistoryBody:
        if caller.profile != profile_id:
            raise ProfileNotFound
        before = None if cursor is None else _place(cursor)
        page = await discovery.history(viewer_of(caller), ProfileId(profile_id), limit=limit, before=before)
        items = tuple(SeenBody(_item(s.placed, caller.language), s.at) for s in page.seen)
        rest = page.rest
        return HistoryBody(items, None if rest is None else f"{to_epoch_ms(rest.at)}_{rest.title_id}")

    @get("/titles/{title_id:str}/similars", summary="Titles like this one, most alike first")
    async def similars(
        title_id: FromPath[str], caller: NamedDependency[Caller], limit: FromQuery[int] = 20
    ) -> list[Card]:
        title = TitleId(parse_id(title_id, what="title_id"))
        found = await discovery.similars(viewer_of(caller), title, limit=limit)
        return [card(each, caller.language) for each in found]

    @delete("/profiles/{profile_id:str}/history/{title_id:str}", status_code=204, summary="Forget that it was watched")
    async def hide(profile_id: FromPath[str], title_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        if caller.profile != profile_id:
            raise ProfileNotFound
        await discovery.hide(ProfileId(profile_id), TitleId(parse_id(title_id, what="title_id")))

    @delete("/profiles/{profile_id:str}/history", status_code=204, summary="Forget all that was watched")
    async def forget(profile_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        if caller.profile != profile_id:
            raise ProfileNotFound
        await discovery.forget(ProfileId(profile_id))

    return [history, similars, hide, forget]


def _place(cursor: str) -> Place:
    at, _, title_id = cursor.partition("_")
    if not (at.isascii() and at.isdigit() and len(at) <= _MS_DIGITS_MAX):
        raise InvalidInput("This cursor is not of this service. Begin without one.", field="cursor")
    return Place(from_epoch_ms(int(at)), TitleId(parse_id(title_id, what="cursor")))


def _item(placed: Placed, language: str) -> Card:
    return card(placed.title, language, placed.progress)
