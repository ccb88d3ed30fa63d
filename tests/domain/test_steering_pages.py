"""What an operator's pages ask of steering, through its outside door: the fleet, its fills, and who is announced to whom."""

from dataclasses import replace

from matinee.kernel.quantities import seconds
from matinee.wire.health import FillProgress
from matinee.wire.routes import AnnouncedAlike, RouteNews
from tests.builders import make_report
from tests.house import House, Member

EDGE = "/api/v1/edge"


async def _announce(house: House, name: str, prefix: str, path_length: int, med: int = 0) -> None:
    await house.steering.report(replace(make_report(name), reach="embedded", routes_epoch="one", routes_until=1))
    await house.steering.routes(RouteNews(name, "one", 0, 1, (AnnouncedAlike(path_length, med, (prefix,)),)))


async def _operator(house: House) -> Member:
    return await house.add_member("operator@demo.example", operator=True)


async def test_the_fleet_says_where_each_stands_and_how_it_is(house: House) -> None:
    said = replace(
        make_report(load=0.25), reach="embedded", site="lisbon", spot=(38.7, -9.1), capacity_bytes=5_000, build="1.2"
    )
    await house.steering.report(said)
    async with house.client(await _operator(house)) as client:
        (found,) = (await client.get(f"{EDGE}/appliances")).json()["data"]
    expected = {"reach": "embedded", "site": "lisbon", "spot": [38.7, -9.1], "load": 0.25, "fenced": "", "build": "1.2"}
    assert expected.items() <= found.items()
    assert (found["capacity_bytes"], found["share"], found["kind"]) == (5_000, 1.0, "flash")


async def test_fills_that_run_come_before_those_that_failed_and_those_that_wait_for_a_neighbor(house: House) -> None:
    film = await house.add_film()
    one, two = (
        replace(make_report(name), site="lisbon", reach="embedded", capacity_bytes=10**12)
        for name in ("lisbon-1", "lisbon-2")
    )
    for report in (one, two, one, two):
        await house.steering.report(report)
    async with house.client(await _operator(house)) as client:
        fills = {each["appliance_id"]: each for each in (await client.get(f"{EDGE}/fills")).json()["data"]}
        assert {each["state"] for each in fills.values()} == {"waiting"}
        assert {each["title_id"] for each in fills.values()} == {film.title_id}
        waits = {name: each["waits_for"] for name, each in fills.items() if each["waits_for"]}
        assert list(waits.items()) in ([("lisbon-1", "lisbon-2")], [("lisbon-2", "lisbon-1")])

        failed = FillProgress(film.release_id, 0, 0, "The disk is full.")
        await house.steering.report(replace(one, filling=(failed,)))
        await house.steering.report(replace(two, filling=(FillProgress(film.release_id, 3, 9),)))
        first, second = (await client.get(f"{EDGE}/fills")).json()["data"]
    assert (first["appliance_id"], first["state"], first["bytes_done"], first["bytes_total"]) == (
        "lisbon-2",
        "running",
        3,
        9,
    )
    assert (second["appliance_id"], second["state"], second["error"]) == ("lisbon-1", "failed", "The disk is full.")


async def test_of_an_appliance_that_is_silent_no_fill_is_told(house: House) -> None:
    film = await house.add_film()
    await house.steering.report(replace(make_report(), filling=(FillProgress(film.release_id, 3, 9),)))
    async with house.client(await _operator(house)) as client:
        assert len((await client.get(f"{EDGE}/fills")).json()["data"]) == 1
        house.clock.advance(seconds(10))
        assert (await client.get(f"{EDGE}/fills")).json()["data"] == []


