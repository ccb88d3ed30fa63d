"""What the house does by itself: events that cannot be handled, and the sign-in of this machine's own commands."""

import asyncio
import io
import json
from datetime import timedelta
from pathlib import Path

from prometheus_client import REGISTRY

from matinee.app.consumers import Consumer, consume
from matinee.app.doors import Doors
from matinee.app.house import open_house as open_whole_house
from matinee.app.people import make_operator
from matinee.app.running import _operator_session
from matinee.app.settings import Settings
from matinee.engines.log.sqlite import SqliteLog
from matinee.kernel import log
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.ids import AccountId, Ids, ProfileId
from matinee.kernel.quantities import Instant, Span
from matinee.wire.events import Envelope, ProfileRemoved, seal


class ImpatientClock(SystemClock):
    """Sleeps not at all, and remembers how long it should have."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, span: Span) -> None:
        self.pauses.append(span.total_seconds())
        await asyncio.sleep(0)


class MovedClock(SystemClock):
    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> Instant:
        return super().now() + self.ahead


async def test_an_event_that_cannot_be_handled_is_named_and_tried_ever_more_seldom(tmp_path: Path) -> None:
    clock, told = ImpatientClock(), io.StringIO()
    ids = Ids(clock, SystemChance())
    events = SqliteLog(tmp_path / "log.sqlite", SystemClock(), ids)
    event = seal(ProfileRemoved(AccountId("a"), ProfileId("p")), ids=ids, at=clock.now(), source="test")
    await events.append([event])
    log.configure(level="error", stream=told)
    attempts, handled, stuck = 0, asyncio.Event(), []

    async def handle(envelope: Envelope) -> None:
        nonlocal attempts
        attempts += 1
        about = {"topic": event.topic, "group": "poisoned"}
        stuck.append(REGISTRY.get_sample_value("matinee_event_attempts_failed", about))
        if attempts <= 3:
            raise KeyError("a field this version does not know")
        handled.set()

    working = asyncio.create_task(consume(events, Consumer(event.topic, "poisoned", handle), clock))
    async with asyncio.timeout(30):
        await handled.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await events.close()
    lines = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [line["attempts"] for line in lines] == [1, 2, 3]
    assert {(line["event_id"], line["event_type"]) for line in lines} == {(event.id, event.type)}
    assert "KeyError" in lines[0]["exception"]
    assert "in handle" in lines[0]["exception"]
    assert clock.pauses[:3] == [1.0, 2.0, 4.0]
    assert stuck[1:] == [1.0, 2.0, 3.0]


async def test_the_sign_in_of_own_commands_is_renewed_when_half_of_it_is_over(tmp_path: Path) -> None:
    clock = MovedClock()
    doors = Doors(clock=clock)
    async with open_whole_house(Settings(data=tmp_path, demo=False), doors) as house:
        await make_operator(house.services.members, house.services.billing, doors.ids, "op@example.org")
        token = tmp_path / "operator.token"

        async def after(days: int) -> str:
            clock.ahead = timedelta(days=days)
            await _operator_session(house.settings, house.services.members, doors)
            return token.read_text()

        first = await after(0)
        assert await after(29) == first
        second = await after(31)
        assert second != first
        await house.services.members.identify(first, None)  # whoever has just read it may still use it
        assert await after(200) != second  # ended long ago: a machine that was off
