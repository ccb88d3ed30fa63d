"""What edges tell of what they send: accounts, what is being played, and what they hold without naming it each second."""

import asyncio
from pathlib import Path

import pytest

from matinee.control.steering.store import streamed as store
from matinee.delivery.edge.model.book import Book
from matinee.engines.media_server.port import Sent
from matinee.kernel.network import Answer, Outgoing, SystemNetwork
from matinee.kernel.quantities import hours, seconds
from matinee.wire.accounts import Accounts, AccountsKnown, Said
from matinee.wire.health import contents_digest
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
from tests.domain.test_edge import running
from tests.house import House

SEGMENT = 20_000


@pytest.fixture
def made(tmp_path: Path, desk: Desk, source: Source) -> Made:
    """A release that the appliance is ordered to hold."""
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders = [order(made, source.url)]
    return made


async def play(network: SystemNetwork, url: str, made: Made, path: str, session: str, words: str = "") -> Answer:
    text = fill_ticket(made.release_id, "hd", "audio", session=session)
    return await network.fetch(Outgoing("GET", f"{url}/v1/{text}/{made.release_id}/{path}{words}"))


def streamed(told: list[Accounts]) -> dict[tuple[str, str], int]:
    """As steering sums it: each life's counts of a day, the largest."""
    found: dict[tuple[str, str, str, str], int] = {}
    for account in told:
        for each in account.streamed:
            key = (account.boot_id, each.day, each.release_id, each.tier)
            found[key] = max(found.get(key, 0), each.bytes)
    sums: dict[tuple[str, str], int] = {}
    for (_, _, release, tier), size in found.items():
        sums[release, tier] = sums.get((release, tier), 0) + size
    return sums


def sessions(told: list[Accounts]) -> dict[str, int]:
    """Each number of each life once."""
    sums: dict[str, int] = {}
    for account in {(each.boot_id, each.number): each for each in told}.values():
        for one in account.sessions:
            sums[one.session] = sums.get(one.session, 0) + one.bytes
    return sums


