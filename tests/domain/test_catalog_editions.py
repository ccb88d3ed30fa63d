"""Which release of a title is current, where its masters change: through catalog's api, on real engines."""

from dataclasses import replace

import pytest

from matinee.control.catalog.api import NothingToRollBack
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import seconds
from tests.builders import make_new_title, make_release
from tests.house import House


class Film:
    """A title, and the studio that makes releases of its editions."""

    def __init__(self, house: House, title_id: TitleId) -> None:
        self._house = house
        self.title_id = title_id
        self._editions: dict[str, list[ReleaseId]] = {}

    async def handed_in(self, edition: str) -> None:
        self._house.clock.advance(seconds(1))
        await self._house.catalog.hand_in(self.title_id, edition, self._editions.get(edition, []))

    async def made(self, edition: str, profile: str, *, is_placed: bool = True) -> ReleaseId:
        self._house.clock.advance(seconds(1))
        release_id = ReleaseId(self._house.ids.new())
        release = replace(make_release(), title_id=self.title_id, release_id=release_id, profile=profile)
        await self._house.store_release(release, edition)
        if is_placed:
            await self._house.place(release)
        self._editions.setdefault(edition, []).append(release_id)
        return release_id

    async def published(self, edition: str) -> tuple[ReleaseId, ReleaseId]:
        """Handed in, and out in both profiles."""
        await self.handed_in(edition)
        return await self.made(edition, "fast"), await self.made(edition, "full")

    async def rolled_back(self) -> ReleaseId:
        promised = (await self._house.catalog.desk_title(self.title_id)).earlier_release
        found = await self._house.catalog.roll_back(self.title_id)
        assert (found, await self.current()) == (promised, found)
        return found

    async def current(self) -> str | None:
        return (await self._house.catalog.desk_title(self.title_id)).title.current_release


@pytest.fixture
async def film(house: House) -> Film:
    return Film(house, await house.catalog.create(make_new_title()))


async def test_a_roll_back_goes_to_the_master_before_and_not_to_another_release_of_the_same(film: Film) -> None:
    _, good = await film.published("first")
    await film.published("second")
    assert await film.rolled_back() == good
    with pytest.raises(NothingToRollBack):
        await film.rolled_back()


async def test_what_is_still_made_of_the_master_that_was_rolled_back_does_not_take_over(film: Film) -> None:
    _, good = await film.published("first")
    await film.handed_in("second")
    await film.made("second", "fast")
    await film.rolled_back()
    await film.made("second", "full")
    assert await film.current() == good
    await film.handed_in("third")
    assert await film.current() == good
    assert await film.made("third", "fast") == await film.current()


async def test_a_master_that_is_being_made_while_somebody_rolls_back_is_still_expected(film: Film) -> None:
    await film.published("first")
    await film.published("second")
    await film.handed_in("third")
    await film.rolled_back()
    assert await film.made("third", "fast") == await film.current()


async def test_rolling_back_twice_is_not_undone_by_either_of_the_masters(film: Film) -> None:
    _, good = await film.published("first")
    await film.published("second")
    await film.handed_in("third")
    await film.made("third", "fast")
    await film.rolled_back()
    await film.rolled_back()
    await film.made("third", "full")
    assert await film.current() == good


async def test_a_release_that_was_chosen_stays_until_a_later_master_comes(house: House, film: Film) -> None:
    fast, _ = await film.published("first")
    await house.catalog.publish(film.title_id, fast)
    await film.made("first", "full")
    assert await film.current() == fast
    assert await film.made("second", "fast") == await film.current()


@pytest.mark.parametrize("is_rolled_back", [False, True])
async def test_a_master_that_is_handed_in_again_is_current_again_in_its_best_release(
    house: House, film: Film, is_rolled_back: bool
) -> None:
    _, first = await film.published("first")
    _, second = await film.published("second")
    if is_rolled_back:
        await film.published("third")
        assert await film.rolled_back() == second
    await film.handed_in("first")
    assert await film.current() == first
    await film.made("second", "full")
    assert await film.current() == first
    await house.catalog.roll_back(film.title_id)
    assert await film.current() != first
    await film.handed_in("first")
    better = await film.made("first", "full")
    assert await film.current() == better


async def test_handing_in_again_brings_back_a_release_from_before_editions_had_names(house: House, film: Film) -> None:
    before = await film.made("", "fast")
    after = await film.made("", "full")
    assert await film.current() == after
    assert await film.rolled_back() == before  # each is an edition of its own
    await house.catalog.publish(film.title_id, after)
    house.clock.advance(seconds(1))
    await house.catalog.hand_in(film.title_id, "first", [before])
    assert await film.current() == before
    assert await film.rolled_back() == after


async def test_a_fast_release_does_not_take_the_place_of_the_full_one_of_its_master(film: Film) -> None:
    full = await film.made("first", "full")
    await film.made("first", "fast")
    assert await film.current() == full


async def test_what_a_person_chose_comes_back_after_a_withdrawal_and_nothing_brings_back_the_title_but_a_person(
    house: House, film: Film
) -> None:
    _, good = await film.published("first")
    await film.published("second")
    await film.rolled_back()
    await house.catalog.withdraw(film.title_id)
    await film.handed_in("second")
    assert await film.current() is None
    await film.handed_in("first")
    await house.catalog.publish(film.title_id)
    assert await film.current() == good

    await film.published("third")
    await film.rolled_back()
    chosen = await film.current()
    await house.catalog.withdraw(film.title_id)
    await house.catalog.publish(film.title_id)
    assert await film.current() == chosen
    await house.catalog.publish(film.title_id)  # it is not withdrawn: so this asks for the newest
    assert await film.current() != chosen


async def test_a_title_that_waits_for_its_operator_goes_on_waiting_when_a_master_is_handed_in_again(
    house: House,
) -> None:
    film = Film(house, await house.catalog.create(make_new_title(publish_when_placed=False)))
    await film.published("first")
    await film.handed_in("first")
    assert await film.current() is None
