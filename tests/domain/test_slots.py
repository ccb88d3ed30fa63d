"""Slots of an appliance, with real programs: a good build stays, any other goes, and whatever is killed, one that is good runs."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.delivery.edge.model.slots import (
    Slot,
    Slots,
    Wanted,
    at_start,
    fallen_back,
    fresh,
    proved,
    with_trial,
)
from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.quantities import seconds
from tests.domain.edge_world import stop
from tests.domain.slots_world import INSTALLED, QUICK, SlotWorld, build


@pytest.fixture
def world(tmp_path: Path) -> SlotWorld:
    return SlotWorld(tmp_path)


@asynccontextmanager
async def running(world: SlotWorld, **how: object) -> AsyncIterator[None]:
    task = asyncio.create_task(world.launcher(**how).run())  # type: ignore[arg-type]  # what a test sets
    try:
        yield
    finally:
        await stop(task)


async def until_gone(pids: list[int]) -> None:
    async with asyncio.timeout(30):
        while any(Path(f"/proc/{pid}").exists() and not is_zombie(pid) for pid in pids):
            await asyncio.sleep(0.01)


def is_zombie(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


async def test_a_build_that_serves_and_reports_is_in_force_from_then_on(world: SlotWorld) -> None:
    async with running(world):
        await world.until_starts(INSTALLED)
        await world.order(2, build("1.1"), "1.1")
        slots = await world.until(lambda each: each.in_force.build == "1.1")
    assert (slots.before, slots.trial, slots.order, slots.fell_back) == (Slot(INSTALLED), None, 2, "")
    assert world.starts() == [INSTALLED, "1.1"]
    async with running(world):
        await world.until_starts(INSTALLED, "1.1", "1.1")


async def test_one_that_ends_at_once_is_tried_once_and_what_ran_before_runs_again(world: SlotWorld) -> None:
    await world.order(2, build("bad", "crashes"), "bad")
    async with running(world):
        slots = await world.until(lambda each: bool(each.fell_back))
        await world.until_starts("bad", INSTALLED)
    assert slots.fell_back == "it ended with status 3 before it had served and reported"
    async with running(world):
        await world.until_starts("bad", INSTALLED, INSTALLED)


async def test_one_that_starts_and_never_reports_is_ended_and_given_up(world: SlotWorld) -> None:
    await world.order(2, build("mute", "silent"), "mute")
    async with running(world, rules=replace(QUICK, proves_within=seconds(0.5))):
        slots = await world.until(lambda each: bool(each.fell_back))
        await world.until_starts("mute", INSTALLED)
        await until_gone(world.pids()[:1])
    assert slots.fell_back == "it did not serve and report within 0.5 s"
    assert slots.in_force == Slot(INSTALLED)


async def test_a_new_order_is_tried_after_one_that_failed(world: SlotWorld) -> None:
    await world.order(2, build("bad", "crashes"), "bad")
    async with running(world):
        await world.until_starts("bad", INSTALLED)
        await world.order(4, build("1.2"), "1.2")
        slots = await world.until(lambda each: each.in_force.build == "1.2")
    assert slots.fell_back == ""


async def test_one_that_was_good_and_dies_again_and_again_makes_room_for_the_one_before(world: SlotWorld) -> None:
    await world.order(2, build("1.1", "dies when told"), "1.1")
    async with running(world):
        await world.until(lambda each: each.in_force.build == "1.1")
        (world.slots.folder / "die").touch()
        slots = await world.until(lambda each: each.in_force.build == INSTALLED)
        await world.until_starts("1.1", "1.1", "1.1", INSTALLED)
    assert "status 4, 3 times" in slots.fell_back


@pytest.mark.parametrize("spoiled", [b"", b"PK\x03\x04 and nothing behind", build("1.1")[:-200]])
async def test_a_file_that_is_not_what_was_signed_is_never_started(world: SlotWorld, spoiled: bytes) -> None:
    await world.order(2, build("1.1"), "1.1", on_disk=spoiled)
    async with running(world):
        slots = await world.until(lambda each: bool(each.fell_back))
        await world.until_starts(INSTALLED)
    assert "1.1 cannot be run" in slots.fell_back


async def test_a_build_that_the_disk_has_spoiled_since_is_not_run_and_the_one_before_is(world: SlotWorld) -> None:
    await world.order(2, build("1.1"), "1.1")
    async with running(world):
        await world.until(lambda each: each.in_force.build == "1.1")
    file = next((world.slots.folder / "builds").iterdir())
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    async with running(world):
        slots = await world.until(lambda each: bool(each.fell_back))
        await world.until_starts("1.1", INSTALLED)
    assert slots.in_force == Slot(INSTALLED)
    assert "does not have the hash" in slots.fell_back


async def test_slots_that_cannot_be_read_leave_what_is_installed(world: SlotWorld) -> None:
    (world.slots.folder / "slots.json").write_text('{"installed":')
    async with running(world):
        await world.until_starts(INSTALLED)


async def test_after_kill_9_of_the_launcher_in_the_midst_of_a_trial_its_child_ends_and_the_next_one_runs_what_is_good(
    world: SlotWorld,
) -> None:
    await world.order(2, build("slow", "silent"), "slow")
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.domain.slots_child", str(world.root))
    try:
        await world.until_starts("slow")
    finally:
        child.send_signal(signal.SIGKILL)
        await child.wait()
    await until_gone(world.pids())
    assert (await world.slots.slots(INSTALLED)).trial is not None
    async with running(world):
        await world.until_starts("slow", INSTALLED)
        slots = await world.slots.slots(INSTALLED)
    assert "cut off" in slots.fell_back


async def test_after_kill_9_of_the_appliance_it_is_started_again(world: SlotWorld) -> None:
    async with running(world):
        await world.until_starts(INSTALLED)
        os.kill(world.pids()[0], signal.SIGKILL)
        await world.until_starts(INSTALLED, INSTALLED)


class PowerCutError(BaseException):
    """The machine is off: nothing after this happens."""


class FilesUntilACut(SystemFiles):
    def __init__(self, writes: int, *, before: bool) -> None:
        self._left, self._before = writes, before

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        self._left -= 1
        if self._left < 0 and self._before:
            raise PowerCutError
        await super().write(path, data, mode=mode)
        if self._left < 0:
            raise PowerCutError


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("writes", range(5))
async def test_whenever_the_power_goes_the_next_start_ends_in_one_good_slot(
    world: SlotWorld, writes: int, before: bool
) -> None:
    await world.order(2, build("1.1"), "1.1")
    with suppress(PowerCutError, TimeoutError):
        async with asyncio.timeout(1):
            await world.launcher(files=FilesUntilACut(writes, before=before)).run()
    before_the_cut = len(world.starts())
    async with running(world):
        slots = await world.until(lambda each: each.trial is None and each.order == 2)
        async with asyncio.timeout(30):
            while world.starts()[before_the_cut:][-1:] != [slots.in_force.build]:
                await asyncio.sleep(0.01)
    assert slots.in_force.build == "1.1" or "cut off" in slots.fell_back


class FullFiles(SystemFiles):
    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        raise DiskFull("There is no room.")


async def test_on_a_full_disk_what_is_in_force_runs_and_nothing_is_tried(world: SlotWorld) -> None:
    async with running(world, files=FullFiles()):
        await world.until_starts(INSTALLED)
        await world.order(2, build("1.1"), "1.1")
        os.kill(world.pids()[0], signal.SIGKILL)
        await world.until_starts(INSTALLED, INSTALLED)
    assert "1.1" not in world.starts()


events = st.lists(st.sampled_from(("order", "prove", "die", "cut")), max_size=40)


@given(events, st.lists(st.booleans(), min_size=40, max_size=40))
def test_whatever_happens_what_is_in_force_was_proved_and_no_order_is_tried_twice(
    happened: list[str], fresh_builds: list[bool]
) -> None:
    slots, good, tried, wanted, number = fresh(INSTALLED), {INSTALLED}, list[int](), None, 0
    for what, is_new in zip(happened, fresh_builds, strict=False):
        if what == "order":
            number += 2
            wanted = Wanted(number, Slot(f"b{number}" if is_new else INSTALLED, "f" * 64 if is_new else ""), True, True)
        elif what == "prove":
            good.add(slots.running.build)
            slots = proved(slots)
        elif what == "die":
            slots = fallen_back(slots, "died")
        else:
            slots = at_start(slots, INSTALLED)
            assert slots.trial is None
        before: Slots = slots
        if slots.trial is None:
            slots = with_trial(slots, wanted)
        if slots.trial is not None and before.trial is None:
            tried.append(slots.order)
        assert slots.in_force.build in good
    assert len(tried) == len({*tried})
