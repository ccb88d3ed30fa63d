"""Members through their api, on real engines: who signs in, as whom, and how often one may guess."""

import asyncio
import re
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from matinee.app.people import ensure_demo_member, make_operator
from matinee.control.members.api import (
    ChangedProfile,
    EmailTaken,
    NewProfile,
    ProfileNotFound,
    TooManyAttempts,
    TooManyProfiles,
    TooManySignIns,
    WrongCredentials,
)
from matinee.kernel.errors import InvalidInput, NotFound, NotSignedIn
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import days, minutes, seconds
from tests.builders import an_id
from tests.house import PASSWORD, House, Member

EMAIL = "ada@example.org"
as_for_real = pytest.mark.parametrize("hasher", [PasswordHasher()], ids=["full"])
"""Hashing that takes its time and memory, as in a house that is served."""
FACES = set(re.findall(r"id: '(\w+)'", (Path(__file__).parents[2] / "web/design/avatars.ts").read_text()))


async def _sign_in(house: House, password: str = PASSWORD, *, address: str = "192.0.2.1") -> str:
    first = await house.members.sign_in(EMAIL, password, device="tv", address=address)
    assert first.signed_in is not None
    return first.signed_in.token


async def test_a_member_signs_in_is_recognized_and_signs_out(house: House) -> None:
    member = await house.add_member(EMAIL)
    token = await _sign_in(house)
    identity = await house.members.identify(token, member.profile.id)
    assert (identity.account.id, identity.profile) == (member.account.id, member.profile)
    await house.members.sign_out(member.account.id, identity.sign_in.id)
    with pytest.raises(NotSignedIn):
        await house.members.identify(token, None)


async def test_the_profiles_of_a_new_house_wear_faces_that_the_client_knows(house: House) -> None:
    await ensure_demo_member(house.members, house.billing)
    await make_operator(house.members, house.billing, house.ids, "op@example.org")
    worn = [NewProfile("Ada").avatar]
    for email in ("viewer@demo.example", "op@example.org"):
        account = await house.members.find(email)
        assert account is not None
        worn += [p.avatar for p in await house.members.profiles(account.id)]
    assert len(worn) == 6
    assert set(worn) <= FACES


async def test_an_address_is_the_same_in_capitals_and_taken_once(house: House) -> None:
    await house.add_member(EMAIL)
    assert (await house.members.sign_in(" Ada@Example.ORG ", PASSWORD, device="tv", address="")).signed_in
    with pytest.raises(EmailTaken):
        await house.members.create("ADA@example.org", PASSWORD, country="DE")


async def test_wrong_password_and_unknown_address_look_alike(house: House) -> None:
    await house.add_member(EMAIL)
    with pytest.raises(WrongCredentials) as wrong:
        await _sign_in(house, "not the password")
    with pytest.raises(WrongCredentials) as unknown:
        await house.members.sign_in("nobody@example.org", PASSWORD, device="tv", address="192.0.2.1")
    assert wrong.value.sentence == unknown.value.sentence


async def test_guessing_has_to_wait_longer_and_longer(house: House) -> None:
    await house.add_member(EMAIL)
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await _sign_in(house, "a wrong guess")
    for wait in (2, 4, 8):
        with pytest.raises(TooManyAttempts) as refused:
            await _sign_in(house, "a wrong guess")
        assert refused.value.members == {"retry_after_s": wait}
        house.clock.advance(seconds(wait))
        with pytest.raises(WrongCredentials):
            await _sign_in(house, "a wrong guess")


async def test_many_guesses_at_once_are_no_way_around_the_wait(house: House) -> None:
    await house.add_member(EMAIL)
    guesses = [_sign_in(house, f"guess number {n}") for n in range(30)]
    answers = await asyncio.gather(*guesses, return_exceptions=True)
    assert [type(a) for a in answers].count(WrongCredentials) == 5
    assert [type(a) for a in answers].count(TooManyAttempts) == 25


async def test_the_right_password_is_refused_too_while_waiting_and_forgives_all_after(house: House) -> None:
    await house.add_member(EMAIL)
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await _sign_in(house, "a wrong guess")
    with pytest.raises(TooManyAttempts):
        await _sign_in(house)
    house.clock.advance(seconds(3))
    await _sign_in(house)
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await _sign_in(house, "a wrong guess")


async def test_nobody_can_lock_another_out(house: House) -> None:
    await house.add_member(EMAIL)
    for _ in range(7):
        with pytest.raises((WrongCredentials, TooManyAttempts)):
            await _sign_in(house, "a wrong guess", address="203.0.113.9")
    assert await _sign_in(house, address="192.0.2.1")


