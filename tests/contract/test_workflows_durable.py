import asyncio
import errno
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from sqlalchemy import delete, select

from matinee.engines.database.port import Work
from matinee.engines.database.sqlite import SqliteDatabase
from matinee.engines.workflows import queue, records
from matinee.engines.workflows.durable import DurableWorkflows
from matinee.engines.workflows.port import Job, Journal, Json, Lease, Workflows
from matinee.engines.workflows.tables import JOB, RUN, STEP, WORKER
from matinee.kernel.chance import SystemChance
from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import DiskFull
from matinee.kernel.ids import Ids
from matinee.kernel.quantities import minutes, seconds
from tests.contract.crash import killed_after
from tests.contract.workflows import Endless, WorkflowsConformance, double, encode_all, until, working

T = TypeVar("T")


class Fillable(SqliteDatabase):
    """A database whose disk can be full, or slow."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.is_full = False
        self.may_write = asyncio.Event()
        self.may_write.set()

    async def write(self, work: Callable[[Work], T]) -> T:
        await self.may_write.wait()
        if self.is_full:
            raise DiskFull("The disk is full. Free some space and try again.")
        return await super().write(work)


def open_workflows(folder: Path) -> tuple[Fillable, DurableWorkflows]:
    clock = SystemClock()
    ids = Ids(clock, SystemChance())
    database = Fillable(folder / "database.db", clock=clock, ids=ids, source="test")
    return database, DurableWorkflows(database, clock, ids, backoff=seconds(0.01), alive=seconds(1))


class TestDurableWorkflows(WorkflowsConformance):
    databases: ClassVar[dict[Workflows, SqliteDatabase]] = {}

    def make(self, folder: Path) -> DurableWorkflows:
        database, workflows = open_workflows(folder)
        self.databases[workflows] = database
        return workflows

    async def close(self, workflows: Workflows) -> None:
        await self.databases.pop(workflows).close()


def story(workflows: DurableWorkflows, says: Callable[[str], None]) -> None:
    """Twelve steps, and forty jobs between them."""

    async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
        async def action(name: str) -> Json:
            says(name)
            await asyncio.sleep(0.002)
            return name

        seen = [await journal.step(f"step-{n}", lambda n=n: action(f"step-{n}")) for n in range(6)]  # type: ignore[misc]
        done = await journal.jobs("encode", [Job(f"job-{n}", "encode", {}) for n in range(40)], attempts_max=9)
        seen += [await journal.step(f"step-{n}", lambda n=n: action(f"step-{n}")) for n in range(6, 12)]  # type: ignore[misc]
        return [*seen, *done.values()]

    async def encode(lease: Lease) -> Json:
        says(lease.job.key)
        await asyncio.sleep(0.002)
        return lease.job.key

    workflows.define("title", title)
    workflows.handle("encode", encode)


@pytest.mark.parametrize("round_", range(3))
async def test_a_run_whose_process_was_killed_goes_on_and_repeats_nothing_finished(tmp_path: Path, round_: int) -> None:
    killed_after(random.randint(1, 45), "tests.contract.workflows_child", str(tmp_path))
    database, workflows = open_workflows(tmp_path)
    finished = await database.read(
        lambda work: {
            *work.execute(select(STEP.c.name)).scalars(),
            *work.execute(select(JOB.c.key).where(JOB.c.state == "done")).scalars(),
        }
    )
    said: list[str] = []
    story(workflows, said.append)
    async with working(workflows):
        status = await until(workflows, "run-1", "done", "failed")
    assert status.result == [f"step-{n}" for n in range(12)] + [f"job-{n}" for n in range(40)]
    assert finished.isdisjoint(said)
    assert len(said) == len(set(said)) == 52 - len(finished)
    await database.close()


async def test_a_job_whose_worker_is_killed_loses_no_attempt_but_is_not_lost_for_ever(tmp_path: Path) -> None:
    """Two restarts in the middle of one chunk are nobody's fault; a chunk that ends every process is its own."""
    database, workflows = open_workflows(tmp_path)
    await workflows.start("title", "run-1", {})
    now, ids = SystemClock().now(), Ids(SystemClock(), SystemChance())
    jobs = [(0, Job("chunk", "encode", {}))]
    await database.write(lambda work: queue.put(work, "run-1", "f", jobs, attempts_max=2, now=now))

    async def killed() -> int | None:
        lease = await database.write(lambda work: queue.claim(work, "w", ["encode"], token=ids.new, now=now))
        await database.write(lambda work: queue.take_back(work, {"w": "worker 7"}, now=now))
        return None if lease is None else lease.attempt

    assert [await killed() for _ in range(queue.LOSSES_MAX + 1)] == [1] * queue.LOSSES_MAX + [None]
    found = await database.read(lambda work: queue.standing(work, "run-1", "f"))
    assert (found.failed, found.error) == ("chunk", "Its worker worker 7 ended or fell silent in the middle of it.")
    await database.close()


