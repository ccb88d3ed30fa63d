"""One process's share of the work: it advances runs, works off jobs, and shows that it is alive.

Everything a worker holds hangs on its one row with an expiry. While the process lives the row is renewed, so a handler
may take hours; when it is killed the row expires within seconds and the others take its runs and jobs over.
"""

import asyncio
from collections.abc import Callable

from matinee.engines.database.port import Work
from matinee.engines.workflows import queue, records
from matinee.engines.workflows.desk import Desk, own_sentence, sentence_of
from matinee.engines.workflows.journal import RunJournal
from matinee.engines.workflows.port import Json, Lease, RunStopped
from matinee.engines.workflows.queue import Outcome
from matinee.engines.workflows.records import Claimed
from matinee.kernel.errors import MatineeError
from matinee.kernel.log import logger
from matinee.kernel.quantities import Instant, Span
from matinee.wire.encoding import to_json


class Worker:
    def __init__(self, desk: Desk, *, workers: int, lease: Span) -> None:
        self._desk = desk
        self._id = desk.ids.new()
        self._workers = workers
        self._lease = min(lease, desk.alive)
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._jobs: dict[str, tuple[str, asyncio.Task[Json]]] = {}
        self._bell = desk.bells.hang()
        self._canceled: set[str] = set()
        self._log = logger("engines.workflows")

    async def run(self) -> None:
        """Until canceled; then everything held is given back at once, so that the next process need not wait."""
        try:
            await self._desk.surely(self._live)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._stay_alive())
                group.create_task(self._watch())
                group.create_task(self._advance_runs(group))
                for _ in range(self._workers):
                    group.create_task(self._work_off())
        finally:
            self._desk.bells.take_down(self._bell)
            await self._leave()

    async def _stay_alive(self) -> None:
        while True:
            await self._desk.clock.sleep(self._lease / 4)
            await self._desk.surely(self._live)

    async def _live(self) -> None:
        """Renew our row, and take over from those who no longer renew theirs."""
        now = self._desk.clock.now()
        if await self._desk.database.write(lambda work: _take_over(work, self._id, now=now, until=now + self._lease)):
            self._desk.bells.ring()

    async def _watch(self) -> None:
        """Look at what other processes did: something to do, a run that was canceled."""
        while True:
            await self._desk.wait(self._bell)
            self._bell.clear()
            held = sorted({run_id for run_id, _ in self._jobs.values()} | set(self._runs))
            if held:
                await self._desk.surely(lambda held=held: self._drop_canceled(held))  # type: ignore[misc]

    async def _drop_canceled(self, held: list[str]) -> None:
        for run_id in await self._desk.database.read(lambda work: records.stopped(work, held)):
            self._canceled.add(run_id)
            if run_id in self._runs:
                self._runs[run_id].cancel()
            for job_run, task in list(self._jobs.values()):
                if job_run == run_id:
                    task.cancel()

    async def _advance_runs(self, group: asyncio.TaskGroup) -> None:
        bell = self._desk.bells.hang()
        try:
            while True:
                bell.clear()
                claimed = await self._desk.surely(self._claim_run) if self._has_room() else None
                if claimed is None:
                    await self._desk.wait(bell)
                    continue
                self._canceled.discard(claimed.run_id)
                self._runs[claimed.run_id] = group.create_task(self._advance(claimed))
        finally:
            self._desk.bells.take_down(bell)

    def _has_room(self) -> bool:
        return bool(self._desk.workflows) and len(self._runs) < self._desk.runs_at_once

    async def _claim_run(self) -> Claimed | None:
        kinds, ours, now = sorted(self._desk.workflows), sorted(self._runs), self._desk.clock.now()
        # A look costs no commit; most looks find nothing.
        if not await self._desk.database.read(lambda work: records.has_waiting(work, kinds, ours)):
            return None
        return await self._desk.database.write(lambda work: records.claim(work, self._id, kinds, ours, now=now))

    async def _advance(self, claimed: Claimed) -> None:
        run_id, journal = claimed.run_id, RunJournal(self._desk, self._id, claimed)
        try:
            result = await self._desk.workflows[claimed.kind](journal, claimed.payload)
            await self._finish(run_id, result=to_json(result).decode())
        except RunStopped:
            await self._let_go(run_id)
        except asyncio.CancelledError:
            if run_id not in self._canceled:
                raise
            await self._let_go(run_id)
        except Exception as error:
            sentence = sentence_of(error, stage=journal.stage, run_id=run_id)
            self._log.warning(
                "a run failed", run_id=run_id, kind=claimed.kind, reason=sentence, exc_info=_unmeant(error)
            )
            await self._finish(run_id, error=sentence)
        finally:
            del self._runs[run_id]
            self._desk.bells.ring()

    async def _finish(self, run_id: str, *, result: str | None = None, error: str | None = None) -> None:
        await self._write(
            lambda work: records.finish(work, run_id, self._id, result=result, error=error, now=self._desk.clock.now())
        )

    async def _let_go(self, run_id: str) -> None:
        await self._write(lambda work: records.let_go(work, [run_id], [self._id]))

    async def _write(self, work: Callable[[Work], None]) -> None:
        await self._desk.surely(lambda: self._desk.database.write(work))

    async def _work_off(self) -> None:
        """One slot. How the last job ended and which is next is one transaction, so a job costs one commit."""
        bell = self._desk.bells.hang()
        outcome: Outcome | None = None
        try:
            while True:
                bell.clear()
                lease = await self._desk.surely(lambda outcome=outcome: self._turn(outcome))  # type: ignore[misc]
                outcome = None
                if lease is None:
                    await self._desk.wait(bell)
                else:
                    outcome = await self._do(lease)
        finally:
            self._desk.bells.take_down(bell)

    async def _turn(self, outcome: Outcome | None) -> Lease | None:
        kinds, now = sorted(self._desk.handlers), self._desk.clock.now()
        if outcome is None and not await self._desk.database.read(lambda work: queue.has_due(work, kinds, now=now)):
            return None
        is_over, lease = await self._desk.database.write(
            lambda work: (
                outcome is not None and queue.finish(work, outcome) is not None,
                queue.claim(work, self._id, kinds, token=self._desk.ids.new, now=now),
            )
        )
        if is_over:
            self._desk.bells.ring()
        return lease

    async def _do(self, lease: Lease) -> Outcome | None:
        task = asyncio.ensure_future(self._desk.with_room(lambda: self._desk.handlers[lease.job.kind](lease)))
        self._jobs[lease.token] = (lease.run_id, task)
        try:
            return Outcome(lease, result=to_json(await task).decode())
        except asyncio.CancelledError:
            task.cancel()
            slot = asyncio.current_task()
            if lease.run_id not in self._canceled or (slot is not None and slot.cancelling()):
                raise
            return None
        except Exception as error:
            sentence = sentence_of(error, stage=lease.stage, run_id=lease.run_id)
            tell = self._log.warning if _unmeant(error) else self._log.info
            tell(
                "a job failed",
                run_id=lease.run_id,
                job=lease.job.key,
                attempt=lease.attempt,
                reason=sentence,
                exc_info=_unmeant(error),
            )
            return Outcome(lease, error=sentence, due_at=self._desk.try_again_at(lease.attempt))
        finally:
            del self._jobs[lease.token]

    async def _leave(self) -> None:
        try:
            await self._desk.database.write(lambda work: _leave(work, self._id))
        except MatineeError as error:
            # The database is gone before us: the row expires by itself.
            self._log.warning("left without giving back", reason=error.sentence)
        self._desk.bells.ring()


def _unmeant(error: Exception) -> Exception | None:
    """What needs its traceback in the log, because its sentence explains nothing."""
    return error if own_sentence(error) is None else None


def _take_over(work: Work, worker: str, *, now: Instant, until: Instant) -> bool:
    dead = records.sign_of_life(work, worker, until=until, now=now)
    if dead:
        queue.take_back(work, dead, now=now)
        records.let_go(work, [], dead)
        records.bury(work, dead)
    return bool(dead)


def _leave(work: Work, worker: str) -> None:
    queue.give_back(work, worker)
    records.let_go(work, [], [worker])
    records.bury(work, [worker])
