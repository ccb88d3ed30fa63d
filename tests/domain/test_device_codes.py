"""A screen without a keyboard is let in by a code (RFC 8628): once, by a member who was shown which screen it is."""

import asyncio
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.control.members.api import SignedIn, TooManyAttempts
from matinee.control.members.api.device_codes import (
    AccessDenied,
    AuthorizationPending,
    DeviceCode,
    ExpiredToken,
    SlowDown,
    UnknownUserCode,
)
from matinee.control.members.model.user_codes import ALPHABET, LENGTH, letters_of, shown, typed
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import minutes, seconds
from tests.house import PUBLIC_URL, House

TV, PHONE = "192.0.2.7", "192.0.2.99"


async def ask(house: House, device: str = "TV in the kitchen") -> DeviceCode:
    return await house.device_codes.ask(device=device, address=TV)


async def allow(house: House, account: AccountId, code: DeviceCode) -> None:
    await house.device_codes.decide(account, code.user_code, allow=True, address=PHONE)


async def test_a_screen_is_signed_in_when_a_member_says_so(house: House) -> None:
    member, code = await house.add_member(), await ask(house)
    with pytest.raises(AuthorizationPending):
        await house.device_codes.collect(code.device_code)
    seen = await house.device_codes.look(member.account.id, code.user_code.lower().replace("-", " "), address=PHONE)
    assert (seen.device, seen.address, seen.nearby) == ("TV in the kitchen", TV, True)
    await allow(house, member.account.id, code)
    house.clock.advance(seconds(5))
    signed = await house.device_codes.collect(code.device_code)
    identity = await house.members.identify(signed.token, None)
    assert identity.account.id == member.account.id
    assert (identity.sign_in.device, identity.sign_in.methods) == ("TV in the kitchen", ("device-code",))


async def test_it_is_collected_once_even_by_several_at_once(house: House) -> None:
    member, code = await house.add_member(), await ask(house)
    await allow(house, member.account.id, code)
    tries = [house.device_codes.collect(code.device_code) for _ in range(5)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(e) for e in ended].count(SignedIn) == 1
    house.clock.advance(seconds(60))
    with pytest.raises(ExpiredToken):
        await house.device_codes.collect(code.device_code)


async def test_a_no_is_a_no(house: House) -> None:
    member, code = await house.add_member(), await ask(house)
    await house.device_codes.decide(member.account.id, code.user_code, allow=False, address=PHONE)
    with pytest.raises(AccessDenied):
        await house.device_codes.collect(code.device_code)
    with pytest.raises(UnknownUserCode):
        await allow(house, member.account.id, code)


async def test_a_code_ends_by_itself(house: House) -> None:
    member, code = await house.add_member(), await ask(house)
    house.clock.advance(minutes(10))
    with pytest.raises(UnknownUserCode):
        await allow(house, member.account.id, code)
    with pytest.raises(ExpiredToken):
        await house.device_codes.collect(code.device_code)
    with pytest.raises(ExpiredToken):
        await house.device_codes.collect("nothing that was given out")


async def test_who_asks_too_often_has_to_ask_less_often_from_then_on(house: House) -> None:
    code = await ask(house)
    with pytest.raises(AuthorizationPending):
        await house.device_codes.collect(code.device_code)
    with pytest.raises(SlowDown) as slower:
        await house.device_codes.collect(code.device_code)
    assert slower.value.members == {"error": "slow_down", "interval": 10}
    house.clock.advance(seconds(5))
    with pytest.raises(AuthorizationPending):
        await house.device_codes.collect(code.device_code)
    house.clock.advance(seconds(5))
    with pytest.raises(SlowDown):
        await house.device_codes.collect(code.device_code)


async def test_codes_are_not_guessed(house: House) -> None:
    member = await house.add_member()
    refused = 0
    for n in range(40):
        guess = "".join(ALPHABET[(n * 7 + k) % len(ALPHABET)] for k in range(LENGTH))
        try:
            await house.device_codes.look(member.account.id, guess, address=PHONE)
        except UnknownUserCode:
            refused += 1
        except TooManyAttempts:
            break
    assert refused == 10
    code = await ask(house)
    with pytest.raises(TooManyAttempts):
        await house.device_codes.look(member.account.id, code.user_code, address=PHONE)


async def test_a_code_of_ones_own_forgives_no_guesses(house: House) -> None:
    member, code = await house.add_member(), await ask(house)
    for _ in range(5):
        await house.device_codes.look(member.account.id, code.user_code, address=PHONE)
        with pytest.raises(UnknownUserCode):
            await house.device_codes.look(member.account.id, "BBBB-BBBB", address=PHONE)
    with pytest.raises(TooManyAttempts):
        await house.device_codes.look(member.account.id, "BBBB-BBBB", address=PHONE)


async def test_one_network_asks_for_so_many_codes_and_not_for_more(house: House) -> None:
    for _ in range(20):
        await ask(house)
    with pytest.raises(TooManyAttempts):
        await ask(house)
    assert await house.device_codes.ask(device="tv", address="203.0.113.9")


async def test_no_code_stands_in_the_database(house: House) -> None:
    code = await ask(house)
    stored = b"".join(p.read_bytes() for p in house.folder.glob("matinee.sqlite*"))
    assert b"TV in the kitchen" in stored
    for secret in (code.device_code, code.user_code, code.user_code.replace("-", "")):
        assert secret.encode() not in stored
        assert secret not in repr(code)


async def test_a_screen_shows_where_to_go_as_a_picture(house: House) -> None:
    code = await ask(house)
    assert code.verification_uri == f"{PUBLIC_URL}/link"
    assert code.verification_uri_complete == f"{PUBLIC_URL}/link?code={code.user_code}"
    assert ET.fromstring(code.qr_svg).tag.endswith("svg")


async def test_through_the_front_door_with_the_rfcs_words(house: House) -> None:
    member = await house.add_member()
    async with house.client() as tv, house.client(member) as phone:
        code = (await tv.post("/api/v1/auth/device-code", json={"device": "TV"})).json()["data"]
        body = {"device_code": code["device_code"], "cookie": True}
        waiting = await tv.post("/api/v1/auth/device-code/token", json=body)
        assert (waiting.status_code, waiting.json()["error"]) == (400, "authorization_pending")
        assert waiting.json()["type"].endswith("/authorization-pending")
        typed = {"user_code": code["user_code"]}
        assert (await phone.post("/api/v1/auth/device-code/look", json=typed)).json()["data"]["device"] == "TV"
        assert (await tv.post("/api/v1/auth/device-code/look", json=typed)).status_code == 401
        said = await phone.post("/api/v1/auth/device-code/decision", json={**typed, "allow": True})
        assert said.status_code == 204
        house.clock.advance(seconds(5))
        done = await tv.post("/api/v1/auth/device-code/token", json=body)
        assert done.status_code == 200, done.text
        assert done.json()["data"]["access_token"] is None
        assert done.headers["cache-control"] == "no-store"
        assert (await tv.get("/api/v1/sessions")).status_code == 200


@given(st.binary(min_size=64, max_size=64))
def test_every_code_is_understood_as_it_is_shown(drawn: bytes) -> None:
    code = letters_of(drawn)[:LENGTH]
    if len(code) == LENGTH:
        assert typed(shown(code)) == code
        assert typed(f" {code.lower()} ") == code


@given(st.text())
def test_what_is_no_code_is_none(text: str) -> None:
    code = typed(text)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))
