"""Stories: things that happen rarely, told on purpose."""

import asyncio
from pathlib import Path

import pytest

from matinee.kernel.chance import SeededChance
from matinee.kernel.ids import TitleId
from matinee.kernel.network import Outgoing
from matinee.sim.machines import Machine
from matinee.sim.world import World
from tests.sim.worlds import in_world, withdraw_thrice

PARTIAL, SERVED = Path("/edge/.partial"), Path("/edge/releases")


def spoil(appliance: Machine, what: str) -> None:
    """The machine is down, and its disk goes bad: each segment that it held, or each file of that name."""
    appliance.cut_power(0.5)
    for path in appliance.disk.under(SERVED):
        if path.name == what or (what == "segments" and path.suffix == ".m4s"):
            appliance.disk.rot(path, SeededChance(str(path)))


def _end(machine: Machine, how: str, *, much: float) -> None:
    if how == "kill":
        machine.kill()
    else:
        machine.cut_power(much)


def test_films_play_on_while_all_of_control_is_gone_for_ten_minutes(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        long = await world.publish("The Long One", duration_s=1500)
        for viewer in world.viewers:
            viewer.only = long
            viewer.habits = viewer.habits.settled()
        await world.live(150)
        playing = [v for v in world.viewers if v.is_watching]
        assert playing
        before = world.ledger.counts["segments"]
        world.house.kill()
        await world.live(600)
        assert all(v.is_watching for v in playing), "a film stopped because control was gone"
        assert world.ledger.counts["segments"] - before >= len(playing) * 600 / 5
        assert all(v.stalled_s == 0 for v in playing)
        await world.heal()

    in_world("control is gone", tmp_path, story)


@pytest.mark.parametrize("after_s", [0.2, 6, 35, 120])
def test_a_crash_at_any_moment_of_publishing_only_delays_it(after_s: float, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        title = await world.hand_in("Interrupted", duration_s=60)
        await asyncio.sleep(after_s)
        for machine in (world.house, world.origin):
            machine.kill()
        await asyncio.sleep(1)
        world.titles.append(title)
        await world.heal()

    in_world("publishing", tmp_path, story, viewers=1, films=0)


def test_the_master_that_was_handed_in_last_is_watched_although_it_was_there_before(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        async def shown_after(duration_s: float | None) -> int | None:
            if duration_s is not None:
                await world.hand_in("Recut", duration_s=duration_s)
            await world.live(60)
            return (await world.in_house(lambda s: s.catalog.desk_title(TitleId(title)))).title.duration_ms

        title = await world.publish("Recut", duration_s=20)
        made = await world.in_house(lambda s: s.studio.production.status(title))
        assert await shown_after(30) == 30_000
        assert await shown_after(20) == 20_000
        again = await world.in_house(lambda s: s.studio.production.status(title))
        assert len(again) == len(made) + 1, "nothing is made anew"
        await world.in_house(lambda s: s.catalog.roll_back(TitleId(title)))
        world.house.kill()
        await world.heal()
        assert await shown_after(None) == 30_000, "a restart undid a roll back"
        assert await shown_after(20) == 20_000

    in_world("recut", tmp_path, story, viewers=0, films=0)  # whose resume points fit films of one length


def test_a_disk_that_is_full_while_a_film_is_made_only_delays_it_and_says_so(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        title = await world.hand_in("No room", duration_s=60)
        await asyncio.sleep(6)
        world.weather.disk("house").full = True
        await asyncio.sleep(60)
        (version,) = await world.in_house(lambda s: s.studio.production.status(title))
        assert version.state != "failed"
        assert "full" in (version.waits_for or "")
        world.titles.append(title)
        await world.heal()

    in_world("no room", tmp_path, story, viewers=1, films=0)


@pytest.mark.parametrize("end", ["kill", "power cut"])
@pytest.mark.parametrize("files", [1, 7, 30])
def test_appliances_and_origin_torn_in_mid_fill_serve_only_whole_films(files: int, end: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for machine in (*world.appliances, world.origin):
            machine.kill()
        title = await world.hand_in("Filled late", duration_s=120)
        await world.until(world.is_ready(title), "the studio is done")
        for machine in (world.origin, *world.appliances):
            machine.begin()
        for number, appliance in enumerate(world.appliances):
            while len(appliance.disk.under(PARTIAL)) < files:
                await asyncio.sleep(0.000_1)
            _end(appliance, end, much=number / 2)
        world.origin.kill()
        world.titles.append(title)
        await world.heal()
        await world.live(60)

    in_world("filling", tmp_path, story, viewers=2, films=0)


@pytest.mark.parametrize("spoiled", ["segments", "release.json"])
def test_what_went_bad_while_an_appliance_was_down_is_served_by_nobody(spoiled: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for appliance in world.appliances:
            before = {path: appliance.disk.get(path) for path in appliance.disk.under(SERVED)}
            spoil(appliance, spoiled)
            appliance.begin()
            await asyncio.sleep(30)
            # A preview may have come meanwhile.
            assert {path: appliance.disk.get(path) for path in before} == before
        await world.live(60)
        await world.heal()

    in_world("gone bad", tmp_path, story, viewers=3)


@pytest.mark.parametrize("state", ["is kept", "is lost"])
@pytest.mark.parametrize("end", ["kill", "power cut"])
def test_an_appliance_begins_on_a_full_disk_and_serves_what_it_holds(end: str, state: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.origin.kill()
        for appliance in world.appliances:
            _end(appliance, end, much=0.5)
            world.weather.disk(appliance.name).full = True
            if state == "is lost":
                appliance.disk.take(Path(f"/{appliance.name}/edge.json"))
            appliance.begin()
        await asyncio.sleep(20)
        before = world.ledger.counts.get("segments", 0)
        await world.live(90)
        assert world.ledger.counts.get("segments", 0) > before + 10
        await world.heal()

    in_world("full from the beginning", tmp_path, story)


def test_appliances_begin_while_a_house_that_has_just_begun_is_killed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.house.kill()
        world.house.begin()
        for appliance in world.appliances:
            appliance.kill()
            appliance.begin()
        await asyncio.sleep(0)
        assert not world.house.ready.is_set()
        world.house.kill()
        await asyncio.sleep(5)
        answers = [
            await world.fabric.seen_from("someone").fetch(Outgoing("GET", f"http://{each.name}.sim/healthz"))
            for each in world.appliances
        ]
        assert [answer.status for answer in answers] == [200, 200]
        await world.heal()

    in_world("no house", tmp_path, story, viewers=1)


def test_what_is_withdrawn_is_played_by_nobody_new(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await withdraw_thrice(world)
        await world.live(60)

    assert in_world("withdrawn", tmp_path, story).ledger.counts["nothing to watch"] > 0
