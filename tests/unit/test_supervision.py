"""Work in the background: what fails is started again, and what keeps failing is said."""

import asyncio

from matinee.app.supervision import Supervisor
from matinee.kernel.quantities import Span
from tests.unit.doors import SetClock


class YieldingClock(SetClock):
    """Time passes at once, but others have their turn."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    async def sleep(self, span: Span) -> None:
        self.pauses.append(span.total_seconds())
        await super().sleep(span)
        await asyncio.sleep(0)


async def test_work_that_fails_is_started_again_each_time_a_little_later() -> None:
    clock, began, runs_well = YieldingClock(), 0, asyncio.Event()
    supervisor = Supervisor(clock)

    async def work() -> None:
        nonlocal began
        began += 1
        if began <= 4:
            raise OSError("the disk is away")
        runs_well.set()
        await asyncio.Event().wait()

    supervisor.keep("studio", work)
    async with asyncio.timeout(60):
        await runs_well.wait()
    assert clock.pauses == [0.5, 1.0, 2.0, 4.0]
    assert supervisor.failing() == ("studio",)
    clock.at += Span(minutes=2)  # and it has run well since
    assert supervisor.failing() == ()
    await supervisor.close()


async def test_one_stumble_is_not_failing_and_what_is_not_needed_never_is() -> None:
    clock = YieldingClock()
    supervisor = Supervisor(clock)
    began = {"needed": 0, "extra": 0}
    both = asyncio.Event()

    async def work(name: str) -> None:
        began[name] += 1
        if began["needed"] > 1 and began["extra"] > 5:
            both.set()
        if name == "extra" or began[name] == 1:
            return  # ending by itself is failing too
        await asyncio.Event().wait()

    supervisor.keep("needed", lambda: work("needed"))
    supervisor.keep("extra", lambda: work("extra"), is_needed=False)
    async with asyncio.timeout(60):
        await both.wait()
    assert supervisor.failing() == ()
    await supervisor.close()


async def test_closing_ends_everything_also_what_waits_to_start_again() -> None:
    class StandingClock(SetClock):
        async def sleep(self, span: Span) -> None:
            await asyncio.Event().wait()

    supervisor = Supervisor(StandingClock())
    ended = asyncio.Event()

    async def runs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fails() -> None:
        raise ValueError("no")

    supervisor.keep("runs", runs)
    supervisor.keep("fails", fails)
    await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await supervisor.close()
    assert ended.is_set()
