"""Routes through steering's api, on real engines: who is announced to whom, and what becomes of it."""

from dataclasses import replace

import pytest

from matinee.control.steering.api import Asker
from matinee.control.steering.service import SteeringService
from matinee.kernel.errors import InvalidInput, NotFound
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import seconds
from matinee.wire.health import HealthReport
from matinee.wire.releases import Release
from matinee.wire.routes import AnnouncedAlike, RouteNews
from tests.builders import make_report
from tests.house import EDGE_RING, House

HOME, ABROAD = Asker("s", "203.0.113.9"), Asker("s", "198.51.100.9")


def news(
    *prefixes: str, since: int = 0, until: int = 1, epoch: str = "one", withdrawn: tuple[str, ...] = ()
) -> RouteNews:
    return RouteNews("inside-1", epoch, since, until, (AnnouncedAlike(1, 0, prefixes),), withdrawn)


async def inside(house: House, film: Release, *, epoch: str = "one", until: int = 1) -> int:
    said: HealthReport = replace(
        make_report("inside-1", releases=[film.release_id]), reach="embedded", routes_epoch=epoch, routes_until=until
    )
    return (await house.steering.report(said)).routes_until


async def ranked(house: House, film: Release, asker: Asker) -> list[str]:
    return [edge.pathway for edge in await house.steering.rank(ReleaseId(film.release_id), asker)]


async def test_who_is_in_a_network_serves_it_and_nobody_else(house: House) -> None:
    film = await house.add_film()
    assert await inside(house, film) == 0, "its routes are wanted"
    assert "inside-1" not in await ranked(house, film, HOME)
    assert (await house.steering.routes(news("203.0.113.0/24", "2001:db8::/32"))).until == 1
    assert await inside(house, film) == 1
    assert (await ranked(house, film, HOME))[0] == "inside-1"
    assert (await ranked(house, film, Asker("s", "2001:db8::7")))[0] == "inside-1"
    for other in (ABROAD, Asker("s"), Asker("s", "no address")):
        assert "inside-1" not in await ranked(house, film, other)


async def test_a_withdrawal_counts_at_once_and_news_that_come_twice_change_nothing(house: House) -> None:
    film = await house.add_film()
    await inside(house, film)
    await house.steering.routes(news("203.0.113.0/24", "198.51.100.0/24", until=2))
    change = news("192.0.2.0/24", since=2, until=4, withdrawn=("203.0.113.0/24",))
    for _ in range(2):
        assert (await house.steering.routes(change)).until == 4
    assert "inside-1" not in await ranked(house, film, HOME)
    assert (await ranked(house, film, ABROAD))[0] == "inside-1"
    gap = news("192.0.2.0/24", since=9, until=10)
    assert (await house.steering.routes(gap)).until == 4, "what lies between is missing"


async def test_an_appliance_that_began_anew_has_no_routes_until_it_tells_them(house: House) -> None:
    film = await house.add_film()
    await inside(house, film)
    await house.steering.routes(news("203.0.113.0/24"))
    assert await inside(house, film, epoch="two", until=0) == 0
    house.clock.advance(seconds(1))
    await inside(house, film, epoch="two", until=0)
    assert "inside-1" not in await ranked(house, film, HOME)
    assert (await house.steering.routes(news("203.0.113.0/24", since=1, until=2, epoch="two"))).until == 0
    assert (await house.steering.routes(news("203.0.113.0/24", epoch="two"))).until == 1
    assert (await ranked(house, film, HOME))[0] == "inside-1"


async def test_another_instance_knows_them_and_so_does_the_next_one(house: House) -> None:
    film = await house.add_film()
    await inside(house, film)
    await house.steering.routes(news("203.0.113.0/24"))
    await house.steering.routes(news("198.51.100.0/24", since=1, until=2))
    another = SteeringService(house.database, house.cache, house.clock, EDGE_RING)
    release = ReleaseId(film.release_id)
    for asker in (HOME, ABROAD):
        assert (await another.rank(release, asker))[0].pathway == "inside-1"
    await house.steering.routes(news("192.0.2.0/24", until=3))
    house.clock.advance(seconds(1))
    assert (await another.rank(release, HOME))[0].pathway != "inside-1"


@pytest.mark.parametrize(
    "wrong",
    [
        news("203.0.113.1/24"),
        news("here"),
        news("203.0.113.0/24", withdrawn=("x",)),
        news("203.0.113.0/24", since=5, until=2),
        news("203.0.113.0/24", since=-1),
        replace(news(), announced=(AnnouncedAlike(-1, 0, ("203.0.113.0/24",)),)),
        replace(news(), announced=(AnnouncedAlike(1, 1 << 32, ("203.0.113.0/24",)),)),
        replace(news(), appliance_id="a b"),
        replace(news(), epoch="e" * 65),
        news(*["203.0.113.0/24"] * 50_001),
    ],
)
async def test_routes_that_cannot_be_are_refused_and_change_nothing(house: House, wrong: RouteNews) -> None:
    film = await house.add_film()
    await inside(house, film)
    await house.steering.routes(news("203.0.113.0/24"))
    with pytest.raises(InvalidInput):
        await house.steering.routes(wrong)
    assert (await ranked(house, film, HOME))[0] == "inside-1"


@pytest.mark.parametrize("spot", [(91.0, 0.0), (0.0, 181.0), (float("inf"), 0.0), (float("nan"), 0.0)])
async def test_a_place_off_the_globe_is_refused(house: House, spot: tuple[float, float]) -> None:
    with pytest.raises(InvalidInput, match="globe"):
        await house.steering.report(replace(make_report(), spot=spot))


async def test_an_operator_is_told_why_a_client_is_sent_where_it_is(house: House) -> None:
    film = await house.add_film()
    await inside(house, film)
    await house.steering.routes(news("203.0.112.0/20"))
    await house.steering.report(make_report("empty-1"))
    operator = await house.add_member("operator@demo.example", operator=True)
    async with house.client(operator) as client:
        query = {"client": "203.0.113.9", "title": film.title_id}
        told = (await client.get("/api/v1/edge/explain", params=query)).json()["data"]
        assert [edge["pathway"] for edge in told["offered"]] == ["inside-1", "flash-1", "origin-1"]
        assert told["offered"][0]["prefix"] == "203.0.112.0/20"
        assert told["passed_over"] == [{"pathway": "empty-1", "reason": "It does not hold this film."}]
        query["client"] = "198.51.100.9"
        told = (await client.get("/api/v1/edge/explain", params=query)).json()["data"]
        reasons = {each["pathway"]: each["reason"] for each in told["passed_over"]}
        assert reasons["inside-1"] == "Nobody announced this client's network to it."
        assert (await client.get("/api/v1/edge/explain", params={**query, "client": "me"})).status_code == 400
    async with house.client(await house.add_member()) as client:
        assert (await client.get("/api/v1/edge/explain", params=query)).status_code == 403
    with pytest.raises(NotFound):
        await house.steering.explain(TitleId(house.ids.new()), HOME)