async def test_a_lease_is_renewed_for_as_long_as_its_handler_runs(tmp_path: Path) -> None:
    database, one = open_workflows(tmp_path)
    other_database, other = open_workflows(tmp_path)
    may_end, attempts = asyncio.Event(), []

    async def slow(lease: Lease) -> Json:
        attempts.append(lease.attempt)
        await may_end.wait()

    one.define("title", encode_all(1))
    for workflows in (one, other):
        workflows.handle("encode", slow)
    await one.start("title", "run-1", {})
    async with working(one), working(other):
        begun = SystemClock().now()
        async with asyncio.timeout(60):
            # Every row renewed so often that the first leases are long over.
            while not await database.read(
                lambda work: [
                    at for at in work.execute(select(WORKER.c.alive_until)).scalars() if at > begun + seconds(2.5)
                ]
            ):
                await asyncio.sleep(0.05)
        may_end.set()
        await until(one, "run-1", "done")
    assert attempts == [1]
    await database.close()
    await other_database.close()


async def test_a_process_that_leaves_in_good_order_leaves_nothing_held(tmp_path: Path) -> None:
    database, workflows = open_workflows(tmp_path)
    endless = Endless()
    workflows.define("title", encode_all(1))
    workflows.handle("encode", endless)
    await workflows.start("title", "run-1", {})
    async with working(workflows):
        await endless.began.wait()
    assert (await until(workflows, "run-1", "waiting")).error is None
    state = await database.read(lambda work: work.execute(select(JOB.c.state, JOB.c.attempt, JOB.c.owner)).one())
    assert tuple(state) == ("ready", 0, None)
    assert await database.read(lambda work: work.execute(select(WORKER)).all()) == []
    await database.close()


async def test_work_that_finds_the_disk_full_says_so_waits_and_has_lost_no_attempt(tmp_path: Path) -> None:
    database, workflows = open_workflows(tmp_path)
    room, attempts = asyncio.Event(), []

    async def inspect() -> Json:
        if not room.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        return "seen"

    async def encode(lease: Lease) -> Json:
        attempts.append(lease.attempt)
        if len(attempts) < 3:
            raise ExceptionGroup("chunks", [DiskFull("The disk that holds the work is full.")])
        return "encoded"

    async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
        await journal.step("inspect", inspect)
        return await journal.jobs("encode", [Job("one", "encode", {})], attempts_max=2)

    workflows.define("title", title)
    workflows.handle("encode", encode)
    await workflows.start("title", "run-1", {})
    async with working(workflows):
        async with asyncio.timeout(60):
            while (waiting := await workflows.status("run-1")) is None or waiting.waits_for is None:
                await asyncio.sleep(0.01)
        assert (waiting.state, waiting.stage) == ("running", "inspect")
        assert waiting.waits_for == "The disk is full. Free some space and try again."
        room.set()
        ended = await until(workflows, "run-1", "done", "failed")
    assert (ended.state, ended.result) == ("done", {"one": "encoded"})
    assert attempts == [1, 1, 1]
    await database.close()


@pytest.mark.parametrize("ends_well", [True, False])
async def test_a_run_whose_end_cannot_be_recorded_says_what_it_waits_for_until_it_is(
    tmp_path: Path, ends_well: bool
) -> None:
    database, workflows = open_workflows(tmp_path)

    async def work() -> Json:
        database.is_full = True
        if not ends_well:
            raise InvalidInput("This film cannot be made.")
        return "made"

    async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
        return await journal.step("encode", work)

    workflows.define("title", title)
    before = await workflows.start("title", "run-1", {})
    assert before.waits_for is None
    async with working(workflows):
        async with asyncio.timeout(60):
            while (waiting := await workflows.status("run-1")) is None or waiting.waits_for is None:
                await asyncio.sleep(0.01)
        assert (waiting.state, waiting.error) == ("running", None)
        assert waiting.waits_for == "The disk is full. Free some space and try again."
        assert [one.waits_for for one in await workflows.runs()] == [waiting.waits_for]
        database.is_full = False
        ended = await until(workflows, "run-1", "done", "failed")
    assert (ended.state, ended.result) == (("done", "made") if ends_well else ("failed", None))
    assert ended.error == (None if ends_well else "This film cannot be made.")
    assert ended.waits_for is None
    await workflows.start("title", "run-2", {})
    assert [one.waits_for for one in await workflows.runs()] == [None, None]
    await database.close()


async def test_what_nobody_meant_to_raise_is_a_sentence_and_the_log_has_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, workflows = open_workflows(tmp_path)

    async def torn(_: Lease) -> Json:
        raise KeyError("chunk 7")

    workflows.define("title", encode_all(1, attempts_max=1))
    workflows.handle("encode", torn)
    await workflows.start("title", "run-1", {})
    async with working(workflows):
        status = await until(workflows, "run-1", "failed")
    assert status.error == "Something went wrong in encode. The log has the details (run run-1)."
    said = "".join(capsys.readouterr())
    assert "Traceback" in said
    assert "chunk 7" in said
    await database.close()


