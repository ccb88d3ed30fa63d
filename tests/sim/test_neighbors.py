"""Press play with each neighbor down, slow or lying: who is a must refuses soon and clearly, who is not is done without.

One world for all of these stories, one after the other; a minute of its time passes between two, and frees the slots.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from matinee.control.billing.api import PLANS, Subscription
from matinee.control.catalog.api import Playable, Viewer
from matinee.control.members.api import Identity
from matinee.control.steering.api import Edge
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import minutes
from matinee.resilience.guard import Faults
from matinee.sim.loop import VirtualLoop
from matinee.sim.world import World
from matinee.wire.releases import Release
from tests.sim.viewers import Guest, guest

MUST = ("members.identify", "billing.subscription", "catalog.playable")
CAN_BE_DONE_WITHOUT = ("viewing.resume_ms", "steering.rank")
ANSWERED_WITHIN_S = 3.0
PREMIUM, STANDARD = PLANS[2], PLANS[1]


@dataclass
class Stage:
    runner: asyncio.Runner
    world: World
    ada: Guest
    ben: Guest

    @property
    def film(self) -> str:
        return self.world.titles[0]

    @property
    def other(self) -> str:
        return self.world.titles[1]

    @property
    def faults(self) -> Faults:
        return self.world.house.house.services.faults

    def tell(self, story: Callable[["Stage"], Awaitable[None]]) -> None:
        self.runner.run(story(self))  # type: ignore[arg-type]  # a story is a coroutine

    async def calm_down(self) -> None:
        self.faults.before.clear()
        self.faults.instead.clear()
        await asyncio.sleep(60)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("neighbors")
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        world = World("neighbors", folder, viewers=0, films=2)

        async def open_() -> tuple[Guest, Guest]:
            await world.open()
            return await guest(world, "ada"), await guest(world, "ben")

        ada, ben = runner.run(open_())
        yield Stage(runner, world, ada, ben)
        world.end()


@pytest.fixture
def stage(opened: Stage) -> Iterator[Stage]:
    yield opened
    opened.runner.run(opened.calm_down())


async def _down() -> None:
    raise Unavailable("It was taken down.")


async def _slow() -> None:
    await asyncio.sleep(minutes(1).total_seconds())


@pytest.mark.parametrize("fault", [_down, _slow], ids=["down", "slow"])
@pytest.mark.parametrize("neighbor", MUST)
def test_without_a_neighbor_that_must_answer_play_is_refused_soon_and_clearly(
    neighbor: str, fault: Callable[[], Awaitable[None]], stage: Stage
) -> None:
    async def story(on: Stage) -> None:
        on.faults.before[neighbor] = fault
        refused = await on.ada.press_play(on.film)
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
        assert "Try again" in refused.body["detail"] or "taken down" in refused.body["detail"]
        assert refused.took_s < ANSWERED_WITHIN_S
        del on.faults.before[neighbor]
        again = await on.ada.press_play(on.film)
        assert again.status == 200, "it was refused, and yet it took a slot, or does not play again"
        assert await on.ada.first_bytes(again)

    stage.tell(story)


@pytest.mark.parametrize("fault", [_down, _slow], ids=["down", "slow"])
@pytest.mark.parametrize("neighbor", CAN_BE_DONE_WITHOUT)
def test_without_a_neighbor_that_can_be_done_without_the_film_starts(
    neighbor: str, fault: Callable[[], Awaitable[None]], stage: Stage
) -> None:
    async def story(on: Stage) -> None:
        before = await on.ada.press_play(on.film)  # the edges are known, and a place to go on from is kept
        assert await on.ada.beat(before.body["session_id"], 60_000) == 204
        on.faults.before[neighbor] = fault
        plan = await on.ada.press_play(on.film)
        assert plan.status == 200
        assert plan.took_s < ANSWERED_WITHIN_S
        assert plan.body["resume_ms"] == (0 if neighbor.startswith("viewing") else 58_000)
        assert await on.ada.first_bytes(plan)

    stage.tell(story)


@pytest.mark.parametrize("fault", [_down, _slow], ids=["down", "slow"])
def test_a_film_that_steering_never_ranked_is_refused_while_steering_is_away(
    fault: Callable[[], Awaitable[None]], stage: Stage
) -> None:
    async def story(on: Stage) -> None:
        new = await on.world.publish(f"Never played, {fault.__name__}", duration_s=10)
        on.faults.before["steering.rank"] = fault
        refused = await on.ada.press_play(new)
        assert (refused.status, refused.body["type"].rpartition("/")[2]) == (503, "nowhere-to-play-from")
        assert refused.took_s < ANSWERED_WITHIN_S

    stage.tell(story)


async def _another_account(on: Stage, real: Subscription) -> Subscription:
    return replace(real, account_id=on.ben.account, plan=PREMIUM)


async def _another_title(on: Stage, _real: object) -> Playable:
    viewer = Viewer(country="DE", maturity=18, plan_rank=2)
    catalog = on.world.house.house.services.catalog
    return await catalog.playable(viewer, TitleId(on.other), at=on.world.clock.now())


async def _another_titles_release(on: Stage, real: Playable) -> Playable:
    return replace(real, release=(await _another_title(on, real)).release)


async def _an_old_release(_on: Stage, real: Playable) -> Playable:
    return replace(real, release=replace(real.release, release_id="a-release-of-last-year"))


async def _withdrawn(_on: Stage, real: Playable) -> Playable:
    return replace(real, title=replace(real.title, state="withdrawn"))


async def _for_adults(_on: Stage, real: Playable) -> Playable:
    return replace(real, title=replace(real.title, maturity=99))


async def _another_profile(on: Stage, real: Identity) -> Identity:
    assert real.profile is not None
    return replace(real, profile=replace(real.profile, id=on.ben.profile))


@pytest.mark.parametrize(
    ("neighbor", "lie"),
    [
        ("members.identify", _another_profile),
        ("billing.subscription", _another_account),
        ("catalog.playable", _another_title),
        ("catalog.playable", _another_titles_release),
        ("catalog.playable", _an_old_release),
        ("catalog.playable", _withdrawn),
        ("catalog.playable", _for_adults),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.removeprefix("_"),
)
def test_an_answer_that_cannot_be_right_is_no_answer(
    neighbor: str, lie: Callable[[Stage, Any], Awaitable[Any]], stage: Stage
) -> None:
    async def story(on: Stage) -> None:
        _tell_lies(on, neighbor, lambda real: lie(on, real))
        refused = await on.ada.press_play(on.film)
        assert refused.status == 503
        assert "cannot be right" in refused.body["detail"]
        assert "retry-after" in refused.headers

    stage.tell(story)


def test_billing_that_says_too_many_streams_is_believed_and_no_more_than_that(stage: Stage) -> None:
    """Nobody but billing knows a plan; when it says the truth again, what is over it ends first."""

    async def story(on: Stage) -> None:
        async def premium(real: Subscription) -> Subscription:
            return replace(real, plan=PREMIUM)

        _tell_lies(on, "billing.subscription", premium)
        begun = [await on.ada.press_play(on.film) for _ in range(PREMIUM.streams)]
        assert [plan.status for plan in begun] == [200] * PREMIUM.streams
        assert (await on.ada.press_play(on.film)).status == 409
        on.faults.instead.clear()
        assert (await on.ada.press_play(on.film)).status == 409
        last = await on.ada.press_play(on.film, end_oldest=True)
        sessions = [plan.body["session_id"] for plan in (*begun, last)]
        alive = [session for session in sessions if await on.ada.beat(session) == 204]
        assert len(alive) == STANDARD.streams
        assert alive[-1] == sessions[-1]

    stage.tell(story)


@pytest.mark.parametrize("streams", [0, -1])
def test_billing_that_says_no_streams_at_all_lets_nobody_in(streams: int, stage: Stage) -> None:
    async def story(on: Stage) -> None:
        async def none(real: Subscription) -> Subscription:
            return replace(real, plan=replace(real.plan, streams=streams))

        _tell_lies(on, "billing.subscription", none)
        assert (await on.ada.press_play(on.film)).status == 409
        assert (await on.ada.press_play(on.film, end_oldest=True)).status == 409

    stage.tell(story)


def test_billing_that_says_canceled_is_a_refusal_that_names_the_plan(stage: Stage) -> None:
    async def story(on: Stage) -> None:
        async def canceled(real: Subscription) -> Subscription:
            return replace(real, status="canceled")

        _tell_lies(on, "billing.subscription", canceled)
        refused = await on.ada.press_play(on.film)
        assert (refused.status, refused.body["type"].rpartition("/")[2]) == (402, "plan-inactive")

    stage.tell(story)


@pytest.mark.parametrize("said_ms", [-5_000, 10**12, 120_000])
def test_a_place_to_go_on_from_that_the_film_does_not_have_is_its_beginning(said_ms: int, stage: Stage) -> None:
    async def story(on: Stage) -> None:
        async def elsewhere(_real: int) -> int:
            return said_ms

        _tell_lies(on, "viewing.resume_ms", elsewhere)
        plan = await on.ada.press_play(on.film)
        assert (plan.status, plan.body["duration_ms"], plan.body["resume_ms"]) == (200, 120_000, 0)
        assert await on.ada.first_bytes(plan)

    stage.tell(story)


def test_a_place_of_another_member_is_but_a_number_within_the_film(stage: Stage) -> None:
    """It says nothing of whose it was, and what this member watches goes to this member."""

    async def story(on: Stage) -> None:
        theirs = await on.ben.press_play(on.film)
        assert await on.ben.beat(theirs.body["session_id"], 90_000) == 204
        viewing = on.world.house.house.services.viewing
        before = await viewing.history(on.ben.profile)

        async def bens(_real: int) -> int:
            return await viewing.resume_ms(on.ben.profile, TitleId(on.film))

        _tell_lies(on, "viewing.resume_ms", bens)
        plan = await on.ada.press_play(on.film)
        assert plan.body["resume_ms"] == 88_000
        assert on.ben.profile not in str(plan.body)
        assert await on.ada.beat(plan.body["session_id"], 95_000) == 204
        assert await viewing.history(on.ben.profile) == before

    stage.tell(story)


def test_of_the_edges_that_steering_names_those_that_live_serve(stage: Stage) -> None:
    async def story(on: Stage) -> None:
        async def dead_first(real: list[Edge]) -> list[Edge]:
            return [Edge("gone", "http://gone.sim"), Edge("never-was", "http://never-was.sim"), *real[-1:]]

        _tell_lies(on, "steering.rank", dead_first)
        plan = await on.ada.press_play(on.film)
        assert plan.status == 200
        assert await on.ada.first_bytes(plan) == "origin"

    stage.tell(story)


def test_a_player_that_was_sent_only_to_dead_edges_plays_when_it_asks_again(stage: Stage) -> None:
    async def story(on: Stage) -> None:
        async def dead(_real: list[Edge]) -> list[Edge]:
            return [Edge("gone", "http://gone.sim")]

        _tell_lies(on, "steering.rank", dead)
        plan = await on.ada.press_play(on.film)
        assert plan.status == 200
        assert await on.ada.first_bytes(plan) is None
        on.faults.instead.clear()
        assert await on.ada.first_bytes(plan) in ("edge-1", "edge-2"), "the same session, its manifest asked for again"

    stage.tell(story)


def test_a_catalog_that_mixes_up_releases_shows_no_manifest_of_another_film(stage: Stage) -> None:
    async def story(on: Stage) -> None:
        plan = await on.ada.press_play(on.film)

        async def of_the_other(_real: Release) -> Release:
            return (await _another_title(on, _real)).release

        _tell_lies(on, "catalog.release", of_the_other)
        manifest = await on.ada.ask("GET", plan.body["manifests"]["dash"])
        assert manifest.status == 503
        assert await on.ada.beat(plan.body["session_id"], 30_000) == 503
        on.faults.instead.clear()
        assert await on.ada.beat(plan.body["session_id"], 30_000) == 204

    stage.tell(story)


def _tell_lies(on: Stage, point: str, lie: Callable[[Any], Awaitable[Any]]) -> None:
    """This neighbor answers with what `lie` makes of the truth."""
    service, _, call = point.partition(".")
    honest = getattr(getattr(on.world.house.house.services, service), call)

    async def lies(*args: Any, **kwargs: Any) -> Any:
        return await lie(await honest(*args, **kwargs))

    on.faults.instead[point] = lies


def test_the_stage_is_what_it_is_said_to_be(stage: Stage) -> None:
    """Without a fault every viewer plays: what the others find is theirs."""

    async def story(on: Stage) -> None:
        for one in (on.ada, on.ben):
            plan = await one.press_play(on.film)
            assert plan.status == 200
            assert await one.first_bytes(plan) in ("edge-1", "edge-2")

    stage.tell(story)
