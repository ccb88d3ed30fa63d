"""Purge at the edge, with a real server and a desk that signs, forges, repeats and leaves out."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from matinee.kernel.files import SystemFiles
from matinee.kernel.network import Outgoing, SystemNetwork
from matinee.wire.purge import PurgeKey, Tombstone
from tests.domain.edge_world import (
    PURGE_KEY,
    Desk,
    Made,
    Source,
    fill_ticket,
    make_appliance,
    make_origin,
    make_release,
)
from tests.domain.edge_world import order as an_order
from tests.domain.test_edge import running, until

FORGER = PurgeKey(b"f" * 32)
FILE = "hd/v1/3.m4s"
WHOLE = Tombstone(1, "rel-1", "withdrawn")


@pytest.fixture
def made(tmp_path: Path, desk: Desk, source: Source) -> Made:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [an_order(made, source.url)]
    return made


async def status(network: SystemNetwork, edge: str, path: str, release: str = "rel-1") -> int:
    url = f"{edge}/v1/{fill_ticket(release)}/{release}/{path}"
    return (await network.fetch(Outgoing("GET", url))).status


async def test_a_purge_comes_by_the_question_held_open_and_is_acknowledged_by_the_next(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    desk.holds = True  # and the answers to reports bring nothing
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await desk.until_asked(0)
        await desk.bury(WHOLE)
        await desk.until_asked(1)
        assert await status(network, edge, FILE) == 403
        assert not (tmp_path / "oca/releases/rel-1").exists()


class SlowToForget(SystemFiles):
    """A disk that takes its time where it deletes what was taken away."""

    def __init__(self) -> None:
        self.deletes, self.goes_on = asyncio.Event(), asyncio.Event()

    async def remove(self, path: Path) -> None:
        if path.parent.name == ".leaving" and path.exists():
            self.deletes.set()
            await self.goes_on.wait()
        await super().remove(path)


@pytest.mark.parametrize("held_open", [True, False], ids=["by the question held open", "with a report's answer"])
async def test_what_is_ordered_still_is_not_fetched_again_while_it_is_deleted(
    held_open: bool, tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    desk.holds, disk = held_open, SlowToForget()
    async with running(make_appliance(tmp_path / "oca", desk.url, network, files=disk)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        fetched = source.asked.total()
        await desk.bury(WHOLE)
        await disk.deletes.wait()
        begun = await desk.until(lambda each: each.releases == ())
        await desk.until(lambda each: each.sequence > begun.sequence + 5)  # a fill would have begun
        disk.goes_on.set()
        await desk.until(lambda each: each.tombstone_sequence == 1)
        assert source.asked.total() == fetched
        assert await status(network, edge, FILE) == 403
        assert not (tmp_path / "oca/releases/rel-1").exists()


async def test_while_one_release_is_deleted_reports_go_on_and_the_next_purge_is_obeyed_at_once(
    tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    other = make_release(tmp_path / "studio", "rel-2")
    desk.orders.append(an_order(other, source.url))
    desk.holds, disk = True, SlowToForget()
    async with running(make_appliance(tmp_path / "oca", desk.url, network, files=disk)) as edge:
        await desk.until(lambda each: set(each.releases) == {"rel-1", "rel-2"})
        await desk.bury(WHOLE)
        await disk.deletes.wait()
        desk.holds = False  # from now on reports' answers bring it
        await desk.bury(Tombstone(2, "rel-2", "withdrawn"))
        brought = await desk.until(lambda each: each.releases == ("rel-2",))
        await desk.until(lambda each: each.sequence > brought.sequence + 1)
        assert await status(network, edge, FILE, "rel-2") == 403
        assert (tmp_path / "oca/releases/rel-2").exists()
        disk.goes_on.set()
        await desk.until(lambda each: each.tombstone_sequence == 2)
        assert not (tmp_path / "oca/releases/rel-2").exists()


async def test_a_waiting_question_does_not_hold_up_an_orderly_end(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    desk.holds = True
    async with asyncio.timeout(20):
        async with running(make_appliance(tmp_path / "oca", desk.url, network)):
            await desk.until_asked(0)
        assert (tmp_path / "oca/state/at-rest").exists()


@pytest.mark.parametrize(
    "stone",
    [
        FORGER.sign(WHOLE),
        replace(PURGE_KEY.sign(Tombstone(1, "rel-9", "withdrawn")), release_id="rel-1"),
        replace(PURGE_KEY.sign(WHOLE), sequence=2),
        PURGE_KEY.sign(replace(WHOLE, sequence=3, after=2)),
    ],
    ids=["forged", "of another release", "of another number", "with one left out"],
)
async def test_what_is_not_signed_as_it_is_or_not_in_turn_is_refused_counted_and_deletes_nothing(
    stone: Tombstone, tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        desk.stones = [stone]
        report = await desk.until(lambda each: each.tombstones_refused > 0)
        assert (report.tombstone_sequence, report.releases) == (0, ("rel-1",))
        assert await status(network, edge, FILE) == 200
        desk.stones = [WHOLE]
        await desk.until(lambda each: each.tombstone_sequence == 1)
        assert await status(network, edge, FILE) == 403


async def test_a_number_that_was_carried_out_is_not_carried_out_again(
    tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    other = make_release(tmp_path / "studio", "rel-2")
    desk.orders = [an_order(other, source.url)]
    desk.stones = [Tombstone(5, "rel-1", "withdrawn")]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.tombstone_sequence == 5 and each.releases == ("rel-2",))
        desk.holds = True
        await desk.bury(Tombstone(4, "rel-2", "from another time"), Tombstone(6, "rel-9", "x", after=5))
        await desk.until(lambda each: each.tombstone_sequence == 6)
        assert await status(network, edge, FILE, "rel-2") == 200


async def test_the_first_key_is_believed_after_a_restart_too_and_another_is_not(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    root = tmp_path / "oca"
    async with running(make_appliance(root, desk.url, network)):
        before = await desk.until(lambda each: each.releases == ("rel-1",))
    desk.purge_key, desk.stones = FORGER.public, [FORGER.sign(WHOLE)]
    async with running(make_appliance(root, desk.url, network)) as edge:
        report = await desk.until(lambda each: each.boot_id != before.boot_id and each.tombstones_refused > 0)
        assert report.releases == ("rel-1",)
        assert await status(network, edge, FILE) == 200


async def test_a_file_purged_for_good_is_denied_and_deleted_and_no_fill_or_restart_brings_it_back(
    tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    root = tmp_path / "oca"
    async with running(make_appliance(root, desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        desk.stones = [replace(WHOLE, path=FILE)]
        report = await desk.until(lambda each: each.tombstone_sequence == 1)
        assert report.releases == ("rel-1",)
        assert [await status(network, edge, each) for each in (FILE, "hd/v1/4.m4s")] == [403, 200]
        assert not (root / "releases/rel-1" / FILE).exists()
    before = desk.reports["oca-1"]
    source.asked.clear()
    # As after a lost power: what is missing there was purged, and is not wrong.
    (root / "state/at-rest").unlink()
    async with running(make_appliance(root, desk.url, network)) as edge:
        await desk.until(lambda each: each.boot_id != before.boot_id and each.releases == ("rel-1",))
        assert [await status(network, edge, each) for each in (FILE, "hd/v1/4.m4s")] == [403, 200]
        assert not source.asked


async def test_a_fill_that_begins_later_leaves_out_what_was_purged(
    tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    desk.stones = [replace(WHOLE, path=FILE)]
    orders, desk.orders = desk.orders, []
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.tombstone_sequence == 1)
        desk.orders = orders
        await desk.until(lambda each: each.releases == ("rel-1",))
        assert source.asked[FILE] == 0
        assert [await status(network, edge, each) for each in (FILE, "hd/v1/4.m4s")] == [403, 200]


async def test_a_bad_copy_is_thrown_away_and_fetched_anew_and_meanwhile_its_release_is_not_held(
    tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    root = tmp_path / "oca"
    async with running(make_appliance(root, desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        copy = root / "releases/rel-1" / FILE
        good = copy.read_bytes()
        copy.write_bytes(b"bad")
        source.asked.clear()
        source.wrong = {FILE}
        desk.stones = [replace(WHOLE, path=FILE, refetch=True)]
        report = await desk.until(lambda each: each.tombstone_sequence == 1)
        assert report.releases == ()
        assert [await status(network, edge, each) for each in (FILE, "hd/v1/4.m4s")] == [404, 200]
        source.wrong = set()
        await desk.until(lambda each: each.releases == ("rel-1",))
        assert copy.read_bytes() == good
        assert await status(network, edge, FILE) == 200
        assert set(source.asked) == {FILE}


class SlowToKeep(SystemFiles):
    """A disk that takes its time with the second copy of a file."""

    def __init__(self, path: str) -> None:
        self._path, self._copies = path, 0
        self.writes, self.goes_on, self.kept = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        self._copies += path.as_posix().endswith(self._path)
        is_second = self._copies == 2 and path.as_posix().endswith(self._path)
        if is_second:
            self.writes.set()
            await self.goes_on.wait()
        await super().write(path, data, mode=mode)
        if is_second:
            self.kept.set()


async def test_what_is_purged_for_good_while_its_copy_is_written_anew_does_not_stay(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    disk, file = SlowToKeep(FILE), tmp_path / "oca/releases/rel-1" / FILE
    async with running(make_appliance(tmp_path / "oca", desk.url, network, files=disk)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        desk.stones = [Tombstone(1, "rel-1", "a bad copy", path=FILE, refetch=True)]
        await disk.writes.wait()
        desk.stones.append(Tombstone(2, "rel-1", "withdrawn", path=FILE))
        await desk.until(lambda each: each.tombstone_sequence == 2)
        disk.goes_on.set()
        await disk.kept.wait()
        await until(lambda: not file.exists())
        assert await status(network, edge, FILE) == 403


async def test_a_bad_copy_is_still_fetched_anew_after_a_crash(
    tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    root = tmp_path / "oca"
    async with running(make_appliance(root, desk.url, network)):
        await desk.until(lambda each: each.releases == ("rel-1",))
        source.wrong = {FILE}
        desk.stones = [replace(WHOLE, path=FILE, refetch=True)]
        before = await desk.until(lambda each: each.tombstone_sequence == 1)
    (root / "state/at-rest").unlink()
    source.wrong = set()
    async with running(make_appliance(root, desk.url, network)) as edge:
        await desk.until(lambda each: each.boot_id != before.boot_id and each.releases == ("rel-1",))
        assert await status(network, edge, FILE) == 200


async def test_another_appliance_s_bad_copy_is_acknowledged_and_nothing_else(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        desk.stones = [replace(WHOLE, path=FILE, refetch=True, appliance="oca-2")]
        report = await desk.until(lambda each: each.tombstone_sequence == 1)
        assert report.releases == ("rel-1",)
        assert await status(network, edge, FILE) == 200


async def test_an_origin_denies_what_is_purged_keeps_the_studio_s_files_and_mends_none(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    make_release(tmp_path / "studio", "rel-2")
    desk.stones = [
        WHOLE,
        Tombstone(2, "rel-2", "offends", FILE, after=1),
        Tombstone(3, "rel-2", "bad", "hd/v1/4.m4s", after=2, refetch=True),
    ]
    origin = make_origin(tmp_path / "studio", tmp_path / "state", desk.url, network)
    async with running(origin) as edge:
        report = await desk.until(lambda each: each.tombstone_sequence == 3, "origin-1")
        assert report.releases == ("rel-1", "rel-2")
        assert await status(network, edge, FILE) == 403
        assert [await status(network, edge, each, "rel-2") for each in (FILE, "hd/v1/4.m4s")] == [403, 200]
        await until(lambda: (tmp_path / "studio/rel-1" / FILE).exists())
