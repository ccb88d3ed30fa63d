"""Subscribers over years of virtual time, in a world that crashes, lies and forgets."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

from matinee.app.doors import Doors
from matinee.app.in_loop import hasty_database
from matinee.app.services import SCHEMAS
from matinee.app.till import MemoryBook, Moods, PretendPayments
from matinee.control.billing.api import PLANS
from matinee.control.billing.service import Facts, Ground, Letters, PaymentsService, SubscriptionsService, read_facts
from matinee.control.billing.settings import Terms
from matinee.control.members.api import Account, Members
from matinee.engines.database.port import Database, Schema, Work
from matinee.engines.mail.port import Letter
from matinee.engines.payments.port import Charge, ForgedNotice, Outcome
from matinee.kernel.chance import SeededChance
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import Instant, Span, hours, minutes

T = TypeVar("T")
Planted = Literal["", "new_key", "wrong_amount"]
BEGIN = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
"""A day that most months lack."""
_MOODS = Moods(
    declines=0.05, silent_before=0.01, silent_after=0.02, slow=0.02, notices_lost=0.5, notices_twice=0.2,
    notice_seconds_max=86_400.0,
)  # fmt: skip
_CRASH_BEFORE, _CRASH_AFTER = 0.03, 0.03
_JUMP_ODDS, _DECLINED_ODDS, _YEARLY_ODDS, _CHANGE_ODDS = 0.01, 0.01, 0.1, 0.002
_STEP_HOURS = 8.0
_LOOKS_MAX = 400


class Crash(BaseException):
    """The process is gone, here and now: nobody is left to catch it."""


class VirtualClock:
    """`offset`: how wrong it is."""

    def __init__(self, at: Instant) -> None:
        self.at = at
        self.offset = timedelta()

    def now(self) -> Instant:
        return self.at + self.offset

    def monotonic(self) -> float:
        return 0.0  # reads never take long here

    async def sleep(self, span: Span) -> None:
        await asyncio.sleep(0)


class CrashingDatabase:
    """A transaction may be the last thing a process wanted to do, or the last it did."""

    def __init__(self, inner: Database, chance: SeededChance) -> None:
        self._inner = inner
        self._chance = chance
        self.is_calm = True
        self.crashes = 0

    async def write(self, work: Callable[[Work], T]) -> T:
        self.maybe(_CRASH_BEFORE)
        found = await self._inner.write(work)
        self.maybe(_CRASH_AFTER)
        return found

    def maybe(self, odds: float) -> None:
        if not self.is_calm and self._chance.uniform() < odds:
            self.crashes += 1
            raise Crash

    async def read(self, work: Callable[[Work], T]) -> T:
        return await self._inner.read(work)

    async def migrate(self, schemas: Sequence[Schema]) -> None:
        await self._inner.migrate(schemas)

    async def backup(self, target: Path) -> None:
        await self._inner.backup(target)

    async def close(self) -> None:
        await self._inner.close()


class Provider(PretendPayments):
    """Asked by processes that may die while they wait; with a planted fault, by ones that ask wrongly."""

    def plant(self, database: CrashingDatabase, planted: Planted) -> None:
        self._database = database
        self._planted = planted
        self._asked = 0

    async def charge(self, charge: Charge) -> Outcome:
        self._database.maybe(_CRASH_BEFORE / 20)
        self._asked += 1
        asked = charge
        if self._planted == "new_key":
            asked = replace(charge, key=f"{charge.key}-{self._asked}")
        if self._planted == "wrong_amount" and self._asked % 500 == 0:
            asked = replace(charge, minor_units=charge.minor_units + 1)
        outcome = await super().charge(asked)
        await asyncio.sleep(0)
        self._database.maybe(_CRASH_AFTER / 20)
        return replace(outcome, key=charge.key, minor_units=charge.minor_units)


class _Everyone:
    """As much of members as billing asks for. Every id is an account in Germany."""

    async def account(self, account_id: AccountId) -> Account:
        return Account(account_id, "somebody@example.org", "DE", (), BEGIN)


class _NoNotices:
    """Nothing is told: no event leaves this world's outbox."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody asks for {name} here")


class _NoMail:
    async def send(self, letter: Letter) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Subscriber:
    account_id: AccountId
    since: Instant
    """When the first paid period begins."""
    interval: Literal["month", "year"]
    declines: bool


@dataclass(frozen=True, slots=True)
class Lived:
    facts: Facts
    truth: MemoryBook
    subscribers: Sequence[Subscriber]
    changed: frozenset[str]
    """Accounts that changed their plan on the way."""
    until: Instant
    crashes: int
    jumps: int
    notices: int
    looks: int


