"""The door for proving an account: the second step of a sign-in, the factors for it, and the step up to what is sensitive.

Whoever proves an account in another way (a passkey, another house's sign-in) says so by `prove` and `finish`; these two
believe their caller and are no routes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from matinee.control.members.api import SignedIn
from matinee.kernel.errors import Conflict, NotAllowed, NotSignedIn, Refusal
from matinee.kernel.ids import AccountId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant, minutes, seconds

Method = Literal["password", "totp", "recovery-code", "passkey", "oidc", "device-code", "command"]
STRONG: frozenset[str] = frozenset(("password", "totp", "recovery-code", "passkey", "oidc"))
"""What says that a person was there. A television let in by a code, and this machine's own commands, say less."""
RECENT = minutes(10)
"""How long a proof opens what is sensitive."""
SECOND_STEP_LIVES = minutes(5)
RECOVERY_CODES = 10
_SLOW = seconds(10)
"""Where a password is looked at, which may have to wait for others."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is shown to prove an account again: the password, and a code where a second factor is set up."""

    password: str = ""
    code: str = ""
    """Of the authenticator, or a recovery code: their shapes tell them apart."""

    def __repr__(self) -> str:
        return "Proof([redacted])"


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in whose first step is done."""

    account_id: AccountId
    device: str
    proved: tuple[str, ...]
    """By what, so far."""
    methods: tuple[str, ...]
    """One of these completes it."""


@dataclass(frozen=True, slots=True)
class NewTotp:
    """Shown once. It counts from when a code of it was seen."""

    secret: str
    uri: str
    """As authenticators read it, and as the QR code says it."""

    def __repr__(self) -> str:
        return "NewTotp([redacted])"


@dataclass(frozen=True, slots=True)
class RecoveryCodes:
    """Shown once; each signs in once in place of a second factor."""

    codes: tuple[str, ...]

    def __repr__(self) -> str:
        return "RecoveryCodes([redacted])"


@dataclass(frozen=True, slots=True)
class Factor:
    kind: Method
    added_at: Instant
    asked: bool
    """Whether it is asked for after the password."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account is proved by, beside or instead of its password."""

    has_password: bool
    factors: tuple[Factor, ...]
    recovery_codes: int
    """How many are left."""

    @property
    def second(self) -> tuple[str, ...]:
        """By which of these a second step is done; empty: none is asked."""
        asked = tuple(f.kind for f in self.factors if f.asked)
        return (*asked, "recovery-code") if asked and self.recovery_codes else asked


class StepUpNeeded(NotAllowed):
    """`methods` each prove it alone; beside a password, one of `also` is needed where there are any."""

    def __init__(self, methods: Sequence[str], also: Sequence[str]) -> None:
        said = "This needs to know that it is still you. Prove it again, and repeat what you did."
        super().__init__(said, methods=list(methods), also=list(also))


class WrongProof(Refusal):
    """The same whether the password or the code was wrong."""

    status = 403

    def __init__(self) -> None:
        super().__init__("That is not right, or was used before. Try again.")


class SecondStepOver(NotSignedIn):
    def __init__(self) -> None:
        super().__init__("This sign-in took too long, or was tried too often. Begin it again.")


class FactorExists(Conflict):
    """An authenticator is set up already."""

    def __init__(self) -> None:
        super().__init__("An authenticator is set up already. Remove it first.")


class Proofs(Protocol):
    @call(idempotent=True)
    async def require_recent(self, account_id: AccountId, sign_in_id: str) -> None:
        """For whoever is about to do something sensitive: raises `StepUpNeeded` unless this device proved itself within
        `RECENT`. `sign_in_id` is the caller ticket's `device`."""
        ...

    @call(idempotent=True)
    async def factors(self, account_id: AccountId) -> Factors: ...

    @call(timeout=_SLOW)
    async def step_up(self, account_id: AccountId, sign_in_id: str, proof: Proof, *, address: str) -> SignedIn:
        """The same device under a new token; the old one is nobody's. Raises `WrongProof`, `TooManyAttempts`."""
        ...

    async def prove(self, account_id: AccountId, sign_in_id: str, method: str) -> SignedIn:
        """The same for what another door has looked at itself."""
        ...

    @call(idempotent=True)
    async def pending(self, second_step: str) -> Pending:
        """Which sign-in this token belongs to. Raises `SecondStepOver`."""
        ...

    async def finish(self, second_step: str, method: str, *, known: str = "") -> SignedIn:
        """Complete it by what another door has looked at itself. The token is used up. Raises `SecondStepOver`."""
        ...

    async def second_step(self, second_step: str, code: str, *, address: str, known: str = "") -> SignedIn:
        """Complete it by a code. Raises `WrongProof`, `TooManyAttempts`, `SecondStepOver`."""
        ...

    async def begin_totp(self, account_id: AccountId) -> NewTotp:
        """One that was begun and never confirmed is replaced. Raises `FactorExists`."""
        ...

    async def confirm_totp(self, account_id: AccountId, code: str) -> RecoveryCodes:
        """From here on it is asked for. Raises `WrongProof`."""
        ...

    async def remove_totp(self, account_id: AccountId) -> None: ...

    async def renew_recovery_codes(self, account_id: AccountId) -> RecoveryCodes:
        """A new set; the one before counts no more."""
        ...

    async def add_factor(self, account_id: AccountId, kind: str, *, asked: bool) -> None:
        """Another door's factor: from now on it proves the account, and, where `asked`, follows the password."""
        ...

    async def drop_factor(self, account_id: AccountId, kind: str) -> None:
        """With the last one that is asked for, the recovery codes go too."""
        ...
