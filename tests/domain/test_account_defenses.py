"""What somebody tries who wants another's account: by a name, a code left lying, a letter, a link."""

import re

import pytest

from matinee.control.members.api.device_codes import ExpiredToken
from matinee.control.members.api.proofs import SecondStepOver
from matinee.engines.mail.mailbox import MailboxMail
from matinee.engines.mail.port import Letter
from matinee.kernel.errors import NotSignedIn
from matinee.kernel.quantities import days, seconds
from matinee.wire.events import LetterDue, SignedInAnew
from tests.house import PASSWORD, House

API = "/api/v1"
EMAIL = "new@example.org"
GOOD = "velvet-and-popcorn"


async def _letters(house: House, subject: str, to: str = EMAIL) -> list[str]:
    await house.settle()
    return [letter.text for letter in await house.mail.letters(to=to) if letter.subject == subject]


async def _link(house: House, subject: str, to: str = EMAIL) -> str:
    """The token behind the `#` of the newest letter of that subject."""
    return re.search(r"#(\S+)", (await _letters(house, subject, to))[0])[1]  # type: ignore[index]  # the letter has a link


async def test_a_device_that_takes_the_name_of_the_houses_commands_is_a_device(house: House) -> None:
    member = await house.add_member(EMAIL)
    async with house.client() as thief:
        body = {"email": EMAIL, "password": PASSWORD, "device": "this machine's commands"}
        assert (await thief.post(f"{API}/sessions", json=body)).status_code == 201
        house.clock.advance(days(31))
        assert (await thief.get(f"{API}/sessions")).status_code == 401
        thief.cookies.clear()
        assert (await thief.post(f"{API}/sessions", json=body)).status_code == 201
        await house.members.set_password(member.account.id, GOOD)
        house.clock.advance(seconds(6))
        assert (await thief.get(f"{API}/sessions")).status_code == 401


async def test_the_houses_own_commands_outlast_a_new_password_and_a_month_of_silence(house: House) -> None:
    member = await house.add_member(EMAIL)
    own = await house.members.open_session(member.account.id, device="this machine's commands")
    house.clock.advance(days(31))
    await house.members.set_password(member.account.id, GOOD)
    assert (await house.members.identify(own.token, None)).account.id == member.account.id


@pytest.mark.parametrize("ending", ["new password", "everywhere", "desk"])
async def test_what_was_begun_is_over_when_every_device_is_signed_out(house: House, ending: str) -> None:
    member = await house.add_member(EMAIL)
    account = member.account.id
    code = await house.device_codes.ask(device="a tv", address="192.0.2.7")
    await house.device_codes.decide(account, code.user_code, allow=True, address="192.0.2.7")
    await house.proofs.add_factor(account, "passkey", asked=True)
    step = (await house.members.sign_in(EMAIL, PASSWORD, device="tv", address="192.0.2.1")).second_step
    assert step is not None
    await house.accounts.forgot_password(EMAIL, address="192.0.2.1")
    reset = await _link(house, "Choose a new password")
    await house.accounts.forgot_password(EMAIL, address="192.0.2.1")
    if ending == "new password":
        await house.members.set_password(account, GOOD)
    elif ending == "everywhere":
        await house.accounts.sign_out_everywhere(account)
    else:
        await house.member_desk.sign_out_everywhere(account)
    with pytest.raises(ExpiredToken):
        await house.device_codes.collect(code.device_code)
    with pytest.raises(SecondStepOver):
        await house.proofs.pending(step.token)
    async with house.client() as thief:
        answer = await thief.put(f"{API}/accounts/password-reset", json={"token": reset, "password": GOOD})
    assert answer.status_code == 404
    assert len(await _letters(house, "Choose a new password")) == 1
    with pytest.raises(NotSignedIn):
        await house.members.identify(member.token, None)


async def test_a_letter_that_could_not_be_sent_is_sent_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.add_member(EMAIL)
    await house.settle()

    async def down(_self: MailboxMail, letter: Letter) -> None:
        raise ConnectionError("The mail is down.")

    await house.accounts.forgot_password(EMAIL, address="192.0.2.1")
    await house.members.sign_in(EMAIL, PASSWORD, device="a new telephone", address="192.0.2.1")
    await house.relay.drain()
    written = (LetterDue.type, SignedInAnew.type)
    due = [d.envelope async for d in house.log.replay("members") if d.envelope.type in written]
    with monkeypatch.context() as patch:
        patch.setattr(MailboxMail, "send", down)
        for envelope in due[-2:]:
            with pytest.raises(ConnectionError):
                await house.accounts.note(envelope)
    assert await _letters(house, "Choose a new password")
    assert any("a new telephone" in text for text in await _letters(house, "A new device signed in"))
