"""What somebody tries who wants another's account: by a name, a code left lying, a letter, a link."""

import re

import pytest

from matinee.control.members.api import TooManyAttempts, WrongCredentials
from matinee.control.members.api.accounts import SignUp
from matinee.control.members.api.device_codes import ExpiredToken
from matinee.control.members.api.passwords import PasswordRefused
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


def _sign_up(password: str) -> dict[str, object]:
    return {"email": EMAIL, "password": password, "country": "DE", "plan": "standard", "liked": []}


async def test_a_link_opens_no_account_with_the_password_of_a_stranger(house: House) -> None:
    async with house.client() as client:
        await client.post(f"{API}/accounts", json=_sign_up(GOOD))
        mine = await _link(house, "Confirm your address")
        house.clock.advance(seconds(1))
        await client.post(f"{API}/accounts", json=_sign_up("the-password-of-a-stranger"))
        await house.settle()
        house.clock.advance(seconds(1))
        await client.post(f"{API}/accounts/verify/again", json={"email": EMAIL})
        theirs = await _link(house, "Confirm your address")
        refused = await client.post(f"{API}/accounts/verify", json={"token": theirs, "password": GOOD})
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "other-password")
        assert await house.members.find(EMAIL) is None
        opened = await client.post(f"{API}/accounts/verify", json={"token": mine, "password": GOOD})
        assert opened.status_code == 200
        assert (await client.post(f"{API}/sessions", json={"email": EMAIL, "password": GOOD})).status_code == 201


async def test_no_account_moves_to_an_address_whose_owner_does_not_know_its_password(house: House) -> None:
    member = await house.add_member("old@example.org")
    await house.accounts.change_email(member.account.id, EMAIL)
    token = await _link(house, "Confirm your new address")
    async with house.client() as client:
        refused = await client.post(f"{API}/accounts/verify", json={"token": token})
    assert refused.status_code == 409
    assert await house.members.find(EMAIL) is None


async def test_letters_about_sign_up_take_no_place_of_one_that_wins_an_account_back(house: House) -> None:
    await house.add_member(EMAIL)
    for _ in range(6):
        await house.accounts.send_again(EMAIL, address="192.0.2.1")
    await house.accounts.forgot_password(EMAIL, address="192.0.2.1")
    assert len(await _letters(house, "Choose a new password")) == 1


async def test_a_television_that_takes_a_browser_over_ends_the_sign_in_it_had(house: House) -> None:
    member = await house.add_member(EMAIL)
    async with house.client() as here:
        await here.post(f"{API}/sessions", json={"email": EMAIL, "password": PASSWORD})
        before = here.cookies["matinee"]
        code = await house.device_codes.ask(device="a tv", address="192.0.2.7")
        await house.device_codes.decide(member.account.id, code.user_code, allow=True, address="192.0.2.7")
        body = {"device_code": code.device_code, "cookie": True}
        assert (await here.post(f"{API}/auth/device-code/token", json=body)).status_code == 200
        assert here.cookies["matinee"] != before
    with pytest.raises(NotSignedIn):
        await house.members.identify(before, None)


async def test_guesses_that_the_account_refused_cost_their_neighborhood_nothing(house: House) -> None:
    await house.add_member(EMAIL)
    for n in range(10):
        for _ in range(5):
            with pytest.raises(WrongCredentials):
                await house.members.sign_in(EMAIL, "a wrong guess", device="", address=f"198.51.{n}.1")
    house.clock.advance(seconds(1))
    for _ in range(8):
        with pytest.raises(TooManyAttempts):
            await house.members.sign_in(EMAIL, PASSWORD, device="", address="203.0.113.1")
    house.clock.advance(seconds(1))  # the account's wait is over; one that began with these tries would not be
    assert (await house.members.sign_in(EMAIL, PASSWORD, device="", address="203.0.113.1")).signed_in


async def test_a_neighborhood_guesses_at_an_account_as_one(house: House) -> None:
    await house.add_member(EMAIL)
    for n in range(5):
        with pytest.raises(WrongCredentials):
            await house.members.sign_in(EMAIL, "a wrong guess", device="", address=f"2001:db8::{n + 1}")
    with pytest.raises(TooManyAttempts):
        await house.members.sign_in(EMAIL, PASSWORD, device="", address="2001:db8::99")


async def test_who_won_an_account_back_signs_in_while_the_whole_world_guesses(house: House) -> None:
    await house.add_member(EMAIL)
    async with house.client() as client:
        await house.accounts.forgot_password(EMAIL, address="192.0.2.1")
        token = await _link(house, "Choose a new password")
        body = {"token": token, "password": GOOD}
        assert (await client.put(f"{API}/accounts/password-reset", json=body)).status_code == 204
        for n in range(10):
            for _ in range(5):
                with pytest.raises(WrongCredentials):
                    await house.members.sign_in(EMAIL, "a wrong guess", device="", address=f"198.51.{n}.1")
        assert (await client.post(f"{API}/sessions", json={"email": EMAIL, "password": GOOD})).status_code == 201


async def test_a_television_is_told_of_and_let_in_by_who_proved_to_be_the_owner(house: House) -> None:
    member = await house.add_member(EMAIL)
    code = await house.device_codes.ask(device="a tv", address="192.0.2.7")
    await house.device_codes.decide(member.account.id, code.user_code, allow=True, address="192.0.2.7")
    signed = await house.device_codes.collect(code.device_code)
    assert any(text.startswith("a tv signed in") for text in await _letters(house, "A new device signed in"))
    another = await house.device_codes.ask(device="another", address="192.0.2.7")
    async with house.client() as tv:
        tv.headers["authorization"] = f"Bearer {signed.token}"
        body = {"user_code": another.user_code, "allow": True}
        refused = await tv.post(f"{API}/auth/device-code/decision", json=body)
        assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (403, "step-up-needed")
        assert (await tv.post(f"{API}/auth/device-code/decision", json={**body, "allow": False})).status_code == 204


async def test_who_asks_too_often_is_refused_before_a_password_is_weighed(house: House) -> None:
    weak = SignUp(EMAIL, "password1234", "DE", "standard")
    for _ in range(30):
        await house.accounts.send_again("nobody@example.org", address="192.0.2.1")
    with pytest.raises(TooManyAttempts):
        await house.accounts.sign_up(weak, address="192.0.2.1")
    with pytest.raises(PasswordRefused):
        await house.accounts.sign_up(weak, address="198.51.100.1")


async def test_a_device_writes_no_letter_within_the_letter(house: House) -> None:
    await house.add_member(EMAIL)
    device = "A tv\n\nYour account is locked. Open http://example.com/ and type your password, or it is deleted today."
    await house.members.sign_in(EMAIL, PASSWORD, device=device, address="192.0.2.1")
    told = next(text for text in await _letters(house, "A new device signed in") if text.startswith("A tv"))
    named = told.split(" signed in to your account")[0]
    assert len(named) <= 60
    assert "\n" not in named
    assert "\n" not in (await house.members.sign_ins((await house.members.find(EMAIL)).id))[0].device  # type: ignore[union-attr]  # there is such an account
