"""Proving an account: the second step, authenticators, recovery codes, and the step up to what is sensitive."""

import pyotp
import pytest

from matinee.control.members.api import SecondStep, SignedIn, TooManyAttempts
from matinee.control.members.api.proofs import (
    FactorExists,
    Proof,
    SecondStepOver,
    StepUpNeeded,
    WrongProof,
)
from matinee.kernel.errors import NotFound, NotSignedIn
from matinee.kernel.ids import AccountId
from matinee.kernel.quantities import minutes, seconds
from tests.house import PASSWORD, House, Member

EMAIL = "ada@example.org"


def _code(house: House, secret: str) -> str:
    return pyotp.TOTP(secret).at(house.clock.now())


async def _with_totp(house: House) -> tuple[Member, str, tuple[str, ...]]:
    member = await house.add_member(EMAIL)
    new = await house.proofs.begin_totp(member.account.id)
    codes = await house.proofs.confirm_totp(member.account.id, _code(house, new.secret))
    house.clock.advance(minutes(1))
    return member, new.secret, codes.codes


async def _first_step(house: House) -> SecondStep:
    first = await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")
    assert first.signed_in is None
    assert first.second_step is not None
    return first.second_step


async def _finished(house: House, step: SecondStep, code: str) -> SignedIn:
    return await house.proofs.second_step(step.token, code, address="192.0.2.1")


async def _device(house: House, token: str) -> str:
    return (await house.members.identify(token, None)).sign_in.id


async def test_with_an_authenticator_a_right_password_is_only_the_first_step(house: House) -> None:
    _, secret, _ = await _with_totp(house)
    step = await _first_step(house)
    assert step.methods == ("totp", "recovery-code")
    with pytest.raises(NotSignedIn):
        await house.members.identify(step.token, None)
    signed = await _finished(house, step, _code(house, secret))
    found = await house.members.identify(signed.token, None)
    assert found.sign_in.methods == ("password", "totp")
    with pytest.raises(SecondStepOver):
        await house.proofs.pending(step.token)


async def test_a_code_signs_in_once(house: House) -> None:
    _, secret, _ = await _with_totp(house)
    code = _code(house, secret)
    await _finished(house, await _first_step(house), code)
    with pytest.raises(WrongProof):
        await _finished(house, await _first_step(house), code)


async def test_the_code_that_confirmed_an_authenticator_is_spent(house: House) -> None:
    member = await house.add_member(EMAIL)
    new = await house.proofs.begin_totp(member.account.id)
    code = _code(house, new.secret)
    await house.proofs.confirm_totp(member.account.id, code)
    with pytest.raises(WrongProof):
        await _finished(house, await _first_step(house), code)


@pytest.mark.parametrize(("late", "good"), [(-30, True), (30, True), (90, False), (-90, False)])
async def test_a_telephone_may_be_half_a_minute_off(house: House, late: int, good: bool) -> None:
    _, secret, _ = await _with_totp(house)
    house.clock.advance(minutes(5))
    step, code = await _first_step(house), pyotp.TOTP(secret).at(house.clock.now() + seconds(late))
    if good:
        assert await _finished(house, step, code)
    else:
        with pytest.raises(WrongProof):
            await _finished(house, step, code)


async def test_an_authenticator_counts_only_when_a_code_of_it_was_seen(house: House) -> None:
    member = await house.add_member(EMAIL)
    new = await house.proofs.begin_totp(member.account.id)
    first = await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")
    assert first.signed_in is not None
    wrong = f"{(int(_code(house, new.secret)) + 1) % 1_000_000:06}"
    with pytest.raises(WrongProof):
        await house.proofs.confirm_totp(member.account.id, wrong)
    again = await house.proofs.begin_totp(member.account.id)
    assert again.secret != new.secret
    await house.proofs.confirm_totp(member.account.id, _code(house, again.secret))
    with pytest.raises(FactorExists):
        await house.proofs.begin_totp(member.account.id)


async def test_a_recovery_code_signs_in_once_and_a_new_set_voids_the_old(house: House) -> None:
    member, _, codes = await _with_totp(house)
    assert len(set(codes)) == 10
    signed = await _finished(house, await _first_step(house), f" {codes[0].upper()} ")
    assert (await house.members.identify(signed.token, None)).sign_in.methods == ("password", "recovery-code")
    assert (await house.proofs.factors(member.account.id)).recovery_codes == 9
    with pytest.raises(WrongProof):
        await _finished(house, await _first_step(house), codes[0])
    new = await house.proofs.renew_recovery_codes(member.account.id)
    with pytest.raises(WrongProof):
        await _finished(house, await _first_step(house), codes[1])
    assert await _finished(house, await _first_step(house), new.codes[0])


