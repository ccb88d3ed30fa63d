"""The inside door of the audit trail: who did what to whom, and who looked at whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from matinee.kernel.ids import AccountId
from matinee.kernel.policy import call
from matinee.kernel.quantities import Instant

KEPT_DAYS = 730


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator, or the house itself, is about to do."""

    actor: AccountId | None
    """None: the house itself."""
    action: str
    """What was asked for, as the description of the API writes it: `POST /content/{title_id}/publish`."""
    subjects: tuple[str, ...] = ()
    """Ids of what it is done to."""
    said: tuple[str, ...] = ()
    """Which fields were sent. Their values may be secrets, so only their names are kept."""
    device: str = ""
    """The sign-in that it came from."""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    number: int
    """In the order in which they were written down."""
    id: str
    at: Instant
    act: Act
    status: int | None
    """What was answered. None: the house ended before it could say; the act may have happened."""


@dataclass(frozen=True, slots=True)
class Trail:
    entries: tuple[Entry, ...]
    next_cursor: int | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which entries; what is not said matches all."""

    actor: AccountId | None = None
    subject: str | None = None
    action: str | None = None
    """A part of it."""
    since: Instant | None = None
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class ActorName:
    account_id: AccountId
    email: str


@dataclass(frozen=True, slots=True)
class NamedTrail:
    trail: Trail
    actors: Sequence[ActorName] = field(default=())


class Audit(Protocol):
    async def begin(self, act: Act) -> str:
        """Written down before it is done, so that nothing is done that was not written down. Answers the entry's id."""
        ...

    @call(idempotent=True)
    async def finish(self, entry_id: str, status: int) -> None: ...

    @call(idempotent=True)
    async def trail(self, sought: Sought, *, limit: int = 50, cursor: int | None = None) -> NamedTrail:
        """Newest first, with the addresses of those actors that still have an account."""
        ...
