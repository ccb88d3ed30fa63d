"""A CDN of others as one more pathway: who is sent there, and what it fetches from an origin of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from matinee.control.steering.api import ReleasePurged
from matinee.control.steering.service import SteeringService
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ReleaseId
from matinee.kernel.network import Outgoing, SystemNetwork
from matinee.kernel.quantities import seconds
from tests.builders import make_report
from tests.domain.edge_world import Desk, fill_ticket, make_origin, make_release
from tests.domain.test_edge import running
from tests.house import EDGE_RING, PURGE_KEY, House

CDNS = {"big-cdn": "https://cdn.example/films"}


def steering_of(house: House) -> SteeringService:
    return SteeringService(house.database, house.cache, house.clock, EDGE_RING, purge_key=PURGE_KEY, outside_cdns=CDNS)


async def test_who_has_no_edge_of_ours_is_sent_to_the_outside_cdn_before_an_origin(house: House) -> None:
    film = ReleaseId(house.ids.new())
    steering = steering_of(house)
    await steering.report(make_report("origin-1", kind="origin"))
    await steering.report(make_report("flash-1", releases=[film]))
    ranked = await steering.rank(film)
    assert [edge.pathway for edge in ranked] == ["flash-1", "big-cdn", "origin-1"]
    assert (ranked[1].url, ranked[1].serves_anybody) == ("https://cdn.example/films", True)
    house.clock.advance(seconds(4))
    await steering.report(make_report("origin-1", kind="origin"))
    assert [edge.pathway for edge in await steering.rank(film)] == ["big-cdn", "origin-1"]


async def test_nobody_is_sent_there_for_what_was_purged(house: House) -> None:
    film = ReleaseId(house.ids.new())
    steering = steering_of(house)
    await steering.report(make_report("flash-1", releases=[film]))
    await steering.purge(film, reason="gone")
    with pytest.raises(ReleasePurged):
        await steering.rank(film)


async def test_no_appliance_may_take_its_name(house: House) -> None:
    with pytest.raises(InvalidInput, match="outside CDN has this name"):
        await steering_of(house).report(make_report("big-cdn"))


@asynccontextmanager
async def pulling_from(origin: str) -> AsyncIterator[str]:
    """It fetches what it is asked for, path and ticket as they came, and keeps what it got."""
    kept: dict[str, bytes] = {}

    async def get(request: web.Request) -> web.Response:
        path = request.match_info["path"]
        if path not in kept:
            async with ClientSession() as session, session.get(f"{origin}/{path}") as answer:
                if answer.status != 200:
                    return web.Response(status=answer.status)
                kept[path] = await answer.read()
        return web.Response(body=kept[path])

    app = web.Application()
    app.router.add_get("/films/{path:.+}", get)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/films"
    finally:
        await runner.cleanup()


async def test_what_it_fetches_with_a_viewer_s_ticket_is_what_the_origin_has(
    tmp_path: Path, desk: Desk, network: SystemNetwork
) -> None:
    made = make_release(tmp_path / "studio", "rel-1")
    async with running(make_origin(tmp_path / "studio", tmp_path / "origin", desk.url, network)) as origin:
        await desk.until(lambda each: each.releases == ("rel-1",), "origin-1")
        async with pulling_from(origin) as cdn:
            good, path = fill_ticket("rel-1", "hd"), "hd/v1/0.m4s"
            answer = await network.fetch(Outgoing("GET", f"{cdn}/v1/{good}/rel-1/{path}"))
            assert answer.body == (made.folder / path).read_bytes()
            wrong = await network.fetch(Outgoing("GET", f"{cdn}/v1/{good[:-2]}xx/rel-1/{path}"))
            assert wrong.status == 403