async def test_without_the_authenticator_a_password_signs_in_and_the_recovery_codes_are_gone(house: House) -> None:
    member, _, _ = await _with_totp(house)
    await house.proofs.remove_totp(member.account.id)
    first = await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")
    assert first.signed_in is not None
    assert (await house.proofs.factors(member.account.id)).recovery_codes == 0
    with pytest.raises(NotFound):
        await house.proofs.renew_recovery_codes(member.account.id)


async def test_a_second_step_takes_five_codes_and_five_minutes(house: House) -> None:
    _, secret, _ = await _with_totp(house)
    step = await _first_step(house)
    for _ in range(5):
        with pytest.raises(WrongProof):
            await _finished(house, step, "not a code")
    with pytest.raises(SecondStepOver):
        await _finished(house, step, _code(house, secret))
    late = await _first_step(house)
    house.clock.advance(minutes(5))
    with pytest.raises(SecondStepOver):
        await _finished(house, late, _code(house, secret))


async def test_who_knows_the_password_and_guesses_codes_has_to_wait_but_a_known_device_has_not(house: House) -> None:
    member, secret, _ = await _with_totp(house)
    mark = (await house.members.open_session(member.account.id, device="sofa", methods=["password"])).mark
    for _ in range(3):
        step = await _first_step(house)
        for _ in range(5):
            with pytest.raises(WrongProof):
                await _finished(house, step, "not a code")
    step = await _first_step(house)
    with pytest.raises(TooManyAttempts):
        await _finished(house, step, _code(house, secret))
    assert await house.proofs.second_step(step.token, _code(house, secret), address="192.0.2.1", known=mark)


async def test_what_is_sensitive_wants_a_proof_of_the_last_ten_minutes(house: House) -> None:
    member = await house.add_member(EMAIL)
    account, device = member.account.id, await _device(house, member.token)
    await house.proofs.require_recent(account, device)
    house.clock.advance(minutes(11))
    with pytest.raises(StepUpNeeded) as refused:
        await house.proofs.require_recent(account, device)
    assert (refused.value.status, refused.value.type) == (403, "step-up-needed")
    assert refused.value.members == {"methods": ["password"], "also": []}
    with pytest.raises(WrongProof):
        await house.proofs.step_up(account, device, Proof("not the password"), address="")
    signed = await house.proofs.step_up(account, device, Proof(PASSWORD), address="")
    await house.proofs.require_recent(account, device)
    assert await _device(house, signed.token) == device
    with pytest.raises(NotSignedIn):
        await house.members.identify(member.token, None)


async def test_with_an_authenticator_the_password_alone_steps_nobody_up(house: House) -> None:
    member, secret, _ = await _with_totp(house)
    device = await _device(house, member.token)
    for wrong in (Proof(PASSWORD), Proof("", _code(house, secret)), Proof("not it", _code(house, secret))):
        with pytest.raises(WrongProof):
            await house.proofs.step_up(member.account.id, device, wrong, address="")
    assert await house.proofs.step_up(member.account.id, device, Proof(PASSWORD, _code(house, secret)), address="")


@pytest.mark.parametrize("method", ["device-code", "command"])
async def test_a_television_and_a_command_have_to_step_up_first(house: House, method: str) -> None:
    member = await house.add_member(EMAIL)
    signed = await house.members.open_session(member.account.id, device="tv", methods=[method])
    with pytest.raises(StepUpNeeded):
        await house.proofs.require_recent(member.account.id, await _device(house, signed.token))


async def test_nobody_steps_up_on_the_device_of_another(house: House) -> None:
    member, other = await house.add_member(EMAIL), await house.add_member("eve@example.org")
    with pytest.raises(NotSignedIn):
        await house.proofs.step_up(other.account.id, await _device(house, member.token), Proof(PASSWORD), address="")
    with pytest.raises(StepUpNeeded):
        await house.proofs.require_recent(other.account.id, await _device(house, member.token))


async def test_another_door_finishes_a_second_step_and_steps_up(house: House) -> None:
    member, _, _ = await _with_totp(house)
    await house.proofs.add_factor(member.account.id, "passkey", asked=True)
    step = await _first_step(house)
    pending = await house.proofs.pending(step.token)
    assert (pending.account_id, pending.proved) == (member.account.id, ("password",))
    assert "passkey" in pending.methods
    signed = await house.proofs.finish(step.token, "passkey")
    device = await _device(house, signed.token)
    house.clock.advance(minutes(11))
    await house.proofs.prove(member.account.id, device, "passkey")
    await house.proofs.require_recent(AccountId(member.account.id), device)


async def test_secrets_and_codes_are_not_in_the_database(house: House) -> None:
    _, secret, codes = await _with_totp(house)
    step = await _first_step(house)
    stored = b"".join(p.read_bytes() for p in house.folder.glob("matinee.sqlite*"))
    assert EMAIL.encode() in stored
    for text in (secret, codes[0], codes[0].replace("-", ""), step.token):
        assert text.encode() not in stored
    assert pyotp.TOTP(secret).byte_secret() not in stored
