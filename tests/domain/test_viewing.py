"""Viewing through its api, on real rows: the later event wins, and what is forgotten is gone."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matinee.control.members.api import NewProfile
from matinee.control.viewing.api import Watched
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.quantities import seconds
from tests.builders import NOON, an_id
from tests.house import House

PROFILE = ProfileId(an_id(1))


def make_watched(title: int = 1, *, position_ms: int = 30_000, second: int = 0) -> Watched:
    return Watched(TitleId(an_id(title)), position_ms, 100_000, NOON + seconds(second))


async def test_the_later_event_wins_in_any_order(house: House) -> None:
    for second in (3, 1, 2, 3):
        await house.viewing.record(PROFILE, make_watched(position_ms=10_000 * second, second=second))
    assert await house.viewing.resume_ms(PROFILE, TitleId(an_id(1))) == 28_000


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(st.tuples(st.integers(0, 20), st.integers(10, 90)), min_size=1, max_size=6))
async def test_the_position_of_the_latest_moment_is_kept(house: House, events: list[tuple[int, int]]) -> None:
    profile, title = ProfileId(house.ids.new()), TitleId(an_id(1))
    for second, place in events:
        await house.viewing.record(profile, make_watched(position_ms=place * 1000, second=second))
    latest = max(second for second, _ in events)
    assert await house.viewing.resume_ms(profile, title) in {p * 1000 - 2000 for s, p in events if s == latest}


async def test_begun_and_not_finished_latest_first(house: House) -> None:
    looked_at, begun, finished, later = (
        make_watched(1, position_ms=1000, second=9),
        make_watched(2, second=1),
        make_watched(3, position_ms=97_000, second=8),
        make_watched(4, second=5),
    )
    for watched in (looked_at, begun, finished, later):
        await house.viewing.record(PROFILE, watched)
    assert await house.viewing.continue_watching(PROFILE) == [later, begun]
    assert await house.viewing.continue_watching(PROFILE, limit=1) == [later]
    assert await house.viewing.history(PROFILE) == [looked_at, finished, later, begun]


async def test_what_was_never_watched_begins_at_the_beginning(house: House) -> None:
    assert await house.viewing.resume_ms(PROFILE, TitleId(an_id(1))) == 0


async def test_profiles_do_not_see_each_other_and_forgetting_is_complete(house: House) -> None:
    other = ProfileId(an_id(2))
    for profile in (PROFILE, other):
        await house.viewing.record(profile, make_watched())
    await house.viewing.forget(PROFILE)
    assert await house.viewing.history(PROFILE) == []
    assert await house.viewing.resume_ms(PROFILE, TitleId(an_id(1))) == 0
    assert len(await house.viewing.history(other)) == 1


async def test_what_a_profile_watched_goes_with_the_profile(house: House) -> None:
    member = await house.add_member()
    other = await house.members.add_profile(member.account.id, NewProfile("Bo"))
    for profile in (member.profile, other):
        await house.viewing.record(profile.id, make_watched())
    await house.members.remove_profile(member.account.id, other.id)
    await house.settle()
    assert await house.viewing.history(other.id) == []
    assert len(await house.viewing.history(member.profile.id)) == 1


async def test_what_is_hidden_stays_hidden_when_a_late_beacon_comes_and_is_there_again_when_it_is_watched_anew(
    house: House,
) -> None:
    await house.viewing.record(PROFILE, make_watched(1, second=1))
    await house.viewing.record(PROFILE, make_watched(2, second=1))
    house.clock.advance(seconds(10))
    await house.viewing.hide(PROFILE, TitleId(an_id(1)))
    await house.viewing.record(PROFILE, make_watched(1, second=5))
    assert [w.title_id for w in await house.viewing.history(PROFILE)] == [an_id(2)]
    assert await house.viewing.resume_ms(PROFILE, TitleId(an_id(1))) == 0
    await house.viewing.record(PROFILE, make_watched(1, second=20))
    assert [w.title_id for w in await house.viewing.history(PROFILE)] == [an_id(1), an_id(2)]
