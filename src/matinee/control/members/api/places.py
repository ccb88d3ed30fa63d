"""Where a viewer is: by the address, against the account's own country, and with the reasons to doubt it."""

from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.kernel.ids import AccountId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant

Suspicion = Literal["none", "hosting", "vpn", "jumping"]
"""`hosting` and `vpn`: the address says where a machine is, not where the viewer is. `jumping`: more countries in a day than
anybody travels through; that is told, and nothing is refused for it."""
NOWHERE = "XX"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    country: str
    """Whose rights count. `XX`: none that can be named, so only what may be watched everywhere."""
    home: str
    """Of the account: what is billed there, and what is kept on a device follows it."""
    seen_in: str | None
    """What the address says, where it says anything."""
    suspicion: Suspicion = "none"
    reason: str = ""
    """A sentence for whoever is refused for it, and for the operator."""
    is_ported: bool = False
    """Abroad for a short stay, and the catalog of home came along."""
    note: str = ""
    """How the country was found, for the operator."""

    @property
    def is_traveling(self) -> bool:
        return self.seen_in is not None and self.seen_in != self.home


@dataclass(frozen=True, slots=True)
class Seen:
    """A country in which an account was used."""

    country: str
    first_at: Instant
    last_at: Instant
    since: Instant
    """When its stay there began: it was seen nowhere else since."""


class Places(Protocol):
    @call(idempotent=True)
    async def place(self, account_id: AccountId, home: str, address: str) -> Whereabouts:
        """Where this account is used from, which is noted. Its first use in another country than its own is told it."""
        ...

    @call(idempotent=True)
    async def look_up(self, address: str, home: str) -> Whereabouts:
        """The same of an address alone, and nothing is noted: for operators."""
        ...

    @call(idempotent=True)
    async def seen(self, account_id: AccountId) -> tuple[Seen, ...]:
        """The last first."""
        ...
