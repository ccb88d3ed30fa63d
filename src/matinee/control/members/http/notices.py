"""The outside door of notices."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from matinee.control.catalog.api import viewer_of
from matinee.control.members.api import ProfileNotFound
from matinee.control.members.api.notices import NOTICES_MAX, Notice, Notices
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId, ProfileId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class NoticeTitleBody:
    id: str
    name: str
    poster_url: str | None


@dataclass(frozen=True, slots=True)
class NoticeBody:
    """`kind` and `values` are what the client's words are made of."""

    id: str
    kind: str
    values: Mapping[str, str]
    at: Instant
    is_read: bool
    title: NoticeTitleBody | None


@dataclass(frozen=True, slots=True)
class NoticesBody:
    items: tuple[NoticeBody, ...]
    unread: int
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ReadBody:
    ids: tuple[str, ...] = ()
    """None: all of them."""


def routes(notices: Notices) -> list[HTTPRouteHandler]:
    @get("/profiles/{profile_id:str}/notices", summary="What the profile is told, newest first")
    async def shown(
        profile_id: FromPath[str],
        caller: NamedDependency[Caller],
        limit: FromQuery[int] = NOTICES_MAX,
        cursor: FromQuery[str | None] = None,
    ) -> NoticesBody:
        page = await notices.shown(
            viewer_of(caller),
            AccountId(caller.account),
            _own(profile_id, caller),
            kids=caller.kids,
            limit=limit,
            cursor=None if cursor is None else parse_id(cursor, what="cursor"),
        )
        items = tuple(_notice_body(notice, caller.language) for notice in page.notices)
        return NoticesBody(items, page.unread, page.next_cursor)

    @post("/profiles/{profile_id:str}/notices/read", status_code=204, summary="Mark notices as read")
    async def read(profile_id: FromPath[str], data: JSONBody[ReadBody], caller: NamedDependency[Caller]) -> None:
        if len(data.ids) > NOTICES_MAX:
            raise InvalidInput(f"At most {NOTICES_MAX} notices are marked at once.", field="ids")
        ids = [parse_id(each, what="ids") for each in data.ids]
        await notices.mark_read(AccountId(caller.account), _own(profile_id, caller), ids, kids=caller.kids)

    return [shown, read]


def _own(profile_id: str, caller: Caller) -> ProfileId:
    if caller.profile != profile_id:
        raise ProfileNotFound
    return ProfileId(profile_id)


def _notice_body(notice: Notice, language: str) -> NoticeBody:
    title = notice.title
    shown = None
    if title is not None:
        shown = NoticeTitleBody(title.id, title.in_language(language).name, title.picture("poster"))
    return NoticeBody(notice.id, notice.kind, notice.values, notice.at, notice.is_read, shown)
