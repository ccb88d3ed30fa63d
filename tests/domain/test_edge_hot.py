"""A fast disk inside an appliance: what is asked for most is copied there and served from there, and nothing depends on it."""

import errno
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from matinee.delivery.edge.api import HotDisk
from matinee.delivery.edge.service import EdgeAppliance
from matinee.kernel.files import Files, SystemFiles
from matinee.kernel.network import SystemNetwork
from matinee.kernel.quantities import seconds
from matinee.wire.purge import Tombstone
from tests.domain.edge_world import Desk, Made, Source, make_appliance, make_release, order
from tests.domain.test_edge import running, until
from tests.domain.test_edge_accounts import SEGMENT, play

TIER = 6 * SEGMENT + 4


def with_fast_disk(
    tmp_path: Path, desk: Desk, network: SystemNetwork, boot: str = "", files: Files | None = None
) -> EdgeAppliance:
    """With room for a tier of a film, and a half."""
    disk = HotDisk(tmp_path / "fast", TIER * 3 // 2, look_every=seconds(0.05))
    return make_appliance(tmp_path / "oca", desk.url, network, hot=disk, boot=boot, files=files)


class GoneBad(SystemFiles):
    """Below one folder nothing can be moved or made any more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_bad = False

    async def move(self, source: Path, target: Path) -> None:
        if self.is_bad and source.is_relative_to(self.folder):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(source))
        await super().move(source, target)


def fast(tmp_path: Path) -> set[str]:
    """The tiers that lie there, as `release/tier`."""
    found = (tmp_path / "fast" / "releases").glob("*/*/*/*")
    return {"/".join(path.relative_to(tmp_path / "fast" / "releases").parts[:2]) for path in found}


async def watch(network: SystemNetwork, url: str, made: Made, times: int = 1) -> None:
    for _ in range(times):
        for number in range(6):
            answer = await play(network, url, made, f"hd/v1/{number}.m4s", "s1")
            assert answer.body == (made.folder / f"hd/v1/{number}.m4s").read_bytes()


@pytest.fixture
def made(tmp_path: Path, desk: Desk, source: Source) -> Made:
    """The film that is ordered."""
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    return made


@asynccontextmanager
async def with_hot_film(
    tmp_path: Path, desk: Desk, network: SystemNetwork, made: Made, files: Files | None = None
) -> AsyncIterator[str]:
    """An appliance that holds it, where it was watched until it came to lie on the fast disk."""
    async with running(with_fast_disk(tmp_path, desk, network, files=files)) as url:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await watch(network, url, made)
        await until(lambda: fast(tmp_path) == {"rel-1/hd"})
        yield url


async def test_what_is_played_most_comes_to_lie_on_the_fast_disk_and_gives_way_to_what_is_played_more(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    first, second = (make_release(tmp_path / "studio", name) for name in ("rel-1", "rel-2"))
    desk.orders = [order(first, source.url), order(second, source.url, sequence=2)]
    async with running(with_fast_disk(tmp_path, desk, network)) as url:
        await desk.until(lambda each: each.releases == ("rel-1", "rel-2"))
        await watch(network, url, first)
        await until(lambda: fast(tmp_path) == {"rel-1/hd"})
        await watch(network, url, first)
        await watch(network, url, second, times=5)
        await until(lambda: fast(tmp_path) == {"rel-2/hd"})
        await watch(network, url, second)
        await watch(network, url, first)
    copies = tmp_path / "fast" / "releases" / "rel-2" / "hd" / "v1"
    assert [path.read_bytes() for path in sorted(copies.iterdir())] == [
        path.read_bytes() for path in sorted((second.folder / "hd" / "v1").iterdir())
    ]


async def test_a_fast_disk_that_is_lost_loses_nothing_and_a_new_one_is_filled_again(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with with_hot_film(tmp_path, desk, network, made) as url:
        shutil.rmtree(tmp_path / "fast")
        await watch(network, url, made)
    async with running(with_fast_disk(tmp_path, desk, network)) as url:
        await until(lambda: fast(tmp_path) == {"rel-1/hd"})  # what was hot is remembered
        await watch(network, url, made)


@pytest.mark.parametrize("is_off", [False, True])
async def test_after_a_start_its_copies_are_there_unless_the_machine_lost_its_power(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork, is_off: bool
) -> None:
    async with with_hot_film(tmp_path, desk, network, made):
        pass
    rotten = tmp_path / "fast" / "releases" / "rel-1" / "hd" / "v1" / "0.m4s"
    rotten.write_bytes(b"x" * SEGMENT)
    if is_off:
        (tmp_path / "oca" / "state" / "at-rest").unlink()
    edge = with_fast_disk(tmp_path, desk, network)
    await edge.start()
    try:
        assert fast(tmp_path) == (set() if is_off else {"rel-1/hd"})
    finally:
        await edge._serving.stop()


@pytest.mark.parametrize("path", [None, "hd/v1/3.m4s"])
async def test_a_purge_reaches_both_disks(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork, path: str | None
) -> None:
    async with with_hot_film(tmp_path, desk, network, made) as url:
        desk.stones = [Tombstone(1, "rel-1", "rights ended", path)]
        await desk.until(lambda each: each.tombstone_sequence == 1)
        assert (await play(network, url, made, "hd/v1/3.m4s", "s1")).status == 403
        for disk in ("fast", "oca"):
            assert not list((tmp_path / disk / "releases").glob("rel-1/hd/v1/3.m4s"))
        assert (tmp_path / "oca" / "releases" / "rel-1").exists() == (path is not None)


async def test_a_file_that_has_gone_bad_on_the_slow_disk_is_not_copied(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork, made: Made
) -> None:
    other = make_release(tmp_path / "studio", "rel-2", segments=2)
    async with running(with_fast_disk(tmp_path, desk, network)) as url:
        await desk.until(lambda each: each.releases == ("rel-1",))
        (tmp_path / "oca" / "releases" / "rel-1" / "hd" / "v1" / "5.m4s").write_bytes(b"x" * SEGMENT)
        for number in (0, 1, 2, 3, 4) * 3:
            await play(network, url, made, f"hd/v1/{number}.m4s", "s1")
        desk.orders.append(order(other, source.url, sequence=2))
        await desk.until(lambda each: each.releases == ("rel-1", "rel-2"))
        for number in range(2):
            await play(network, url, other, f"hd/v1/{number}.m4s", "s1")
        await until(lambda: fast(tmp_path) == {"rel-2/hd"})


async def test_a_fast_disk_that_has_gone_bad_holds_up_no_purge_and_is_tidied_when_it_is_well_again(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork, made: Made
) -> None:
    other = make_release(tmp_path / "studio", "rel-2")
    files = GoneBad(tmp_path / "fast")
    async with with_hot_film(tmp_path, desk, network, made, files) as url:
        files.is_bad = True
        desk.stones = [Tombstone(1, "rel-1", "rights ended")]
        desk.orders = [order(other, source.url, sequence=2)]
        await desk.until(lambda each: (each.tombstone_sequence, each.releases) == (1, ("rel-2",)))
        assert (await play(network, url, made, "hd/v1/3.m4s", "s1")).status == 403
        assert fast(tmp_path) == {"rel-1/hd"}
        files.is_bad = False
        await until(lambda: fast(tmp_path) == set())


async def test_doubted_copies_that_cannot_be_put_away_are_not_served_in_this_life_or_the_next(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with with_hot_film(tmp_path, desk, network, made):
        pass
    (tmp_path / "fast" / "releases" / "rel-1" / "hd" / "v1" / "0.m4s").write_bytes(b"x" * SEGMENT)
    (tmp_path / "oca" / "state" / "at-rest").unlink()
    files = GoneBad(tmp_path / "fast")
    files.is_bad = True
    desk.reports.clear()
    async with running(with_fast_disk(tmp_path, desk, network, files=files)) as url:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await watch(network, url, made)
    async with running(with_fast_disk(tmp_path, desk, network)) as url:
        await watch(network, url, made)
        await until(lambda: fast(tmp_path) == {"rel-1/hd"})
        await watch(network, url, made)
