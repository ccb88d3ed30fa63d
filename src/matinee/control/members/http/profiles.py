"""The outside door of profiles: who may be chosen, what each prefers, its lock, and My List."""

from dataclasses import asdict, dataclass, replace

from litestar import delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from matinee.control.members.api import AVATAR, ChangedProfile, Members, NewProfile, Profile
from matinee.control.members.api.locks import Locks
from matinee.control.members.http.own import own_profile
from matinee.control.members.model.ratings import rating_of
from matinee.kernel.ids import AccountId, ProfileId, TitleId, parse_id
from matinee.wire.callers import Caller


@dataclass(frozen=True, slots=True)
class ProfileBody:
    id: str
    name: str
    avatar: str
    language: str
    kids: bool
    maturity: int
    autoplay_next: bool
    autoplay_previews: bool
    locked: bool
    main: bool
    """The first of the account, which stays."""
    asks_pin_of: tuple[str, ...] = ()
    """To watch as this profile from here, unlock any of these first."""


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """What is left out stays as it is."""

    name: str | None = None
    avatar: str | None = None
    language: str | None = None
    kids: bool | None = None
    maturity: int | None = None
    """The age up to which it sees titles."""
    autoplay_next: bool | None = None
    autoplay_previews: bool | None = None


@dataclass(frozen=True, slots=True)
class PinBody:
    pin: str

    def __repr__(self) -> str:
        return "PinBody([redacted])"


def routes(members: Members, locks: Locks) -> list[HTTPRouteHandler]:
    return [*_profile_routes(members, locks), *_lock_routes(locks), *_list_routes(members)]


def _profile_routes(members: Members, locks: Locks) -> list[HTTPRouteHandler]:
    @get("/profiles", summary="The account's profiles")
    async def profiles(caller: NamedDependency[Caller]) -> list[ProfileBody]:
        account = AccountId(caller.account)
        found = await members.profiles(account)
        locked = any(profile.locked for profile in found)
        asked = await locks.asked_for(account, sign_in_id=caller.device) if locked else {}
        return [replace(_profile_body(p), asks_pin_of=tuple(asked.get(p.id, ()))) for p in found]

    @post("/profiles", summary="Add a profile")
    async def add(data: JSONBody[ProfileChange], caller: NamedDependency[Caller]) -> ProfileBody:
        account = AccountId(caller.account)
        await locks.require(account, None, sign_in_id=caller.device)
        return _profile_body(await members.add_profile(account, _as_new(data)))

    @patch("/profiles/{profile_id:str}", summary="Change a profile")
    async def change(
        profile_id: FromPath[str], data: JSONBody[ProfileChange], caller: NamedDependency[Caller]
    ) -> ProfileBody:
        account, profile = AccountId(caller.account), _profile_id(profile_id)
        now = await members.profile(account, profile)
        asked = ChangedProfile(**asdict(data), seen=(now.kids, now.maturity))
        if asked.kids not in (None, now.kids) or asked.maturity not in (None, now.maturity):
            opens = _opens(now, asked.onto(now))
            await locks.require(account, profile, sign_in_id=caller.device, opens=opens)
        return _profile_body(await members.change_profile(account, profile, asked))

    @delete("/profiles/{profile_id:str}", status_code=204, summary="Remove a profile")
    async def remove(profile_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        account, profile = AccountId(caller.account), _profile_id(profile_id)
        await locks.require(account, profile, sign_in_id=caller.device, opens=True)
        await members.remove_profile(account, profile)

    return [profiles, add, change, remove]


def _lock_routes(locks: Locks) -> list[HTTPRouteHandler]:
    @post("/profiles/{profile_id:str}/unlock", status_code=204, summary="Give a profile's PIN on this device")
    async def unlock(profile_id: FromPath[str], data: JSONBody[PinBody], caller: NamedDependency[Caller]) -> None:
        account = AccountId(caller.account)
        await locks.unlock(account, _profile_id(profile_id), data.pin, sign_in_id=caller.device)

    @put("/profiles/{profile_id:str}/pin", status_code=204, summary="Lock a profile, or change its PIN")
    async def set_pin(profile_id: FromPath[str], data: JSONBody[PinBody], caller: NamedDependency[Caller]) -> None:
        account = AccountId(caller.account)
        await locks.set_pin(account, _profile_id(profile_id), data.pin, sign_in_id=caller.device)

    @delete("/profiles/{profile_id:str}/pin", status_code=204, summary="Take a profile's PIN off")
    async def take_pin(profile_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await locks.set_pin(AccountId(caller.account), _profile_id(profile_id), None, sign_in_id=caller.device)

    return [unlock, set_pin, take_pin]


def _list_routes(members: Members) -> list[HTTPRouteHandler]:
    """Writing only: what of the list may be shown is visibility's to say, so discovery reads it."""

    @put("/profiles/{profile_id:str}/watchlist/{title_id:str}", status_code=204, summary="Put on My List")
    async def add(profile_id: FromPath[str], title_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await members.list_title(own_profile(profile_id, caller), TitleId(parse_id(title_id, what="title_id")))

    @delete("/profiles/{profile_id:str}/watchlist/{title_id:str}", status_code=204, summary="Take off My List")
    async def remove(profile_id: FromPath[str], title_id: FromPath[str], caller: NamedDependency[Caller]) -> None:
        await members.unlist_title(own_profile(profile_id, caller), TitleId(parse_id(title_id, what="title_id")))

    return [add, remove]


def _as_new(data: ProfileChange) -> NewProfile:
    named = {name: value for name, value in asdict(data).items() if value is not None}
    return NewProfile(**{"name": "", **named, "avatar": data.avatar or AVATAR, "language": data.language or "en"})


def _opens(now: Profile, after: NewProfile) -> bool:
    """Whoever is in it would see more, or be let out."""
    return (now.kids and not after.kids) or rating_of(after.maturity, kids=after.kids) > now.maturity


def _profile_id(text: str) -> ProfileId:
    return ProfileId(parse_id(text, what="profile_id"))


def _profile_body(p: Profile) -> ProfileBody:
    return ProfileBody(
        p.id,
        p.name,
        p.avatar,
        p.language,
        p.kids,
        p.maturity,
        p.autoplay_next,
        p.autoplay_previews,
        p.locked,
        p.main,
    )
