"""What players say of pathways that failed them goes to steering: as it is news, and of sessions that are open."""

from collections.abc import Sequence
from hashlib import sha256

from matinee.control.playback.api import PlaybackSession
from matinee.control.steering.api import Steering
from matinee.kernel.clock import Clock
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant, Span, seconds
from matinee.resilience.fallback import or_else
from matinee.wire.beacons import Beacon

_NEWS: Span = seconds(60)
"""What an offline player kept is of another time."""
_NAMED_MAX = 4
"""Pathways in one batch; whoever names more has no network."""


class Witnesses:
    def __init__(self, steering: Steering, clock: Clock) -> None:
        self._steering = steering
        self._clock = clock

    async def hear(self, session: PlaybackSession, timed: Sequence[tuple[Instant, Beacon]]) -> None:
        """Without steering it is lost: players turn to the next edge by themselves."""
        now = self._clock.now()
        if session.ended_at is not None:
            return
        named = dict.fromkeys(
            beacon.pathway for at, beacon in timed if beacon.type == "error" and beacon.pathway and now - at <= _NEWS
        )
        if len(named) > _NAMED_MAX:
            return
        for pathway in named:
            told = self._steering.blame(pathway, session.id, member=_unnamed(session.account_id))
            await or_else(told, None, name="play.blame")


def _unnamed(account_id: AccountId) -> str:
    """The same for all of an account's sessions. Accounts are drawn at random, so that nobody finds one by trying."""
    return sha256(b"witness " + account_id.encode()).hexdigest()[:32]
