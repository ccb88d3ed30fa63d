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
    forget: tuple[SessionId, ...] = ()
    """Silent sessions whose place is taken: were they heard again, there would be one screen too many."""


def live(streams: Sequence[ActiveStream], heard: Collection[SessionId], *, at: Instant) -> list[ActiveStream]:
    """Those that hold a slot: heard from lately, or begun so lately that they need not have been. Oldest first."""
    held = [s for s in streams if s.session_id in heard or at - s.started_at < SLOT_SILENCE_MAX]
    return sorted(held, key=lambda s: (s.started_at, s.session_id))


def admit(
    streams: Sequence[ActiveStream], held: Sequence[ActiveStream], *, allowed: int, end_oldest: bool
) -> Admission:
    """Whether one more may begin. `streams` are all that have not ended, `held` (see `live`) those of them that hold a slot.

    Whatever is admitted, at most `allowed` sessions are left that can still go on.
    """
    surplus = max(0, len(held) + 1 - allowed)
    if allowed < 1 or (surplus and not end_oldest):
        return Admission(False)
    silent = sorted((s for s in streams if s not in held), key=lambda s: (s.started_at, s.session_id))
    returning = max(0, len(held) - surplus + len(silent) + 1 - allowed)
    return Admission(
        True,
        end=tuple(s.session_id for s in held[:surplus]),
        forget=tuple(s.session_id for s in silent[:returning]),
    )
