"""Who is to hold what, and from where it fetches it: sites of several appliances through steering's api, on real engines."""

from collections.abc import Sequence
from dataclasses import replace

from matinee.control.steering.api import AgentAnswer
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import Span, minutes, seconds
from matinee.wire.fill import FillOrder
from matinee.wire.health import FillProgress, Reach
from matinee.wire.releases import Release
from tests.builders import make_new_title, make_release, make_report
from tests.house import House, ready_event

_MB = 1_000_000
_FILM = 10 * _MB


async def _ready(house: House, size: int = _FILM) -> Release:
    """A release the studio has finished and no edge holds."""
    title_id = await house.catalog.create(make_new_title())
    release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
    await house.announce(replace(ready_event(release), size_bytes=size))
    await house.settle()
    return release


async def _says(
    house: House,
    name: str,
    *,
    holds: Sequence[str] = (),
    site: str = "berlin",
    room: int = 1000 * _MB,
    reach: Reach = "embedded",
    kind: str = "storage",
    done: FillProgress | None = None,
) -> AgentAnswer:
    return await house.steering.report(
        replace(
            make_report(name, kind=kind, at=house.clock.now(), releases=holds),
            site=site,
            reach=reach,
            capacity_bytes=room,
            filling=() if done is None else (done,),
        )
    )


async def _passes(house: House, span: Span, *names: str, holds: Sequence[str] = (), room: int = 1000 * _MB) -> None:
    """Time in which these report each second."""
    for _ in range(int(span.total_seconds())):
        house.clock.advance(seconds(1))
        await house.report(appliance="origin-1", kind="origin")
        for name in names:
            await _says(house, name, holds=holds, room=room)


def _held(answer: AgentAnswer) -> set[str]:
    return {order.release_id for order in answer.orders.orders}


def _order(answer: AgentAnswer, release: Release) -> FillOrder:
    (found,) = [order for order in answer.orders.orders if order.release_id == release.release_id]
    return found


async def _both(house: House, release: Release) -> dict[str, tuple[str, ...]]:
    await _says(house, "a")
    await _says(house, "b")
    return {name: _order(await _says(house, name), release).sources for name in ("a", "b")}


async def test_one_copy_feeds_a_site(house: House) -> None:
    release = await _ready(house)
    await house.report(appliance="origin-1", kind="origin")
    sources = await _both(house, release)
    assert sorted(sources.values()) == [(), ("http://origin-1.test",)], "one goes upstream, the other waits"
    (first,) = [name for name, source in sources.items() if source]
    (second,) = sources.keys() - {first}
    await _says(house, first, holds=[release.release_id])
    after = _order(await _says(house, second), release)
    assert after.sources == (f"http://{first}.test", "http://origin-1.test")
    assert after.ticket


