"""Roll-outs through steering's doors: a fleet in simulated time reports and obeys, an operator starts, looks, stops."""

import hashlib
from dataclasses import replace
from typing import Any

import httpx
import pytest

from matinee.control.steering.api import RolloutUnderway, StartRollout
from matinee.control.steering.service import SteeringService
from matinee.kernel.errors import Conflict, InvalidInput, NotFound
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import seconds
from matinee.wire.rollout import SlotOrder, SlotReport, is_order_signed_by
from tests.builders import make_report
from tests.domain.slots_world import build
from tests.house import AGENT_TOKEN, EDGE_RING, PURGE_KEY, House
from tests.rollout_fleet import MIB, NEW, OLD, STEP_S, Box, Fleet, Nature, fleet_of

API = "/api/v1"
DATA = build(NEW)
SHA = hashlib.sha256(DATA).hexdigest()


class FleetAtHouse(Fleet):
    """The same appliances, talking to a real steering."""

    def __init__(self, house: House, boxes: list[Box], nature: Nature | None = None) -> None:
        super().__init__(boxes, seed=1, natures={NEW: nature or Nature()})
        self.house = house
        self.orders: dict[str, SlotOrder] = {}
        self.releases: tuple[str, ...] = ()

    async def go(self, *, minutes: float, steering: SteeringService | None = None) -> None:
        steering = steering or self.house.steering
        for _ in range(int(minutes * 60 / STEP_S)):
            await self.report(steering)
            await steering.step_rollout()
            self._serve()
            self.at_s += STEP_S
            self.house.clock.advance(seconds(STEP_S))
            self.treated_max = max(self.treated_max, sum(box.build == NEW for box in self.boxes.values()))
        await self.report(steering)

    async def report(self, steering: SteeringService) -> None:
        await steering.report(make_report("origin-1", kind="origin", at=self.house.clock.now(), releases=self.releases))
        for box in self.boxes.values():
            if box.is_on and self.at_s >= box.asleep_until_s:
                answer = await steering.report(self._said(box))
                if answer.slot is not None:
                    self._hear(box, answer.slot)

    def _said(self, box: Box) -> Any:
        memory = int(200 * MIB + box.leaked + self.chance.gauss(0, MIB))
        return replace(
            make_report(box.name, at=self.house.clock.now(), releases=self.releases),
            site=box.cluster,
            build=box.build,
            boot_id=f"boot-{box.boot}",
            memory_bytes=memory,
            uptime_s=self.at_s - box.up_since_s,
            counts=box.counts,
            slot=SlotReport(box.state, box.order, box.wanted, box.reason),  # type: ignore[arg-type]  # one of the words
        )

    def _hear(self, box: Box, order: SlotOrder) -> None:
        assert is_order_signed_by(order, PURGE_KEY.public)
        assert order.number >= box.order
        self.orders[box.name] = order
        if order.number > box.order:
            box.order, box.wanted, box.state, box.reason = order.number, order.build, "ready", ""
        elif order.go and box.state == "ready":
            self._restart(box, order.build)


@pytest.fixture
async def fleet(house: House) -> FleetAtHouse:
    fleet = FleetAtHouse(house, fleet_of(4, 2))
    await fleet.report(house.steering)
    return fleet


async def desk(house: House) -> httpx.AsyncClient:
    return house.client(await house.add_member("op@example.org", operator=True))


async def add(house: House, name: str = NEW, data: bytes = DATA) -> None:
    sha256 = hashlib.sha256(data).hexdigest()
    await house.steering.keep_part(sha256, 0, data)
    await house.steering.add_build(name, sha256, parts=1, by="op")


async def start(house: House, **more: Any) -> int:
    return (await house.steering.start_rollout(StartRollout(NEW, "faster", "op", **more))).number


