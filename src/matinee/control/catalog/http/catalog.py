"""Catalog's outside door: titles for members, the desk for operators."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.catalog.api import (
    Catalog,
    DeskTitle,
    Title,
    TitleNotFound,
    Viewer,
    card,
    viewer_of,
)
from matinee.control.catalog.api.title_page import TitlePage
from matinee.control.catalog.http.pictures import pictured
from matinee.kernel.clock import Clock
from matinee.kernel.ids import ReleaseId, TitleId, parse_id
from matinee.kernel.quantities import Instant
from matinee.resilience.fallback import or_else
from matinee.wire.callers import Caller
from matinee.wire.releases import Release


@dataclass(frozen=True, slots=True)
class LanguageBody:
    language: str
    label: str


@dataclass(frozen=True, slots=True)
class AvailabilityBody:
    state: str


@dataclass(frozen=True, slots=True)
class TrailerBody:
    """Play it as a title: `POST /play` with this id."""

    id: str
    name: str
    duration: int | None


@dataclass(frozen=True, slots=True)
class EpisodeBody:
    """Play it with its series: `POST /play` with both ids."""

    id: str
    num: int
    title: str
    duration_secs: int | None
    thumbnail: str | None
    synopsis: str


@dataclass(frozen=True, slots=True)
class SeasonBody:
    season_num: int
    episodes: tuple[EpisodeBody, ...]


@dataclass(frozen=True, slots=True)
class PersonBody:
    name: str
    role: str
    character: str
    id: str | None
    """The same person has the same one with every title. None where nobody has said yet which of that name it is."""


@dataclass(frozen=True, slots=True)
class TitleBody:
    id: str
    title: str
    type: str
    rating: str
    year: int | None
    duration: int | None
    synopsis: str
    genres: tuple[str, ...]
    cast: tuple[str, ...]
    poster_url: str | None
    backdrop_url: str | None
    has_preview: bool
    """A film of half a minute: `GET /titles/{id}/preview` says where it lies."""
    seasons: tuple[SeasonBody, ...]
    """Of a series: those with an episode that this viewer may see."""
    audio: tuple[LanguageBody, ...]
    subtitles: tuple[LanguageBody, ...]
    availability: AvailabilityBody
    trailers: tuple[TrailerBody, ...] = ()
    people: tuple[PersonBody, ...] = ()
    """Cast and crew, with what each did."""


@dataclass(frozen=True, slots=True)
class ReleaseBody:
    id: str
    profile: str
    created_at: Instant
    duration_ms: int
    size_bytes: int
    placed: bool


@dataclass(frozen=True, slots=True)
class DeskBody:
    id: str
    name: str
    state: str
    current_release: str | None
    releases: tuple[ReleaseBody, ...]
    type: str = "movie"
    belongs_to: str | None = None
    """The title that this is a trailer or the preview of."""
    earlier_release: str | None = None
    """Where a roll back leads: to the best release of the master before the current one's."""


@dataclass(frozen=True, slots=True)
class PublishBody:
    release_id: str | None = None


_PICTURES = {"jpg": "image/jpeg", "png": "image/png"}


def routes(catalog: Catalog, pages: TitlePage, clock: Clock) -> list[HTTPRouteHandler]:
    return [*_member_routes(catalog, pages, clock), *_desk_routes(catalog)]


def _member_routes(catalog: Catalog, pages: TitlePage, clock: Clock) -> list[HTTPRouteHandler]:
    @get("/titles/{title_id:str}/metadata", summary="A title, in the caller's language")
    async def metadata(title_id: FromPath[str], caller: NamedDependency[Caller]) -> TitleBody:
        title, viewer, now = TitleId(parse_id(title_id, what="title_id")), viewer_of(caller), clock.now()
        found = await catalog.playable(viewer, title, at=now)
        # Of a series, what can be played is an episode of it.
        shown = found.title if found.title.id == title else await catalog.title(viewer, title, at=now)
        if shown.belongs_to is not None:  # its title has the page
            raise TitleNotFound
        belonging = await catalog.belonging(viewer, title, at=now)
        preview = await or_else(catalog.preview(viewer, title, at=now), None, name="page.preview")
        people = await or_else(pages.credits(viewer, title, at=now), (), name="page.credits")
        body = _title_body(shown, found.release, belonging, viewer, has_preview=preview is not None)
        return replace(body, people=tuple(PersonBody(c.name, c.role, c.character, c.person or None) for c in people))

    @get("/titles/{title_id:str}/trailers", summary="A title's trailers, also before the title can be watched")
    async def trailers(title_id: FromPath[str], caller: NamedDependency[Caller]) -> list[TrailerBody]:
        title = TitleId(parse_id(title_id, what="title_id"))
        found = await catalog.belonging(viewer_of(caller), title, at=clock.now())
        return list(_trailers(found, caller.language))

    @get("/artwork/{title_id:str}/{name:str}", summary="One picture of a title")
    async def artwork(
        title_id: FromPath[str], name: FromPath[str], caller: NamedDependency[Caller], request: Request[Any, Any, Any]
    ) -> Response[bytes]:
        media_type = _PICTURES.get(name.rpartition(".")[2])
        if media_type is None:
            raise TitleNotFound
        found = await catalog.artwork(
            viewer_of(caller), TitleId(parse_id(title_id, what="title_id")), name, at=clock.now()
        )
        return pictured(request, found, name, media_type)

    return [metadata, trailers, artwork]


