"""DRM through its api, on real engines: one key a tier, the same ever after, and only for who may."""

import asyncio

import pytest

from matinee.control.drm.api import ContentKeyValue, KeyRefused
from matinee.kernel.ids import KeyId, ReleaseId
from matinee.wire.tickets import LicenseToken
from tests.builders import NOON, an_id
from tests.house import House

RELEASE, OTHER = ReleaseId(an_id(1)), ReleaseId(an_id(2))
TIERS = ("sd", "hd", "fhd", "audio")


def make_token(*, release: ReleaseId = RELEASE, tiers: tuple[str, ...] = ("sd", "audio")) -> LicenseToken:
    return LicenseToken("control", "session", "account", "device", release, tiers, int(NOON.timestamp()) + 60, "jti")


def _ids(keys: object) -> list[KeyId]:
    assert isinstance(keys, list)
    return [k.key_id for k in keys]


async def test_every_tier_has_a_key_of_its_own_and_keeps_it(house: House) -> None:
    keys = await house.drm.keys_for(RELEASE, TIERS)
    assert {k.tier for k in keys} == set(TIERS)
    assert len({k.key for k in keys}) == len({k.key_id for k in keys}) == len(TIERS)
    assert all(len(k.key) == 16 for k in keys)
    assert await house.drm.keys_for(RELEASE, TIERS) == keys
    assert not {k.key for k in keys} & {k.key for k in await house.drm.keys_for(OTHER, TIERS)}


async def test_two_who_ask_at_once_get_the_same_keys(house: House) -> None:
    answers = await asyncio.gather(*(house.drm.keys_for(RELEASE, TIERS) for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)


async def test_only_what_is_asked_for_is_answered_and_more_can_follow(house: House) -> None:
    (sd,) = await house.drm.keys_for(RELEASE, ["sd"])
    both = await house.drm.keys_for(RELEASE, ["sd", "uhd"])
    assert sd in both
    assert {k.tier for k in both} == {"sd", "uhd"}


async def test_a_license_opens_the_tiers_of_its_token_and_no_others(house: House) -> None:
    keys = await house.drm.keys_for(RELEASE, TIERS)
    opened = await house.drm.license(make_token(), _ids(keys))
    assert {k.tier for k in opened} == {"sd", "audio"}
    assert all(k in keys for k in opened)
    hd = [k.key_id for k in keys if k.tier == "hd"]
    with pytest.raises(KeyRefused):
        await house.drm.license(make_token(), hd)


async def test_a_license_opens_its_own_release_only(house: House) -> None:
    keys = await house.drm.keys_for(RELEASE, TIERS)
    await house.drm.keys_for(OTHER, TIERS)
    with pytest.raises(KeyRefused):
        await house.drm.license(make_token(release=OTHER), _ids(keys))


async def test_a_license_for_nothing_known_is_refused(house: House) -> None:
    await house.drm.keys_for(RELEASE, TIERS)
    for asked in ([], [KeyId("00" * 16)], [KeyId("")]):
        with pytest.raises(KeyRefused):
            await house.drm.license(make_token(), asked)


async def test_keys_lie_wrapped_on_the_disk(house: House) -> None:
    keys = await house.drm.keys_for(RELEASE, TIERS)
    stored = b"".join(p.read_bytes() for p in house.folder.rglob("*") if p.is_file())
    for key in keys:
        assert key.key_id.encode() in stored
        assert key.key not in stored
        assert key.key.hex().encode() not in stored


def test_a_key_does_not_print_itself() -> None:
    assert "deadbeef" not in repr(ContentKeyValue("sd", KeyId("00" * 16), bytes.fromhex("deadbeef" * 4)))
    assert "xde" not in repr(ContentKeyValue("sd", KeyId("00" * 16), bytes.fromhex("deadbeef" * 4)))
