"""What every workflow engine must do."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.engines.workflows.port import Job, JobFailed, Journal, Json, Lease, RunStatus, RunStopped, Workflows
from matinee.kernel.errors import Conflict, InvalidInput, NotFound
from matinee.kernel.quantities import seconds
from tests.contract.shared import SHARED

Action = Callable[[], Awaitable[Json]]


def gives(value: Json) -> Action:
    async def action() -> Json:
        return value

    return action


async def all_enqueued(workflows: Workflows) -> None:
    """Every run's jobs are there to be handed out: that a run is in its stage does not say so yet."""
    async with asyncio.timeout(60):
        while True:
            run_ids = [run.run_id for run in await workflows.runs()]
            details = await workflows.details(run_ids)
            if all(details[run_id].tallies for run_id in run_ids):
                return
            await asyncio.sleep(0.01)


async def until(workflows: Workflows, run_id: str, *states: str) -> RunStatus:
    async with asyncio.timeout(60):
        while (status := await workflows.status(run_id)) is None or status.state not in states:
            await asyncio.sleep(0.01)
    return status


@asynccontextmanager
async def working(workflows: Workflows, *, workers: int = 2) -> AsyncIterator[None]:
    task = asyncio.create_task(workflows.run(workers=workers, lease=seconds(2)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()


async def double(lease: Lease) -> Json:
    return int(str(lease.job.payload["n"])) * 2


class Endless:
    """A handler that ends only when it is stopped, and then as late as it may."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.began, self.stopping, self.may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()
        if at_once:
            self.may_end.set()

    async def __call__(self, _: Lease) -> Json:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopping.set()
            await self.may_end.wait()


def encode_all(count: int, *, attempts_max: int = 3) -> Callable[[Journal, Mapping[str, Json]], Awaitable[Json]]:
    async def workflow(journal: Journal, payload: Mapping[str, Json]) -> Json:
        jobs = [Job(f"chunk-{n}", "encode", {"n": n}, weight=n + 1) for n in range(count)]
        return await journal.jobs("encode", jobs, attempts_max=attempts_max)

    return workflow


class WorkflowsConformance:
    def make(self, folder: Path) -> Workflows:
        """An engine over the state in `folder`; a second one in the same folder is another process."""
        raise AssertionError("a suite says how its engine is made")

    async def close(self, workflows: Workflows) -> None:
        """End this process's share."""

    async def test_a_run_goes_through_its_steps_to_its_result(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)

        async def title(journal: Journal, payload: Mapping[str, Json]) -> Json:
            shots = await journal.step("inspect", gives({"shots": (1, 2)}))
            return {"of": payload["title"], **shots, "run": journal.run_id}

        workflows.define("title", title)
        await workflows.start("title", "run-1", {"title": "Paper Boat"})
        async with working(workflows):
            status = await until(workflows, "run-1", "done", "failed")
        assert status.result == {"of": "Paper Boat", "shots": [1, 2], "run": "run-1"}
        assert (status.state, status.progress, status.error) == ("done", 1.0, None)
        await self.close(workflows)

    async def test_starting_twice_is_starting_once(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        first = await workflows.start("title", "run-1", {"n": 1})
        again = await workflows.start("title", "run-1", {"n": 2}, priority=1)
        assert again == first
        assert [one.run_id for one in await workflows.runs()] == ["run-1"]
        await self.close(workflows)

    @given(st.lists(st.integers(0, 4), max_size=4))
    @settings(max_examples=8, suppress_health_check=SHARED)
    def test_a_journaled_step_is_never_done_again_wherever_the_process_stops(self, stops: list[int]) -> None:
        """Each stop cancels the process while it is in that step; whoever comes next begins at the top."""
        done: Counter[int] = Counter()

        async def story(folder: Path) -> Json:
            left = list(stops)
            while True:
                workflows, halted = self.make(folder), asyncio.Event()

                async def title(journal: Journal, _: Mapping[str, Json], halted: asyncio.Event = halted) -> Json:
                    async def action(number: int) -> Json:
                        if left and left[0] == number:
                            left.pop(0)
                            halted.set()
                            await asyncio.Event().wait()
                        done[number] += 1
                        return f"{number}:{done[number]}"

                    return [await journal.step(f"{n}", lambda n=n: action(n)) for n in range(5)]  # type: ignore[misc]

                workflows.define("title", title)
                await workflows.start("title", "run-1", {})
                async with working(workflows):
                    finished = asyncio.create_task(until(workflows, "run-1", "done"))
                    halting = asyncio.create_task(halted.wait())
                    await asyncio.wait([finished, halting], return_when=asyncio.FIRST_COMPLETED)
                    halting.cancel()
                    finished.cancel() if halted.is_set() else None
                    (answer,) = await asyncio.gather(finished, return_exceptions=True)
                await self.close(workflows)
                if isinstance(answer, RunStatus):
                    return answer.result

        with TemporaryDirectory() as folder:
            assert asyncio.run(story(Path(folder))) == [f"{n}:1" for n in range(5)]
        assert set(done.values()) == {1}

    async def test_a_fan_out_answers_every_job_by_its_key(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        workflows.define("title", encode_all(300))
        workflows.handle("encode", double)
        await workflows.start("title", "run-1", {})
        async with working(workflows, workers=4):
            status = await until(workflows, "run-1", "done", "failed")
        assert status.result == {f"chunk-{n}": n * 2 for n in range(300)}
        await self.close(workflows)

    async def test_the_most_urgent_run_has_its_jobs_done_first(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        order: list[str] = []

        async def notes(lease: Lease) -> Json:
            order.append(lease.run_id)

        workflows.define("title", encode_all(5))
        await workflows.start("title", "later", {}, priority=200)
        await workflows.start("title", "urgent", {}, priority=1)
        async with working(workflows):  # enqueues everything; nobody handles yet
            await all_enqueued(workflows)
        workflows.handle("encode", notes)
        async with working(workflows, workers=1):
            await until(workflows, "later", "done")
        assert order == ["urgent"] * 5 + ["later"] * 5
        await self.close(workflows)

    async def test_progress_counts_by_weight(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        stuck = asyncio.Event()

        async def last_waits(lease: Lease) -> Json:
            if lease.job.key == "chunk-3":
                stuck.set()
                await asyncio.Event().wait()

        workflows.define("title", encode_all(4))
        workflows.handle("encode", last_waits)
        await workflows.start("title", "run-1", {})
        async with working(workflows, workers=1):
            await stuck.wait()
            status = await workflows.status("run-1")
        assert status is not None
        assert status.stage == "encode"
        assert status.progress == pytest.approx(0.6)
        await self.close(workflows)

    async def test_a_job_is_tried_again_and_its_last_cause_is_kept(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        attempts: list[int] = []

        async def refuses(lease: Lease) -> Json:
            attempts.append(lease.attempt)
            raise InvalidInput(f"Chunk is torn, attempt {lease.attempt}.")

        workflows.define("title", encode_all(1, attempts_max=3))
        workflows.handle("encode", refuses)
        await workflows.start("title", "run-1", {})
        async with working(workflows):
            status = await until(workflows, "run-1", "failed")
        assert attempts == [1, 2, 3]
        assert status.error is not None
        assert "Chunk is torn, attempt 3." in status.error
        await self.close(workflows)

    async def test_resuming_a_failed_run_does_only_what_is_missing(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        done: Counter[str] = Counter()
        is_broken = True

        async def sometimes(lease: Lease) -> Json:
            if is_broken and lease.job.key == "chunk-2":
                raise InvalidInput("The disk of the encoder is full.")
            done[lease.job.key] += 1
            return lease.job.key

        workflows.define("title", encode_all(4, attempts_max=1))
        workflows.handle("encode", sometimes)
        await workflows.start("title", "run-1", {})
        async with working(workflows, workers=1):
            await until(workflows, "run-1", "failed")
            is_broken = False
            await workflows.resume("run-1")
            status = await until(workflows, "run-1", "done")
        assert status.error is None
        assert done == Counter(f"chunk-{n}" for n in range(4))
        await self.close(workflows)

    async def test_a_workflow_may_answer_a_failed_job_itself(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)

        async def refuses(_: Lease) -> Json:
            raise InvalidInput("No.")

        async def forgiving(journal: Journal, _: Mapping[str, Json]) -> Json:
            try:
                await journal.jobs("extras", [Job("x", "extra", {})], attempts_max=1)
            except JobFailed as failed:
                return f"{failed.members['job']}: {failed.sentence}"

        workflows.define("title", forgiving)
        workflows.handle("extra", refuses)
        await workflows.start("title", "run-1", {})
        async with working(workflows):
            status = await until(workflows, "run-1", "done", "failed")
        assert status.result == "x: No."
        await self.close(workflows)

    async def test_a_paused_run_stops_at_its_next_step_and_goes_on_from_there(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        began, may_end, done = asyncio.Event(), asyncio.Event(), []

        async def first() -> Json:
            began.set()
            await may_end.wait()
            done.append("first")

        async def second() -> Json:
            done.append("second")

        async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
            await journal.step("first", first)
            await journal.step("second", second)

        workflows.define("title", title)
        await workflows.start("title", "run-1", {})
        async with working(workflows):
            await began.wait()
            await workflows.pause("run-1")
            may_end.set()
            await workflows.start("title", "run-2", {})
            await until(workflows, "run-2", "done")
            assert done.count("second") == 1
            assert (await until(workflows, "run-1", "paused")).stage == "first"
            await workflows.resume("run-1")
            await until(workflows, "run-1", "done")
        assert Counter(done) == {"first": 2, "second": 2}
        await self.close(workflows)

    async def test_a_canceled_run_ends_and_its_handlers_are_stopped(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        endless, caught = Endless(), asyncio.Event()

        async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
            try:
                await journal.jobs("encode", [Job("a", "encode", {})])
            except (RunStopped, asyncio.CancelledError):
                caught.set()
                raise

        workflows.define("title", title)
        workflows.handle("encode", endless)
        await workflows.start("title", "run-1", {})
        async with working(workflows):
            await endless.began.wait()
            await workflows.cancel("run-1")
            await asyncio.wait_for(asyncio.gather(endless.stopping.wait(), caught.wait()), 60)
        assert (await until(workflows, "run-1", "canceled")).result is None
        with pytest.raises(Conflict, match="too late to resume"):
            await workflows.resume("run-1")
        await self.close(workflows)

    async def test_a_run_is_forgotten_once_it_has_ended_and_may_begin_anew(self, tmp_path: Path) -> None:
        workflows, endless = self.make(tmp_path), Endless()
        workflows.define("count", encode_all(2))
        workflows.handle("encode", endless)
        async with working(workflows):
            await workflows.start("count", "run", {})
            await endless.began.wait()
            assert not await workflows.forget("run")
            await workflows.cancel("run")
            async with asyncio.timeout(60):
                while not await workflows.forget("run"):
                    await asyncio.sleep(0.01)
            assert await workflows.forget("run")
            assert await workflows.status("run") is None
            workflows.handle("encode", double)
            await workflows.start("count", "run", {})
            assert (await until(workflows, "run", "done")).result == {"chunk-0": 0, "chunk-1": 2}

    async def test_what_another_process_is_still_at_is_not_forgotten_until_it_has_stopped(self, tmp_path: Path) -> None:
        here, there, endless = self.make(tmp_path), self.make(tmp_path), Endless(at_once=False)
        here.define("title", encode_all(1))
        there.handle("encode", endless)
        await here.start("title", "run-1", {})
        async with working(here), working(there), asyncio.timeout(60):
            await endless.began.wait()
            await here.cancel("run-1")
            await endless.stopping.wait()
            while (await self.status_of(here, "run-1")).is_advanced:
                await asyncio.sleep(0.01)
            assert not await here.forget("run-1")
            assert [job.job for job in (await here.details(["run-1"]))["run-1"].at_work] == ["chunk-0"]
            endless.may_end.set()
            while not await here.forget("run-1"):
                await asyncio.sleep(0.01)
        assert await here.status("run-1") is None
        await self.close(here)
        await self.close(there)

    async def test_a_job_that_is_in_hand_when_its_run_is_done_without_it_is_stopped_first(self, tmp_path: Path) -> None:
        workflows, endless = self.make(tmp_path), Endless(at_once=False)

        async def encode(lease: Lease) -> Json:
            if lease.job.key == "chunk-1":
                await endless.began.wait()
                raise InvalidInput("No.")
            return await endless(lease)

        async def forgiving(journal: Journal, payload: Mapping[str, Json]) -> Json:
            with suppress(JobFailed):
                await encode_all(2, attempts_max=1)(journal, payload)

        workflows.define("title", forgiving)
        workflows.handle("encode", encode)
        await workflows.start("title", "run-1", {})
        async with working(workflows), asyncio.timeout(60):
            await until(workflows, "run-1", "done")
            await endless.stopping.wait()
            assert not await workflows.forget("run-1")
            endless.may_end.set()
            while not await workflows.forget("run-1"):
                await asyncio.sleep(0.01)
        await self.close(workflows)

    async def test_a_run_that_is_canceled_at_once_is_soon_advanced_by_nobody(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)

        async def dawdles(journal: Journal, payload: Mapping[str, Json]) -> Json:
            await asyncio.Event().wait()

        workflows.define("dawdle", dawdles)
        async with working(workflows), asyncio.timeout(60):
            for number in range(10):
                run_id = f"run-{number}"
                await workflows.start("dawdle", run_id, {})
                for _ in range(number):
                    await asyncio.sleep(0)
                await workflows.cancel(run_id)
                while (await self.status_of(workflows, run_id)).is_advanced:
                    await asyncio.sleep(0.01)

    async def status_of(self, workflows: Workflows, run_id: str) -> RunStatus:
        found = await workflows.status(run_id)
        assert found is not None
        return found

    async def test_what_does_not_exist_cannot_be_paused(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        with pytest.raises(NotFound):
            await workflows.pause("no-such-run")
        assert await workflows.status("no-such-run") is None
        await self.close(workflows)

    async def test_runs_are_listed_newest_first_by_kind_and_state(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        for number in range(3):
            await workflows.start("title", f"run-{number}", {})
        await workflows.start("trailer", "run-9", {})
        await workflows.cancel("run-1")
        assert [one.run_id for one in await workflows.runs(kind="title")] == ["run-2", "run-1", "run-0"]
        assert [one.run_id for one in await workflows.runs(states=["canceled"])] == ["run-1"]
        await self.close(workflows)

    async def test_two_processes_share_the_jobs_and_each_is_done_once(self, tmp_path: Path) -> None:
        one, other = self.make(tmp_path), self.make(tmp_path)
        done: Counter[str] = Counter()

        async def counts(lease: Lease) -> Json:
            done[lease.job.key] += 1
            await asyncio.sleep(0)

        one.define("title", encode_all(60))
        for workflows in (one, other):
            workflows.handle("encode", counts)
        await one.start("title", "run-1", {})
        async with working(one), working(other):
            await until(other, "run-1", "done")
        assert done == Counter(f"chunk-{n}" for n in range(60))
        await self.close(one)
        await self.close(other)

    async def test_of_equally_urgent_runs_the_one_with_fewer_jobs_in_hand_is_served(self, tmp_path: Path) -> None:
        """A title of very many jobs, begun first, keeps nobody waiting; nor does it stand still."""
        workflows = self.make(tmp_path)
        order: list[str] = []

        async def notes(lease: Lease) -> Json:
            order.append(lease.run_id)

        workflows.define("long", encode_all(40))
        workflows.define("short", encode_all(4))
        await workflows.start("long", "run-long", {})
        await workflows.start("short", "run-short", {})
        async with working(workflows, workers=0):
            await all_enqueued(workflows)
        workflows.handle("encode", notes)
        async with working(workflows, workers=1):
            await until(workflows, "run-long", "done")
        assert sorted(order[:8]) == ["run-long"] * 4 + ["run-short"] * 4
        await self.close(workflows)

    async def test_a_run_that_is_hurried_has_its_next_jobs_done_first(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        order: list[str] = []
        began, may_go_on = asyncio.Event(), asyncio.Event()

        async def notes(lease: Lease) -> Json:
            began.set()
            await may_go_on.wait()
            order.append(lease.run_id)

        workflows.define("title", encode_all(3))
        for run_id in ("first", "second"):
            await workflows.start("title", run_id, {}, priority=1 if run_id == "first" else 200)
        async with working(workflows, workers=0):
            await all_enqueued(workflows)
        workflows.handle("encode", notes)
        async with working(workflows, workers=1):
            await began.wait()
            await workflows.prioritize("second", 0)
            may_go_on.set()
            await until(workflows, "first", "done")
        assert order == ["first", *["second"] * 3, "first", "first"]
        with pytest.raises(Conflict, match="too late to hurry"):
            await workflows.prioritize("first", 5)
        with pytest.raises(NotFound):
            await workflows.prioritize("no-such-run", 5)
        await self.close(workflows)

    async def test_a_job_that_takes_every_place_has_its_process_for_itself(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        here: Counter[str] = Counter()
        together: list[Counter[str]] = []
        both = asyncio.Event()

        async def works(lease: Lease) -> Json:
            here[lease.job.kind] += 1
            together.append(Counter(here))
            if here["small"] == 2:
                both.set()
            await both.wait()
            await asyncio.sleep(0)
            here[lease.job.kind] -= 1

        async def title(journal: Journal, _: Mapping[str, Json]) -> Json:
            kinds = ["small", "small", "large", "small", "vast", "small", "large", "large", "small"]
            wants = {"small": 1, "large": 2, "vast": 99}
            await journal.jobs("encode", [Job(f"{n}", kind, {}, places=wants[kind]) for n, kind in enumerate(kinds)])

        workflows.define("title", title)
        for kind in ("small", "large", "vast"):
            workflows.handle(kind, works)
        await workflows.start("title", "run-1", {})
        async with working(workflows, workers=3):
            await until(workflows, "run-1", "done")
        assert all(seen["small"] + 2 * seen["large"] + 3 * seen["vast"] <= 3 for seen in together), together
        assert any(seen["small"] == 2 for seen in together)
        await self.close(workflows)

    async def test_every_failed_attempt_is_told_with_its_cause_and_who_works_at_what(self, tmp_path: Path) -> None:
        workflows = self.make(tmp_path)
        stuck = asyncio.Event()

        async def at_last(lease: Lease) -> Json:
            if lease.job.key == "chunk-0" and lease.attempt < 3:
                raise InvalidInput(f"Chunk is torn, attempt {lease.attempt}.")
            if lease.job.key == "chunk-1":
                stuck.set()
                await asyncio.Event().wait()

        workflows.define("title", encode_all(2))
        workflows.handle("encode", at_last)
        await workflows.start("title", "run-1", {})
        task = asyncio.create_task(workflows.run(workers=2, name="machine:7"))
        async with asyncio.timeout(60):
            await stuck.wait()
            while (detail := (await workflows.details(["run-1"]))["run-1"]).tallies[0].done < 1:
                await asyncio.sleep(0.01)
        told = [(f.job, f.stage, f.attempt, f.worker, f.cause) for f in detail.failures]
        assert told == [("chunk-0", "encode", n, "machine:7", f"Chunk is torn, attempt {n}.") for n in (1, 2)]
        (tally,) = detail.tallies
        assert (tally.jobs, tally.weight, tally.done, tally.done_weight) == (2, 3.0, 1, 1.0)
        (worker,) = await workflows.workers()
        assert (worker.name, worker.places) == ("machine:7", 2)
        assert [(job.run_id, job.job, job.worker) for job in worker.at_work] == [("run-1", "chunk-1", "machine:7")]
        assert detail.at_work == worker.at_work
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await workflows.workers() == []
        await self.close(workflows)
