"""The edge through its door, with real servers: an origin, an appliance, and steering at a desk."""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from matinee.delivery.edge.service import EdgeAppliance, EdgeOrigin
from matinee.engines.routes.in_loop import InLoopRoutes
from matinee.engines.routes.port import Attributes
from matinee.kernel.files import DiskFull, SystemFiles
from matinee.kernel.network import Answer, Outgoing, SystemNetwork
from matinee.wire.purge import Tombstone
from tests.domain.edge_world import (
    Desk,
    Made,
    Source,
    fill_ticket,
    make_appliance,
    make_origin,
    make_release,
    order,
    stop,
)

ANNOUNCED = Attributes((64512, 64513), 100, "igp", "192.0.2.1")


@asynccontextmanager
async def running(edge: EdgeAppliance | EdgeOrigin) -> AsyncIterator[str]:
    task = asyncio.create_task(edge.run())
    try:
        await until(lambda: edge.status().port != 0, task)
        yield f"http://127.0.0.1:{edge.status().port}"
    finally:
        await stop(task)


async def until(holds: Callable[[], bool], task: "asyncio.Task[None] | None" = None) -> None:
    async with asyncio.timeout(30):
        while not holds():
            if task is not None and task.done():
                task.result()
            await asyncio.sleep(0.005)


async def ask(network: SystemNetwork, url: str, made: Made, path: str, *tiers: str) -> Answer:
    text = fill_ticket(made.release_id, *(tiers or ("hd", "audio")))
    return await network.fetch(Outgoing("GET", f"{url}/v1/{text}/{made.release_id}/{path}"))


async def serves_all(network: SystemNetwork, url: str, made: Made) -> bool:
    answers = [await ask(network, url, made, path) for path in made.paths]
    return all(
        answer.body == (made.folder / path).read_bytes() for answer, path in zip(answers, made.paths, strict=True)
    )


def visible(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "releases").iterdir())


