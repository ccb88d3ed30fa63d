"""The door for signing in by another house's word (OpenID Connect): where to go, and what comes back from there.

What a browser has to bring back is sealed into texts that the outside door keeps in its cookies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from matinee.control.members.api import SignedIn
from matinee.kernel.errors import Conflict, NotFound, Refusal, Unavailable
from matinee.kernel.ids import AccountId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, minutes, seconds

AWAY = minutes(10)
"""How long a browser may be at the provider's."""
PROVIDER_TIME = seconds(15)


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """What an operator says of a provider (`MATINEE_OIDC_<NAME>`)."""

    id: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    secret_file: str = ""
    """Read at each use, so that a new secret needs no restart."""
    name: str = ""
    sign_up: bool = False
    """Whether somebody whom the provider knows, and we do not, gets an account."""
    scopes: tuple[str, ...] = ("openid", "email", "profile")


@dataclass(frozen=True, slots=True)
class Provider:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Departure:
    url: str
    """At the provider's."""
    errand: str
    """Sealed: what this browser set out for. It has to come back with it."""

    def __repr__(self) -> str:
        return "Departure([redacted])"


@dataclass(frozen=True, slots=True)
class Returned:
    """What the provider sent back, in the address."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""

    def __repr__(self) -> str:
        return "Returned([redacted])"


@dataclass(frozen=True, slots=True)
class Arrival:
    """`linked`: to whom had set out for it. `unlinked`: there is an account of this address, and nothing is done before its
    owner has proved it here; then `identity` completes it."""

    outcome: Literal["signed-in", "linked", "unlinked"]
    next: str
    """A path of our own."""
    signed_in: SignedIn | None = None
    identity: str = ""

    def __repr__(self) -> str:
        return f"Arrival({self.outcome!r}, [redacted])"


@dataclass(frozen=True, slots=True)
class Link:
    id: str
    provider: str
    email: str
    """As the provider said when it was linked."""
    linked_at: Instant
    used_at: Instant | None


class UnknownProvider(NotFound):
    def __init__(self) -> None:
        super().__init__("This service does not know such a provider.")


class ProviderSilent(Unavailable):
    """It does not answer, or not as OpenID Connect says."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} does not answer as it should. Try again in a minute, or sign in another way.")


class SignOnRefused(Refusal):
    """The answer does not fit what was asked, or is not the provider's. Which of these is logged, never answered."""

    status = 403

    def __init__(self) -> None:
        super().__init__("That sign-in did not come back as it went out. Begin it again from this page.")


class SignOnCancelled(Refusal):
    status = 403

    def __init__(self) -> None:
        super().__init__("You did not sign in there. Try again, or sign in another way.")


class NoAccountHere(Refusal):
    status = 403

    def __init__(self, name: str) -> None:
        super().__init__(f"Nobody here is linked to that sign-in. Sign in, and link {name} on your account's page.")


class LinkTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("That sign-in is linked to another account already.")


class LinkNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such link on this account.")


class SignOn(Protocol):
    @call(idempotent=True)
    async def providers(self) -> Sequence[Provider]: ...

    @call(timeout=PROVIDER_TIME, idempotent=True)
    async def depart(self, provider_id: str, *, next: str, account_id: AccountId | None, sign_in_id: str) -> Departure:
        """With an account: to link it, which is sensitive. Raises `UnknownProvider`, `ProviderSilent`, `StepUpNeeded`."""
        ...

    @call(timeout=PROVIDER_TIME)
    async def arrive(
        self, provider_id: str, returned: Returned, *, errand: str, device: str, known: str = ""
    ) -> Arrival:
        """Raises `SignOnRefused`, `SignOnCancelled`, `NoAccountHere`, `LinkTaken`, `ProviderSilent`."""
        ...

    async def link(self, account_id: AccountId, sign_in_id: str, identity: str) -> Link:
        """What `arrive` left open, by an owner who has proved the account. Raises `StepUpNeeded`, `SignOnRefused`."""
        ...

    @call(idempotent=True)
    async def links(self, account_id: AccountId) -> Sequence[Link]: ...

    async def unlink(self, account_id: AccountId, sign_in_id: str, link_id: str) -> None:
        """Raises `StepUpNeeded`, `LinkNotFound`, `LastWayIn`."""
        ...


class LastWayIn(Conflict):
    """Without it nobody could sign in."""

    def __init__(self) -> None:
        super().__init__("This is the only way into your account. Set a password or add a passkey first.")
