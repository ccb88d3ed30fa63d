"""The door for passkeys (WebAuthn): keys that a phone, a computer or a stick holds, and that a site cannot be fooled out of.

What a browser is asked and what it answers travels as the JSON that WebAuthn itself defines, as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.control.members.api import SignedIn
from matinee.kernel.errors import Conflict, NotFound, Refusal, Unsupported
from matinee.kernel.ids import AccountId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, minutes

PASSKEYS_MAX = 20
CEREMONY_LIVES = minutes(5)
"""How long a browser may take to answer: a phone is fetched, a code is scanned."""
NAME_MAX = 60


@dataclass(frozen=True, slots=True)
class Passkey:
    id: str
    name: str
    added_at: Instant
    used_at: Instant | None
    synced: bool
    """Kept by a service that carries it to a person's other devices; else it is in one device alone."""
    stopped: bool
    """Its counter went back: there may be a copy. It signs nobody in."""


@dataclass(frozen=True, slots=True)
class Added:
    passkey: Passkey
    recovery_codes: tuple[str, ...] = ()
    """With the first second factor of an account, shown once: the way in when the key is lost."""

    def __repr__(self) -> str:
        return f"Added({self.passkey!r}, recovery_codes=[redacted])"


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys work: a browser takes them at one name alone, and nowhere at an address of digits."""

    url: str
    """Where to open the service for it; empty: nowhere, for `reason`."""
    reason: str = ""


class PasskeysUnavailable(Unsupported):
    """This house has no name that a passkey could be bound to."""


class PasskeyRefused(Refusal):
    """What the browser sent does not prove it. One sentence, whatever was wrong: who tries is not told how to try better."""

    status = 403

    def __init__(self) -> None:
        super().__init__("That passkey was not accepted. Try again, or sign in another way.")


class CeremonyOver(Refusal):
    status = 403

    def __init__(self) -> None:
        super().__init__("That took too long, or was answered before. Try the passkey again.")


class PasskeyStopped(Refusal):
    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This passkey was stopped, because there may be a copy of it. Sign in another way, remove it and add a new one."
        )


class PasskeyKnown(Conflict):
    def __init__(self) -> None:
        super().__init__("This passkey is in use already. Choose another device or key.")


class TooManyPasskeys(Conflict):
    def __init__(self) -> None:
        super().__init__(f"An account has at most {PASSKEYS_MAX} passkeys. Remove one first.", allowed=PASSKEYS_MAX)


class PasskeyNotFound(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such passkey on this account.")


class Passkeys(Protocol):
    @call(idempotent=True)
    async def place(self) -> Place: ...

    @call(idempotent=True)
    async def all(self, account_id: AccountId) -> Sequence[Passkey]:
        """Newest first."""
        ...

    @call(idempotent=True)
    async def begin_adding(self, account_id: AccountId, sign_in_id: str) -> str:
        """What the browser is asked. Raises `StepUpNeeded`, `PasskeysUnavailable`, `TooManyPasskeys`."""
        ...

    async def add(self, account_id: AccountId, sign_in_id: str, answer: str, *, name: str) -> Added:
        """Raises `PasskeyRefused`, `CeremonyOver`, `PasskeyKnown`."""
        ...

    async def rename(self, account_id: AccountId, passkey_id: str, name: str) -> Passkey: ...

    async def remove(self, account_id: AccountId, sign_in_id: str, passkey_id: str) -> None:
        """Raises `StepUpNeeded`, `PasskeyNotFound`."""
        ...

    @call(idempotent=True)
    async def begin_sign_in(self, second_step: str = "") -> str:
        """What the browser is asked: any passkey of this house or, after a password, one of that account."""
        ...

    async def sign_in(self, answer: str, *, device: str, known: str = "") -> SignedIn:
        """By a passkey alone: it says whose it is, and its device must have made sure who holds it."""
        ...

    async def second_step(self, second_step: str, answer: str, *, known: str = "") -> SignedIn:
        """After a password. Raises `SecondStepOver`."""
        ...

    @call(idempotent=True)
    async def begin_step_up(self, account_id: AccountId, sign_in_id: str) -> str: ...

    async def step_up(self, account_id: AccountId, sign_in_id: str, answer: str) -> SignedIn: ...
