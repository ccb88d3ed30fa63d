"""How many screens at once: whom to admit, whom to end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from matinee.control.playback.api import SLOT_SILENCE_MAX, ActiveStream
from matinee.kernel.ids import SessionId
from matinee.kernel.quantities import Instant


@dataclass(frozen=True, slots=True)
class Admission:
    admitted: bool
    end: tuple[SessionId, ...] = ()
    """Sessions that must end to make room."""


def live(streams: Sequence[ActiveStream], heard: Collection[SessionId], *, at: Instant) -> list[ActiveStream]:
    """Those that hold a slot: heard from lately, or begun so lately that they need not have been. Oldest first."""
    held = [s for s in streams if s.session_id in heard or at - s.started_at < SLOT_SILENCE_MAX]
    return sorted(held, key=lambda s: (s.started_at, s.session_id))


def admit(held: Sequence[ActiveStream], *, allowed: int, end_oldest: bool) -> Admission:
    surplus = len(held) + 1 - allowed
    if surplus <= 0:
        return Admission(True)
    if not end_oldest:
        return Admission(False)
    return Admission(True, tuple(s.session_id for s in held[:surplus]))
