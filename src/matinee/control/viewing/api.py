"""The inside door of viewing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.policy import Priority, call
from matinee.kernel.quantities import Instant, seconds
from matinee.wire.events import Envelope


@dataclass(frozen=True, slots=True)
class Watched:
    """How far a profile got in a title, at `at`."""

    title_id: TitleId
    position_ms: int
    duration_ms: int
    at: Instant

    @property
    def progress(self) -> float:
        return 0.0 if self.duration_ms <= 0 else max(0.0, min(1.0, self.position_ms / self.duration_ms))


class Viewing(Protocol):
    @call(idempotent=True, priority=Priority.BEACON)
    async def record(self, profile_id: ProfileId, watched: Watched) -> None:
        """Durable when this returns."""
        ...

    @call(idempotent=True, priority=Priority.PLAY, timeout=seconds(2))
    async def resume_ms(self, profile_id: ProfileId, title_id: TitleId) -> int:
        """Where to go on: zero for what was not begun, or was seen to its end. Waited for longer than other reads: a film
        that begins anew loses its viewer's place."""
        ...

    @call(idempotent=True)
    async def continue_watching(self, profile_id: ProfileId, *, limit: int = 20) -> Sequence[Watched]:
        """Begun and not finished, latest first."""
        ...

    @call(idempotent=True)
    async def history(self, profile_id: ProfileId, *, limit: int = 100) -> Sequence[Watched]: ...

    async def forget(self, profile_id: ProfileId) -> None:
        """Erase all of a profile's viewing."""
        ...

    @call(idempotent=True)
    async def account_data(self, profile_ids: Sequence[ProfileId]) -> str:
        """All that viewing keeps of these profiles, as JSON."""
        ...

    async def note(self, envelope: Envelope) -> None:
        """Take in an event of the topic `members`."""
        ...
