"""The kids' walk: no route of the service says anything of a title to somebody who may not see it.

What must not be seen is made as visible as can be: it is published, on the child's own list, in its history, half watched,
rated, told of in a notice, playing on the account's one screen. Then every route of the description is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from typing import Any

import httpx
import pytest
from litestar import get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from matinee.app.callers import CallerDesk
from matinee.app.for_kids import is_open_to_kids
from matinee.app.http import answering, control_app
from matinee.app.known_callers import KnownCallers
from matinee.app.openapi import describe
from matinee.app.repeats import once_each
from matinee.app.settings import Settings
from matinee.control.catalog.api import Artwork, NewTitle, Window, Words
from matinee.control.members.api import NewProfile, Profile
from matinee.control.members.api.ratings import Rating
from matinee.control.members.store.ratings import put_rating
from matinee.control.playback.api import PlaybackPlan
from matinee.control.viewing.api import Watched
from matinee.delivery.gateway.api import GatewayConfig
from matinee.delivery.gateway.service import Gateway
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import days
from matinee.wire.callers import Caller
from matinee.wire.events import TitleLeaving
from matinee.wire.releases import Release
from tests.builders import make_viewer
from tests.house import RING, House, Member
from tests.walk import METHODS, Walked, Walker, walk
from tools import openapi

PICTURE = "c0ffee5ecret"


@dataclass(frozen=True)
class Hidden:
    """A film with a trailer, and all that would give it away."""

    film: Release
    trailer: Release

    @property
    def baits(self) -> tuple[str, ...]:
        keys = sorted({t.key_id for t in self.film.tracks if t.key_id})
        return (self.film.title_id, self.trailer.title_id, self.film.release_id, keys[0], f"{PICTURE}.jpg", "Zugzwang")

    @property
    def marks(self) -> tuple[str, ...]:
        return (self.film.title_id, self.film.release_id, "Zugzwang", "ツークツワンク", PICTURE)

    @property
    def marks_of_trailer(self) -> tuple[str, ...]:
        return (self.trailer.title_id, self.trailer.release_id, "Tatzelwurm")


def _new(name: str, japanese: str, rating: str) -> NewTitle:
    words = {"en": Words(name, f"{name} synopsis"), "ja": Words(japanese)}
    return NewTitle("movie", words, 2020, rating, ("drama",), ("Ada Actor",))


async def _hide(house: House, rating: str = "R") -> Hidden:
    film = await house.add_film(_new("Zugzwang", "ツークツワンク", rating))
    belonging = replace(_new("Tatzelwurm", "Tatzelwurm", rating), type="trailer", belongs_to=TitleId(film.title_id))
    trailer = await house.add_film(belonging)
    pictures = [Artwork(kind, f"artwork/{film.title_id}/{PICTURE}.jpg") for kind in ("poster", "backdrop", "still")]
    await house.catalog.add_artwork(TitleId(film.title_id), ReleaseId(film.release_id), pictures)
    await house.blobs.put(f"artwork/{film.title_id}/{PICTURE}.jpg", b"a picture")
    await house.settle()
    return Hidden(film, trailer)


async def _noted(house: House, hidden: Hidden, profile: Profile) -> None:
    """As if the profile had had to do with the film before it was closed to it."""
    title = TitleId(hidden.film.title_id)
    await house.members.list_title(profile.id, title)
    await house.viewing.record(profile.id, Watched(title, 30_000, 60_000, house.clock.now()))
    await house.database.write(
        lambda work: put_rating(work, profile.id, Rating(house.ids.new(), title, "love", None, house.clock.now()))
    )


@dataclass
class Town:
    """Makes a family for each route: a grown-up who watches the film on the account's one screen, and a child."""

    house: House
    hidden: Hidden
    mild: Release
    who: str
    _made: int = 0

    async def fresh(self) -> Walker:
        self._made += 1
        house = self.house
        ada = await house.add_member(f"{self.who}{self._made}@example.org", plan="basic")
        child = await house.members.add_profile(ada.account.id, NewProfile("Child", kids=True))
        bearer = {"authorization": f"Bearer {ada.token}"}
        if self.who == "nobody":
            return Walker(bearer, ada.profile.id)
        profile = child if self.who == "child" else ada.profile
        await _noted(house, self.hidden, profile)
        await house.announce(TitleLeaving(self.hidden.film.title_id, house.clock.now() + days(3)))
        await house.settle()
        if self.who == "child":
            await self._plays(ada)
        return Walker({**bearer, "x-matinee-profile": profile.id}, profile.id)

    async def _plays(self, ada: Member) -> PlaybackPlan:
        return await self.house.playback.start(self.house.press_play(ada, self.hidden.film.title_id))


