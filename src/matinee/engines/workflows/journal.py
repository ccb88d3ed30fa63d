"""A running workflow's door to its own record: what is done is answered, what is not is done and kept."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import islice

from matinee.engines.workflows import queue, records
from matinee.engines.workflows.desk import Desk
from matinee.engines.workflows.port import Job, JobFailed, Json, RunStopped
from matinee.engines.workflows.queue import FanOut
from matinee.engines.workflows.records import Claimed
from matinee.kernel.quantities import seconds
from matinee.wire.encoding import from_json, to_json

_ENQUEUED_AT_ONCE = 1000
_REPORT_EVERY = seconds(0.5)


class RunJournal:
    """One advance of one run by one worker."""

    def __init__(self, desk: Desk, worker: str, claimed: Claimed) -> None:
        self._desk = desk
        self._worker = worker
        self._run_id = claimed.run_id
        self._steps = dict(claimed.steps)
        self._names: set[str] = set()
        self._stage = ""
        self._reported_monotonic = float("-inf")

    @property
    def run_id(self) -> str:
        return self._run_id

    @property
    def stage(self) -> str:
        """The step it is in, or was in last."""
        return self._stage

    async def step(self, name: str, action: Callable[[], Awaitable[Json]]) -> Json:
        self._use(name)
        if (known := self._steps.get(name)) is not None:
            return from_json(known, object)
        await self._enter(name)
        began_s = self._desk.clock.monotonic()
        # Through JSON and back, so that the first answer is the one a later reading gives.
        result = to_json(await self._desk.with_room(action)).decode()
        took_s = self._desk.clock.monotonic() - began_s
        now = self._desk.clock.now
        kept = await self._desk.surely(
            lambda: self._desk.database.write(
                lambda work: records.journal(work, self._run_id, self._worker, name, result, seconds=took_s, now=now())
            )
        )
        if not kept:
            raise self._stopped()
        self._steps[name] = result
        return from_json(result, object)

    async def jobs(self, name: str, jobs: Sequence[Job], *, attempts_max: int = 3) -> dict[str, Json]:
        self._use(name)
        if len({job.key for job in jobs}) != len(jobs):
            raise ValueError(f"the fan-out {name} has two jobs with the same key")
        await self._enter(name)
        await self._put(name, jobs, attempts_max)
        found = await self._all_over(name)
        database = self._desk.database
        if found.failed is not None:
            await database.write(lambda work: queue.hold(work, self._run_id, name))
            raise JobFailed(found.error, job=found.failed)
        return await database.read(lambda work: queue.results(work, self._run_id, name))

    async def report(self, progress: float) -> None:
        now = self._desk.clock.monotonic()
        if now - self._reported_monotonic < _REPORT_EVERY.total_seconds():
            return
        self._reported_monotonic = now
        at, share = self._desk.clock.now(), min(1.0, max(0.0, progress))
        await self._desk.database.write(lambda work: records.report(work, self._run_id, self._worker, share, now=at))

    def _use(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"the step name {name} is used twice in one run; its second result would be the first's")
        self._names.add(name)

    async def _enter(self, stage: str) -> None:
        self._stage = stage
        now = self._desk.clock.now()
        entered = await self._desk.database.write(
            lambda work: records.enter(work, self._run_id, self._worker, stage, now=now)
        )
        if not entered:
            raise self._stopped()

    async def _put(self, name: str, jobs: Sequence[Job], attempts_max: int) -> None:
        """In pieces, so that 20,000 jobs do not keep every other writer waiting; workers begin with the first."""
        numbered = enumerate(jobs)
        while some := list(islice(numbered, _ENQUEUED_AT_ONCE)):
            await self._desk.database.write(
                lambda work, some=some: queue.put(  # type: ignore[misc]
                    work,
                    self._run_id,
                    name,
                    some,
                    attempts_max=attempts_max,
                    now=self._desk.clock.now(),
                )
            )
            self._desk.bells.ring()

    async def _all_over(self, name: str) -> FanOut:
        bell = self._desk.bells.hang()
        try:
            while True:
                bell.clear()
                found, is_ours = await self._desk.database.read(
                    lambda work: (
                        queue.standing(work, self._run_id, name),
                        records.may_advance(work, self._run_id, self._worker),
                    )
                )
                if not is_ours:
                    raise self._stopped()
                if found.is_over:
                    return found
                await self._desk.wait(bell)
        finally:
            self._desk.bells.take_down(bell)

    def _stopped(self) -> RunStopped:
        return RunStopped(f"Run {self._run_id} was paused, canceled or taken over; it stops here.")