async def test_failures_are_forgotten_after_a_while(house: House) -> None:
    await house.add_member(EMAIL)
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            await _sign_in(house, "a wrong guess")
    house.clock.advance(minutes(16))
    for _ in range(4):
        with pytest.raises(WrongCredentials):
            await _sign_in(house, "a wrong guess")
    assert await _sign_in(house)


async def test_a_new_password_signs_every_device_out(house: House) -> None:
    member = await house.add_member(EMAIL)
    await house.members.set_password(member.account.id, "another-long-password")
    with pytest.raises(NotSignedIn):
        await house.members.identify(member.token, None)
    assert await _sign_in(house, "another-long-password")


async def test_a_sign_in_ends_by_itself(house: House) -> None:
    member = await house.add_member(EMAIL)
    house.clock.advance(days(60))
    with pytest.raises(NotSignedIn):
        await house.members.identify(member.token, None)
    assert await house.members.sign_ins(member.account.id) == []


@as_for_real
async def test_tokens_and_passwords_are_not_in_the_database(house: House) -> None:
    member = await house.add_member(EMAIL)
    stored = b"".join(p.read_bytes() for p in house.folder.glob("matinee.sqlite*"))
    assert EMAIL.encode() in stored
    assert member.token.encode() not in stored
    assert PASSWORD.encode() not in stored


async def test_a_profile_of_another_account_is_refused(house: House) -> None:
    mine, other = await house.add_member(EMAIL), await house.add_member("eve@example.org")
    with pytest.raises(ProfileNotFound):
        await house.members.identify(mine.token, other.profile.id)
    with pytest.raises(ProfileNotFound):
        await house.members.change_profile(mine.account.id, other.profile.id, ChangedProfile("Mine now"))
    with pytest.raises(ProfileNotFound):
        await house.members.remove_profile(mine.account.id, other.profile.id)
    assert await house.members.profiles(other.account.id) == [other.profile]


async def test_nobody_signs_another_out(house: House) -> None:
    mine, other = await house.add_member(EMAIL), await house.add_member("eve@example.org")
    (theirs,) = await house.members.sign_ins(other.account.id)
    await house.members.sign_out(mine.account.id, theirs.id)
    assert await house.members.identify(other.token, None)


async def test_an_account_has_five_profiles_even_when_they_are_added_at_once(house: House) -> None:
    member = await house.add_member(EMAIL)
    added = [house.members.add_profile(member.account.id, NewProfile(f"Profile {n}")) for n in range(10)]
    answers = await asyncio.gather(*added, return_exceptions=True)
    assert [type(a) for a in answers].count(TooManyProfiles) == 6
    assert len(await house.members.profiles(member.account.id)) == 5


async def test_a_kids_profile_sees_what_is_for_kids(house: House) -> None:
    member = await house.add_member(EMAIL, kids=True)
    assert member.profile.maturity == 7
    changed = await house.members.change_profile(
        member.account.id, member.profile.id, ChangedProfile("Grown", kids=False)
    )
    assert changed.maturity == 18


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
async def test_a_profiles_name_is_short_and_not_empty(house: House, name: str) -> None:
    member = await house.add_member(EMAIL)
    with pytest.raises(InvalidInput):
        await house.members.add_profile(member.account.id, NewProfile(name))


async def test_my_list_is_kept_newest_first_and_goes_with_its_profile(house: House) -> None:
    member = await house.add_member(EMAIL)
    profile = (await house.members.add_profile(member.account.id, NewProfile("Bo"))).id
    first, second = TitleId(an_id(1)), TitleId(an_id(2))
    for title in (first, second, first):
        await house.members.list_title(profile, title)
        house.clock.advance(seconds(1))
    assert await house.members.watchlist(profile) == [second, first]
    await house.members.unlist_title(profile, second)
    assert await house.members.watchlist(profile) == [first]
    await house.members.remove_profile(member.account.id, profile)
    assert await house.members.watchlist(profile) == []


async def test_the_first_operator_is_the_oldest(house: House) -> None:
    with pytest.raises(NotFound):
        await house.members.first_with_role("operator")
    made: list[Member] = []
    for number in range(2):
        made.append(await house.add_member(f"op{number}@example.org", operator=True))
        house.clock.advance(seconds(1))
    assert await house.members.first_with_role("operator") == made[0].account.id


@as_for_real
async def test_a_crowd_of_sign_ins_is_turned_away_and_costs_nobody_an_attempt(house: House) -> None:
    await house.add_member()
    wrong = (house.members.sign_in(f"{n}@example.org", "guess-guess", device="", address="1") for n in range(40))
    outcomes = await asyncio.gather(*wrong, return_exceptions=True)
    turned_away = sum(isinstance(o, TooManySignIns) for o in outcomes)
    assert (turned_away, sum(isinstance(o, WrongCredentials) for o in outcomes)) == (24, 16)
    assert (await house.members.sign_in("ada@example.org", PASSWORD, device="", address="1")).signed_in