def _door(house: House, routes: Sequence[HTTPRouteHandler]) -> httpx.AsyncClient:
    """The house's own front door before these routes."""
    settings = Settings(data=house.folder, country="DE")
    gateway = Gateway(
        once_each(answering(routes, RING.keys, house.clock, house.audit), RING.keys, house.cache, house.clock),
        CallerDesk(house.members, house.billing, RING, settings, house.clock),
        {},
        GatewayConfig(),
        house.calls,
        house.ids,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://house.test")


def _described(house: House, routes: Sequence[HTTPRouteHandler]) -> dict[str, Any]:
    return describe(control_app(routes, KnownCallers(RING.keys, house.clock), house.audit))


async def _walk(
    house: House, town: Town, more: Callable[[], list[HTTPRouteHandler]] = list, *, with_trailer: bool = True
) -> Walked:
    document = _described(house, [*house.routes, *more()])
    if planted := [route for handler in more() for route in handler.paths]:
        # The rest was walked before.
        document["paths"] = {
            f"/api/v1{at.replace(':str', '')}": each
            for at in planted
            for each in [document["paths"][f"/api/v1{at.replace(':str', '')}"]]
        }
    if town.who.startswith("grown-up"):
        # What a grown-up takes along is all that was kept, also of titles that have left since.
        document["paths"].pop("/api/v1/accounts/current/export", None)
    baits = (*town.hidden.baits, town.mild.title_id)
    async with _door(house, [*house.routes, *more()]) as client:
        marks = (*town.hidden.marks, *(town.hidden.marks_of_trailer if with_trailer else ()))
        return await walk(client, document, town.fresh, baits=baits, marks=marks)


async def _town(house: House, who: str) -> Town:
    hidden = await _hide(house)
    mild = await house.add_film(_new("Ponies", "ポニー", "G"))
    return Town(house, hidden, mild, who)


async def test_no_route_says_anything_of_a_film_to_a_child(house: House) -> None:
    walked = await _walk(house, await _town(house, "child"))
    assert walked.leaks == []
    answered = {asked for asked, statuses in walked.answers.items() if statuses & {200, 201, 204}}
    for asked in (
        "GET /api/v1/browse/home",
        "GET /api/v1/search",
        "GET /api/v1/titles/{title_id}/similars",
        "GET /api/v1/titles/{title_id}/reviews",
        "GET /api/v1/profiles/{profile_id}/history",
        "GET /api/v1/profiles/{profile_id}/notices",
        "GET /api/v1/profiles/{profile_id}/watchlist",
        "GET /api/v1/profiles/{profile_id}/continue-watching",
    ):
        assert asked in answered, "a walk that is refused everywhere shows nothing"
    assert 409 in walked.answers["POST /api/v1/play"], "the screen was in use"


async def test_no_route_says_anything_of_it_where_no_profile_is_chosen(house: House) -> None:
    assert (await _walk(house, await _town(house, "nobody"))).leaks == []


@pytest.mark.parametrize("window", [Window(country="FR"), Window(plan_rank=9)], ids=["country", "plan"])
async def test_no_route_says_anything_of_it_where_the_country_or_the_plan_has_no_rights(
    house: House, window: Window
) -> None:
    town = await _town(house, f"grown-up-{window.country.strip('*').lower()}")
    await house.catalog.set_rights(TitleId(town.hidden.film.title_id), [window])
    await house.settle()
    # What is to come may be announced: trailers are shown before their film is.
    assert (await _walk(house, town, with_trailer=False)).leaks == []


async def test_the_walk_finds_a_leak(house: House) -> None:
    """Planted, so that the walk is known to look; in a route that it has never heard of."""
    town = await _town(house, "child")

    def leaky() -> list[HTTPRouteHandler]:
        @get("/titles/{title_id:str}/leak", summary="A leak")
        async def leak(title_id: FromPath[str], caller: NamedDependency[Caller]) -> list[str]:
            found = [d.title for d in await house.catalog.desk() if d.title.id == title_id]
            return [words.name for title in found for words in title.words.values()]

        return [leak]

    leaks = (await _walk(house, town, leaky)).leaks
    assert {leak.mark for leak in leaks} >= {"Zugzwang", "ツークツワンク"}
    assert all("/leak" in leak.asked for leak in leaks)


async def test_a_child_plays_no_session_of_a_grown_up_and_opens_no_key_of_its_film(house: House) -> None:
    town = await _town(house, "child")
    ada = await house.add_member()
    child = await house.members.add_profile(ada.account.id, NewProfile("Child", kids=True))
    theirs = await house.playback.start(house.press_play(ada, town.hidden.film.title_id))
    kid = Member(ada.account, child, ada.token)
    own = await house.playback.start(house.press_play(kid, town.mild.title_id, viewer=make_viewer(maturity=7)))
    session_paths = [
        (method, path)
        for path, operations in _described(house, house.routes)["paths"].items()
        for method in METHODS
        if method in operations and path.startswith("/api/v1/playback/sessions/{session_id}")
    ]
    bodies: dict[str, object] = {
        "heartbeat": {"position_ms": 1, "buffer_ms": 1, "bitrate_kbps": 1, "device_id": "d"},
        "events": [],
        "position": {"position_ms": 1, "at": house.clock.now().isoformat()},
    }
    assert len(session_paths) >= 8
    async with house.client(kid) as client:
        for method, path in session_paths:
            statuses = []
            for session in (own.session_id, theirs.session_id):
                at = path.replace("{session_id}", session).replace("{file}", "v720.m3u8")
                answer = await client.request(method, at, json=bodies.get(path.rsplit("/", 1)[-1]))
                statuses.append(answer.status_code)
                assert not [mark for mark in town.hidden.marks if mark in answer.text]
            assert (statuses[0] < 300, statuses[1]) == (True, 404), path
        token = {"authorization": f"Bearer {own.license_token}"}
        key = town.hidden.baits[3]
        assert (await client.get(f"/api/v1/licenses/clearkey/keys/{key}", headers=token)).status_code >= 400


async def test_what_this_house_lacks_is_the_desk_s_and_closed_to_children(house: House) -> None:
    """The studio and the mailbox are not in a house of tests. Theirs are for operators, and a child is none."""
    here = _described(house, house.routes)["paths"]
    everywhere = await openapi.document()
    missing = {(m.upper(), p) for p, operations in everywhere["paths"].items() if p not in here for m in operations}
    assert missing, "else the walk has seen all, and this test can go"
    opened = [asked for asked in sorted(missing) if is_open_to_kids(asked[0], asked[1].removeprefix("/api/v1"))]
    assert opened == []


async def test_no_operator_is_one_while_a_child_holds_the_device(house: House) -> None:
    operator = await house.add_member(operator=True)
    child = await house.members.add_profile(operator.account.id, NewProfile("Child", kids=True))
    for_operators = [route for route in house.routes if "operator" in signature(route.fn).parameters]
    asked = 0
    async with house.client(Member(operator.account, child, operator.token)) as client:
        for route in for_operators:
            for path in route.paths:
                for method in route.http_methods:
                    words = path.replace(":str", "").replace("{number:int}", "1").replace("{part:int}", "1")
                    answer = await client.request(str(method), f"/api/v1{words}", json={})
                    # What is wrong with the question is said to anybody; it was answered to nobody.
                    assert answer.status_code in (400, 403), path
                    asked += answer.status_code == 403
    assert asked > 20
