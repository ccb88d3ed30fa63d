"""Crashes at certain calls: between any two steps of publishing, and at each step of the outbox's relay."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeVar

import pytest

from matinee.app.services import Services
from matinee.control.members.api import NewProfile, ProfileNotFound
from matinee.control.viewing.api import Watched
from matinee.engines.log.port import Log
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import ProfileId, TitleId
from matinee.sim.world import World
from tests.sim.strikes import Moment, RecordStrike, RelayStrikes, revived
from tests.sim.viewers import Guest, Seen, guest
from tests.sim.worlds import in_world

T = TypeVar("T")

RECORDS = 23
"""That the studio makes of one short film: its steps, those of what follows its release, and its jobs."""


def _struck(folder: Path, strike: RecordStrike) -> int:
    """A master is handed in and becomes a film, whatever strikes; answers how many records were made of it."""
    records = 0

    async def story(world: World) -> None:
        nonlocal records
        asyncio.get_running_loop().create_task(revived(world.house))
        world.titles.append(await world.hand_in("Interrupted", duration_s=10))
        await world.heal()
        await world.live(20)
        records = await strike.records()

    in_world("publishing", folder, story, viewers=1, films=0, prepare=strike.put_between)
    return records


def test_a_short_film_makes_as_many_records_as_are_struck_at_below(tmp_path: Path) -> None:
    assert _struck(tmp_path, RecordStrike(10**6, "after")) == RECORDS


# After one record is before the next, but for what is written in between: so each moment has every other one.
@pytest.mark.parametrize(
    ("number", "moment"), [(number, "before" if number % 2 else "after") for number in range(1, RECORDS + 1)]
)
def test_power_lost_between_any_two_steps_of_publishing_only_delays_it(
    number: int, moment: Literal["before", "after"], tmp_path: Path
) -> None:
    strike = RecordStrike(number, moment)
    records = _struck(tmp_path, strike)
    assert strike.has_fallen
    assert records == RECORDS, "a step was done twice, or never"


@pytest.mark.parametrize(
    ("step", "moment"),
    [
        ("read", "before"),
        ("read", "after"),
        ("append", "before"),
        ("append", "during"),
        ("append", "after"),
        ("forget", "before"),
        ("forget", "during"),
        ("forget", "after"),
    ],
)
def test_a_relay_killed_at_a_step_of_every_batch_ships_each_event_once_and_in_order(
    step: Literal["read", "append", "forget"], moment: Moment, tmp_path: Path
) -> None:
    strikes = RelayStrikes(step, moment)

    async def story(world: World) -> None:
        asyncio.get_running_loop().create_task(revived(world.house))
        ada = await guest(world, "ada")
        gone = await world.in_house(lambda s: s.members.add_profile(ada.account, NewProfile("Soon gone")))
        watched = Watched(TitleId("some-title"), 60_000, 120_000, world.clock.now())
        await world.in_house(lambda s: s.viewing.record(gone.id, watched))
        title = await world.hand_in("Struck", duration_s=20)
        world.titles.append(title)

        strikes.left = 4
        await world.heal()
        assert strikes.left == 0, "hardly anything was shipped of what publishing told"
        strikes.left = 3
        plan = await _persistently(world, lambda: ada.press_play(title))
        await _persistently(world, lambda: ada.ask("POST", _of(plan, "heartbeat"), {"position_ms": 12_000}))
        await _remove_profile(world, ada, gone.id)
        stop = {"type": "stop", "at": world.clock.now().isoformat(), "position_ms": 15_000}
        await _persistently(world, lambda: ada.ask("POST", _of(plan, "events"), [stop]))
        await world.until(lambda: _is_shipped(world, strikes), "everything is in the log")

        assert strikes.left == 0, "hardly anything was shipped of what the viewer did"
        await world.heal()
        await _check_log(world, strikes)
        await world.until(lambda: _is_forgotten(world, gone.id), "viewing has heard that the profile is gone")
        assert (await ada.press_play(title)).body["resume_ms"] == 13_000

    in_world("outbox", tmp_path, story, viewers=1, films=0, prepare=strikes.put_between)


def _of(plan: Seen, what: str) -> str:
    return f"/playback/sessions/{plan.body['session_id']}/{what}"


async def _persistently(world: World, ask: Callable[[], Awaitable[Seen]]) -> Seen:
    """As a player does it that is not answered: again."""
    while True:
        try:
            seen = await ask()
        except Unavailable:
            seen = None
        if seen is not None and seen.status < 500:
            assert seen.status < 300, seen.body
            return seen
        await asyncio.sleep(1)


async def _remove_profile(world: World, ada: Guest, profile: ProfileId) -> None:
    async def removed() -> bool:
        try:
            await world.in_house(lambda s: s.members.remove_profile(ada.account, profile))
        except ProfileNotFound:
            return True
        return False

    await world.until(removed, "the profile is removed")


async def _is_forgotten(world: World, profile: ProfileId) -> bool:
    return await world.in_house(lambda s: s.viewing.history(profile)) == []


async def _is_shipped(world: World, strikes: RelayStrikes) -> bool:
    async def nothing_waits(_services: Services) -> bool:
        return await strikes.waiting() == 0

    return await world.in_house(nothing_waits)


async def _check_log(world: World, strikes: RelayStrikes) -> None:
    """Every event that ever lay in the outbox is in the log once; those of one key in the order of their commits."""
    assert sorted(strikes.seen) == list(range(1, len(strikes.seen) + 1)), "the relay never saw some event"
    log: Log = world.house.house.engines.log

    async def ids(_services: Services) -> list[str]:
        topics = sorted({envelope.topic for envelope in strikes.seen.values()})
        return [delivery.envelope.id for topic in topics async for delivery in log.replay(topic)]

    shipped = await world.in_house(ids)
    expected = {envelope.id: envelope for _, envelope in sorted(strikes.seen.items())}
    assert sorted(shipped) == sorted(expected)
    by_key: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in shipped:
        by_key[expected[one].topic, expected[one].key].append(one)
    for key, in_log in by_key.items():
        assert in_log == [one for one, envelope in expected.items() if (envelope.topic, envelope.key) == key]
