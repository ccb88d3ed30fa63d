"""Steering learns what is played, and plans by it: accounts come in by the api, nights pass, orders come out; on real engines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from matinee.control.steering import jobs, store
from matinee.control.steering.api import AgentAnswer
from matinee.control.steering.model.remembered import Memory
from matinee.control.steering.service import SteeringService
from matinee.engines.database.port import Work
from matinee.kernel.errors import InvalidInput, NotFound, Unavailable
from matinee.kernel.quantities import days, seconds
from matinee.wire.accounts import Accounts, AccountsKnown, Streamed
from matinee.wire.encoding import from_json, to_json
from tests.builders import make_new_title, make_release, make_report
from tests.house import AGENT_TOKEN, EDGE_RING, House, ready_event

_MB = 1_000_000
_FILM = 10 * _MB


async def _films(house: House, count: int, size: int = _FILM) -> list[str]:
    """Releases the studio has finished and no edge holds, the oldest first."""
    made = []
    for _ in range(count):
        title_id = await house.catalog.create(make_new_title())
        release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
        await house.announce(replace(ready_event(release), size_bytes=size))
        made.append(release.release_id)
    await house.settle()
    return made


async def _says(
    house: House,
    name: str,
    *,
    holds: Sequence[str] = (),
    site: str = "berlin",
    kind: str = "flash",
    room: int = 4 * _FILM,
    playing: Sequence[str] = (),
    countries: tuple[str, ...] = (),
) -> AgentAnswer:
    report = make_report(name, kind=kind, releases=holds)
    place = replace(report, site=site, reach="embedded", capacity_bytes=room, countries=countries)
    return await house.steering.report(replace(place, playing=tuple(playing)))


def _held(answer: AgentAnswer) -> set[str]:
    return {order.release_id for order in answer.orders.orders}


async def _streams(
    house: House, name: str, played: Mapping[str, float], *, number: int = 1, boot: str = "b1", day: str | None = None
) -> AccountsKnown:
    """So many playings of each, on this day or today."""
    told = day or house.clock.now().date().isoformat()
    counts = tuple(Streamed(told, release_id, "hd", int(n * _FILM)) for release_id, n in played.items())
    return await house.steering.account(Accounts(name, boot, number, house.clock.now(), counts))


@dataclass
class Site:
    """Flash appliances that do as they are told, and report whenever a test needs them to. An origin beside them."""

    house: House
    room: int
    names: tuple[str, ...] = ("a",)
    holds: dict[str, set[str]] = field(default_factory=dict)
    playing: tuple[str, ...] = ()

    async def report(self) -> None:
        self.house.clock.advance(seconds(1))
        await self.house.report(appliance="origin-1", kind="origin")
        for name in self.names:
            await self.says(name)

    async def says(self, name: str) -> set[str]:
        """What it is to hold."""
        holds = sorted(self.holds.get(name, ()))
        return _held(await _says(self.house, name, holds=holds, room=self.room, playing=self.playing))

    async def fill(self) -> None:
        """All that is ordered is there, and nothing else."""
        await self.report()
        self.holds = {name: await self.says(name) for name in self.names}
        await self.report()

    async def night(self) -> None:
        """Until two in the morning, by when the day's accounts are in; the look that steering takes then; and the fill."""
        self.house.clock.at = (self.house.clock.now() + days(1)).replace(hour=2, minute=0)
        await self.report()
        await jobs.counts(self.house.steering)()
        await self.fill()


async def test_what_is_played_is_held_after_the_night_and_what_is_not_makes_room(house: House) -> None:
    films = await _films(house, 40)
    site = Site(house, 20 * _FILM)
    await site.fill()
    played = sorted(site.holds["a"])[:10]
    old = set(sorted(set(films) - site.holds["a"])[:4])
    for _ in range(5):
        before = site.holds["a"]
        # Who wants what is not there is served by the origin.
        await _streams(house, "origin-1", dict.fromkeys(old - before, 300.0))
        await _streams(house, "a", dict.fromkeys(played, 100.0) | dict.fromkeys(old & before, 300.0))
        await site.night()
        assert len(site.holds["a"] - before) <= 1, "a night fetches 6 % of twenty films"
    assert old <= site.holds["a"]
    assert set(played) <= site.holds["a"]


async def test_an_account_that_comes_again_or_late_changes_nothing(house: House) -> None:
    films = await _films(house, 2)
    await _says(house, "a")
    today = house.clock.now().date().isoformat()
    for number, playings in ((2, 5.0), (1, 3.0), (2, 5.0), (2, 5.0)):
        assert await _streams(house, "a", {films[0]: playings}, number=number) == AccountsKnown(number)
    await _streams(house, "a", {films[0]: 2.0}, boot="b2")
    assert await _sent(house) == {films[0]: 7.0}, "the largest of a life, and lives together"
    assert today == house.clock.now().date().isoformat()


