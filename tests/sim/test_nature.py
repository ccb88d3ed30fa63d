"""What goes wrong: drawn as data, carried out, and over when it is over."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from matinee.kernel.chance import SeededChance
from matinee.sim.nature import Misfortune, Nature, Temper, Usual, What, misfortunes
from matinee.sim.weather import Disk
from matinee.sim.world import World
from tests.sim.worlds import in_world

MACHINES, VIEWERS = ("house", "origin", "edge-1"), ("viewer-0", "viewer-1")
OF_A_LINK = ("cut", "slow link", "loss")


def _drawn(seed: str, for_s: float = 20_000, temper: Temper | None = None) -> tuple[Misfortune, ...]:
    chance = SeededChance(seed)
    return misfortunes(chance, temper or Temper(), machines=MACHINES, viewers=VIEWERS, for_s=for_s)


def test_one_seed_has_one_store_of_misfortunes_and_a_longer_life_only_adds_to_it() -> None:
    assert _drawn("one") == _drawn("one")
    assert _drawn("one") != _drawn("another")
    shorter = _drawn("one", 300)
    assert shorter
    assert _drawn("one")[: len(shorter)] == shorter


def test_everything_that_can_go_wrong_does_in_time() -> None:
    drawn = _drawn("all")
    assert {one.what for one in drawn} == set(get_args(Usual))
    assert [one.at_s for one in drawn] == sorted(one.at_s for one in drawn)
    assert all((one.other != "") == (one.what in OF_A_LINK) and one.other != one.where for one in drawn)
    assert {one.where for one in drawn if one.what not in ("wrong clock",)} == set(MACHINES)
    assert "house" not in {one.where for one in drawn if one.what == "wrong clock"}, "one clock has to be right"


def test_nature_kills_as_often_as_its_temper_says() -> None:
    drawn = _drawn("killer", temper=Temper(kills=1.0))
    assert {one.what for one in drawn} == {"kill", "power cut"}
    assert 0.25 < sum(one.what == "power cut" for one in drawn) / len(drawn) < 0.42


@pytest.mark.parametrize("what", get_args(What))
def test_a_misfortune_befalls_and_ends(what: What, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        befalls = Misfortune(2.0, 10.0, what, "edge-1", "house" if what in OF_A_LINK else "", 0.3)
        raging = asyncio.get_running_loop().create_task(Nature(world.machines, world.weather).rage([befalls]))
        await asyncio.sleep(1)
        assert not _is_befallen(world)
        await asyncio.sleep(4)
        assert _is_befallen(world)
        await raging
        assert not _is_befallen(world)
        await world.heal()

    in_world("nature", tmp_path, story, viewers=1, films=0)


OVERLAPPING = [
    ("kill", "power cut"),
    ("rot", "kill"),
    ("cut", "loss"),
    ("slow link", "cut"),
    ("loss", "slow link"),
    ("slow disk", "slow disk"),
    ("full disk", "full disk"),
    ("wrong clock", "wrong clock"),
    ("frozen", "frozen"),
    ("isolated", "cut"),
    ("peers lost", "peers lost"),
]


@pytest.mark.parametrize(("first", "second"), OVERLAPPING, ids=" and ".join)
def test_the_end_of_one_misfortune_ends_no_other(first: What, second: What, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        def befalls(at_s: float, what: What) -> Misfortune:
            return Misfortune(at_s, 10.0, what, "edge-1", "house" if what in OF_A_LINK else "", 0.3)

        all_ = [befalls(1.0, first), befalls(6.0, second)]
        raging = asyncio.get_running_loop().create_task(Nature(world.machines, world.weather).rage(all_))
        await asyncio.sleep(13)  # the first is over, the second is not
        both = _how_it_is(world)
        assert _is_befallen(world)
        await raging
        assert not _is_befallen(world)
        raging = asyncio.get_running_loop().create_task(Nature(world.machines, world.weather).rage(all_[1:]))
        await asyncio.sleep(13)
        assert _how_it_is(world) == both, "it is not as if the first had never been"
        await raging

    in_world("nature", tmp_path, story, viewers=1, films=0)


def test_two_faults_on_one_link_are_both_felt(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        all_ = [
            Misfortune(1.0, 10.0, "loss", "edge-1", "house", 0.4),
            Misfortune(1.0, 10.0, "slow link", "house", "edge-1", 0.3),
            Misfortune(1.0, 10.0, "loss", "edge-1", "house", 0.9),
        ]
        raging = asyncio.get_running_loop().create_task(Nature(world.machines, world.weather).rage(all_))
        await asyncio.sleep(5)
        link = world.weather.between("edge-1", "house")
        assert (round(link.loss, 6), link.delay_s, link.cut) == (0.55, 0.5, False)
        await raging

    in_world("nature", tmp_path, story, viewers=1, films=0)


def test_a_machine_that_was_frozen_goes_on_with_what_was_due(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        done: list[float] = []

        async def ticks() -> None:
            while True:
                await asyncio.sleep(1)
                done.append(world.now_s() - began_s)

        began_s = world.now_s()
        world.appliances[0].node.begin(ticks())
        befalls = Misfortune(2.5, 4.0, "frozen", "edge-1")
        await Nature(world.machines, world.weather).rage([befalls])
        await asyncio.sleep(2.25)
        assert [round(at_s, 3) for at_s in done] == [1.0, 2.0, 6.5, 7.5, 8.5]

    in_world("nature", tmp_path, story, viewers=1, films=0)


def _how_it_is(world: World) -> object:
    weather, edge = world.weather, world.appliances[0]
    disk, link = replace(weather.disk("edge-1")), replace(weather.between("edge-1", "house"))
    return edge.node.alive, _is_stopped(world), link, weather.skews_s.get("edge-1"), disk, edge.is_announced_to


def _is_stopped(world: World) -> bool:
    return world.appliances[0].node.frozen is not None


def _is_befallen(world: World) -> bool:
    weather, edge = world.weather, world.appliances[0]
    return bool(
        not edge.node.alive
        or _is_stopped(world)
        or weather.links
        or weather.isolated
        or weather.skews_s.get("edge-1")
        or weather.disk("edge-1") != Disk()
        or not edge.is_announced_to
    )
