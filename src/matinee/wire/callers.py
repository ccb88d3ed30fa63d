"""Who is calling: the gateway trades an opaque sign-in cookie for this, and every domain verifies it offline.

It lives five seconds at most, so that a sign-out or a plan change takes effect that soon everywhere.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

HEADER = "x-matinee-caller"
LIFETIME_SECONDS_MAX = 5


@dataclass(frozen=True, slots=True)
class Caller:
    purpose: ClassVar[str] = "caller"
    kid: str
    exp: int
    account: str
    profile: str | None
    country: str
    maturity: int
    """The highest maturity level this profile may see (an age: 0, 7, 13, 16, 17, 18)."""
    plan: str
    plan_rank: int
    roles: tuple[str, ...] = ()
    device: str = ""
    language: str = "en"
    kids: bool = False
    """A kids' profile is in use, or the sign-in is held by one: what is the account's is not this caller's."""
    suspicion: str = ""
    """Why the country of this connection is not believed."""
    v: Literal[1] = 1
