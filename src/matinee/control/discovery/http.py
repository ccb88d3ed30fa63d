"""Discovery's outside door: the home page and what to go on watching."""

from dataclasses import dataclass

from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from matinee.control.catalog.api import Card, card, viewer_of
from matinee.control.discovery.api import Discovery, EpisodeProgress, Placed
from matinee.control.members.api import OPERATOR, ProfileNotFound
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ProfileId, TitleId, parse_id
from matinee.wire.callers import Caller


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

    return [home, continue_watching, watchlist, episodes]


def _item(placed: Placed, language: str) -> Card:
    return card(placed.title, language, placed.progress)
