"""Kills at a certain call: put between the house and an engine, a strike lets one call begin, be half done, or be done."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from sqlalchemy import func, select

from matinee.app.engines import Engines
from matinee.engines.database.outbox import OUTBOX, OutboxRelay
from matinee.engines.database.port import Work
from matinee.engines.workflows.durable import DurableWorkflows
from matinee.engines.workflows.tables import STEP, TALLY
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Span, seconds
from matinee.sim.machines import Machine
from matinee.sim.world import World
from matinee.wire.events import Envelope

T = TypeVar("T")

Moment = Literal["before", "during", "after"]
_HALF_A_COMMIT_S = 0.000_1


async def revived(machine: Machine) -> None:
    """Whoever strikes it, it is up again half a second later. Until canceled."""
    while True:
        await asyncio.sleep(0.5)
        machine.begin()


@dataclass
class RelayStrikes:
    """Strikes the outbox's relay at one of its steps, once for every batch that it ships."""

    step: Literal["read", "append", "forget"]
    moment: Moment
    left: int = 0
    """How often to strike yet: what is tried again makes new events, and would be struck for ever."""
    struck: list[str] = field(default_factory=list)
    seen: dict[int, Envelope] = field(default_factory=dict)
    """Whatever lay in the outbox, by its position there."""
    world: World = field(init=False)
    _batch: str = ""

    def put_between(self, world: World) -> None:
        self.world = world
        world.house.between = self.between

    def between(self, engines: Engines) -> Engines:
        relay = OutboxRelay(_RelaysDatabase(engines.database, self), _RelaysLog(engines.log, self), poll=seconds(10))  # type: ignore[arg-type]  # the relay asks these for no more
        return replace(engines, relay=relay)

    async def waiting(self) -> int:
        """How many events have not been shipped."""
        found = await self.world.house.house.engines.database.read(
            lambda work: work.execute(select(func.count()).select_from(OUTBOX)).scalar()
        )
        return int(found or 0)

    def note(self, waiting: Sequence[tuple[int, Envelope]]) -> None:
        self.seen.update(waiting)
        self._batch = waiting[0][1].id if waiting else ""

    async def at(self, step: str, call: Callable[[], Awaitable[T]]) -> T:
        if not (self.left and step == self.step and self._batch and self._batch not in self.struck):
            return await call()
        self.struck.append(self._batch)
        self.left -= 1
        if self.moment == "during":
            asyncio.ensure_future(call())  # noqa: RUF006 - it dies with its machine, which is the point
            await asyncio.sleep(_HALF_A_COMMIT_S)
        elif self.moment == "after":
            await call()
        self.world.house.kill()
        never: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        return await never


class _RelaysDatabase:
    def __init__(self, inner: Any, strikes: RelayStrikes) -> None:
        self._inner = inner
        self._strikes = strikes

    async def read(self, work: Callable[[Work], Any]) -> Any:
        # Looked at before the strike falls, to know whether there is something to strike at.
        self._strikes.note(await self._inner.read(work))
        return await self._strikes.at("read", lambda: self._inner.read(work))

    async def write(self, work: Callable[[Work], T]) -> T:
        return await self._strikes.at("forget", lambda: self._inner.write(work))

    async def emitted(self, within: Span) -> None:
        await self._inner.emitted(within)


class _RelaysLog:
    def __init__(self, inner: Any, strikes: RelayStrikes) -> None:
        self._inner = inner
        self._strikes = strikes

    async def append(self, envelopes: Sequence[Envelope]) -> None:
        await self._strikes.at("append", lambda: self._inner.append(envelopes))


@dataclass
class RecordStrike:
    """Strikes the house once: at the n-th record that its workflows make of something done, a step or a job."""

    number: int
    moment: Literal["before", "after"]
    has_fallen: bool = False
    world: World = field(init=False)

    def put_between(self, world: World) -> None:
        self.world = world
        world.house.between = self.between

    def between(self, engines: Engines) -> Engines:
        ids = Ids(self.world.clock, self.world.chance.fork("workflows"))
        database: Any = _WorkflowsDatabase(engines.database, self)
        return replace(engines, workflows=DurableWorkflows(database, self.world.clock, ids, look_again=seconds(5)))

    async def records(self) -> int:
        """How many there are. Whoever was struck may have committed and never heard of it, so nobody else's count holds."""
        return int(await self.world.house.house.engines.database.read(_done))

    def falls_at(self, moment: str, records: int) -> bool:
        """Whether to strike: the power goes, and with it whatever was not synced."""
        if self.has_fallen or moment != self.moment or records < self.number:
            return False
        self.has_fallen = True
        self.world.house.cut_power(self.number / 100)
        return True


class Struck(Exception):
    """The machine died in the middle of this transaction."""


class _WorkflowsDatabase:
    def __init__(self, inner: Any, strike: RecordStrike) -> None:
        self._inner = inner
        self._strike = strike

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def write(self, work: Callable[[Work], T]) -> T:
        strike = self._strike
        records = 0

        def watched(inside: Work) -> T:
            nonlocal records
            value = work(inside)
            records = _done(inside)
            if strike.falls_at("before", records):
                raise Struck
            return value

        value: T = await self._inner.write(watched)
        if strike.falls_at("after", records):
            await asyncio.get_running_loop().create_future()
        return value


def _done(work: Work) -> int:
    steps = work.execute(select(func.count()).select_from(STEP)).scalar()
    jobs = work.execute(select(func.sum(TALLY.c.done))).scalar()  # of jobs whose run has ended, too
    return int(steps or 0) + int(jobs or 0)
