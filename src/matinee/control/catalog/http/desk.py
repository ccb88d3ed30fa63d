"""The desk's outside door: sheets, many at once, files in and out, pictures. For operators."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from litestar import Request, Response, get, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from matinee.control.catalog.api import Artwork, ArtworkKind, TitleState, TitleType
from matinee.control.catalog.api.desk import (
    ALIAS_KINDS,
    FILE_MAX_BYTES,
    ROLES,
    BulkReport,
    Change,
    Desk,
    Edit,
    Exchange,
    Filed,
    ManyChange,
    NewPicture,
    Report,
    Selection,
    Sheet,
)
from matinee.control.catalog.api.genres import GENRES
from matinee.control.catalog.api.ratings import BOARDS, RatingSystem
from matinee.control.catalog.http.pictures import pictured
from matinee.kernel.errors import InvalidInput, Refusal
from matinee.kernel.ids import TitleId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller

_FORMS: Mapping[str, Literal["json", "csv"]] = {
    "text/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "json",
}
_FILE = "application/octet-stream"
"""To be kept and not shown; its name says what it is."""
_PICTURE_TYPES = ("image/jpeg", "image/png")
_PICTURE_MAX_BYTES = 2 << 20
_YEARS = (1900, 9000)


@dataclass(frozen=True, slots=True)
class PictureBody:
    key: str
    kind: ArtworkKind
    url: str = ""
    shows: str = ""
    language: str = ""
    subjects: tuple[str, ...] = ()
    focus: tuple[float, float] | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class FiledBody:
    sheet: Sheet
    version: int
    """Send it back as `If-Match` with a change."""
    state: TitleState
    publish_at: Instant | None
    has_release: bool
    pictures: tuple[PictureBody, ...]


@dataclass(frozen=True, slots=True)
class FiledPageBody:
    items: tuple[FiledBody, ...]
    total: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ScheduleBody:
    at: Instant | None = None


@dataclass(frozen=True, slots=True)
class BulkBody:
    """`preview` writes nothing, and is what is done where nothing is said."""

    select: Selection
    change: ManyChange
    preview: bool = True


@dataclass(frozen=True, slots=True)
class BoardBody:
    id: str
    name: str
    countries: tuple[str, ...]
    marks: dict[str, int]


@dataclass(frozen=True, slots=True)
class ListsBody:
    """What a sheet can say where it cannot say anything."""

    genres: dict[str, dict[str, str]]
    boards: tuple[BoardBody, ...]
    ratings: tuple[str, ...]
    roles: tuple[str, ...]
    alias_kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArrangeBody:
    pictures: tuple[PictureBody, ...] = field(default=())


class VersionNeeded(Refusal):
    """A change has to say which version it was made of."""

    status = 428


def routes(desk: Desk, exchange: Exchange) -> list[HTTPRouteHandler]:
    return [*_reading(desk), *_writing(desk), *_pictures(desk), *_exchanging(exchange)]


def _reading(desk: Desk) -> list[HTTPRouteHandler]:
    @get("/catalog/sheets", summary="What is written of titles, by what it says, a page at a time")
    async def page(
        operator: NamedDependency[Caller],
        q: FromQuery[str] = "",
        type: FromQuery[TitleType | None] = None,
        standing: FromQuery[TitleState | None] = None,
        genre: FromQuery[str] = "",
        tag: FromQuery[str] = "",
        series: FromQuery[str | None] = None,
        limit: FromQuery[int] = 50,
        cursor: FromQuery[str | None] = None,
    ) -> FiledPageBody:
        above = None if series is None else _id(series)
        chosen = Selection(None, q[:200], type, standing, genre[:100], tag[:100], above)
        found = await desk.page(chosen, limit=limit, cursor=cursor)
        return FiledPageBody(tuple(map(_body, found.sheets)), found.total, found.next_cursor)

    @get("/catalog/titles/{title_id:str}/sheet", summary="All that is written of a title, and its version")
    async def sheet(title_id: FromPath[str], operator: NamedDependency[Caller]) -> Response[FiledBody]:
        return _tagged(await desk.sheet(_id(title_id)))

    @get("/catalog/titles/{title_id:str}/edits", summary="Who changed what of a title, newest first")
    async def edits(title_id: FromPath[str], operator: NamedDependency[Caller]) -> list[Edit]:
        return list(await desk.edits(_id(title_id)))

    @get("/catalog/lists", summary="Genres, rating boards with their marks, roles")
    async def lists(operator: NamedDependency[Caller]) -> ListsBody:
        boards = tuple(BoardBody(b.id, b.name, b.countries, dict(b.marks)) for b in BOARDS)
        genres = {genre: dict(names) for genre, names in GENRES.items()}
        return ListsBody(genres, boards, (*RatingSystem().ages, "NR"), ROLES, ALIAS_KINDS)

    return [page, sheet, edits, lists]


def _writing(desk: Desk) -> list[HTTPRouteHandler]:
    @post("/catalog/titles", summary="A new title. Its releases come from the studio, under its id")
    async def make(data: JSONBody[Sheet], operator: NamedDependency[Caller]) -> Response[FiledBody]:
        return _tagged(await desk.make(data, by=operator.account), status=201)

    @patch("/catalog/titles/{title_id:str}", summary="Change what is written of a title; `If-Match` names its version")
    async def edit(
        title_id: FromPath[str],
        data: JSONBody[Change],
        operator: NamedDependency[Caller],
        request: Request[Any, Any, Any],
    ) -> Response[FiledBody]:
        version = _version(request.headers.get("if-match"))
        return _tagged(await desk.edit(_id(title_id), data, version=version, by=operator.account))

    @post("/catalog/titles/{title_id:str}/schedule", status_code=200, summary="Publish a title at an instant")
    async def schedule(
        title_id: FromPath[str], data: JSONBody[ScheduleBody], operator: NamedDependency[Caller]
    ) -> Response[FiledBody]:
        at = data.at
        if at is not None and (at.tzinfo is None or not _YEARS[0] <= at.year <= _YEARS[1]):
            raise InvalidInput("The instant needs its offset: end it in Z or in +hh:mm.", field="at")
        return _tagged(await desk.schedule(_id(title_id), at, by=operator.account))

    @post("/catalog/bulk", status_code=200, summary="Change many titles at once, or see what would change")
    async def bulk(data: JSONBody[BulkBody], operator: NamedDependency[Caller]) -> BulkReport:
        for title_id in data.select.ids or ():
            _id(title_id)
        return await desk.edit_many(data.select, data.change, by=operator.account, dry_run=data.preview)

    return [make, edit, schedule, bulk]


def _pictures(desk: Desk) -> list[HTTPRouteHandler]:
    @post("/catalog/titles/{title_id:str}/artwork", summary="Put a picture on a title: a JPEG or PNG as the body")
    async def add(
        title_id: FromPath[str],
        operator: NamedDependency[Caller],
        request: Request[Any, Any, Any],
        kind: FromQuery[ArtworkKind] = "poster",
        shows: FromQuery[str] = "",
        language: FromQuery[str] = "",
    ) -> Response[FiledBody]:
        if _content_type(request) not in _PICTURE_TYPES:
            raise InvalidInput("A picture is sent as image/jpeg or image/png.", field="Content-Type")
        data = bytearray()
        async for piece in request.stream():
            data += piece
            if len(data) > _PICTURE_MAX_BYTES:
                raise InvalidInput(f"A picture has at most {_PICTURE_MAX_BYTES >> 20} MiB.", field="picture")
        picture = NewPicture(kind, bytes(data), shows, language)
        return _tagged(await desk.add_picture(_id(title_id), picture, by=operator.account), status=201)

    @put("/catalog/titles/{title_id:str}/artwork", summary="The order of a title's pictures, and what is said of them")
    async def arrange(
        title_id: FromPath[str], data: JSONBody[ArrangeBody], operator: NamedDependency[Caller]
    ) -> Response[FiledBody]:
        pictures = [Artwork(p.kind, p.key, p.shows, p.language, p.subjects, p.focus) for p in data.pictures]
        return _tagged(await desk.arrange_pictures(_id(title_id), pictures, by=operator.account))

    @get(
        "/catalog/titles/{title_id:str}/artwork/{name:str}", summary="One picture of a title, before viewers see it too"
    )
    async def picture(
        title_id: FromPath[str],
        name: FromPath[str],
        operator: NamedDependency[Caller],
        request: Request[Any, Any, Any],
    ) -> Response[bytes]:
        found = await desk.picture(_id(title_id), name)
        media_type = "image/png" if name.endswith(".png") else "image/jpeg"
        return pictured(request, found, name, media_type)

    return [add, arrange, picture]


def _exchanging(exchange: Exchange) -> list[HTTPRouteHandler]:
    @post(
        "/catalog/import",
        status_code=200,
        summary="Titles from a file: CSV or JSON, also packed with gzip",
        request_max_body_size=FILE_MAX_BYTES,
        opt={"audit_fields": False},
    )
    async def take_in(
        operator: NamedDependency[Caller],
        request: Request[Any, Any, Any],
        dry_run: FromQuery[bool] = False,
        valid_only: FromQuery[bool] = False,
    ) -> Report:
        form = _FORMS.get(_content_type(request))
        if form is None:
            raise InvalidInput(f"Say what the file is: {', '.join(_FORMS)}.", field="Content-Type")
        return await exchange.take_in(
            request.stream(), form, by=operator.account, dry_run=dry_run, valid_only=valid_only
        )

    @get(
        "/catalog/export",
        summary="Every title as a file, which an import takes again",
        media_type=_FILE,
        opt={"bare": True},
    )
    async def give_out(operator: NamedDependency[Caller], form: FromQuery[Literal["json", "csv"]] = "json") -> Stream:
        first = await exchange.give_out(form)

        async def pieces() -> AsyncIterator[bytes]:
            given = first
            yield given.text.encode()
            while given.next_cursor is not None:
                given = await exchange.give_out(form, cursor=given.next_cursor)
                yield given.text.encode()

        named = {"content-disposition": f'attachment; filename="titles.{form}"', "cache-control": "private, no-store"}
        return Stream(pieces(), media_type=_FILE, headers=named)

    return [take_in, give_out]


def _content_type(request: Request[Any, Any, Any]) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def _version(text: str | None) -> int:
    if text is None:
        raise VersionNeeded("Say which version you have read: send its number as If-Match.", field="If-Match")
    number = text.strip().strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise InvalidInput("If-Match is not a version of a title: send the number in quotes.", field="If-Match")
    return int(number)


def _id(text: str) -> TitleId:
    return TitleId(parse_id(text, what="title_id"))


def _tagged(filed: Filed, *, status: int = 200) -> Response[FiledBody]:
    return Response(_body(filed), status_code=status, headers={"etag": f'"{filed.version}"'})


def _body(filed: Filed) -> FiledBody:
    pictures = tuple(
        PictureBody(
            p.artwork.key,
            p.artwork.kind,
            f"/api/v1/catalog/titles/{filed.sheet.id}/artwork/{p.artwork.key.rsplit('/', 1)[-1]}",
            p.artwork.shows,
            p.artwork.language,
            p.artwork.subjects,
            p.artwork.focus,
            p.by_hand,
        )
        for p in filed.pictures
    )
    return FiledBody(filed.sheet, filed.version, filed.state, filed.publish_at, filed.has_release, pictures)
