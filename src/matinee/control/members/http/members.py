"""Members' outside door: signing in and out, profiles, My List."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.members.api import (
    AVATAR,
    FirstStep,
    Members,
    NewProfile,
    Profile,
    ProfileNotFound,
    SignedIn,
)
from matinee.control.members.http.cookies import address_of, cookies_of, known_of, sign_out_cookies
from matinee.kernel.ids import AccountId, ProfileId, TitleId, parse_id
from matinee.kernel.quantities import Instant
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class CredentialsBody:
    email: str
    password: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class AccountBody:
    id: str
    email: str
    country: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SecondStepBody:
    """One of `methods` completes the sign-in: show `token` with it within `expires_in_s`."""

    token: str
    methods: tuple[str, ...]
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class SignedInBody:
    """One of the two: the account, or what is still to be shown."""

    account: AccountBody | None
    second_step: SecondStepBody | None = None


@dataclass(frozen=True, slots=True)
class SignInBody:
    id: str
    device: str
    created_at: Instant
    last_seen_at: Instant
    current: bool
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileBody:
    id: str
    name: str
    avatar: str
    language: str
    kids: bool
    maturity: int


@dataclass(frozen=True, slots=True)
class ProfileChange:
    name: str | None = None
    avatar: str | None = None
    language: str | None = None
    kids: bool | None = None


def routes(members: Members) -> list[HTTPRouteHandler]:
    return [*_session_routes(members), *_profile_routes(members), *_list_routes(members)]


def _session_routes(members: Members) -> list[HTTPRouteHandler]:
    @post("/sessions", status_code=201, summary="Sign in; where a second factor is set up, this is the first step")
    async def sign_in(data: JSONBody[CredentialsBody], request: Request[Any, Any, Any]) -> Response[SignedInBody]:
        device = data.device or request.headers.get("user-agent", "")
        first = await members.sign_in(
            data.email, data.password, device=device, address=address_of(request), known=known_of(request)
        )
        return _first_step(request, first)

    @delete("/sessions/current", status_code=200, summary="Sign out")
    async def sign_out(request: Request[Any, Any, Any], caller: NamedDependency[Caller]) -> Response[None]:
        await members.sign_out(AccountId(caller.account), caller.device)
        return Response(None, cookies=sign_out_cookies(request))

    @get("/sessions", summary="Devices signed in")
    async def sign_ins(caller: NamedDependency[Caller]) -> list[SignInBody]:
        return [
            SignInBody(s.id, s.device, s.created_at, s.last_seen_at, s.id == caller.device, s.methods)
            for s in await members.sign_ins(AccountId(caller.account))
        ]

    @delete("/sessions/{sign_in_id:str}", status_code=204, summary="Sign one device out")
    async def sign_out_device(sign_in_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await members.sign_out(AccountId(caller.account), parse_id(sign_in_id, what="id"))

    return [sign_in, sign_out, sign_ins, sign_out_device]


def _profile_routes(members: Members) -> list[HTTPRouteHandler]:
    @get("/profiles", summary="The account's profiles")
    async def profiles(caller: NamedDependency[Caller]) -> list[ProfileBody]:
        return [_profile_body(p) for p in await members.profiles(AccountId(caller.account))]

    @post("/profiles", summary="Add a profile")
    async def add(data: JSONBody[ProfileChange], caller: NamedDependency[Caller]) -> ProfileBody:
        new = NewProfile(data.name or "", data.avatar or AVATAR, data.language or "en", bool(data.kids))
        return _profile_body(await members.add_profile(AccountId(caller.account), new))

    @patch("/profiles/{profile_id:str}", summary="Change a profile")
    async def change(
        profile_id: FromPath[str], data: JSONBody[ProfileChange], caller: NamedDependency[Caller]
    ) -> ProfileBody:
        account, profile = AccountId(caller.account), _profile_id(profile_id)
        now = await members.profile(account, profile)
        new = NewProfile(
            data.name if data.name is not None else now.name,
            data.avatar if data.avatar is not None else now.avatar,
            data.language if data.language is not None else now.language,
            data.kids if data.kids is not None else now.kids,
        )
        return _profile_body(await members.change_profile(account, profile, new))

    @delete("/profiles/{profile_id:str}", status_code=204, summary="Remove a profile")
    async def remove(profile_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await members.remove_profile(AccountId(caller.account), _profile_id(profile_id))

    return [profiles, add, change, remove]


def _list_routes(members: Members) -> list[HTTPRouteHandler]:
    """Writing only: what of the list may be shown is visibility's to say, so discovery reads it."""

    def own(profile_id: str, caller: Caller) -> ProfileId:
        """My List belongs to the profile in use: a caller may not write another's."""
        if caller.profile != profile_id:
            raise ProfileNotFound
        return ProfileId(profile_id)

    @put("/profiles/{profile_id:str}/watchlist/{title_id:str}", status_code=204, summary="Put on My List")
    async def add(profile_id: FromPath[str], title_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await members.list_title(own(profile_id, caller), TitleId(parse_id(title_id, what="title_id")))

    @delete("/profiles/{profile_id:str}/watchlist/{title_id:str}", status_code=204, summary="Take off My List")
    async def remove(profile_id: FromPath[str], title_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await members.unlist_title(own(profile_id, caller), TitleId(parse_id(title_id, what="title_id")))

    return [add, remove]


def _profile_id(text: str) -> ProfileId:
    return ProfileId(parse_id(text, what="profile_id"))


def _profile_body(profile: Profile) -> ProfileBody:
    p = profile
    return ProfileBody(p.id, p.name, p.avatar, p.language, p.kids, p.maturity)


def _first_step(request: Request[Any, Any, Any], first: FirstStep) -> Response[SignedInBody]:
    if first.signed_in is not None:
        return signed_in(request, first.signed_in)
    step = first.second_step
    body = None if step is None else SecondStepBody(step.token, step.methods, step.expires_at)
    return Response(SignedInBody(None, body), status_code=202)


def signed_in(request: Request[Any, Any, Any], signed: SignedIn) -> Response[SignedInBody]:
    """The browser keeps the token in a cookie that no script reads; the body says who it is."""
    account = signed.account
    body = SignedInBody(AccountBody(account.id, account.email, account.country, account.roles))
    return Response(body, cookies=cookies_of(request, signed))
