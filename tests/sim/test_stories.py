"""Stories: things that happen rarely, told on purpose."""

import asyncio
from pathlib import Path

import pytest

from matinee.sim.world import World
from tests.sim.worlds import in_world


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


@pytest.mark.parametrize("after_s", [0.2, 0.7, 1.5, 3, 6, 10, 16, 24, 35, 50, 80, 120, 160, 185])
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


@pytest.mark.parametrize("after_s", [0.1, 0.5, 1.1, 2.0, 3.3])
def test_appliances_and_origin_killed_while_filling_serve_only_whole_films(after_s: float, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for machine in (*world.appliances, world.origin):
            machine.kill()
        title = await world.hand_in("Filled late", duration_s=240)
        await world.until(world.is_ready(title), "the studio is done")
        for machine in (world.origin, *world.appliances):
            machine.begin()
        await asyncio.sleep(after_s)
        for machine in (*world.appliances, world.origin):
            machine.kill()
        world.titles.append(title)
        await world.heal()
        await world.live(120)

    in_world("filling", tmp_path, story, viewers=4, films=1)


def test_what_is_withdrawn_is_played_by_nobody_new(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        (title,) = world.titles
        for _ in range(3):
            await world.live(60)
            await world.withdraw(title)
            await world.live(60)
            await world.show_again(title)
        await world.live(60)

    assert in_world("withdrawn", tmp_path, story).ledger.counts["nothing to watch"] > 0