async def test_a_title_has_no_more_jobs_in_hand_than_it_may(tmp_path: Path) -> None:
    clock = SystemClock()
    ids = Ids(clock, SystemChance())
    database = SqliteDatabase(tmp_path / "database.db", clock=clock, ids=ids, source="test")
    workflows = DurableWorkflows(database, clock, ids, title_jobs=2)
    here: Counter[str] = Counter()
    seen: list[Counter[str]] = []
    all_placed = asyncio.Event()

    async def works(lease: Lease) -> Json:
        here[lease.run_id] += 1
        seen.append(Counter(here))
        if sum(here.values()) == 4:
            all_placed.set()
        await all_placed.wait()
        here[lease.run_id] -= 1

    workflows.define("title", encode_all(8))
    workflows.handle("encode", works)
    for run_id in ("run-1", "run-2"):
        await workflows.start("title", run_id, {})
    async with working(workflows, workers=4):
        for run_id in ("run-1", "run-2"):
            await until(workflows, run_id, "done")
    assert {"run-1": 2, "run-2": 2} in seen
    assert max(count for counts in seen for count in counts.values()) == 2
    await database.close()


async def test_where_no_run_more_fits_a_more_urgent_one_still_does(tmp_path: Path) -> None:
    clock = SystemClock()
    ids = Ids(clock, SystemChance())
    database = SqliteDatabase(tmp_path / "database.db", clock=clock, ids=ids, source="test")
    workflows = DurableWorkflows(database, clock, ids, runs_at_once=1)

    async def endless() -> Json:
        await asyncio.Event().wait()

    async def slow(journal: Journal, _: Mapping[str, Json]) -> Json:
        await journal.step("plan", endless)

    async def quick(journal: Journal, _: Mapping[str, Json]) -> Json:
        return "made"

    workflows.define("slow", slow)
    workflows.define("quick", quick)
    await workflows.start("slow", "run-1", {})
    async with working(workflows):
        await until(workflows, "run-1", "running")
        await workflows.start("quick", "as urgent", {})
        await workflows.start("quick", "premiere", {}, priority=1)
        await until(workflows, "premiere", "done")
        assert (await until(workflows, "as urgent", "waiting")).result is None
    await database.close()


async def test_a_run_that_is_canceled_while_its_end_is_being_recorded_is_let_go_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, workflows = open_workflows(tmp_path)
    other_database, other = open_workflows(tmp_path)
    has_ended, is_seen, stopped = asyncio.Event(), asyncio.Event(), records.stopped

    async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
        await journal.step("one", lambda: asyncio.sleep(0))
        database.may_write.clear()
        has_ended.set()
        raise InvalidInput("Its last word takes long to write.")

    def watched(work: Work, run_ids: Sequence[str]) -> set[str]:
        if found := stopped(work, run_ids):
            asyncio.get_running_loop().call_later(0.01, is_seen.set)  # after what is done about it
        return found

    monkeypatch.setattr(records, "stopped", watched)
    workflows.define("title", title)
    async with working(workflows), asyncio.timeout(60):
        await workflows.start("title", "run-1", {})
        await has_ended.wait()
        await other.cancel("run-1")
        await is_seen.wait()
        database.may_write.set()
        while (status := await workflows.status("run-1")) is None or status.is_advanced:
            await asyncio.sleep(0.01)
        assert status.state == "canceled"
    await database.close()
    await other_database.close()


async def test_a_job_whose_run_is_gone_is_stopped(tmp_path: Path) -> None:
    """Its process was taken for dead, so the run was forgotten behind its back."""
    database, workflows = open_workflows(tmp_path)
    endless = Endless()
    workflows.define("title", encode_all(1))
    workflows.handle("encode", endless)
    await workflows.start("title", "run-1", {})
    async with working(workflows), asyncio.timeout(60):
        await endless.began.wait()
        await database.write(lambda work: (work.execute(delete(JOB)), work.execute(delete(RUN))))
        await endless.stopping.wait()
        while (await workflows.workers())[0].at_work:
            await asyncio.sleep(0.01)
        workflows.handle("encode", double)  # and its place is free again
        await workflows.start("title", "run-1", {})
        assert (await until(workflows, "run-1", "done")).result == {"chunk-0": 0}
    await database.close()


async def test_a_worker_that_was_killed_keeps_no_run_from_being_forgotten(tmp_path: Path) -> None:
    database, workflows = open_workflows(tmp_path)
    await workflows.start("title", "run-1", {})
    now, ids, jobs = SystemClock().now(), Ids(SystemClock(), SystemChance()), [(0, Job("chunk", "encode", {}))]
    await database.write(lambda work: queue.put(work, "run-1", "f", jobs, attempts_max=2, now=now))
    await database.write(lambda work: queue.claim(work, "w", ["encode"], token=ids.new, now=now))
    await workflows.cancel("run-1")
    for alive_until, is_forgotten in ((now + minutes(5), False), (now, True)):
        await database.write(lambda work, until=alive_until: records.sign_of_life(work, "w", until=until, now=now))  # type: ignore[misc]
        assert await workflows.forget("run-1") is is_forgotten
    await database.close()
