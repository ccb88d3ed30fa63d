"""The first people of a house: its operator, and the member of the demo."""

from collections.abc import Sequence
from dataclasses import dataclass

from matinee.app.doors import Doors
from matinee.app.house import open_stores
from matinee.app.settings import Settings
from matinee.control.billing.api import Billing
from matinee.control.members.api import OPERATOR, Members, NewProfile
from matinee.kernel.ids import AccountId, Ids

DEMO_EMAIL = "viewer@demo.example"
DEMO_PASSWORD = "popcorn-and-velvet"  # noqa: S105 - a demonstration's password, shown on the sign-in page
OPERATOR_EMAIL = "operator@demo.example"
_PLAN = "premium"


@dataclass(frozen=True, slots=True)
class Made:
    email: str
    password: str

    def __repr__(self) -> str:
        return f"Made(email={self.email!r}, password=[redacted])"


async def add_operator(settings: Settings, doors: Doors, email: str) -> Made:
    """On the data directory itself: SQLite lets this command write beside a running service."""
    async with open_stores(settings, doors) as stores:
        return await make_operator(stores.members, stores.billing, doors.ids, email)


async def make_operator(members: Members, billing: Billing, ids: Ids, email: str) -> Made:
    """A new account, or a known one that becomes an operator with a new password. Each step is done where it is missing,
    so a run that was cut off is completed by the next."""
    password = ids.secret(12)
    account = await members.find(email)
    if account is None:
        account = await members.create(email, password, country="", roles=[OPERATOR])
    else:
        await members.set_password(account.id, password)
        await members.grant_role(account.id, OPERATOR)
    await _furnish(members, billing, account.id, [NewProfile("Operator", avatar="moon")])
    return Made(email, password)


async def ensure_demo_member(members: Members, billing: Billing) -> Made:
    account = await members.find(DEMO_EMAIL) or await members.create(DEMO_EMAIL, DEMO_PASSWORD, country="")
    profiles = [
        NewProfile("Ada", avatar="lantern", language="en"),
        NewProfile("ليلى", avatar="owl", language="ar"),
        NewProfile("ゆき", avatar="ticket", language="ja"),
        NewProfile("Kids", avatar="cat", language="en", kids=True),
    ]
    await _furnish(members, billing, account.id, profiles)
    return Made(DEMO_EMAIL, DEMO_PASSWORD)


async def _furnish(members: Members, billing: Billing, account: AccountId, profiles: Sequence[NewProfile]) -> None:
    """The plan is last: an account that has one was finished, and what its owner changed since is left alone."""
    if (await billing.subscription(account)).may_play:
        return
    there = {p.name for p in await members.profiles(account)}
    for profile in profiles:
        if profile.name not in there:
            await members.add_profile(account, profile)
    await billing.subscribe(account, _PLAN)
