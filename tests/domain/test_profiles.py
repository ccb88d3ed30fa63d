"""Profiles and their locks at the front door: who gets into which, from which device."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from matinee.control.members.api import ChangedProfile, NewProfile, Profile, ProfileLocked
from matinee.kernel.errors import Conflict
from matinee.kernel.quantities import hours, minutes, seconds
from tests.house import House, Member

V1 = "/api/v1"
PIN = "4711"


def _as(member: Member, profile: Profile | None) -> dict[str, str]:
    named = {} if profile is None else {"x-matinee-profile": profile.id}
    return {"authorization": f"Bearer {member.token}", **named}


@asynccontextmanager
async def _door(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client() as client:
        yield client


async def _family(house: House) -> tuple[Member, Profile, Profile, Profile]:
    """Ada, who is locked; Bo, who is not; and a child."""
    ada = await house.add_member()
    bo = await house.members.add_profile(ada.account.id, NewProfile("Bo"))
    child = await house.members.add_profile(ada.account.id, NewProfile("Child", kids=True))
    async with house.client(ada) as client:
        locked = await client.put(f"{V1}/profiles/{ada.profile.id}/pin", json={"pin": PIN})
    assert locked.status_code == 204
    return ada, ada.profile, bo, child


def _tick(house: House) -> None:
    """Past the seconds that a caller ticket lives."""
    house.clock.advance(seconds(6))


async def _another_device(house: House, member: Member) -> Member:
    signed = await house.members.open_session(member.account.id, device="the television")
    return Member(member.account, member.profile, signed.token)


async def test_a_locked_profile_is_entered_with_its_pin_and_stays_open_on_that_device(house: House) -> None:
    member, ada, *_ = await _family(house)
    tv, tablet = await _another_device(house, member), await _another_device(house, member)
    async with _door(house) as door:
        refused = await door.get(f"{V1}/browse/home", headers=_as(tv, ada))
        assert (refused.status_code, refused.json()["profile_ids"]) == (403, [ada.id])
        assert refused.json()["type"].endswith("profile-locked")
        wrong = await door.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": "0000"}, headers=_as(tv, None))
        assert wrong.status_code == 403
        given = await door.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": PIN}, headers=_as(tv, None))
        assert given.status_code == 204
        assert (await door.get(f"{V1}/browse/home", headers=_as(tv, ada))).status_code == 200
        house.clock.advance(hours(9))
        assert (await door.get(f"{V1}/browse/home", headers=_as(tv, ada))).status_code == 200
        assert (await door.get(f"{V1}/browse/home", headers=_as(tablet, ada))).status_code == 403


async def test_who_went_to_another_profile_is_asked_again(house: House) -> None:
    member, ada, bo, _ = await _family(house)
    async with _door(house) as door:
        for profile, status in ((ada, 200), (bo, 200), (ada, 403)):
            _tick(house)
            assert (await door.get(f"{V1}/browse/home", headers=_as(member, profile))).status_code == status


async def test_a_kids_profile_is_left_with_a_grown_ups_pin_alone(house: House) -> None:
    member, ada, bo, child = await _family(house)
    tv = await _another_device(house, member)
    async with _door(house) as door:
        assert (await door.get(f"{V1}/browse/home", headers=_as(tv, child))).status_code == 200
        refused = await door.get(f"{V1}/browse/home", headers=_as(tv, bo))
        assert (refused.status_code, refused.json()["profile_ids"]) == (403, [ada.id])
        listed = (await door.get(f"{V1}/profiles", headers=_as(tv, child))).json()["data"]
        assert {p["name"]: p["asks_pin_of"] for p in listed} == {"Ada": [ada.id], "Bo": [ada.id], "Child": []}
        _tick(house)
        nobody = _as(tv, None)
        assert (await door.delete(f"{V1}/profiles/{bo.id}", headers=nobody)).status_code == 403, "held, though unnamed"
        assert (await door.get(f"{V1}/sessions", headers=nobody)).status_code == 403
        await door.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": PIN}, headers=_as(tv, child))
        _tick(house)
        assert (await door.get(f"{V1}/browse/home", headers=_as(tv, bo))).status_code == 200
        assert (await door.get(f"{V1}/sessions", headers=_as(tv, bo))).status_code == 200


async def test_without_a_pin_in_the_account_a_kids_profile_is_left_freely(house: House) -> None:
    member = await house.add_member()
    child = await house.members.add_profile(member.account.id, NewProfile("Child", kids=True))
    async with _door(house) as door:
        for profile in (child, member.profile):
            assert (await door.get(f"{V1}/browse/home", headers=_as(member, profile))).status_code == 200


ACCOUNTS_OWN: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/sessions", None),
    ("POST", "/profiles", {"name": "Grown"}),
    ("PATCH", "/profiles/{child}", {"maturity": 18}),
    ("PATCH", "/profiles/{child}", {"kids": False}),
    ("PATCH", "/profiles/{other}", {"name": "Silly"}),
    ("DELETE", "/profiles/{other}", None),
    ("PUT", "/profiles/{other}/pin", {"pin": "1111"}),
    ("DELETE", "/profiles/{other}/pin", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ACCOUNTS_OWN, ids=lambda v: str(v)[:40])
async def test_a_kids_profile_changes_nothing_that_is_the_accounts(
    house: House, method: str, path: str, body: dict[str, Any] | None
) -> None:
    member = await house.add_member(operator=True)
    other = await house.members.add_profile(member.account.id, NewProfile("Other"))
    child = await house.members.add_profile(member.account.id, NewProfile("Child", kids=True))
    before = await house.members.profiles(member.account.id)
    at = V1 + path.format(child=child.id, other=other.id)
    async with _door(house) as door:
        answer = await door.request(method, at, json=body, headers=_as(member, child))
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (403, "not-for-kids")
        assert (await door.get(f"{V1}/catalog/titles", headers=_as(member, child))).status_code == 403, "nor the desk"
    assert await house.members.profiles(member.account.id) == before


async def test_a_pin_is_asked_to_change_a_rating_a_pin_and_to_remove_or_add_a_profile(house: House) -> None:
    member, ada, bo, child = await _family(house)
    asks: list[Callable[[httpx.AsyncClient], Any]] = [
        lambda door: door.patch(f"{V1}/profiles/{child.id}", json={"maturity": 0}),
        lambda door: door.patch(f"{V1}/profiles/{child.id}", json={"kids": False}),
        lambda door: door.put(f"{V1}/profiles/{bo.id}/pin", json={"pin": "2222"}),
        lambda door: door.delete(f"{V1}/profiles/{bo.id}/pin"),
        lambda door: door.post(f"{V1}/profiles", json={"name": "New"}),
        lambda door: door.delete(f"{V1}/profiles/{child.id}"),
    ]
    house.clock.advance(minutes(11))
    async with house.client() as door:
        door.headers.update(_as(member, bo))
        for ask in asks:
            refused = await ask(door)
            assert (refused.status_code, refused.json()["profile_ids"]) == (403, [ada.id])
        assert (await door.patch(f"{V1}/profiles/{child.id}", json={"name": "Zoe"})).status_code == 200, (
            "a name is free"
        )
        await door.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": PIN})
        for ask in asks[:5]:
            assert (await ask(door)).is_success
        house.clock.advance(minutes(6))
        assert (await asks[5](door)).status_code == 403, "what was given a while ago opens no change"


async def test_who_proved_the_account_needs_no_pin(house: House) -> None:
    member, ada, *_ = await _family(house)
    async with house.client(member) as client:
        _tick(house)
        assert (await client.get(f"{V1}/browse/home")).status_code == 200
        house.clock.advance(minutes(11))
        at = f"{V1}/profiles/{ada.id}/pin"
        refused = await client.delete(at)
        assert (refused.status_code, refused.json()["profile_ids"]) == (403, [ada.id])
        (device,) = await house.members.sign_ins(member.account.id)
        proved = await house.proofs.prove(member.account.id, device.id, "password")
        anew = {"authorization": f"Bearer {proved.token}"}
        opened = await client.delete(at, headers=anew)
        assert opened.status_code == 204, opened.text
    assert not (await house.members.profile(member.account.id, ada.id)).locked


async def test_a_new_pin_closes_the_profile_on_every_other_device(house: House) -> None:
    member, ada, *_ = await _family(house)
    tv = await _another_device(house, member)
    async with _door(house) as door:
        await door.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": PIN}, headers=_as(tv, None))
        assert (await door.get(f"{V1}/browse/home", headers=_as(tv, ada))).status_code == 200
        changed = await door.put(f"{V1}/profiles/{ada.id}/pin", json={"pin": "123456"}, headers=_as(member, ada))
        assert changed.status_code == 204
        _tick(house)
        assert (await door.get(f"{V1}/browse/home", headers=_as(tv, ada))).status_code == 403
        assert (await door.get(f"{V1}/browse/home", headers=_as(member, ada))).status_code == 200


async def test_guessing_a_pin_slows_this_device_and_no_other_and_not_the_one_who_is_in(house: House) -> None:
    member, ada, *_ = await _family(house)
    tv, tablet = await _another_device(house, member), await _another_device(house, member)
    at = f"{V1}/profiles/{ada.id}/unlock"
    async with _door(house) as door:
        guesses = [door.post(at, json={"pin": f"{n:04}"}, headers=_as(tv, None)) for n in range(12)]
        answers = [answer.status_code for answer in await asyncio.gather(*guesses)]
        assert (answers.count(403), answers.count(429)) == (5, 7)
        waiting = await door.post(at, json={"pin": PIN}, headers=_as(tv, None))
        assert (waiting.status_code, waiting.json()["retry_after_s"]) == (429, 30)
        assert (await door.post(at, json={"pin": PIN}, headers=_as(tablet, None))).status_code == 204
        house.clock.advance(seconds(31))
        assert (await door.post(at, json={"pin": PIN}, headers=_as(tv, None))).status_code == 204
        assert (await door.post(at, json={"pin": "0000"}, headers=_as(tv, None))).status_code == 403, "forgiven"


async def test_ones_own_pin_forgives_no_guesses_at_anothers(house: House) -> None:
    member, ada, bo, _ = await _family(house)
    async with _door(house) as door:
        await door.put(f"{V1}/profiles/{bo.id}/pin", json={"pin": "2222"}, headers=_as(member, ada))
        tv = _as(await _another_device(house, member), None)

        async def give(profile: Profile, pin: str) -> int:
            return (await door.post(f"{V1}/profiles/{profile.id}/unlock", json={"pin": pin}, headers=tv)).status_code

        assert [await give(ada, f"000{n}") for n in range(4)] == [403] * 4
        assert await give(bo, "2222") == 204
        assert [await give(ada, f"001{n}") for n in range(2)] == [403, 429]


async def test_new_sign_ins_are_no_way_around_the_wait_and_keep_nobody_out_for_long(house: House) -> None:
    member, ada, *_ = await _family(house)
    at = f"{V1}/profiles/{ada.id}/unlock"
    answers = []
    async with _door(house) as door:
        for number in range(24):
            if number % 4 == 0:
                device = _as(await _another_device(house, member), None)
            answers.append((await door.post(at, json={"pin": f"{number:04}"}, headers=device)).status_code)
        assert (answers.count(403), answers.count(429)) == (20, 4)
        house.clock.advance(seconds(61))
        assert (await door.post(at, json={"pin": PIN}, headers=_as(member, None))).status_code == 204
        assert (await door.post(at, json={"pin": "0000"}, headers=device)).status_code == 403, "forgiven"


OPENS: list[tuple[str, str, dict[str, Any] | None, int]] = [
    ("PATCH", "/profiles/{child}", {"kids": False}, 200),
    ("PATCH", "/profiles/{other}", {"maturity": 18}, 200),
    ("DELETE", "/profiles/{other}", None, 204),
    ("PUT", "/profiles/{other}/pin", {"pin": "1111"}, 204),
]


@pytest.mark.parametrize(("method", "path", "body", "done"), OPENS, ids=lambda v: str(v)[:40])
async def test_without_a_pin_in_the_account_what_opens_more_asks_for_a_proof(
    house: House, method: str, path: str, body: dict[str, Any] | None, done: int
) -> None:
    member = await house.add_member()
    other = await house.members.add_profile(member.account.id, NewProfile("Other", maturity=13))
    child = await house.members.add_profile(member.account.id, NewProfile("Child", kids=True))
    at = V1 + path.format(child=child.id, other=other.id)
    house.clock.advance(minutes(11))
    async with _door(house) as door:
        refused = await door.request(method, at, json=body, headers=_as(member, None))
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (403, "step-up-needed")
        lower = await door.patch(f"{V1}/profiles/{other.id}", json={"maturity": 7}, headers=_as(member, None))
        assert lower.status_code == 200, "what closes more asks for nothing"
        (device,) = await house.members.sign_ins(member.account.id)
        token = (await house.proofs.prove(member.account.id, device.id, "password")).token
        answer = await door.request(method, at, json=body, headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == done


async def test_a_change_loses_no_other_and_a_rating_is_changed_from_what_was_seen(house: House) -> None:
    member = await house.add_member()
    account, bo = member.account.id, await house.members.add_profile(member.account.id, NewProfile("Bo"))
    await house.members.change_profile(account, bo.id, ChangedProfile(maturity=7, seen=(False, 18)))
    renamed = await house.members.change_profile(account, bo.id, ChangedProfile(name="Zoe", seen=(False, 18)))
    assert (renamed.name, renamed.maturity) == ("Zoe", 7)
    with pytest.raises(Conflict):
        await house.members.change_profile(account, bo.id, ChangedProfile(maturity=13, seen=(False, 18)))
    assert (await house.members.profile(account, bo.id)).maturity == 7


@pytest.mark.parametrize("pin", ["", "123", "1234567", "12a4", "١٢٣٤", "12 34", "' OR 1=1"])
async def test_what_is_no_pin_is_refused(house: House, pin: str) -> None:
    member = await house.add_member()
    async with house.client(member) as client:
        answer = await client.put(f"{V1}/profiles/{member.profile.id}/pin", json={"pin": pin})
        assert (answer.status_code, answer.json()["field"]) == (400, "pin")


async def test_a_pin_is_nowhere_in_the_database(house: House) -> None:
    member = await house.add_member()
    async with house.client(member) as client:
        await client.put(f"{V1}/profiles/{member.profile.id}/pin", json={"pin": "918273"})
    assert b"918273" not in b"".join(p.read_bytes() for p in house.folder.glob("matinee.sqlite*"))


async def test_a_browser_whose_cookie_names_a_locked_profile_may_still_choose_another(house: House) -> None:
    member, ada, *_ = await _family(house)
    tv = await _another_device(house, member)
    async with _door(house) as door:
        door.cookies.update({"matinee": tv.token, "matinee-profile": ada.id})
        listed = await door.get(f"{V1}/profiles")
        assert listed.status_code == 200
        assert [p["locked"] for p in listed.json()["data"]] == [True, False, False]


async def test_the_first_profile_is_the_main_one_and_stays(house: House) -> None:
    member = await house.add_member()
    async with house.client(member) as client:
        second = (await client.post(f"{V1}/profiles", json={"name": "Bo"})).json()["data"]
        assert second["main"] is False
        assert [p["main"] for p in (await client.get(f"{V1}/profiles")).json()["data"]] == [True, False]
        kept = await client.delete(f"{V1}/profiles/{member.profile.id}")
        assert (kept.status_code, kept.json()["type"].rsplit("/", 1)[-1]) == (409, "main-profile")
        assert (await client.delete(f"{V1}/profiles/{second['id']}")).status_code == 204


async def test_a_profile_keeps_what_it_chose(house: House) -> None:
    member = await house.add_member()
    at = f"{V1}/profiles/{member.profile.id}"
    chosen = {"name": "Zoë", "avatar": "owl", "language": "ja", "maturity": 13}
    chosen |= {"autoplay_next": False, "autoplay_previews": False}
    async with house.client(member) as client:
        assert chosen.items() <= (await client.patch(at, json=chosen)).json()["data"].items()
        renamed = (await client.patch(at, json={"name": "Zoe"})).json()["data"]
        assert (renamed["maturity"], renamed["language"], renamed["autoplay_next"]) == (13, "ja", False)


async def test_a_rating_is_one_that_titles_have_and_a_kids_profile_has_none_above_its_own(house: House) -> None:
    member = await house.add_member()
    child = await house.members.add_profile(member.account.id, NewProfile("Child", kids=True))
    async with house.client(member) as client:

        async def set_to(age: int, **more: object) -> httpx.Response:
            return await client.patch(f"{V1}/profiles/{child.id}", json={"maturity": age, **more})

        assert (await set_to(99)).status_code == 400
        assert (await set_to(18)).json()["data"]["maturity"] == 7
        assert (await set_to(0)).json()["data"]["maturity"] == 0
        grown = (await client.patch(f"{V1}/profiles/{child.id}", json={"kids": False})).json()["data"]
        assert (grown["kids"], grown["maturity"]) == (False, 18)
        assert (await set_to(16, kids=False)).json()["data"]["maturity"] == 16


async def test_a_locked_profile_that_becomes_a_childs_loses_its_pin_and_gets_none(house: House) -> None:
    member, ada, bo, _ = await _family(house)
    async with _door(house) as door:
        headers = _as(member, ada)
        await door.put(f"{V1}/profiles/{bo.id}/pin", json={"pin": "2222"}, headers=headers)
        changed = await door.patch(f"{V1}/profiles/{bo.id}", json={"kids": True}, headers=headers)
        assert (changed.json()["data"]["kids"], changed.json()["data"]["locked"]) == (True, False)
        refused = await door.put(f"{V1}/profiles/{bo.id}/pin", json={"pin": "2222"}, headers=headers)
        assert refused.status_code == 409


async def test_a_profile_of_another_account_is_neither_unlocked_nor_locked(house: House) -> None:
    _, ada, *_ = await _family(house)
    eve = await house.add_member("eve@example.org")
    async with house.client(eve) as client:
        for answer in (
            await client.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": PIN}),
            await client.put(f"{V1}/profiles/{ada.id}/pin", json={"pin": PIN}),
            await client.delete(f"{V1}/profiles/{ada.id}/pin"),
        ):
            assert answer.status_code == 404


async def test_what_is_remembered_of_a_device_goes_with_its_sign_in_and_with_the_profile(house: House) -> None:
    member, ada, bo, _ = await _family(house)
    tv = await _another_device(house, member)
    async with _door(house) as door:
        await door.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": PIN}, headers=_as(tv, None))
        assert (await door.get(f"{V1}/browse/home", headers=_as(tv, bo))).status_code == 200
        assert (await door.delete(f"{V1}/profiles/{bo.id}", headers=_as(tv, None))).status_code == 403, "used up"
        await door.post(f"{V1}/profiles/{ada.id}/unlock", json={"pin": PIN}, headers=_as(tv, None))
        assert (await door.delete(f"{V1}/profiles/{bo.id}", headers=_as(tv, None))).status_code == 204
    house.clock.advance(minutes(6))
    with pytest.raises(ProfileLocked):
        await house.members.identify(tv.token, ada.id)


async def test_a_childs_screen_is_told_nothing_of_the_account(house: House) -> None:
    member = await house.add_member(operator=True)
    child = await house.members.add_profile(member.account.id, NewProfile("Child", kids=True))
    async with _door(house) as door:
        mine = (await door.get(f"{V1}/accounts/current", headers=_as(member, member.profile))).json()["data"]
        assert (mine["email"], mine["plan"]["id"], mine["roles"]) == ("ada@example.org", "premium", ["operator"])
        shown = (await door.get(f"{V1}/accounts/current", headers=_as(member, child))).json()["data"]
    assert shown.pop("id") == member.account.id
    blank = {"email": "", "country": "", "plan": {"id": ""}, "status": "", "roles": []}
    plan = shown.pop("plan")
    assert {**shown, "plan": {"id": plan["id"]}} == blank
    assert not any([plan["name"], plan["streams"], *plan["monthly"].values()])
