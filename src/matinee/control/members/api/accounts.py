"""The door for accounts: signing up, a forgotten password, another address, taking one's data, leaving.

Where an address is given by who is not signed in, the answer and the work are the same whether there is an account of it or
not; a letter tells the owner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.control.members.api import PASSWORD_TIME, Account, SignedIn
from matinee.kernel.errors import Conflict, NotFound
from matinee.kernel.ids import AccountId, TitleId
from matinee.kernel.policy import call
from matinee.kernel.quantities import days, minutes
from matinee.wire.events import Envelope

LIKED_MAX = 3
SIGN_UP_LIVES, RESET_LIVES, EMAIL_LIVES = days(2), minutes(30), minutes(60)
"""How long the link in a letter is good."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody who signs up says. Nothing is opened before the address was shown to be theirs."""

    email: str
    password: str
    country: str
    plan: str
    liked: tuple[TitleId, ...] = ()

    def __repr__(self) -> str:
        return f"SignUp(email={self.email!r}, password=[redacted], country={self.country!r}, plan={self.plan!r})"


class LinkOver(NotFound):
    """The same whether a link was used, is too old, or never was one."""

    def __init__(self) -> None:
        super().__init__("This link was used already, or is too old. Ask for another.")


class OtherPassword(Conflict):
    """Whoever opens a link is not who chose the password: nobody opens an account, or moves one, for somebody else."""

    def __init__(self) -> None:
        super().__init__("That is not the password of this account. If it was not you who chose one, sign up yourself.")


class LastOperator(Conflict):
    def __init__(self) -> None:
        super().__init__("This is the last operator of the house. Make another one first: matinee operator add EMAIL")


class WrongPassword(Conflict):
    """The present password, given to change it, is another one."""

    def __init__(self) -> None:
        super().__init__("That is not your present password.")


class Accounts(Protocol):
    @call(timeout=PASSWORD_TIME)
    async def sign_up(self, new: SignUp, *, address: str) -> None:
        """A letter with a link follows. Raises `InvalidInput`, `PasswordRefused`, `TooManyAttempts`."""
        ...

    @call(timeout=PASSWORD_TIME)
    async def verify(self, token: str, password: str, *, address: str) -> Account:
        """Open the account of a sign-up, or move one to its new address, with the password it has; one that has none wants
        none. Raises `LinkOver`, `OtherPassword`, `TooManyAttempts`."""
        ...

    async def send_again(self, email: str, *, address: str) -> None:
        """The letter of a sign-up, while that waits."""
        ...

    async def forgot_password(self, email: str, *, address: str) -> None:
        """A letter with a link follows, where there is such an account."""
        ...

    @call(timeout=PASSWORD_TIME)
    async def reset_password(self, token: str, password: str, *, address: str) -> str:
        """Every device is signed out; second factors are asked for as before. Answers a mark by which the device is known
        from then on. Raises `LinkOver`, `PasswordRefused`."""
        ...

    @call(timeout=PASSWORD_TIME)
    async def change_password(self, account_id: AccountId, sign_in_id: str, *, present: str, password: str) -> SignedIn:
        """Every other device is signed out, and this one has a new token. Raises `WrongPassword`, `PasswordRefused`."""
        ...

    async def change_email(self, account_id: AccountId, email: str) -> None:
        """A letter with a link goes to the new address, and one that says so to the old."""
        ...

    @call(idempotent=True)
    async def sign_out_everywhere(self, account_id: AccountId, *, but: str = "") -> None:
        """All devices, but the one of that sign-in."""
        ...

    @call(idempotent=True)
    async def liked(self, account_id: AccountId) -> Sequence[TitleId]:
        """What was liked at sign-up: where recommendations may begin."""
        ...

    @call(idempotent=True)
    async def account_data(self, account_id: AccountId) -> str:
        """All that members keeps of it, as JSON, but for what would prove to be the owner."""
        ...

    async def delete(self, account_id: AccountId) -> None:
        """For good, with all that belongs to it. Raises `LastOperator`."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topic `members`: a letter is due."""
        ...