async def _sent(house: House) -> dict[str, float]:
    """Playings of today, as they are kept."""
    heat = await house.steering.heat(site="", days=1)
    return {each.release_id: each.bytes / _FILM for each in heat.releases if each.bytes}


async def test_a_film_that_is_out_today_reaches_full_appliances_at_once_and_nothing_else_does(house: House) -> None:
    films = await _films(house, 20)
    site = Site(house, 10 * _FILM)
    await site.fill()
    missed = set(films) - site.holds["a"]
    for _ in range(3):
        await _streams(house, "a", {each: 50.0 + n for n, each in enumerate(sorted(site.holds["a"]))})
        await site.night()
    await _streams(house, "origin-1", dict.fromkeys(missed, 900.0))
    (fresh,) = await _films(house, 1)
    before = site.holds["a"]
    await site.fill()
    assert site.holds["a"] - before == {fresh}
    assert len(site.holds["a"]) == 10


async def test_between_nights_nothing_is_fetched_for_popularitys_sake(house: House) -> None:
    films = await _films(house, 20)
    site = Site(house, 10 * _FILM)
    await site.fill()
    missed = min(set(films) - site.holds["a"])
    await _streams(house, "a", dict.fromkeys(site.holds["a"], 1.0))
    await site.night()
    await _streams(house, "origin-1", {missed: 5000.0})
    before = site.holds["a"]
    site.room += _FILM // 2  # which holds nothing more, but all is planned anew
    await site.fill()
    assert site.holds["a"] == before
    await site.night()
    assert missed in site.holds["a"]


async def test_a_small_house_whose_films_all_fit_twice_holds_all_of_them_twice_whatever_is_played(house: House) -> None:
    films = set(await _films(house, 6))
    site = Site(house, 10 * _FILM, ("a", "b"))
    await site.fill()
    for _ in range(3):
        assert site.holds == {"a": films, "b": films}
        await _streams(house, "a", {min(films): 1000.0, max(films): 0.001})
        await site.night()
    site.holds["b"] = set()
    assert await site.says("b") == films


async def test_once_there_are_counts_the_head_is_held_twice_where_not_all_is(house: House) -> None:
    films = await _films(house, 12)
    site = Site(house, 8 * _FILM, ("a", "b"))
    await site.fill()
    await site.fill()
    for _ in range(4):
        assert site.holds["a"] | site.holds["b"] == set(films)
        for name in ("a", "b"):
            await _streams(house, name, dict.fromkeys(site.holds[name], 10.0) | {films[3]: 500.0})
        await site.night()
    assert films[3] in site.holds["a"] & site.holds["b"]


async def test_an_empty_appliance_is_filled_at_once_by_what_is_known(house: House) -> None:
    films = await _films(house, 20)
    site = Site(house, 10 * _FILM)
    await site.fill()
    for _ in range(2):
        await _streams(house, "origin-1", {each: 100.0 - n for n, each in enumerate(films)})
        await site.night()
    answer = await _says(house, "new", site="hamburg", room=10 * _FILM)
    assert _held(answer) == set(films[:10]), "what the whole house plays, and all of it"


async def test_what_is_being_watched_is_not_planned_away(house: House) -> None:
    films = await _films(house, 40)
    site = Site(house, 20 * _FILM)
    await site.fill()
    watched = min(site.holds["a"])
    site.playing = (watched,)
    for _ in range(7):
        await _streams(house, "origin-1", dict.fromkeys(set(films) - site.holds["a"], 400.0))
        await _streams(house, "a", dict.fromkeys(site.holds["a"] - {watched}, 300.0))
        await site.night()
        assert watched in site.holds["a"]


async def test_a_night_is_remembered_once_however_often_and_by_whomever_it_is_looked_at(house: House) -> None:
    films = await _films(house, 3)
    site = Site(house, 4 * _FILM)
    await site.fill()
    await _streams(house, "a", {films[0]: 100.0})
    await site.night()
    before = (await house.steering.heat(site="", days=7)).releases
    for _ in range(3):
        await jobs.counts(house.steering)()
    assert (await house.steering.heat(site="", days=7)).releases == before


async def test_days_that_nobody_looked_at_are_made_up_for(house: House) -> None:
    films = await _films(house, 3)
    site = Site(house, 4 * _FILM)
    await site.fill()
    for _ in range(3):
        await _streams(house, "a", {films[0]: 100.0})
        house.clock.advance(days(1))
        await site.report()
    await site.night()
    (top, *_) = (await house.steering.heat(site="berlin", days=7)).releases
    assert top.release_id == films[0]
    assert 20 < top.forecast < 100, "it was played on three days of four"