async def test_a_build_comes_in_parts_and_only_appliances_and_operators_have_a_say(house: House) -> None:
    async with await desk(house) as client:
        for part, data in enumerate((DATA[:100], DATA[100:])):
            assert (await client.put(f"{API}/edge/builds/{SHA}/parts/{part}", content=data)).status_code == 204
        body = {"name": NEW, "sha256": SHA, "parts": 2}
        answer = await client.post(f"{API}/edge/builds", json=body)
        assert answer.status_code == 201
        assert (await client.post(f"{API}/edge/builds", json=body)).json()["data"] == answer.json()["data"]
        assert [each["name"] for each in (await client.get(f"{API}/edge/builds")).json()["data"]] == [NEW]
        assert (await client.get(f"{API}/edge/builds/{SHA}/file")).status_code == 401
    async with house.client() as agent:
        agent.headers["authorization"] = f"Bearer {AGENT_TOKEN}"
        assert (await agent.get(f"{API}/edge/builds/{SHA}/file")).content == DATA
        assert (await agent.get(f"{API}/edge/builds/{'0' * 64}/file")).status_code == 404
        assert (await agent.get(f"{API}/edge/builds/..%2f..%2fsecrets/file")).status_code in (400, 404)
    async with house.client(await house.add_member("ada@example.org")) as viewer:
        assert (await viewer.post(f"{API}/edge/rollouts", json={"build": NEW, "reason": "x"})).status_code == 403
        assert (await viewer.put(f"{API}/edge/builds/{SHA}/parts/0", content=b"x")).status_code == 403


async def test_what_is_not_the_file_that_was_said_is_no_build(house: House) -> None:
    steering = house.steering
    with pytest.raises(InvalidInput, match="has not come in"):
        await steering.add_build(NEW, SHA, parts=1, by="op")
    await steering.keep_part(SHA, 0, DATA[:-1])
    with pytest.raises(InvalidInput, match="hash"):
        await steering.add_build(NEW, SHA, parts=1, by="op")
    with pytest.raises(InvalidInput, match="wheel"):
        await add(house, data=b"not a zip at all")
    for name in ("", "../x", "a b", "x" * 61):
        with pytest.raises(InvalidInput, match="name"):
            await steering.add_build(name, SHA, parts=1, by="op")
    with pytest.raises(InvalidInput, match="64"):
        await steering.keep_part("../../etc", 0, b"x")
    await add(house)
    with pytest.raises(Conflict, match="never replaced"):
        await add(house, data=build("another"))


async def test_a_good_build_goes_from_one_to_all_and_each_step_is_on_record(house: House, fleet: FleetAtHouse) -> None:
    await add(house)
    async with await desk(house) as client:
        body = {"build": NEW, "reason": "faster", "soak_blocks": 2}
        number = (await client.post(f"{API}/edge/rollouts", json=body)).json()["data"]["number"]
        await fleet.go(minutes=5)
        one = (await client.get(f"{API}/edge/rollouts/{number}")).json()["data"]
        assert (one["state"], one["stage"], one["there"], one["appliances"]) == ("running", "one", 1, 8)
        await fleet.go(minutes=120)
        done = (await client.get(f"{API}/edge/rollouts/{number}")).json()["data"]
        listed = (await client.get(f"{API}/edge/rollouts")).json()["data"]["rollouts"]
    assert (done["state"], done["there"], done["failed"]) == ("done", 8, 0)
    assert [act["what"] for act in done["acts"]] == [
        "started", "went on to cluster", "went on to tenth", "went on to half", "went on to all", "done",
    ]  # fmt: skip
    assert (done["acts"][0]["reason"], done["acts"][1]["by"]) == ("faster", "")
    assert {name for name, counts in done["builds"].items() if counts["requests"] > 0} == {OLD, NEW}
    assert listed[0]["state"] == "done"
    assert listed[0]["members"] == []


async def test_a_leaking_build_goes_back_by_itself_and_errors_are_told_by_build(
    house: House, fleet: FleetAtHouse
) -> None:
    fleet.natures[NEW] = Nature(leak_mib_per_gb=2.0, error_share=0.0008)
    fleet.natures[OLD] = Nature(error_share=0.0)
    await add(house)
    number = await start(house)
    await fleet.go(minutes=150)
    found = await house.steering.rollout_status(number)
    assert found.state == "rolled back"
    assert "Memory grows" in found.says
    assert fleet.treated_max < 4
    assert all(box.build == OLD for box in fleet.boxes.values())
    assert found.builds[NEW].errors > 0 == found.builds[OLD].errors
    assert any(each.measure == "memory" and each.odds >= 10_000 for each in found.comparisons)
    back = {name: order for name, order in fleet.orders.items() if order.number % 2}
    assert {order.build for order in back.values()} == {OLD}
    assert {order.sha256 for order in back.values()} == {""}