class World:
    def __init__(self, folder: Path, seed: str, *, subscribers: int, planted: Planted = "") -> None:
        chance = SeededChance(seed)
        self._chance = chance.fork("world")
        self.true, self.clock = VirtualClock(BEGIN), VirtualClock(BEGIN)
        doors = Doors(clock=self.clock, chance=chance.fork("ids"))
        self.database = CrashingDatabase(hasty_database(folder / "billing.sqlite", doors), chance.fork("crashes"))
        self.truth = MemoryBook()
        self._provider = Provider(
            self.truth, self.true, b"a secret of this world", moods=_MOODS, chance=chance.fork("provider")
        )
        self._provider.plant(self.database, planted)
        providers = {self._provider.name: self._provider}
        self._ground = Ground(self.database, providers, self._provider.name, self.clock, doors.ids, Terms())
        self._count = subscribers
        self._processes = [PaymentsService(self._ground), PaymentsService(self._ground)]
        self.subscribers: list[Subscriber] = []
        self._changed: set[str] = set()
        self._wrong_steps = 0
        self._jumps = self._notices = self._looks = 0

    async def live(self, renewals: int, tell: Callable[[int], None]) -> Lived:
        await self.database.migrate(SCHEMAS)
        await self._subscribe()
        self.database.is_calm = False
        step = 0
        while (done := self._charged()) < renewals and step < 200_000:
            step += 1
            await self._step()
            if step % 500 == 0:
                tell(done)
        await self._quiet_end()
        facts = await read_facts(self.database)
        return Lived(
            facts, self.truth, self.subscribers, frozenset(self._changed), self.true.at, self.database.crashes,
            self._jumps, self._notices, self._looks,
        )  # fmt: skip

    def _charged(self) -> int:
        return len(self.truth.entries)

    async def _subscribe(self) -> None:
        """Over a month, so that every hour somebody's period ends."""
        members: Members = _Everyone()  # type: ignore[assignment]  # all that is asked of it
        letters = Letters(members, _NoNotices(), _NoMail(), url="")
        service = SubscriptionsService(self._ground, members, letters, Doors().files, country="DE")
        ids = self._ground.ids
        for number in range(self._count):
            self.true.at = self.clock.at = BEGIN + timedelta(days=31) * number / self._count
            account, plan = AccountId(ids.new()), PLANS[number % len(PLANS)]
            interval: Literal["month", "year"] = "year" if self._chance.uniform() < _YEARLY_ODDS else "month"
            declines = self._chance.uniform() < _DECLINED_ODDS
            token = "pretend_declined" if declines else "pretend_good"
            await service.choose(account, plan.id, interval)
            standing = await service.pay_with(account, f"{token}/{number}")
            assert standing.period_end is not None
            self.subscribers.append(Subscriber(account, standing.period_end, interval, declines))
        self._service = service

    async def _step(self) -> None:
        self.true.at += hours(_STEP_HOURS * (0.5 + self._chance.uniform()))
        self.clock.at = self.true.at
        await self._clocks()
        await self._deliver()
        await self._change_somebody()
        await self._look()

    async def _look(self) -> None:
        """Until nothing is due; a process that dies is another one the next time. Now and then two look at once."""
        for _ in range(_LOOKS_MAX):
            self._looks += 1
            both = self._chance.uniform() < 0.1
            looked = await asyncio.gather(
                *(process.look() for process in self._processes[: 2 if both else 1]), return_exceptions=True
            )
            failed = [each for each in looked if isinstance(each, BaseException)]
            if failed:
                _only_crashes(failed)
                self._processes = [PaymentsService(self._ground), PaymentsService(self._ground)]
            elif not any(looked):
                return

    async def _clocks(self) -> None:
        """A little wrong for days, or very wrong for minutes; forward, or back."""
        if self._wrong_steps > 0:
            self._wrong_steps -= 1
            if self._wrong_steps == 0:
                self.clock.offset = timedelta()
        elif self._chance.uniform() < _JUMP_ODDS:
            self._jumps += 1
            sign = 1 if self._chance.uniform() < 0.5 else -1
            if self._chance.uniform() < 0.5:
                self.clock.offset = sign * hours(40 * self._chance.uniform())
                self._wrong_steps = 1 + int(5 * self._chance.uniform())
                return
            self.clock.offset = sign * timedelta(days=10 + 400 * self._chance.uniform())
            for _ in range(3):
                self.clock.at += minutes(10)
                await self._look()
            self.clock.offset, self.clock.at = timedelta(), self.true.at

    async def _deliver(self) -> None:
        for headers, body in self._provider.due_notices():
            self._notices += 1
            try:
                await self._processes[0].hear(self._provider.name, headers, body)
            except (Crash, ForgedNotice, Unavailable):
                continue  # our clock is wrong, or nobody is there: a provider would send it again, or not

    async def _change_somebody(self) -> None:
        if self._chance.uniform() >= _CHANGE_ODDS * min(10, len(self.subscribers) / 40):
            return
        who = self.subscribers[int(self._chance.uniform() * len(self.subscribers))]
        plan = PLANS[int(self._chance.uniform() * len(PLANS))]
        self._changed.add(who.account_id)
        try:
            await self._service.choose(who.account_id, plan.id, who.interval)
        except (Crash, BaseExceptionGroup, Exception) as error:
            if isinstance(error, BaseExceptionGroup):
                _only_crashes(error.exceptions)
            elif not isinstance(error, Crash) and getattr(error, "status", 500) >= 500:
                raise

    async def _quiet_end(self) -> None:
        """No more faults; what was begun is brought to its end, so that books can be compared."""
        self.clock.offset = timedelta()
        self.database.is_calm = True
        self._provider.calm()
        for _ in range(8 * 24):
            self.true.at += hours(2)
            self.clock.at = self.true.at
            await self._look()


def _only_crashes(failed: Sequence[BaseException]) -> None:
    for each in failed:
        if isinstance(each, BaseExceptionGroup):
            _only_crashes(each.exceptions)
        elif not isinstance(each, Crash):
            raise each
