"""Which release viewers get: the best of the newest edition, unless a person chose another."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.catalog.api import ReleaseNote
from matinee.control.catalog.model.current import choose, earlier, newest, shown
from matinee.kernel.ids import ReleaseId
from matinee.kernel.quantities import seconds
from tests.builders import NOON, SECOND
from tests.strategies import few


def note(number: int, edition: str, profile: str, handed_in: int) -> ReleaseNote:
    made, told = NOON + seconds(number), NOON + seconds(handed_in) if edition else None
    return ReleaseNote(ReleaseId(f"release-{number}"), profile, made, 1000, 1, True, edition, told)


@st.composite
def shelves(draw: st.DrawFn) -> list[ReleaseNote]:
    """What is placed of a title: some of it from before editions had names."""
    handed_in = {edition: draw(st.integers(0, 50)) for edition in "abc"}
    kinds = draw(st.lists(st.tuples(st.sampled_from(["", *"abc"]), st.sampled_from(["fast", "full"])), max_size=8))
    return [
        note(number, edition, profile, handed_in.get(edition, 0)) for number, (edition, profile) in enumerate(kinds)
    ]


def name(release: ReleaseNote) -> str:
    return release.edition or release.release_id


@few
@given(shelves())
def test_rolling_back_meets_every_edition_once_and_its_best_release(placed: list[ReleaseNote]) -> None:
    met: list[ReleaseNote] = []
    here = newest(placed)
    while here is not None:
        met.append(here)
        here = earlier(placed, here.release_id)
    assert len({name(release) for release in met}) == len(met)
    assert {name(release) for release in met} == {name(release) for release in placed}
    for release in met:
        is_full = any(other.profile == "full" for other in placed if name(other) == name(release))
        assert (release.profile == "full") == is_full


@few
@given(shelves(), st.data())
def test_a_choice_holds_until_a_later_edition_is_placed(placed: list[ReleaseNote], data: st.DataObject) -> None:
    if not placed:
        assert shown(placed, None) is None
        return
    chosen = data.draw(st.sampled_from(placed))
    choice = choose(placed, chosen)
    assert shown(placed, choice) == chosen
    known = data.draw(st.sampled_from(placed))
    if known.edition:  # another of an edition that was known then
        more = replace(known, release_id=ReleaseId("release-more"), profile="full", created_at=NOON + seconds(99))
        assert shown([*placed, more], choice) == chosen
    later = replace(note(100, "later", "fast", 0), handed_in_at=choice.over + SECOND)
    assert shown([*placed, later], choice) == later


def test_without_names_of_editions_releases_follow_each_other_as_they_were_made() -> None:
    placed = [note(number, "", profile, 0) for number, profile in enumerate(["fast", "full", "fast"])]
    assert newest(placed) == placed[2]
    assert earlier(placed, placed[2].release_id) == placed[1]
    assert earlier(placed, placed[0].release_id) is None
    assert earlier(placed, None) is earlier(placed, "unknown") is None
