"""Passkeys through their api, on real engines, by a key made of software: who gets in by which, and what is refused."""

import asyncio
import json
from typing import Any

import pytest

from matinee.control.members.api import SignedIn
from matinee.control.members.api.passkeys import (
    PASSKEYS_MAX,
    CeremonyOver,
    PasskeyKnown,
    PasskeyNotFound,
    PasskeyRefused,
    PasskeyStopped,
    PasskeysUnavailable,
    Place,
    TooManyPasskeys,
)
from matinee.control.members.api.proofs import SecondStepOver, StepUpNeeded
from matinee.control.members.service import PasskeysService
from matinee.engines.mail.mailbox import MailboxMail
from matinee.kernel.errors import InvalidInput
from matinee.kernel.files import SystemFiles
from matinee.kernel.quantities import minutes, seconds
from tests.authenticator import SoftKey
from tests.house import PASSWORD, PUBLIC_URL, RING, House, Member

EMAIL = "ada@example.org"


def soft_key(**how: Any) -> SoftKey:
    return SoftKey(origin=PUBLIC_URL, rp_id="house.test", **how)


async def device_of(house: House, token: str) -> str:
    return (await house.members.identify(token, None)).sign_in.id


async def add(house: House, member: Member, key: SoftKey, name: str = "My phone") -> tuple[str, ...]:
    device = await device_of(house, member.token)
    options = json.loads(await house.passkeys.begin_adding(member.account.id, device))
    added = await house.passkeys.add(member.account.id, device, json.dumps(key.create(options)), name=name)
    assert added.passkey.name == name
    return added.recovery_codes


async def sign_in(house: House, key: SoftKey) -> SignedIn:
    options = json.loads(await house.passkeys.begin_sign_in())
    return await house.passkeys.sign_in(json.dumps(key.get(options)), device="a phone")


async def subjects(house: House) -> list[str]:
    return [letter.subject for letter in await MailboxMail(house.folder / "mail", SystemFiles()).letters(to=EMAIL)]


