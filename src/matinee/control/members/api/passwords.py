"""The door for passwords: which are good enough, and whether one is an account's. Hashes never leave members."""

from collections.abc import Sequence
from typing import Protocol

from matinee.control.members.api import PASSWORD_TIME
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import AccountId
from matinee.kernel.policy import call


class PasswordRefused(InvalidInput):
    """Too short, too long, on everybody's list, or made of what anyone knows of the account."""


class Passwords(Protocol):
    @call(timeout=PASSWORD_TIME, idempotent=True)
    async def check(self, password: str, *, about: Sequence[str]) -> None:
        """`about`: words that must not make the password, as the account's address. Raises `PasswordRefused`."""
        ...

    @call(timeout=PASSWORD_TIME)
    async def hashed(self, password: str) -> str:
        """For whoever stores it. An empty password is none, and nothing fits it."""
        ...

    @call(timeout=PASSWORD_TIME)
    async def fits(self, password: str, hashed: str) -> bool:
        """Takes as long where there is no hash to compare with."""
        ...

    @call(timeout=PASSWORD_TIME)
    async def is_of(self, account_id: AccountId, password: str) -> bool: ...