async def test_who_is_about_to_restart_is_offered_to_nobody_and_comes_back_gently(
    house: House, fleet: FleetAtHouse
) -> None:
    release = await house.add_film()
    fleet.releases = (release.release_id,)
    await fleet.report(house.steering)
    await add(house)
    number = await start(house)
    await fleet.go(minutes=1.5)
    (member,) = (await house.steering.rollout_status(number)).members
    assert member.state == "draining"
    statuses = {str(each.id): each for each in await house.steering.appliances()}
    assert (statuses[member.appliance_id].healthy, statuses[member.appliance_id].fenced) == (
        False,
        "It restarts with other software.",
    )
    for _ in range(4):
        offered = [edge.pathway for edge in await house.steering.rank(ReleaseId(release.release_id))]
        assert offered
        assert member.appliance_id not in offered
    assert not fleet.orders[member.appliance_id].go
    await fleet.go(minutes=3)
    (member,) = (await house.steering.rollout_status(number)).members
    assert member.state == "there"
    share = {str(each.id): each.share for each in await house.steering.appliances()}[member.appliance_id]
    assert 0 < share < 1


async def test_two_instances_step_it_as_one_would(house: House, fleet: FleetAtHouse) -> None:
    other = SteeringService(house.database, house.cache, house.clock, EDGE_RING, purge_key=PURGE_KEY, blobs=house.blobs)
    await add(house)
    number = await start(house, soak_blocks=2)
    for turn in range(60):
        await fleet.go(minutes=2, steering=(house.steering, other)[turn % 2])
        await (other, house.steering)[turn % 2].step_rollout()
    found = await other.rollout_status(number)
    assert found == await house.steering.rollout_status(number)
    assert found.state == "done"
    assert len({act.what for act in found.acts}) == len(found.acts)


async def test_of_two_roll_outs_at_once_the_second_is_refused(house: House, fleet: FleetAtHouse) -> None:
    await add(house)
    number = await start(house)
    with pytest.raises(RolloutUnderway, match="under way"):
        await start(house)
    await house.steering.command_rollout(number, "abort", by="op", reason="wrong one")
    await fleet.go(minutes=1)
    assert await start(house) == number + 1


async def test_an_unknown_build_a_missing_reason_and_a_fleet_without_slots_are_refused(
    house: House, fleet: FleetAtHouse
) -> None:
    with pytest.raises(NotFound, match="Add it first"):
        await start(house)
    await add(house)
    with pytest.raises(InvalidInput, match="Say why"):
        await house.steering.start_rollout(StartRollout(NEW, " ", "op"))
    with pytest.raises(InvalidInput, match="period"):
        await start(house, soak_blocks=0)
    with pytest.raises(NotFound):
        await house.steering.rollout_status(99)
    with pytest.raises(NotFound):
        await house.steering.command_rollout(99, "pause", by="op", reason="x")


async def test_where_nobody_has_slots_nothing_can_be_rolled_out(house: House) -> None:
    await house.report()
    await add(house)
    with pytest.raises(Conflict, match="--slots"):
        await start(house)


async def test_an_operator_pauses_resumes_and_aborts_with_a_reason_that_is_kept(
    house: House, fleet: FleetAtHouse
) -> None:
    await add(house)
    number = await start(house)
    await fleet.go(minutes=5)
    async with await desk(house) as client:
        paused = await client.post(f"{API}/edge/rollouts/{number}/pause", json={"reason": "a premiere"})
        assert paused.json()["data"]["state"] == "paused"
        await fleet.go(minutes=60)
        assert fleet.treated_max == 1
        assert (await client.post(f"{API}/edge/rollouts/{number}/pause", json={"reason": " "})).status_code == 400
        resumed = await client.post(f"{API}/edge/rollouts/{number}/resume", json={"reason": "it is over"})
        assert resumed.json()["data"]["state"] == "running"
        aborted = await client.post(f"{API}/edge/rollouts/{number}/abort", json={"reason": "not now"})
        assert aborted.json()["data"]["says"] == "Aborted: not now"
        await fleet.go(minutes=10)
        found = (await client.get(f"{API}/edge/rollouts/{number}")).json()["data"]
        assert (await client.post(f"{API}/edge/rollouts/{number}/pause", json={"reason": "x"})).status_code == 409
    assert found["state"] == "rolled back"
    acts = [(act["what"], act["reason"]) for act in found["acts"] if act["by"]]
    assert acts == [("started", "faster"), ("paused", "a premiere"), ("resumed", "it is over"), ("aborted", "not now")]
    assert all(box.build == OLD for box in fleet.boxes.values())


async def test_after_a_restore_numbers_go_on_beyond_what_appliances_have_seen(
    house: House, fleet: FleetAtHouse
) -> None:
    for box in fleet.boxes.values():
        box.order = 41
    await fleet.report(house.steering)
    await add(house)
    assert await start(house) == 21