async def test_a_passkey_signs_its_member_in_without_a_password(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    await add(house, member, key)
    signed = await sign_in(house, key)
    identity = await house.members.identify(signed.token, None)
    assert identity.account.id == member.account.id
    assert identity.sign_in.methods == ("passkey",)
    (kept,) = await house.passkeys.all(member.account.id)
    assert kept.used_at == house.clock.now()
    assert "A passkey was added" in await subjects(house)


async def test_what_a_browser_is_asked_binds_the_key_to_this_house(house: House) -> None:
    member = await house.add_member(EMAIL)
    device = await device_of(house, member.token)
    options = json.loads(await house.passkeys.begin_adding(member.account.id, device))
    assert options["rp"]["id"] == "house.test"
    assert options["authenticatorSelection"]["residentKey"] == "preferred"
    asked = json.loads(await house.passkeys.begin_sign_in())
    assert asked["userVerification"] == "required"
    assert not asked.get("allowCredentials")


async def test_adding_one_needs_a_fresh_proof(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    await add(house, member, key)
    house.clock.advance(minutes(11))
    device = await device_of(house, member.token)
    with pytest.raises(StepUpNeeded) as needed:
        await house.passkeys.begin_adding(member.account.id, device)
    assert "passkey" in needed.value.members["methods"]  # type: ignore[operator]  # a list, in an error's members
    options = json.loads(await house.passkeys.begin_step_up(member.account.id, device))
    fresh = await house.passkeys.step_up(member.account.id, device, json.dumps(key.get(options)))
    await house.passkeys.begin_adding(member.account.id, await device_of(house, fresh.token))


async def test_it_is_the_second_step_after_a_password(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key(verifies=False)
    codes = await add(house, member, key)
    assert len(codes) == 10
    first = await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")
    assert first.signed_in is None
    assert first.second_step is not None
    assert set(first.second_step.methods) == {"passkey", "recovery-code"}
    token = first.second_step.token
    options = json.loads(await house.passkeys.begin_sign_in(token))
    assert len(options["allowCredentials"]) == 1
    signed = await house.passkeys.second_step(token, json.dumps(key.get(options)))
    assert (await house.members.identify(signed.token, None)).sign_in.methods == ("password", "passkey")
    with pytest.raises(SecondStepOver):
        await house.passkeys.second_step(token, json.dumps(key.get(options)))


async def test_another_members_key_completes_nobody_elses_sign_in(house: House) -> None:
    ada, eve = await house.add_member(EMAIL), await house.add_member("eve@example.org")
    mine, hers = soft_key(), soft_key()
    await add(house, ada, mine)
    await add(house, eve, hers)
    first = await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")
    assert first.second_step is not None
    options = json.loads(await house.passkeys.begin_sign_in(first.second_step.token))
    with pytest.raises(PasskeyRefused):
        await house.passkeys.second_step(first.second_step.token, json.dumps(hers.get(options)))
    device = await device_of(house, ada.token)
    asked = json.loads(await house.passkeys.begin_step_up(ada.account.id, device))
    with pytest.raises(PasskeyRefused):
        await house.passkeys.step_up(ada.account.id, device, json.dumps(hers.get(asked)))


async def test_a_key_that_does_not_know_who_holds_it_is_no_sign_in_by_itself(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key(verifies=False)
    await add(house, member, key)
    with pytest.raises(PasskeyRefused):
        await sign_in(house, key)
    device = await device_of(house, member.token)
    options = json.loads(await house.passkeys.begin_step_up(member.account.id, device))
    with pytest.raises(PasskeyRefused):
        await house.passkeys.step_up(member.account.id, device, json.dumps(key.get(options)))


async def test_a_challenge_counts_once_even_when_it_is_answered_at_once_by_many(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key(counts=False)
    await add(house, member, key)
    answer = json.dumps(key.get(json.loads(await house.passkeys.begin_sign_in())))
    tries = [house.passkeys.sign_in(answer, device="a phone") for _ in range(5)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(e) for e in ended].count(SignedIn) == 1
    assert [type(e) for e in ended].count(CeremonyOver) == 4


async def test_a_challenge_is_for_minutes_and_for_what_it_was_made(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    await add(house, member, key)
    device = await device_of(house, member.token)
    late = json.dumps(key.get(json.loads(await house.passkeys.begin_sign_in())))
    house.clock.advance(minutes(5) + seconds(1))
    with pytest.raises(CeremonyOver):
        await house.passkeys.sign_in(late, device="a phone")
    elsewhere = json.dumps(key.get(json.loads(await house.passkeys.begin_step_up(member.account.id, device))))
    with pytest.raises(CeremonyOver):
        await house.passkeys.sign_in(elsewhere, device="a phone")
    other = await device_of(house, (await house.members.open_session(member.account.id, device="tv")).token)
    with pytest.raises(CeremonyOver):
        await house.passkeys.step_up(member.account.id, other, elsewhere)
    assert await house.passkeys.step_up(member.account.id, device, elsewhere)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://house.test.evil.example"},
        {"origin": "http://house.test"},
        {"origin": "https://house.test:8443"},
        {"rp_id": "evil.example"},
    ],
)
async def test_what_another_page_or_house_was_answered_is_refused(house: House, wrong: dict[str, str]) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    await add(house, member, key)
    for name, value in wrong.items():
        setattr(key, name, value)
    with pytest.raises(PasskeyRefused):
        await sign_in(house, key)


async def test_a_page_inside_another_sites_page_is_refused(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    await add(house, member, key)
    key._client = lambda kind, challenge: json.dumps(  # type: ignore[method-assign]  # a browser that was lied to
        {"type": kind, "challenge": challenge, "origin": PUBLIC_URL, "crossOrigin": True}
    ).encode()
    with pytest.raises(PasskeyRefused):
        await sign_in(house, key)


async def test_a_signature_of_another_key_is_refused(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    await add(house, member, key)
    forged = soft_key(credential_id=key.credential_id, handle=key.handle, counter=9)
    with pytest.raises(PasskeyRefused):
        await sign_in(house, forged)


async def test_a_counter_that_goes_back_stops_the_key_and_tells_its_owner(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    await add(house, member, key)
    await sign_in(house, key)
    copy = soft_key(credential_id=key.credential_id, handle=key.handle, private=key.private, counter=1)
    with pytest.raises(PasskeyStopped):
        await sign_in(house, copy)
    with pytest.raises(PasskeyStopped):
        await sign_in(house, key)
    (kept,) = await house.passkeys.all(member.account.id)
    assert kept.stopped
    assert "A passkey was stopped" in await subjects(house)
    first = await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")
    assert first.signed_in is not None, "a stopped key is asked for, and nobody could show it"


async def test_a_key_without_a_counter_is_used_again_and_again(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key(counts=False)
    await add(house, member, key)
    assert await sign_in(house, key)
    assert await sign_in(house, key)


async def test_several_are_kept_named_and_removed(house: House) -> None:
    member = await house.add_member(EMAIL)
    phone, stick = soft_key(), soft_key()
    assert await add(house, member, phone, "Phone")
    assert await add(house, member, stick, "Stick") == ()
    account, device = member.account.id, await device_of(house, member.token)
    second, first = await house.passkeys.all(account)
    assert {first.name, second.name} == {"Phone", "Stick"}
    kept = first if first.name == "Phone" else second
    assert (await house.passkeys.rename(account, kept.id, "  My   new phone ")).name == "My new phone"
    with pytest.raises(InvalidInput):
        await house.passkeys.rename(account, kept.id, "x" * 61)
    await house.passkeys.remove(account, device, kept.id)
    with pytest.raises(PasskeyRefused):
        await sign_in(house, phone)
    assert await sign_in(house, stick)
    (last,) = await house.passkeys.all(account)
    await house.passkeys.remove(account, device, last.id)
    signed = await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")
    assert signed.signed_in is not None


async def test_nobody_touches_anothers(house: House) -> None:
    ada, eve = await house.add_member(EMAIL), await house.add_member("eve@example.org")
    key = soft_key()
    await add(house, ada, key)
    (mine,) = await house.passkeys.all(ada.account.id)
    with pytest.raises(PasskeyNotFound):
        await house.passkeys.rename(eve.account.id, mine.id, "Mine now")
    with pytest.raises(PasskeyNotFound):
        await house.passkeys.remove(eve.account.id, await device_of(house, eve.token), mine.id)
    with pytest.raises(PasskeyKnown):
        await add(house, eve, key)
    assert await house.passkeys.all(eve.account.id) == []


async def test_an_account_has_only_so_many(house: House) -> None:
    member = await house.add_member(EMAIL)
    for _ in range(PASSKEYS_MAX):
        await add(house, member, soft_key())
    with pytest.raises(TooManyPasskeys):
        await add(house, member, soft_key())


async def test_a_house_without_a_name_says_what_it_lacks(house: House) -> None:
    nowhere: Any = {"members": house.members, "proofs": house.proofs, "letters": None}
    service = PasskeysService(
        house.database, house.clock, house.ids, RING, **nowhere, place=Place("", "Passkeys need a name.")
    )
    with pytest.raises(PasskeysUnavailable, match="need a name"):
        await service.begin_sign_in()


async def test_a_browser_signs_in_by_it_through_the_front_door(house: House) -> None:
    member, key = await house.add_member(EMAIL), soft_key()
    async with house.client(member) as client:
        asked = (await client.post("/api/v1/accounts/current/mfa/passkeys/options")).json()["data"]["public_key"]
        body = {"name": "Phone", "response": key.create(asked)}
        added = await client.post("/api/v1/accounts/current/mfa/passkeys", json=body)
        assert added.status_code == 201, added.text
        assert len(added.json()["data"]["recovery_codes"]) == 10
    async with house.client() as client:
        asked = (await client.post("/api/v1/sessions/passkey/options", json={})).json()["data"]["public_key"]
        signed = await client.post("/api/v1/sessions/passkey", json={"response": key.get(asked), "device": "Laptop"})
        assert signed.status_code == 201, signed.text
        assert signed.json()["data"]["account"]["email"] == EMAIL
        assert "matinee=" in signed.headers["set-cookie"]
        devices = (await client.get("/api/v1/sessions")).json()["data"]
        assert [d["device"] for d in devices if d["current"]] == ["Laptop"]
        assert (await client.post("/api/v1/sessions/passkey", json={"response": {}})).status_code == 403