async def test_an_appliance_tells_whom_it_sent_how_much_and_what_they_said(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        for number in range(3):
            await play(network, edge, made, f"hd/v1/{number}.m4s", "s1", "?CMCD=bl%3D4000%2Cmtp%3D9000")
        await play(network, edge, made, "audio/a1/0.m4s", "s2")
        await desk.until_accounts(lambda told: sum(streamed(told).values()) == 4 * SEGMENT)
        await play(network, edge, made, "hd/v1/4.m4s", "s1")
        await desk.until_accounts(lambda told: sum(sessions(told).values()) == 5 * SEGMENT)
    assert streamed(desk.accounts) == {("rel-1", "hd"): 4 * SEGMENT, ("rel-1", "audio"): SEGMENT}
    assert sessions(desk.accounts) == {"s1": 4 * SEGMENT, "s2": SEGMENT}
    first = desk.accounts[0]
    assert (first.appliance_id, first.number, first.build) == ("oca-1", 1, "a build")
    said = [one.said for each in desk.accounts for one in each.sessions if one.session == "s1"]
    assert said[0] == Said(9000, buffer_ms=4000)
    assert len({each.boot_id for each in desk.accounts}) == 1


async def test_an_orderly_end_tells_what_was_sent_since_the_last_account(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with running(make_appliance(tmp_path / "oca", desk.url, network, account_every=hours(1))) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await play(network, edge, made, "hd/v1/0.m4s", "s1")
        assert desk.accounts == []
    assert streamed(desk.accounts) == {("rel-1", "hd"): SEGMENT}
    assert sessions(desk.accounts) == {"s1": SEGMENT}


async def test_nobody_waits_long_for_a_desk_that_does_not_take_the_last_account(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    desk.takes_accounts = None
    async with running(make_appliance(tmp_path / "oca", desk.url, network, account_every=hours(1))) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await play(network, edge, made, "hd/v1/0.m4s", "s1")
    assert len(desk.accounts) == 1
    assert (tmp_path / "oca/state/at-rest").exists()


async def test_an_origin_tells_what_viewers_were_sent_and_not_what_was_filled_from_it(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    async with running(make_origin(tmp_path / "studio", tmp_path / "origin", desk.url, network)) as origin:
        await desk.until(lambda each: each.releases == ("rel-1",), "origin-1")
        desk.orders = [order(made, origin)]
        async with running(make_appliance(tmp_path / "oca", desk.url, network)):
            await desk.until(lambda each: each.releases == ("rel-1",))
        await play(network, origin, made, "hd/v1/0.m4s", "s1")
        await desk.until_accounts(lambda told: "s1" in sessions(told))
    assert streamed(desk.accounts) == {("rel-1", "hd"): SEGMENT}
    assert {each.appliance_id for each in desk.accounts} == {"origin-1"}


@pytest.mark.parametrize("status", [503, 401, None])
async def test_an_account_that_is_not_acknowledged_is_told_again_and_no_byte_is_lost_or_counted_twice(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork, status: int | None
) -> None:
    desk.takes_accounts = status
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await play(network, edge, made, "hd/v1/0.m4s", "s1")
        await desk.until_accounts(lambda told: len(told) > 2)
        await play(network, edge, made, "hd/v1/1.m4s", "s2")
        tried = len(desk.accounts)
        await desk.until_accounts(lambda told: len(told) > tried + 2)
        assert {each.number for each in desk.accounts} == {1}
        desk.takes_accounts = 200
        await desk.until_accounts(lambda told: sum(sessions(told).values()) == 2 * SEGMENT)
    assert sessions(desk.accounts) == {"s1": SEGMENT, "s2": SEGMENT}
    assert streamed(desk.accounts) == {("rel-1", "hd"): 2 * SEGMENT}


@pytest.mark.parametrize("status", [401, 404])
async def test_an_account_that_somebody_before_steering_refused_is_told_as_it_was(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork, status: int
) -> None:
    desk.takes_accounts = None  # steering has it, and its answer is lost
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await play(network, edge, made, "hd/v1/0.m4s", "s1")
        await desk.until_accounts(lambda told: len(told) > 1)
        desk.takes_accounts = status
        await play(network, edge, made, "hd/v1/1.m4s", "s1")
        tried = len(desk.accounts)
        await desk.until_accounts(lambda told: len(told) > tried + 2)
        desk.takes_accounts = 200
        await desk.until_accounts(lambda told: told[-1].number == 2)
    by_number = {each.number: each for each in desk.accounts}
    assert all(each == by_number[each.number] for each in desk.accounts), (
        "steering may have it, and counts by its number"
    )
    assert sessions(list(by_number.values())) == {"s1": 2 * SEGMENT}


async def test_a_service_that_knows_no_accounts_keeps_nobody_from_watching(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    desk.takes_accounts = 404
    async with running(make_appliance(tmp_path / "oca", desk.url, network)) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await play(network, edge, made, "hd/v1/0.m4s", "s1")
        await desk.until_accounts(lambda told: len(told) > 2)
        reported = desk.reports["oca-1"].sequence
        await desk.until(lambda each: each.sequence > reported + 3)
        assert (await play(network, edge, made, "hd/v1/1.m4s", "s1")).status == 200


async def test_what_an_edge_tells_is_what_steering_takes(house: House) -> None:
    release_id = house.ids.new()
    book = Book("flash-1", house.ids.new(), "a build")
    await house.report()
    for size in (500, 700):
        book.enter([Sent("s1", release_id, "hd", 1, size, 0, Said(9000))], at=house.clock.now())
        book.close(at=house.clock.now())
        account = book.on_its_way
        assert account is not None
        for _ in range(2):
            assert await house.steering.account(account) == AccountsKnown(account.number)
        book.acknowledge(account.number, at=house.clock.now())
        assert book.on_its_way is None
    day = house.clock.now().date().isoformat()
    counted = await house.database.read(lambda work: store.streamed_by_cluster(work, day, day))
    assert [(release, size) for *_, release, size in counted] == [(release_id, 1200)]


# ---- what is being played


async def test_a_report_says_what_is_being_played_and_for_how_long(
    tmp_path: Path, desk: Desk, made: Made, source: Source, network: SystemNetwork
) -> None:
    made, other = (make_release(tmp_path / "studio", name) for name in ("rel-1", "rel-2"))
    desk.orders = [order(made, source.url), order(other, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network, playing_for=seconds(0.5))) as edge:
        await desk.until(lambda each: each.releases == ("rel-1", "rel-2") and each.playing == ())
        await play(network, edge, made, "hd/v1/0.m4s", "s1")
        await desk.until(lambda each: each.playing == ("rel-1",))
        await desk.until(lambda each: each.playing == ())


async def test_a_full_disk_keeps_what_is_played_though_nobody_orders_it_and_lets_it_go_when_it_is_over(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    old, other, new = (make_release(tmp_path / "studio", name) for name in ("rel-old", "rel-other", "rel-new"))
    desk.orders = [order(old, source.url), order(other, source.url, sequence=2)]
    edge = make_appliance(
        tmp_path / "oca", desk.url, network, playing_for=seconds(2), room_bytes=2 * old.size + SEGMENT
    )
    async with running(edge) as url:
        await desk.until(lambda each: each.releases == ("rel-old", "rel-other"))
        playing = asyncio.create_task(watch(network, url, old))
        await desk.until(lambda each: each.playing == ("rel-old",))
        desk.orders = [order(new, source.url, sequence=3)]
        await desk.until(lambda each: each.releases == ("rel-new", "rel-old"))
        third = make_release(tmp_path / "studio", "rel-third")
        desk.orders = [order(new, source.url, sequence=3), order(third, source.url, sequence=4)]
        report = await desk.until(lambda each: any(one.error for one in each.filling))
        assert "what is being played stays" in (report.filling[0].error or "")
        assert report.releases == ("rel-new", "rel-old")
        assert not playing.done()
        await stop(playing)
        await desk.until(lambda each: each.releases == ("rel-new", "rel-third"))


async def watch(network: SystemNetwork, url: str, made: Made) -> None:
    while True:
        assert (await play(network, url, made, "hd/v1/0.m4s", "s1")).status == 200
        await asyncio.sleep(0.02)


async def test_a_purge_takes_away_what_is_being_played(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with running(make_appliance(tmp_path / "oca", desk.url, network, playing_for=seconds(60))) as edge:
        await desk.until(lambda each: each.releases == ("rel-1",))
        await play(network, edge, made, "hd/v1/0.m4s", "s1")
        await desk.until(lambda each: each.playing == ("rel-1",))
        desk.stones = [Tombstone(1, "rel-1", "rights ended")]
        report = await desk.until(lambda each: each.tombstone_sequence == 1)
        assert (report.releases, report.playing) == ((), ())
        assert (await play(network, edge, made, "hd/v1/1.m4s", "s1")).status == 403
    assert not (tmp_path / "oca" / "releases" / "rel-1").exists()


async def test_an_edge_that_has_just_begun_takes_nothing_away_before_it_knows_who_plays(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    old, new = (make_release(tmp_path / "studio", name) for name in ("rel-old", "rel-new"))
    room = old.size + SEGMENT
    desk.orders = [order(old, source.url)]
    async with running(make_appliance(tmp_path / "oca", desk.url, network, room_bytes=room)):
        await desk.until(lambda each: each.releases == ("rel-old",))
    desk.orders = [order(new, source.url, sequence=2)]
    edge = make_appliance(tmp_path / "oca", desk.url, network, room_bytes=room, playing_for=seconds(1))
    async with running(edge):
        report = await desk.until(lambda each: any(one.error for one in each.filling))
        assert "not served for long enough" in (report.filling[0].error or "")
        assert report.releases == ("rel-old",)
        await desk.until(lambda each: each.releases == ("rel-new",))


# ---- what is held


async def test_what_is_held_is_left_out_of_reports_once_steering_knows_it_until_it_changes(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    first, second = (make_release(tmp_path / "studio", name) for name in ("rel-1", "rel-2"))
    desk.orders, desk.remembers = [order(first, source.url)], True
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        report = await desk.until(lambda each: each.releases == ("rel-1",) and not each.releases_told)
        assert report.digest == contents_digest(["rel-1"])
        desk.orders.append(order(second, source.url, sequence=2))
        report = await desk.until(lambda each: each.releases == ("rel-1", "rel-2") and not each.releases_told)
        assert report.digest == contents_digest(["rel-1", "rel-2"])


async def test_a_steering_that_forgot_asks_and_is_told_all_in_the_same_moment(
    tmp_path: Path, desk: Desk, source: Source, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    desk.orders, desk.remembers = [order(made, source.url)], True
    edge = make_appliance(tmp_path / "oca", desk.url, network)
    async with running(edge):
        await desk.until(lambda each: each.releases == ("rel-1",) and not each.releases_told)
        desk.contents.clear()
        async with asyncio.timeout(30):
            while "oca-1" not in desk.contents:
                assert edge.status().control_reached
                await asyncio.sleep(0)
        assert desk.contents["oca-1"][1] == ("rel-1",)
        left_out = desk.left_out
        await desk.until(lambda each: desk.left_out > left_out)


async def test_a_steering_that_knows_no_digests_is_always_told_all(
    tmp_path: Path, desk: Desk, made: Made, network: SystemNetwork
) -> None:
    async with running(make_appliance(tmp_path / "oca", desk.url, network)):
        report = await desk.until(lambda each: each.releases == ("rel-1",))
        await desk.until(lambda each: each.sequence > report.sequence + 5)
    assert desk.left_out == 0
