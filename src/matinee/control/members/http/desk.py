"""The help desk's outside door. Every look at a member is recorded."""

from dataclasses import dataclass
from typing import Annotated

from litestar import delete, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from matinee.control.members.api import Account
from matinee.control.members.api.desk import MemberDesk
from matinee.kernel.ids import AccountId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class MemberBody:
    id: str
    email: str
    country: str
    roles: tuple[str, ...]
    created_at: Instant


@dataclass(frozen=True, slots=True)
class MembersBody:
    members: tuple[MemberBody, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class MemberProfileBody:
    id: str
    name: str
    kids: bool
    maturity: int
    language: str


@dataclass(frozen=True, slots=True)
class MemberDeviceBody:
    id: str
    device: str
    created_at: Instant
    last_seen_at: Instant


@dataclass(frozen=True, slots=True)
class DossierBody:
    member: MemberBody
    profiles: tuple[MemberProfileBody, ...]
    devices: tuple[MemberDeviceBody, ...]


def routes(desk: MemberDesk) -> list[HTTPRouteHandler]:
    @get("/members", summary="Find members by address or id", opt={"audit": True})
    async def members(
        operator: NamedDependency[Caller],
        q: Annotated[str, QueryParameter(max_length=200)] = "",
        limit: FromQuery[int] = 25,
        cursor: FromQuery[str | None] = None,
    ) -> MembersBody:
        found = await desk.search(q, limit=limit, cursor=cursor)
        return MembersBody(tuple(_member_body(account) for account in found.accounts), found.next_cursor)

    @get("/members/{account_id:str}", summary="A member, with profiles and devices", opt={"audit": True})
    async def member(account_id: FromPath[str], operator: NamedDependency[Caller]) -> DossierBody:
        found = await desk.member(_account_id(account_id))
        return DossierBody(
            _member_body(found.account),
            tuple(MemberProfileBody(p.id, p.name, p.kids, p.maturity, p.language) for p in found.profiles),
            tuple(MemberDeviceBody(s.id, s.device, s.created_at, s.last_seen_at) for s in found.sign_ins),
        )

    @delete("/members/{account_id:str}/sessions", status_code=204, summary="Sign a member out everywhere")
    async def sign_out(account_id: FromPath[str], operator: NamedDependency[Caller]) -> None:
        await desk.sign_out_everywhere(_account_id(account_id))

    return [members, member, sign_out]


def _account_id(text: str) -> AccountId:
    return AccountId(parse_id(text, what="account_id"))


def _member_body(account: Account) -> MemberBody:
    return MemberBody(account.id, account.email, account.country, account.roles, account.created_at)