async def test_an_appliance_fills_what_is_ordered_from_the_origin_and_serves_it(
    tmp_path: Path, desk: Desk, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    async with running(make_origin(tmp_path / "studio", tmp_path / "origin", desk.url, network)) as origin:
        report = await desk.until(lambda each: each.releases == ("rel-1",), "origin-1")
        assert (report.kind, report.bytes_held) == ("origin", made.size)
        await until(lambda: (tmp_path / "origin" / "edge.json").exists())
        desk.orders = [order(made, origin)]
        async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
            report = await desk.until(lambda each: each.releases == ("rel-1",))
            assert (report.kind, report.bytes_held, report.filling) == ("storage", made.size, ())
            assert await serves_all(network, edge, made)
            assert (await ask(network, edge, made, made.paths[0], "uhd")).status == 403


async def test_the_origin_reports_a_release_that_the_studio_adds(
    tmp_path: Path, desk: Desk, network: SystemNetwork
) -> None:
    (tmp_path / "studio").mkdir()
    async with running(make_origin(tmp_path / "studio", tmp_path / "origin", desk.url, network)):
        await desk.until(lambda each: each.releases == (), "origin-1")
        make_release(tmp_path / "studio", "rel-new")
        await desk.until(lambda each: each.releases == ("rel-new",), "origin-1")


async def test_wrong_bytes_never_become_visible_and_the_next_source_mends_them(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    source.wrong = {"hd/v1/2.m4s"}
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        report = await desk.until(lambda each: any(fill.error for fill in each.filling))
        assert "wrong hash" in (report.filling[0].error or "")
        assert report.releases == ()
        assert visible(tmp_path / "oca") == []
        assert (await ask(network, edge, made, "hd/v1/0.m4s")).status == 404
        other = Source(tmp_path / "studio")
        await other.open()
        desk.orders = [order(made, source.url, other.url, sequence=2)]
        await desk.until(lambda each: each.releases == ("rel-1",))
        assert await serves_all(network, edge, made)
        assert set(other.asked) == {"hd/v1/2.m4s"}
        await other.close()


async def test_a_release_json_that_was_not_ordered_is_not_believed(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url, sha256="0" * 64)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        report = await desk.until(lambda each: any(fill.error for fill in each.filling))
        assert "wrong hash" in (report.filling[0].error or "")
        assert set(source.asked) == {"release.json"}


async def test_a_source_that_is_gone_does_not_hold_up_other_releases(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    first, second = (make_release(tmp_path / "studio", name) for name in ("rel-1", "rel-2"))
    desk.orders = [order(first, "http://127.0.0.1:9", priority=5), order(second, source.url, sequence=2)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        report = await desk.until(lambda each: each.releases == ("rel-2",))
        failed = (
            await desk.until(lambda each: any(fill.error for fill in each.filling)) if not report.filling else report
        )
        assert failed.filling[0].release_id == "rel-1"


async def in_a_process(root: Path, desk_url: str, *, boot: str = "") -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.domain.edge_child", str(root), desk_url, boot),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


@pytest.mark.parametrize(("boot", "fetched"), [("the same", set[str]()), ("another", {"hd/v1/3.m4s"})], ids=str)
async def test_a_disk_is_read_again_after_the_machine_was_off_and_not_after_a_kill(
    boot: str, fetched: set[str], tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    child = await in_a_process(tmp_path / "oca", desk.url, boot="the same")
    before = await desk.until(lambda each: each.releases == ("rel-1",))
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()
    damaged = tmp_path / "oca/releases/rel-1/hd/v1/3.m4s"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    source.asked.clear()
    async with running(make_appliance(tmp_path / "oca", desk.url, network, boot=boot)) as edge:
        await desk.until(lambda each: each.boot_id != before.boot_id and each.releases == ("rel-1",))
        assert set(source.asked) == fetched
        assert not fetched or await serves_all(network, edge, made)


async def test_a_killed_appliance_goes_on_where_it_was(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1", segments=20)
    source.held_back = {"audio/a1/10.m4s"}
    desk.orders = [order(made, source.url)]
    partial = tmp_path / "oca" / ".partial" / "rel-1"
    child = await in_a_process(tmp_path / "oca", desk.url)
    # All but the one that the source holds back: three of the four fetches go on past it.
    await until(lambda: sum(1 for path in partial.rglob("*.m4s") if path.name[0] != ".") >= 39)
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()
    assert visible(tmp_path / "oca") == []
    damaged = partial / "hd/v1/3.m4s"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    kept = {path.relative_to(partial).as_posix() for path in partial.rglob("*.*") if path.name[0] != "."}
    source.held_back = set()
    source.asked.clear()
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        assert set(source.asked) == {*made.paths, "release.json"} - kept | {"hd/v1/3.m4s"}
        assert await serves_all(network, edge, made)
    assert list((tmp_path / "oca" / ".partial").iterdir()) == []


async def test_a_tombstone_takes_a_release_away_for_good(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made, other = (make_release(tmp_path / "studio", name) for name in ("rel-1", "rel-2"))
    desk.orders = [order(made, source.url), order(other, source.url, sequence=2)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1", "rel-2"))
        desk.stones = [Tombstone(7, "rel-1", "withdrawn")]
        report = await desk.until(lambda each: each.tombstone_sequence == 7)
        assert report.releases == ("rel-2",)
        assert visible(tmp_path / "oca") == ["rel-2"]
        assert (await ask(network, edge, made, made.paths[0])).status == 403
        assert await serves_all(network, edge, other)
    source.asked.clear()
    before = desk.reports["oca-1"]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        report = await desk.until(lambda each: each.boot_id != before.boot_id and each.sequence > 5)
        assert (report.releases, report.tombstone_sequence) == (("rel-2",), 7)
        assert not source.asked


async def test_a_release_purged_while_it_is_filled_is_dropped(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    source.held_back = {"hd/v1/5.m4s"}
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        await desk.until(lambda each: bool(each.filling) and each.filling[0].bytes_done > 0)
        desk.stones = [Tombstone(1, "rel-1", "withdrawn")]
        await desk.until(lambda each: each.tombstone_sequence == 1)
        source.let_go.set()
        await desk.until(lambda each: each.filling == ())
        await until(lambda: not list((tmp_path / "oca" / ".partial").iterdir()))
        assert visible(tmp_path / "oca") == []


async def test_one_file_can_be_purged(tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        desk.stones = [Tombstone(1, "rel-1", "bad subtitle", "hd/v1/0.m4s"), Tombstone(2, "../..", "x", "../../x")]
        await desk.until(lambda each: each.tombstone_sequence == 2)
        assert (await ask(network, edge, made, "hd/v1/0.m4s")).status == 403
        assert (await ask(network, edge, made, "hd/v1/1.m4s")).status == 200


async def test_without_steering_an_appliance_serves_what_it_holds_also_after_a_restart(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await desk.close()
        assert await serves_all(network, edge, made)
    assert (tmp_path / "oca/state/edge.json").stat().st_mode & 0o777 == 0o600
    again = make_appliance(tmp_path / "oca", desk.url, network)
    async with running(again) as edge:
        assert await serves_all(network, edge, made)
        assert not again.status().control_reached


async def test_an_appliance_with_the_wrong_token_serves_and_is_told_nothing(
    tmp_path: Path, desk: Desk, network: SystemNetwork
) -> None:
    appliance = make_appliance(tmp_path / "oca", desk.url + "/no-such-place", network)
    async with running(appliance) as edge:
        assert (await network.fetch(Outgoing("GET", f"{edge}/healthz"))).status == 200
        assert not appliance.status().control_reached


class TinyDisk(SystemFiles):
    """A disk with room for so many bytes of segments."""

    def __init__(self, root: Path, capacity: int) -> None:
        self.root, self.capacity = root, capacity

    async def free_bytes(self, folder: Path) -> int:
        sizes = [await self.size(path) for path in await self.below(self.root) if path.suffix == ".m4s"]
        return self.capacity - sum(size or 0 for size in sizes)

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        if path.suffix == ".m4s" and len(data) > await self.free_bytes(path.parent):
            raise DiskFull("The disk is full.")
        await super().write(path, data, mode=mode)


class FullDisk(SystemFiles):
    """No room for a single byte more; what is there can be read, moved and taken away."""

    async def write(self, path: Path, data: bytes, *, mode: int = 0o644) -> None:
        raise DiskFull("The disk is full.")


async def test_on_a_full_disk_an_appliance_serves_and_does_not_believe_an_orderly_end_twice(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    root = tmp_path / "oca"
    async with running(make_appliance(root, desk.url, network)):
        before = await desk.until(lambda each: each.releases == ("rel-1",))
    assert (root / "state/at-rest").exists()
    async with running(make_appliance(root, desk.url, network, files=FullDisk())) as edge:
        assert await serves_all(network, edge, made)
        before = await desk.until(lambda each: each.boot_id != before.boot_id)
    # It could not write that it ended well either, so for the next one it is as after a crash: everything is read.
    assert not (root / "state/at-rest").exists()
    damaged = root / "releases/rel-1/hd/v1/3.m4s"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    async with running(make_appliance(root, desk.url, network)) as edge:
        await desk.until(lambda each: each.boot_id != before.boot_id and each.releases == ("rel-1",))
        assert await serves_all(network, edge, made)


class ReadOnlyDisk(FullDisk):
    async def remove(self, path: Path) -> None:
        if path.exists():
            raise OSError(errno.EROFS, "Read-only file system")

    async def move(self, source: Path, target: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")


async def test_on_a_disk_that_cannot_be_written_at_all_an_appliance_serves_what_it_holds(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        before = await desk.until(lambda each: each.releases == ("rel-1",))
    async with running(make_appliance(tmp_path / "oca", desk.url, network, files=ReadOnlyDisk())) as edge:
        await desk.until(lambda each: each.boot_id != before.boot_id and each.sequence > 2)
        assert await serves_all(network, edge, made)


async def test_a_release_that_does_not_fit_says_so_and_smaller_ones_still_come(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    large = make_release(tmp_path / "studio", "large", segments=20)
    small = make_release(tmp_path / "studio", "small", segments=2)
    desk.orders = [order(large, source.url, priority=9), order(small, source.url, sequence=2)]
    files = TinyDisk(tmp_path / "oca", 200_000)
    async with running(make_appliance(tmp_path / "oca", desk.url, network, files=files)):
        report = await desk.until(lambda each: each.releases == ("small",) and any(fill.error for fill in each.filling))
        assert "Order fewer releases or add a disk" in (report.filling[0].error or "")


async def test_what_is_no_longer_ordered_makes_room(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    old, new = (make_release(tmp_path / "studio", name, segments=4) for name in ("old", "new"))
    desk.orders = [order(old, source.url)]
    files = TinyDisk(tmp_path / "oca", 200_000)
    async with running(make_appliance(tmp_path / "oca", desk.url, network, files=files)):
        await desk.until(lambda each: each.releases == ("old",))
        desk.orders = [order(new, source.url, sequence=2)]
        await desk.until(lambda each: each.releases == ("new",))
        assert visible(tmp_path / "oca") == ["new"]


async def test_a_stop_in_the_middle_of_a_fill_leaves_nothing_running(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    source.held_back = {"hd/v1/1.m4s"}
    desk.orders = [order(made, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: bool(each.filling))
    port = int(edge.rpartition(":")[2])
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_what_peers_announce_is_told_to_steering_and_all_of_it_again_when_it_forgot(
    tmp_path: Path, desk: Desk, network: SystemNetwork
) -> None:
    feed = InLoopRoutes()
    async with running(make_appliance(tmp_path / "oca", desk.url, network, feed=feed)):
        feed.connect("192.0.2.1", 64512)
        feed.announce("192.0.2.1", ["198.51.100.0/24", "2001:db8::/32"], ANNOUNCED)
        await desk.until_routes(lambda routes: set(routes) == {"198.51.100.0/24", "2001:db8::/32"})
        assert desk.routes["198.51.100.0/24"].path_length == 2
        feed.withdraw("192.0.2.1", ["198.51.100.0/24"])
        await desk.until_routes(lambda routes: set(routes) == {"2001:db8::/32"})
        desk.routes, desk.routes_until = {}, 0
        await desk.until_routes(lambda routes: set(routes) == {"2001:db8::/32"})
        feed.drop("192.0.2.1", "The session is lost.")
        await desk.until_routes(lambda routes: not routes)
        report = await desk.until(lambda report: report.routes_until == desk.routes_until)
        assert report.routes_epoch != ""
