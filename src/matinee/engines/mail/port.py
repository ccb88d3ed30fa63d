"""What domains may expect of mail: taken once accepted, delivered at least once, never blocking a request for long."""

from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.quantities import Instant


@dataclass(frozen=True, slots=True)
class Letter:
    id: str
    """Sending the same id again sends nothing."""
    to: str
    subject: str
    text: str
    at: Instant


class Mail(Protocol):
    async def send(self, letter: Letter) -> None:
        """Durable when this returns."""
        ...


class Mailbox(Protocol):
    """The embedded engine's other side: reading what was sent."""

    async def letters(self, *, to: str | None = None, limit: int = 50) -> list[Letter]:
        """Newest first."""
        ...
