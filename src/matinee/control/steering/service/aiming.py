"""What a decision aimed at is written down when it differs from the session's last: bytes are judged by it later."""

from collections.abc import Sequence

from matinee.control.steering.api import Asker
from matinee.control.steering.model.decision import Choice, Question
from matinee.control.steering.model.misses import Ideal, aimed
from matinee.control.steering.model.route_table import RouteTable
from matinee.control.steering.model.snapshot import Snapshot
from matinee.control.steering.service.audience import Audience
from matinee.control.steering.service.fleet import Fleet
from matinee.kernel.clock import Clock

_IDEAL_KEPT_SECONDS = 10.0
"""Who stands where changes seldom, and laying a large fleet out takes its time."""


class Aiming:
    def __init__(self, audience: Audience, clock: Clock) -> None:
        self._audience = audience
        self._clock = clock
        self._ideal: Ideal | None = None
        self._until_s = 0.0

    async def note(
        self,
        asker: Asker,
        question: Question,
        ranked: Sequence[Choice],
        fleet: Fleet,
        snapshot: Snapshot,
        routes: RouteTable,
    ) -> None:
        release_id = question.release_id
        if not self._audience.is_news(asker.session, release_id, [choice.id for choice in ranked]):
            return
        now_s = self._clock.monotonic()
        if self._ideal is None or now_s >= self._until_s:
            self._ideal, self._until_s = fleet.ideal(), now_s + _IDEAL_KEPT_SECONDS
        aim = aimed(self._ideal, snapshot, routes, question, ranked, at=self._clock.now())
        await self._audience.decided(asker, release_id, aim)