def _desk_routes(catalog: Catalog) -> list[HTTPRouteHandler]:
    @get("/catalog/titles", summary="Every title with its releases, and every trailer")
    async def desk(operator: NamedDependency[Caller]) -> list[DeskBody]:
        found = await catalog.desk()
        return [_desk_body(d, operator.language) for d in found if d.title.type != "preview"]

    @get("/catalog/titles/{title_id:str}", summary="One title with its releases")
    async def desk_title(title_id: FromPath[str], operator: NamedDependency[Caller]) -> DeskBody:
        return _desk_body(await catalog.desk_title(TitleId(parse_id(title_id, what="title_id"))), operator.language)

    @post("/content/{title_id:str}/publish", status_code=200, summary="Point a title to a release")
    async def publish(
        title_id: FromPath[str], data: JSONBody[PublishBody], operator: NamedDependency[Caller]
    ) -> PublishBody:
        release = ReleaseId(parse_id(data.release_id, what="release_id")) if data.release_id else None
        await catalog.publish(TitleId(parse_id(title_id, what="title_id")), release)
        return data

    @post(
        "/content/{title_id:str}/rollback",
        status_code=200,
        summary="Go back to the master before the current release's",
    )
    async def rollback(title_id: FromPath[str], operator: NamedDependency[Caller]) -> PublishBody:
        return PublishBody(await catalog.roll_back(TitleId(parse_id(title_id, what="title_id"))))

    @post("/content/{title_id:str}/withdraw", status_code=200, summary="Take a title out of every surface")
    async def withdraw(title_id: FromPath[str], operator: NamedDependency[Caller]) -> PublishBody:
        await catalog.withdraw(TitleId(parse_id(title_id, what="title_id")))
        return PublishBody()

    return [desk, desk_title, publish, rollback, withdraw]


def _title_body(
    title: Title, release: Release, belonging: Sequence[Title], viewer: Viewer, *, has_preview: bool
) -> TitleBody:
    language = viewer.language
    shown = card(title, language)
    return TitleBody(
        id=shown.id,
        title=shown.name,
        type=shown.type,
        rating=shown.rating,
        year=shown.year,
        duration=shown.duration_s,
        synopsis=shown.synopsis,
        genres=shown.genres,
        cast=title.cast,
        poster_url=shown.poster_url,
        backdrop_url=shown.backdrop_url,
        has_preview=has_preview,
        seasons=_seasons(belonging, language),
        audio=_languages(release, "audio"),
        subtitles=_languages(release, "text"),
        availability=AvailabilityBody(title.state),
        trailers=_trailers(belonging, language),
    )


def _seasons(belonging: Sequence[Title], language: str) -> tuple[SeasonBody, ...]:
    parts = [(p.season or 0, p.episode or 0, p) for p in belonging if p.type == "episode"]
    numbers = sorted({season for season, _, _ in parts})
    in_order = sorted(parts, key=lambda part: (part[1], part[2].id))
    return tuple(
        SeasonBody(number, tuple(_episode(part, language) for season, _, part in in_order if season == number))
        for number in numbers
    )


def _episode(part: Title, language: str) -> EpisodeBody:
    shown = card(part, language)
    picture = shown.artwork_url or shown.poster_url
    return EpisodeBody(shown.id, part.episode or 0, shown.name, shown.duration_s, picture, shown.synopsis)


def _trailers(belonging: Sequence[Title], language: str) -> tuple[TrailerBody, ...]:
    shown = (card(title, language) for title in belonging if title.type == "trailer")
    return tuple(TrailerBody(trailer.id, trailer.name, trailer.duration_s) for trailer in shown)


def _languages(release: Release, kind: str) -> tuple[LanguageBody, ...]:
    found: dict[str, str] = {}
    for track in release.tracks:
        if track.kind == kind:  # the first says what a language is called: further ones are descriptions and the like
            found.setdefault(track.language or "und", track.label or track.language or "und")
    return tuple(LanguageBody(language, label) for language, label in found.items())


def _desk_body(desk: DeskTitle, language: str) -> DeskBody:
    title = desk.title
    releases = tuple(
        ReleaseBody(r.release_id, r.profile, r.created_at, r.duration_ms, r.size_bytes, r.placed) for r in desk.releases
    )
    return DeskBody(
        title.id,
        title.in_language(language).name,
        title.state,
        title.current_release,
        releases,
        title.type,
        None if title.belongs_to is None else title.belongs_to.title_id,
        desk.earlier_release,
    )