async def test_no_figure_of_one_appliance_breaks_a_sum(house: House) -> None:
    films = await _films(house, 3)
    site = Site(house, 2 * _FILM, ("a", "b"))
    await site.fill()
    for name in site.names:
        await _streams(house, name, dict.fromkeys(films, 10.0**40))
    await site.night()
    assert site.holds["a"]
    assert site.holds["b"]
    assert all(each.forecast < 1e12 for each in (await house.steering.heat(site="", days=7)).releases)


async def test_counts_of_long_ago_are_folded_away_and_none_are_taken_any_more(house: House) -> None:
    films = await _films(house, 1)
    await _says(house, "a", holds=films)
    await _streams(house, "a", {films[0]: 5.0})
    house.clock.advance(days(95))
    await _says(house, "a", holds=films)
    await _streams(house, "a", {films[0]: 5.0}, day=(house.clock.now() - days(94)).date().isoformat(), number=2)
    await jobs.counts(house.steering)()
    heat = await house.steering.heat(site="", days=90)
    assert [each.bytes for each in heat.releases] == [0]


@pytest.mark.parametrize(
    ("counts", "field"),
    [
        (Streamed("2026-11-21", "r1", "hd", -1), "streamed.bytes"),
        (Streamed("2026-11-24", "r1", "hd", 1), "streamed.day"),
        (Streamed("2026-02-30", "r1", "hd", 1), "streamed.day"),
        (Streamed("yesterday", "r1", "hd", 1), "streamed.day"),
        (Streamed("2026-11-21", "", "hd", 1), "streamed.release_id"),
        (Streamed("2026-11-21", "../etc", "hd", 1), "streamed.release_id"),
        (Streamed("2026-11-21", "r1", "h/d", 1), "streamed.release_id"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(house: House, counts: Streamed, field: str) -> None:
    await _says(house, "a")
    with pytest.raises(InvalidInput) as refused:
        await house.steering.account(Accounts("a", "b1", 1, house.clock.now(), (counts,)))
    assert refused.value.members["field"] == field


async def test_a_clock_that_is_a_little_ahead_is_borne(house: House) -> None:
    await _says(house, "a")
    tomorrow = (house.clock.now() + days(1)).date().isoformat()
    assert await _streams(house, "a", {"r1": 1.0}, day=tomorrow) == AccountsKnown(1)


async def test_who_never_reported_has_no_account_here(house: House) -> None:
    with pytest.raises(NotFound):
        await _streams(house, "nobody", {"r1": 1.0})


async def test_accounts_come_in_by_http_with_the_agents_token_and_no_other(house: House) -> None:
    await _says(house, "a")
    body = to_json(Accounts("a", "b1", 3, house.clock.now(), (Streamed("2026-11-21", "r1", "hd", 7),)))
    async with house.client() as client:
        path, kind = "/api/v1/edge/agent/accounts", {"content-type": "application/json"}
        assert (await client.post(path, content=body, headers=kind)).status_code == 401
        known = await client.post(path, content=body, headers={**kind, "authorization": f"Bearer {AGENT_TOKEN}"})
        assert (known.status_code, known.json()) == (200, {"number": 3})
        negative = body.replace(b'"bytes":7', b'"bytes":-7')
        refused = await client.post(path, content=negative, headers={**kind, "authorization": f"Bearer {AGENT_TOKEN}"})
        assert refused.status_code == 400


async def test_a_night_that_broke_off_is_gone_on_with_and_counts_nothing_twice(house: House) -> None:
    films = await _films(house, 3)
    site = Site(house, 4 * _FILM)
    await site.fill()
    await _streams(house, "a", {films[0]: 100.0})
    house.clock.at = (house.clock.now() + days(1)).replace(hour=2)
    await site.report()

    class Breaking:
        """Keeps what is remembered of the site, and then the power goes."""

        left = 1

        async def read(self, work: Callable[[Work], object]) -> object:
            return await house.database.read(work)

        async def write(self, work: Callable[[Work], object]) -> object:
            self.left -= 1
            if self.left < 0:
                raise Unavailable("the power went")
            return await house.database.write(work)

    broken = SteeringService(Breaking(), house.cache, house.clock, EDGE_RING)  # type: ignore[arg-type]  # what it is asked
    with pytest.raises(Unavailable):
        await broken.look_at_counts()
    assert (await house.steering.heat()).night == ""
    for _ in range(2):
        await jobs.counts(house.steering)()
        assert (await house.steering.heat()).night == "2026-11-21"
        kept = await house.database.read(lambda work: store.memory(work, "flash/berlin"))
        assert kept is not None
        assert from_json(kept[1], Memory).rows[films[0]] == pytest.approx((100.0, 100.0))