async def test_routes_are_found_by_address_and_by_prefix_the_longest_first(house: House) -> None:
    await _announce(house, "wide-1", "203.0.112.0/20", 1)
    await _announce(house, "far-1", "203.0.113.0/24", 3)
    await _announce(house, "near-1", "203.0.113.0/24", 1, med=5)
    async with house.client(await _operator(house)) as client:
        told = (await client.get(f"{EDGE}/routes", params={"address": "203.0.113.9"})).json()["data"]
        assert told["known"] == 2
        assert [each["prefix"] for each in told["matches"]] == ["203.0.113.0/24", "203.0.112.0/20"]
        assert told["matches"][0]["routes"] == [
            {"appliance_id": "near-1", "path_length": 1, "med": 5},
            {"appliance_id": "far-1", "path_length": 3, "med": 0},
        ]
        told = (await client.get(f"{EDGE}/routes", params={"prefix": "203.0.112.0/22"})).json()["data"]
        assert [each["prefix"] for each in told["matches"]] == ["203.0.112.0/20"]
        told = (await client.get(f"{EDGE}/routes", params={"address": "2001:db8::1"})).json()["data"]
        assert told["matches"] == []


async def test_an_edge_without_room_is_said_to_be_full_and_not_to_be_far(house: House) -> None:
    film = await house.add_film()
    for name, load in (*((f"near-{n}", 0.1) for n in range(4)), ("full-1", 0.9)):
        await house.steering.report(replace(make_report(name, releases=[film.release_id], load=load), reach="exchange"))
    async with house.client(await _operator(house)) as client:
        query = {"client": "203.0.113.9", "title": film.title_id}
        told = (await client.get(f"{EDGE}/explain", params=query)).json()["data"]
    reasons = {each["pathway"]: each["reason"] for each in told["passed_over"]}
    assert reasons["full-1"] == "It is full, and others have room."


async def test_an_operator_purges_a_file_and_sees_each_appliance_acknowledge_it(house: House) -> None:
    film = await house.add_film()
    await house.steering.report(make_report("near-1", releases=[film.release_id]))
    order = {"release_id": film.release_id, "path": "hd/v1/12.m4s", "reason": "a bad disk", "refetch": True}
    async with house.client(await _operator(house)) as client:
        nameless = await client.post(f"{EDGE}/purge", json={**order, "reason": " "})
        assert (nameless.status_code, "why" in nameless.json()["detail"]) == (400, True)
        number = (await client.post(f"{EDGE}/purge", json=order)).json()["data"]["number"]
        states = {
            each["appliance_id"]: each["state"]
            for each in (await client.get(f"{EDGE}/purges/{number}")).json()["data"]["appliances"]
        }
        assert states["near-1"] == "waiting"
        await house.steering.report(make_report("near-1", releases=[film.release_id], tombstone_sequence=number))
        told = (await client.get(f"{EDGE}/purges/{number}")).json()["data"]
        assert {"appliance_id": "near-1", "state": "acknowledged"}.items() <= next(
            each for each in told["appliances"] if each["appliance_id"] == "near-1"
        ).items()
        (listed,) = (await client.get(f"{EDGE}/purges")).json()["data"]["purges"]
        assert (listed["number"], listed["reason"], listed["path"]) == (number, "a bad disk", "hd/v1/12.m4s")


async def test_a_search_of_routes_that_makes_no_sense_is_refused_in_words_and_members_may_not_look(
    house: House,
) -> None:
    async with house.client(await _operator(house)) as client:
        for query, word in (
            ({"address": "me"}, "internet address"),
            ({"prefix": "203.0.113.0"}, "length"),
            ({"prefix": "203.0.113.9/24"}, "bits after its length"),
            ({}, "which address"),
            ({"address": "203.0.113.9", "prefix": "203.0.113.0/24"}, "one of them"),
        ):
            answer = await client.get(f"{EDGE}/routes", params=query)
            assert answer.status_code == 400
            assert word in answer.json()["detail"]
    async with house.client(await house.add_member()) as client:
        for path in ("routes?address=203.0.113.9", "fills", "appliances", "purges"):
            assert (await client.get(f"{EDGE}/{path}")).status_code == 403
