"""The inside door of the help desk: finding a member, and what they are told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.control.members.api import Account, Profile, SignIn
from matinee.kernel.ids import AccountId
from matinee.kernel.policy import call


@dataclass(frozen=True, slots=True)
class Found:
    accounts: tuple[Account, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    account: Account
    profiles: tuple[Profile, ...]
    sign_ins: tuple[SignIn, ...]


class MemberDesk(Protocol):
    @call(idempotent=True)
    async def search(self, text: str, *, limit: int = 25, cursor: str | None = None) -> Found:
        """By a part of the address, or by the id of an account or a profile; newest first. Without a text, all."""
        ...

    @call(idempotent=True)
    async def member(self, account_id: AccountId) -> Dossier: ...

    @call(idempotent=True)
    async def sign_out_everywhere(self, account_id: AccountId) -> Sequence[str]:
        """Answers the ids of the sign-ins that ended."""
        ...