async def test_who_hangs_upstream_loses_the_office_and_who_moves_on_keeps_it(house: House) -> None:
    release = await _ready(house)
    await house.report(appliance="origin-1", kind="origin")
    (first,) = [name for name, source in (await _both(house, release)).items() if source]
    (second,) = {"a", "b"} - {first}

    async def for_(span: Span, bytes_done: int) -> tuple[bool, bool]:
        """Whether the first, and the second, may go upstream after the first had said for so long that it has so much."""
        done = FillProgress(release.release_id, bytes_done, _FILM)
        for _ in range(int(span.total_seconds())):
            house.clock.advance(seconds(1))
            await house.report(appliance="origin-1", kind="origin")
            both = [await _says(house, first, done=done), await _says(house, second)]
        return bool(_order(both[0], release).sources), bool(_order(both[1], release).sources)

    assert await for_(minutes(9), 0) == (True, False)
    assert await for_(minutes(9), _FILM // 2) == (True, False), "it has moved on"
    assert await for_(minutes(2), _FILM // 2) == (False, True)


async def test_who_falls_silent_is_stood_in_for_at_once(house: House) -> None:
    release = await _ready(house)
    await house.report(appliance="origin-1", kind="origin")
    (first,) = [name for name, source in (await _both(house, release)).items() if source]
    (second,) = {"a", "b"} - {first}
    await _passes(house, seconds(5), second)
    assert _order(await _says(house, second), release).sources == ("http://origin-1.test",)


async def test_a_site_with_room_for_all_holds_all_twice_and_a_small_one_divides_it(house: House) -> None:
    films = [(await _ready(house)).release_id for _ in range(8)]
    await house.report(appliance="origin-1", kind="origin")
    await _says(house, "a")
    await _says(house, "b")
    assert [_held(await _says(house, name)) for name in ("a", "b")] == [set(films)] * 2
    room = 5 * _FILM
    await _passes(house, seconds(7), "a", "b", room=room)
    parts = [_held(await _says(house, name, room=room)) for name in ("a", "b")]
    assert set().union(*parts) == set(films)
    assert all(len(part) <= 5 for part in parts)


async def test_an_appliance_within_a_network_takes_films_from_the_exchange_before_the_origin(house: House) -> None:
    release = await _ready(house)
    await house.report(appliance="origin-1", kind="origin")
    await _says(house, "ix", site="exchange", reach="exchange", holds=[release.release_id])
    inside = _order(await _says(house, "a", kind="flash"), release)
    assert inside.sources == ("http://ix.test", "http://origin-1.test")
    outside = _order(await _says(house, "far", site="far", reach="exchange"), release)
    assert outside.sources == ("http://origin-1.test",), "nobody fetches from its equals at other sites"


async def test_what_no_appliance_has_room_for_is_served_by_origins(house: House) -> None:
    release = await _ready(house)
    await house.report(appliance="origin-1", kind="origin")
    answer = await _says(house, "a", room=_FILM // 2)
    assert answer.orders.orders == ()
    assert await house.events("releases") == ["release.ready", "release.placed"]
    assert [edge.pathway for edge in await house.steering.rank(ReleaseId(release.release_id))] == ["origin-1"]


async def test_a_room_that_cannot_be_is_taken_for_what_can_be(house: House) -> None:
    release = await _ready(house)
    await house.report(appliance="origin-1", kind="origin")
    assert _held(await _says(house, "a", room=10**400)) == {release.release_id}
    assert _held(await _says(house, "b", site="other", room=-(10**400))) == set()


async def test_of_what_does_not_all_fit_the_newest_comes_first(house: House) -> None:
    films = [(await _ready(house)).release_id for _ in range(4)]
    await house.report(appliance="origin-1", kind="origin")
    assert _held(await _says(house, "a", kind="flash", room=2 * _FILM)) == set(films[2:])


async def test_what_is_held_stays_ordered_without_a_source_also_while_origins_are_away(house: House) -> None:
    held, lacked = [await _ready(house) for _ in range(2)]
    answer = await _says(house, "a", holds=[held.release_id])
    assert _held(answer) == {held.release_id, lacked.release_id}
    assert [order.sources for order in answer.orders.orders] == [(), ()]


async def test_one_that_is_gone_for_long_is_stood_in_for(house: House) -> None:
    films = [(await _ready(house)).release_id for _ in range(6)]
    await house.report(appliance="origin-1", kind="origin")
    room = 5 * _FILM
    for name in ("a", "b", "a", "b"):
        await _says(house, name, room=room)
    part = _held(await _says(house, "a", room=room))
    assert part < set(films)
    house.clock.advance(minutes(11))  # longer than last words are kept
    await house.report(appliance="origin-1", kind="origin")
    assert _held(await _says(house, "a", room=room)) == part, "not at once: it may only be we who forgot"
    await _passes(house, seconds(7), "a", room=room)
    assert len(_held(await _says(house, "a", room=room))) == 5


async def test_a_film_that_fails_again_and_again_keeps_no_other_waiting(house: House) -> None:
    films = [await _ready(house) for _ in range(20)]
    await house.report(appliance="origin-1", kind="origin")
    answer = await _says(house, "a")
    sourced = [order.release_id for order in answer.orders.orders if order.sources]
    assert 0 < len(sourced) < len(films), "so many are told at a time"
    failed = tuple(FillProgress(release_id, 0, 0, "it broke") for release_id in sourced)
    again = await house.steering.report(
        replace(make_report("a", kind="storage"), site="berlin", reach="embedded", filling=failed)
    )
    others = {release.release_id for release in films} - set(sourced)
    assert others <= {order.release_id for order in again.orders.orders if order.sources}
