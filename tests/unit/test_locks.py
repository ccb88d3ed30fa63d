"""The rules of PINs: what a child cannot do on any device, and what a PIN opens."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.members.api import KID, Profile
from matinee.control.members.model.locks import (
    FRESH,
    Device,
    guards,
    is_held,
    is_pin,
    pins_to_change,
    pins_to_enter,
    wait_seconds,
)
from matinee.kernel.ids import AccountId, ProfileId
from matinee.kernel.quantities import Instant, seconds

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LATER = NOW + FRESH + seconds(1)


def a_profile(name: str, *, maturity: int = 18, kids: bool = False, locked: bool = False) -> Profile:
    age = min(maturity, KID) if kids else maturity
    return Profile(ProfileId(name), AccountId("a"), name, "owl", "en", kids, age, locked=locked and not kids)


@st.composite
def families(draw: st.DrawFn) -> list[Profile]:
    count = draw(st.integers(1, 5))
    return [
        a_profile(
            f"p{n}",
            maturity=draw(st.sampled_from((0, 7, 13, 16, 17, 18))),
            kids=draw(st.booleans()),
            locked=draw(st.booleans()),
        )
        for n in range(count)
    ]


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Profile], Device, Profile, Instant]:
    family = draw(families())
    here = draw(st.sampled_from([None, *(p.id for p in family)]))
    opened = {p.id: NOW for p in family if p.locked and draw(st.booleans())}
    at = draw(st.sampled_from((NOW, NOW + FRESH, LATER)))
    return family, Device(here, opened), draw(st.sampled_from(family)), at


@given(situations())
def test_a_locked_profile_is_entered_by_its_own_pin_alone(
    situation: tuple[list[Profile], Device, Profile, Instant],
) -> None:
    family, device, profile, at = situation
    if profile.locked:
        assert set(pins_to_enter(family, device, profile, at=at)) <= {profile.id}
        if device.opened_at(profile.id) is None:
            assert pins_to_enter(family, device, profile, at=at) == (profile.id,)


@given(situations())
def test_no_pin_given_long_ago_opens_anything_but_the_profile_one_is_in(
    situation: tuple[list[Profile], Device, Profile, Instant],
) -> None:
    family, device, profile, _ = situation
    if profile.locked and device.profile_id != profile.id:
        assert pins_to_enter(family, device, profile, at=LATER) == (profile.id,)
    if guards(family):
        assert pins_to_change(family, device, profile, at=LATER)


@given(situations())
def test_from_a_kids_profile_without_a_guards_pin_one_gets_to_nothing_higher(
    situation: tuple[list[Profile], Device, Profile, Instant],
) -> None:
    family, device, profile, at = situation
    here = next((p for p in family if p.id == device.profile_id), None)
    if here is None or not here.kids or not is_held(family, device, at=at):
        return
    if not pins_to_enter(family, device, profile, at=at):
        is_opened = profile.locked and device.opened_at(profile.id) is not None
        assert is_opened or (profile.kids and profile.maturity <= here.maturity)
    assert pins_to_change(family, device, profile, at=at)


@given(situations())
def test_where_nobody_has_a_pin_nothing_asks_for_one(
    situation: tuple[list[Profile], Device, Profile, Instant],
) -> None:
    family, device, profile, at = situation
    if not any(p.locked for p in family):
        assert pins_to_enter(family, device, profile, at=at) == ()
        assert pins_to_change(family, device, profile, at=at) == ()
        assert not is_held(family, device, at=at)


@given(situations())
def test_whatever_is_asked_for_can_be_given_and_then_opens(
    situation: tuple[list[Profile], Device, Profile, Instant],
) -> None:
    family, device, profile, at = situation
    locked = {p.id for p in family if p.locked}
    for asked in (pins_to_enter, pins_to_change):
        for pin in asked(family, device, profile, at=at):
            assert pin in locked
            after = Device(device.profile_id, {**(device.opened or {}), pin: at})
            assert asked(family, after, profile, at=at) == ()


def test_a_teenagers_pin_opens_the_teenagers_profile_and_raises_no_rating() -> None:
    parent, teen = a_profile("parent", locked=True), a_profile("teen", maturity=13, locked=True)
    family = [parent, teen]
    device = Device(teen.id, {teen.id: NOW})
    assert pins_to_enter(family, device, teen, at=LATER) == ()
    assert pins_to_change(family, device, teen, at=NOW) == (parent.id,)
    assert pins_to_change(family, device, None, at=NOW) == (parent.id,)


def test_of_two_guards_neither_changes_the_other() -> None:
    ada, bo, child = a_profile("ada", locked=True), a_profile("bo", locked=True), a_profile("child", kids=True)
    family, device = [ada, bo, child], Device(ada.id, {ada.id: NOW})
    assert pins_to_change(family, device, ada, at=NOW) == ()
    assert pins_to_change(family, device, child, at=NOW) == ()
    assert pins_to_change(family, device, bo, at=NOW) == (bo.id,)
    held = Device(child.id, {})
    assert pins_to_enter(family, held, a_profile("guest"), at=NOW) == (ada.id, bo.id)


@given(st.integers(0, 200))
def test_guessing_gets_slower_and_never_waits_longer_than_an_hour(guesses: int) -> None:
    assert wait_seconds(guesses) <= wait_seconds(guesses + 1) <= 3600


@given(st.text(max_size=8))
def test_a_pin_is_four_to_six_ascii_digits(text: str) -> None:
    assert is_pin(text) == (4 <= len(text) <= 6 and set(text) <= set("0123456789"))
