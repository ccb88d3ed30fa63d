"""The workflows port on the database port: what is begun is finished, whichever process lives to do it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from matinee.engines.database.port import Database, Work
from matinee.engines.workflows import details, queue, records
from matinee.engines.workflows.desk import LOOK_AGAIN, Desk
from matinee.engines.workflows.port import JobHandler, RunDetail, RunState, RunStatus, WorkerStatus, Workflow
from matinee.engines.workflows.tables import SCHEMA
from matinee.engines.workflows.worker import Worker
from matinee.kernel.clock import Clock
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import Span, seconds

T = TypeVar("T")


class DurableWorkflows:
    """`backoff`: the wait after a job's first failure. `alive`: how long after its last sign a process is believed dead.

    `runs_at_once` bounds the runs one process advances; when there are more, the most urgent go first, and one that is
    more urgent than all of them is taken beside them. `title_jobs` bounds the jobs of one run that are in hand at once,
    in all processes.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ids: Ids,
        *,
        backoff: Span = seconds(1),
        alive: Span = seconds(5),
        runs_at_once: int = 16,
        look_again: Span = LOOK_AGAIN,
        title_jobs: int | None = None,
    ) -> None:
        bound = queue.ANY_NUMBER if title_jobs is None else title_jobs
        self._desk = Desk(database, clock, ids, backoff, alive, runs_at_once, look_again, bound)
        self._making = asyncio.Lock()
        self._is_made = False

    def define(self, kind: str, workflow: Workflow) -> None:
        self._desk.workflows[kind] = workflow
        self._desk.bells.ring()

    def handle(self, kind: str, handler: JobHandler) -> None:
        self._desk.handlers[kind] = handler
        self._desk.bells.ring()

    async def start(self, kind: str, run_id: str, payload: Mapping[str, object], *, priority: int = 100) -> RunStatus:
        now = self._desk.clock.now()
        return await self._change(lambda work: records.start(work, kind, run_id, payload, priority=priority, now=now))

    async def status(self, run_id: str) -> RunStatus | None:
        await self._make_tables()
        found = await self._desk.database.read(lambda work: records.status(work, run_id))
        return None if found is None else self._told(found)

    async def runs(self, *, kind: str | None = None, states: Sequence[RunState] = ()) -> list[RunStatus]:
        await self._make_tables()
        found = await self._desk.database.read(lambda work: records.listing(work, kind, states))
        return [self._told(status) for status in found]

    async def details(self, run_ids: Sequence[str]) -> Mapping[str, RunDetail]:
        await self._make_tables()
        return await self._desk.database.read(lambda work: details.details(work, run_ids))

    async def workers(self) -> list[WorkerStatus]:
        await self._make_tables()
        now = self._desk.clock.now()
        return await self._desk.database.read(lambda work: details.workers(work, now=now))

    async def prioritize(self, run_id: str, priority: int) -> None:
        now = self._desk.clock.now()
        await self._change(lambda work: records.prioritize(work, run_id, priority, now=now))

    async def pause(self, run_id: str) -> None:
        now = self._desk.clock.now()
        await self._change(lambda work: records.pause(work, run_id, now=now))

    async def resume(self, run_id: str) -> None:
        now = self._desk.clock.now()
        await self._change(lambda work: records.resume(work, run_id, now=now))

    async def cancel(self, run_id: str) -> None:
        now = self._desk.clock.now()
        await self._change(lambda work: records.cancel(work, run_id, now=now))

    async def forget(self, run_id: str) -> bool:
        now = self._desk.clock.now()
        return await self._change(lambda work: records.forget(work, run_id, now=now))

    async def run(self, *, workers: int = 1, lease: Span = seconds(30), name: str = "") -> None:
        await self._make_tables()
        await Worker(self._desk, workers=workers, lease=lease, name=name).run()

    def _told(self, status: RunStatus) -> RunStatus:
        """With what only this process knows: why the record, which still says running, stands still."""
        if status.state not in ("waiting", "running") or self._desk.waits_for is None:
            return status
        return replace(status, waits_for=self._desk.waits_for)

    async def _change(self, work: Callable[[Work], T]) -> T:
        await self._make_tables()
        value = await self._desk.database.write(work)
        self._desk.bells.ring()
        return value

    async def _make_tables(self) -> None:
        """The engine's own tables, once a process; whoever composes the house need not know of them."""
        async with self._making:
            if not self._is_made:
                await self._desk.database.migrate([SCHEMA])
                self._is_made = True
