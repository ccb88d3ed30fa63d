"""The first people of a house: its operator, and the member of the demo."""

from dataclasses import dataclass

from matinee.app.doors import Doors
from matinee.app.house import open_stores
from matinee.app.settings import Settings
from matinee.control.billing.api import Billing
from matinee.control.members.api import OPERATOR, Members, NewProfile
from matinee.kernel.ids import Ids

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
    password = ids.secret(12)
    account = await members.find(email)
    if account is None:
        account = await members.create(email, password, country="", roles=[OPERATOR])
        await members.add_profile(account.id, NewProfile("Operator", avatar="slate"))
        await billing.subscribe(account.id, _PLAN)
    else:
        await members.set_password(account.id, password)
    return Made(email, password)


async def ensure_demo_member(members: Members, billing: Billing) -> Made:
    if await members.find(DEMO_EMAIL) is None:
        account = await members.create(DEMO_EMAIL, DEMO_PASSWORD, country="")
        for profile in (
            NewProfile("Ada", avatar="amber", language="en"),
            NewProfile("ليلى", avatar="teal", language="ar"),
            NewProfile("ゆき", avatar="plum", language="ja"),
            NewProfile("Kids", avatar="mint", language="en", kids=True),
        ):
            await members.add_profile(account.id, profile)
        await billing.subscribe(account.id, _PLAN)
    return Made(DEMO_EMAIL, DEMO_PASSWORD)
