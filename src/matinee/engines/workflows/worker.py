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
    def __init__(self, desk: Desk, *, workers: int, lease: Span, name: str = "") -> None:
        self._desk = desk
        self._id = desk.ids.new()
        self._name = name
        self._places = workers
        self._free = workers
        self._handing_out = asyncio.Lock()
        self._lease = min(lease, desk.alive)
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._priorities: dict[str, int] = {}
        self._jobs: dict[str, asyncio.Task[Json]] = {}
        """By the tokens of their leases."""
        self._bell = desk.bells.hang()
        self._canceled: set[str] = set()
        """Runs that we stop: they were canceled, or are gone."""
        self._worthless: set[str] = set()
        """The leases of jobs that we stop."""
        self._ending: set[str] = set()
        """Runs whose last word is being written."""
        self._log = logger("engines.workflows")

    async def run(self) -> None:
        """Until canceled; then everything held is given back at once, so that the next process need not wait."""
        try:
            await self._desk.surely(self._live)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._stay_alive())
                group.create_task(self._watch())
                group.create_task(self._advance_runs(group))
                for _ in range(self._places):
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
        until = now + self._lease
        if await self._desk.database.write(
            lambda work: _take_over(work, self._id, name=self._name, places=self._places, now=now, until=until)
        ):
            self._desk.bells.ring()

    async def _watch(self) -> None:
        """Look at what other processes did: something to do, a run that was canceled or is gone."""
        while True:
            await self._desk.wait(self._bell)
            self._bell.clear()
            if self._runs or self._jobs:
                await self._desk.surely(self._drop_stopped)

    async def _drop_stopped(self) -> None:
        held, tokens = sorted(self._runs), sorted(self._jobs)
        runs, leases = await self._desk.database.read(
            lambda work: (records.stopped(work, held), queue.stopped(work, self._id, tokens))
        )
        # Some may have ended by themselves while we looked.
        jobs = [token for token in self._jobs if token in leases]
        ours = [run_id for run_id in self._runs if run_id in runs and run_id not in self._ending]
        self._worthless.update(jobs)
        self._canceled.update(ours)
        for task in [*(self._jobs[token] for token in jobs), *(self._runs[run_id] for run_id in ours)]:
            if not task.cancelling():  # once: a second time would stop it from saying that it has stopped
                task.cancel()

    async def _advance_runs(self, group: asyncio.TaskGroup) -> None:
        bell = self._desk.bells.hang()
        try:
            while True:
                bell.clear()
                claimed = await self._desk.surely(self._claim_run) if self._desk.workflows else None
                if claimed is None:
                    await self._desk.wait(bell)
                    continue
                self._canceled.discard(claimed.run_id)
                group.create_task(self._advance(claimed))
        finally:
            self._desk.bells.take_down(bell)

    async def _claim_run(self) -> Claimed | None:
        kinds, ours, now = sorted(self._desk.workflows), sorted(self._runs), self._desk.clock.now()
        # Where there is no room, only what is more urgent than everything we have comes in beside it.
        is_full = len(ours) >= self._desk.runs_at_once
        before = min(self._priorities[run_id] for run_id in ours) if is_full else records.ANY_PRIORITY
        # A look costs no commit; most looks find nothing.
        if not await self._desk.database.read(lambda work: records.has_waiting(work, kinds, ours, before=before)):
            return None
        return await self._desk.database.write(
            lambda work: records.claim(work, self._id, kinds, ours, before=before, now=now)
        )

    async def _advance(self, claimed: Claimed) -> None:
        run_id, journal = claimed.run_id, RunJournal(self._desk, self._id, claimed)
        task = asyncio.current_task()
        assert task is not None
        # Known only from here on: a task that is canceled before its first line could not let go of its run.
        self._runs[run_id], self._priorities[run_id] = task, claimed.priority
        try:
            last_word = await self._last_word(claimed, journal)
            # Nor could one that is canceled while it does: it would be ours for ever, and nobody at it.
            self._ending.add(run_id)
            await self._desk.surely(lambda: self._desk.database.write(last_word))
        finally:
            self._ending.discard(run_id)
            del self._runs[run_id], self._priorities[run_id]
            self._desk.bells.ring()

    async def _last_word(self, claimed: Claimed, journal: RunJournal) -> Callable[[Work], None]:
        """Advance it as far as it goes: what is then to be recorded."""
        run_id = claimed.run_id
        try:
            result = to_json(await self._desk.workflows[claimed.kind](journal, claimed.payload)).decode()
        except RunStopped:
            return self._let_go(run_id)
        except asyncio.CancelledError:
            if run_id not in self._canceled:
                raise
            return self._let_go(run_id)
        except Exception as error:
            sentence = sentence_of(error, stage=journal.stage, run_id=run_id)
            self._log.warning(
                "a run failed", run_id=run_id, kind=claimed.kind, reason=sentence, exc_info=_unmeant(error)
            )
            return self._finish(run_id, error=sentence)
        return self._finish(run_id, result=result)

    def _finish(self, run_id: str, *, result: str | None = None, error: str | None = None) -> Callable[[Work], None]:
        return lambda work: records.finish(
            work, run_id, self._id, result=result, error=error, now=self._desk.clock.now()
        )

    def _let_go(self, run_id: str) -> Callable[[Work], None]:
        return lambda work: records.let_go(work, [run_id], [self._id])

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
        kinds, title_jobs = sorted(self._desk.handlers), self._desk.title_jobs
        async with self._handing_out:  # so that two of our slots do not both take the last place
            now = self._desk.clock.now()
            if outcome is None:
                job = await self._desk.database.read(
                    lambda work: queue.front(work, kinds, now=now, title_jobs=title_jobs)
                )
                if job is None or not self._fits(job.places):
                    return None
            is_over, lease = await self._desk.database.write(
                lambda work: (
                    outcome is not None and queue.finish(work, outcome, worker=self._name, now=now) is not None,
                    queue.claim(
                        work,
                        self._id,
                        kinds,
                        token=self._desk.ids.new,
                        now=now,
                        title_jobs=title_jobs,
                        fits=self._fits,
                    ),
                )
            )
            if lease is not None:
                self._free -= self._taken_by(lease.job.places)
        if is_over or (outcome is not None and outcome.lease.job.places > 1):
            self._desk.bells.ring()
        return lease

    def _fits(self, places: int) -> bool:
        return self._taken_by(places) <= self._free

    def _taken_by(self, places: int) -> int:
        return min(places, self._places)

    async def _do(self, lease: Lease) -> Outcome:
        task = asyncio.ensure_future(self._desk.with_room(lambda: self._desk.handlers[lease.job.kind](lease)))
        self._jobs[lease.token] = task
        began_s = self._desk.clock.monotonic()
        try:
            result = to_json(await task).decode()
            return Outcome(lease, result=result, seconds=self._desk.clock.monotonic() - began_s)
        except asyncio.CancelledError:
            task.cancel()
            slot = asyncio.current_task()
            if lease.token not in self._worthless or (slot is not None and slot.cancelling()):
                raise
            return Outcome(lease)
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
            self._worthless.discard(lease.token)
            self._free += self._taken_by(lease.job.places)

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


def _take_over(work: Work, worker: str, *, name: str, places: int, now: Instant, until: Instant) -> bool:
    dead = records.sign_of_life(work, worker, name=name, places=places, until=until, now=now)
    if dead:
        queue.take_back(work, dead, now=now)
        records.let_go(work, [], list(dead))
        records.bury(work, list(dead))
    return bool(dead)


def _leave(work: Work, worker: str) -> None:
    queue.give_back(work, worker)
    records.let_go(work, [], [worker])
    records.bury(work, [worker])
