"""Accounts from outside: signed up by a letter, won back by a letter, taken along, left; and what nobody learns meanwhile."""

import json
import re
from typing import Any

import httpx
import pyotp
import pytest

from matinee.control.members.api import OPERATOR, TooManyAttempts, WrongCredentials
from matinee.control.viewing.api import Watched
from matinee.kernel.errors import NotFound, NotSignedIn
from matinee.kernel.ids import AccountId, TitleId
from matinee.kernel.quantities import days, minutes, seconds
from tests.builders import an_id
from tests.house import PASSWORD, House, Member

API = "/api/v1"
EMAIL = "new@example.org"
GOOD = "velvet-and-popcorn"
as_in_many_processes = pytest.mark.parametrize("house", ["direct", "wire"], indirect=True)
"""With the services in one process, and with a wire between them."""


def _sign_up(**other: object) -> dict[str, object]:
    return {"email": EMAIL, "password": GOOD, "country": "DE", "plan": "standard", "liked": [an_id(1)], **other}


async def _letters(house: House, to: str = EMAIL) -> list[tuple[str, str]]:
    await house.settle()
    return [(letter.subject, letter.text) for letter in await house.mail.letters(to=to)]


async def _link(house: House, subject: str, to: str = EMAIL) -> str:
    """The token behind the `#` of the newest letter of that subject."""
    text = next(text for found, text in await _letters(house, to) if found == subject)
    return re.search(r"#(\S+)", text)[1]  # type: ignore[index]  # the letter has a link


async def _opened(house: House, client: httpx.AsyncClient, **other: object) -> AccountId:
    assert (await client.post(f"{API}/accounts", json=_sign_up(**other))).status_code == 202
    token = await _link(house, "Confirm your address", str(other.get("email", EMAIL)))
    assert (await client.post(f"{API}/accounts/verify", json={"token": token, "password": GOOD})).status_code == 200
    await house.settle()
    account = await house.members.find(str(other.get("email", EMAIL)))
    assert account is not None
    return account.id


def _refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]


async def _in(client: httpx.AsyncClient, password: str = GOOD, email: str = EMAIL) -> httpx.Response:
    return await client.post(f"{API}/sessions", json={"email": email, "password": password})


@as_in_many_processes
async def test_an_account_is_open_once_its_address_is_confirmed_and_begins_with_its_plan(house: House) -> None:
    async with house.client() as client:
        assert (await client.post(f"{API}/accounts", json=_sign_up())).status_code == 202
        assert _refused(await _in(client)) == (401, "wrong-credentials")
        token = await _link(house, "Confirm your address")
        assert (await client.post(f"{API}/accounts/verify", json={"token": token, "password": GOOD})).json()["data"][
            "email"
        ] == EMAIL
        await house.settle()
        assert (await _in(client)).status_code == 201
        shown = (await client.get(f"{API}/accounts/current")).json()["data"]
        assert (shown["plan"]["id"], shown["status"], shown["country"]) == ("standard", "trialing", "DE")
        assert list(await house.accounts.liked(shown["id"])) == [an_id(1)]
        again = await client.post(f"{API}/accounts/verify", json={"token": token, "password": GOOD})
        assert _refused(again) == (404, "link-over")


async def test_a_link_is_good_for_two_days(house: House) -> None:
    async with house.client() as client:
        await client.post(f"{API}/accounts", json=_sign_up())
        token = await _link(house, "Confirm your address")
        house.clock.advance(days(2))
        assert _refused(await client.post(f"{API}/accounts/verify", json={"token": token, "password": GOOD})) == (
            404,
            "link-over",
        )


async def test_the_letter_comes_again_while_a_sign_up_waits_and_its_link_counts_too(house: House) -> None:
    async with house.client() as client:
        await client.post(f"{API}/accounts", json=_sign_up())
        first = await _link(house, "Confirm your address")
        house.clock.advance(seconds(1))  # the mailbox is in the order of time
        assert (await client.post(f"{API}/accounts/verify/again", json={"email": EMAIL})).status_code == 202
        second = await _link(house, "Confirm your address")
        assert first != second
        assert (
            await client.post(f"{API}/accounts/verify", json={"token": second, "password": GOOD})
        ).status_code == 200
        assert _refused(await client.post(f"{API}/accounts/verify", json={"token": first, "password": GOOD})) == (
            404,
            "link-over",
        )


async def test_whose_password_it_is_says_the_letter_that_was_answered(house: House) -> None:
    """Who signs another's address up gets nothing of what its owner opens later."""
    async with house.client() as client:
        await client.post(f"{API}/accounts", json=_sign_up(password="the-password-of-a-stranger"))
        await house.settle()
        house.clock.advance(seconds(1))
        await client.post(f"{API}/accounts", json=_sign_up())
        token = await _link(house, "Confirm your address")
        await client.post(f"{API}/accounts/verify", json={"token": token, "password": GOOD})
        assert _refused(await _in(client, "the-password-of-a-stranger")) == (401, "wrong-credentials")
        assert (await _in(client)).status_code == 201


async def test_signing_up_and_forgetting_say_the_same_of_an_address_known_and_unknown(house: House) -> None:
    known = (await house.add_member("ada@example.org")).account.email
    async with house.client() as client:
        for path, body in (
            ("accounts", _sign_up()),
            ("accounts/password-reset", {"email": ""}),
            ("accounts/verify/again", {"email": ""}),
        ):
            answers = []
            for email in (known, "nobody@example.org"):
                answer = await client.post(f"{API}/{path}", json={**body, "email": email})
                answers.append((answer.status_code, sorted(answer.headers), answer.json()["data"] == {"email": email}))
            assert answers[0] == answers[1]
            assert answers[0][0] == 202
    written = [subject for subject, _ in await _letters(house, known)]
    assert "You have an account already" in written
    assert "Choose a new password" in written
    assert "Confirm your address" not in written
    assert [subject for subject, _ in await _letters(house, "nobody@example.org")].count("Choose a new password") == 0


async def test_the_work_before_the_answer_is_the_same_for_an_address_known_and_unknown(house: House) -> None:
    """What is done is counted in statements, since time on a busy machine says little."""
    known = (await house.add_member("ada@example.org")).account.email
    await house.settle()
    counted = []
    for email in (known, "nobody@example.org"):
        done: list[str] = []
        write, read = house.database.write, house.database.read

        async def counting(work: Any, call: Any, name: str, done: list[str]) -> Any:
            done.append(name)
            return await call(work)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(house.database, "write", lambda w, call=write, d=done: counting(w, call, "write", d))
            patch.setattr(house.database, "read", lambda w, call=read, d=done: counting(w, call, "read", d))
            await house.accounts.forgot_password(email, address="192.0.2.1")
            await house.accounts.send_again(email, address="192.0.2.1")
        counted.append(done)
    assert counted[0] == counted[1] == ["write", "write"]


async def test_a_forgotten_password_is_chosen_anew_by_a_link_that_is_good_once(house: House) -> None:
    member = await house.add_member(EMAIL)
    async with house.client() as client, house.client(member) as before:
        assert (await before.get(f"{API}/sessions")).status_code == 200
        await client.post(f"{API}/accounts/password-reset", json={"email": EMAIL})
        token = await _link(house, "Choose a new password")
        body = {"token": token, "password": GOOD}
        assert _refused(
            await client.put(f"{API}/accounts/password-reset", json={**body, "password": "password1234"})
        ) == (
            400,
            "password-refused",
        )
        assert (await client.put(f"{API}/accounts/password-reset", json=body)).status_code == 204
        house.clock.advance(seconds(6))
        assert (await before.get(f"{API}/sessions")).status_code == 401
        assert (await _in(client)).status_code == 201
        assert _refused(await client.put(f"{API}/accounts/password-reset", json=body)) == (404, "link-over")
    assert "Your password was changed" in [subject for subject, *_ in await _letters(house)]


async def test_a_link_to_a_new_password_is_good_for_half_an_hour_and_opens_nothing_else(house: House) -> None:
    await house.add_member(EMAIL)
    async with house.client() as client:
        await client.post(f"{API}/accounts/password-reset", json={"email": EMAIL})
        token = await _link(house, "Choose a new password")
        assert _refused(await client.post(f"{API}/accounts/verify", json={"token": token, "password": GOOD})) == (
            404,
            "link-over",
        )
        house.clock.advance(minutes(30))
        late = await client.put(f"{API}/accounts/password-reset", json={"token": token, "password": GOOD})
        assert _refused(late) == (404, "link-over")


async def test_after_a_reset_the_second_step_is_asked_for_as_before(house: House) -> None:
    member = await house.add_member(EMAIL)
    secret = (await house.proofs.begin_totp(member.account.id)).secret
    await house.proofs.confirm_totp(member.account.id, pyotp.TOTP(secret).at(house.clock.now()))
    async with house.client() as client:
        await client.post(f"{API}/accounts/password-reset", json={"email": EMAIL})
        token = await _link(house, "Choose a new password")
        await client.put(f"{API}/accounts/password-reset", json={"token": token, "password": GOOD})
        first = await _in(client)
    assert first.status_code == 202
    assert first.json()["data"]["second_step"]["methods"] == ["totp", "recovery-code"]
    assert "set-cookie" not in first.headers


async def test_letters_to_one_address_are_few_however_often_they_are_asked_for(house: House) -> None:
    await house.add_member(EMAIL)
    async with house.client() as client:
        for _ in range(8):
            answer = await client.post(f"{API}/accounts/password-reset", json={"email": EMAIL})
            assert answer.status_code == 202
    assert [subject for subject, _ in await _letters(house)].count("Choose a new password") == 5


async def test_a_password_is_changed_with_the_present_one_and_signs_the_others_out(house: House) -> None:
    member = await house.add_member(EMAIL)
    async with house.client() as here:
        await _in(here, PASSWORD)
        change = {"present": "not-the-password", "password": GOOD}
        assert _refused(await here.put(f"{API}/accounts/current/password", json=change)) == (409, "wrong-password")
        answer = await here.put(f"{API}/accounts/current/password", json={**change, "present": PASSWORD})
        assert answer.status_code == 200
        assert "set-cookie" in answer.headers
        assert answer.json()["data"]["token"] == ""
        house.clock.advance(seconds(6))
        assert [s["current"] for s in (await here.get(f"{API}/sessions")).json()["data"]] == [True]
    async with house.client(member) as other:
        assert (await other.get(f"{API}/sessions")).status_code == 401


async def test_an_account_moves_when_its_new_address_is_confirmed_and_the_old_one_is_told(house: House) -> None:
    member = await house.add_member("old@example.org")
    async with house.client(member) as client:
        assert (await client.put(f"{API}/accounts/current/email", json={"email": EMAIL})).status_code == 202
        assert (await _in(client, PASSWORD)).status_code == 401
        token = await _link(house, "Confirm your new address")
        assert (await client.post(f"{API}/accounts/verify", json={"token": token, "password": PASSWORD})).json()[
            "data"
        ]["email"] == EMAIL
        assert (await _in(client, PASSWORD)).status_code == 201
    told = [subject for subject, _ in await _letters(house, "old@example.org")]
    assert {"Your address is about to change", "Your address was changed"} <= set(told)


SENSITIVE: tuple[tuple[str, str, dict[str, object] | None], ...] = (
    ("PUT", "accounts/current/password", {"present": "not-the-password", "password": GOOD}),
    ("PUT", "accounts/current/email", {"email": EMAIL}),
    ("GET", "accounts/current/export", None),
    ("POST", "accounts/current/mfa/totp", None),
    ("PUT", "accounts/current/mfa/totp", {"code": "123456"}),
    ("DELETE", "accounts/current/mfa/totp", None),
    ("POST", "accounts/current/mfa/recovery-codes", None),
    ("DELETE", "sessions", None),
    ("DELETE", f"sessions/{an_id(77)}", None),
    ("DELETE", "accounts/current", None),
)


async def test_what_is_sensitive_asks_to_step_up(house: House) -> None:
    member = await house.add_member()
    house.clock.advance(minutes(11))
    async with house.client(member) as client:
        for method, path, body in SENSITIVE:
            answer = await client.request(method, f"{API}/{path}", json=body)
            assert _refused(answer) == (403, "step-up-needed"), path
            assert answer.json()["methods"] == ["password"]
        stepped = await client.post(f"{API}/sessions/step-up", json={"password": PASSWORD})
        assert stepped.status_code == 200
        client.headers["authorization"] = f"Bearer {stepped.json()['data']['token']}"
        for method, path, body in SENSITIVE:
            again = await client.request(method, f"{API}/{path}", json=body)
            assert again.status_code in (200, 201, 202, 204) or _refused(again)[1] in (
                "wrong-password",
                "wrong-proof",
                "not-found",
            )


async def test_a_step_up_gives_the_browser_another_token_and_the_old_one_is_nobodys(house: House) -> None:
    await house.add_member(EMAIL)
    async with house.client() as client:
        await _in(client, PASSWORD)
        before = client.cookies["matinee"]
        answer = await client.post(f"{API}/sessions/step-up", json={"password": PASSWORD})
        assert answer.json()["data"]["token"] == ""
        assert client.cookies["matinee"] != before
        house.clock.advance(seconds(6))
        assert (await client.get(f"{API}/sessions")).status_code == 200
    async with house.client() as thief:
        thief.headers["authorization"] = f"Bearer {before}"
        assert (await thief.get(f"{API}/sessions")).status_code == 401


async def test_a_device_signed_out_from_afar_is_out_within_five_seconds(house: House) -> None:
    member = await house.add_member(EMAIL)
    async with house.client() as here, house.client(member) as tv:
        await _in(here, PASSWORD)
        assert (await tv.get(f"{API}/profiles")).status_code == 200
        listed = (await here.get(f"{API}/sessions")).json()["data"]
        other = next(s["id"] for s in listed if not s["current"])
        assert (await here.delete(f"{API}/sessions/{other}")).status_code == 204
        house.clock.advance(seconds(5))
        assert _refused(await tv.get(f"{API}/profiles")) == (401, "not-signed-in")
        assert (await here.get(f"{API}/profiles")).status_code == 200


async def test_signing_out_everywhere_leaves_this_device_in(house: House) -> None:
    member = await house.add_member(EMAIL)
    async with house.client() as here, house.client(member) as tv:
        await _in(here, PASSWORD)
        assert (await here.delete(f"{API}/sessions")).status_code == 204
        house.clock.advance(seconds(5))
        assert (await tv.get(f"{API}/profiles")).status_code == 401
        assert len((await here.get(f"{API}/sessions")).json()["data"]) == 1


async def test_a_device_not_seen_for_thirty_days_is_signed_out(house: House) -> None:
    member = await house.add_member(EMAIL)
    async with house.client(member) as client:
        house.clock.advance(days(29))
        assert (await client.get(f"{API}/profiles")).status_code == 200
        house.clock.advance(days(30))
        assert (await client.get(f"{API}/profiles")).status_code == 401


async def test_a_browser_that_signs_in_again_has_one_sign_in(house: House) -> None:
    await house.add_member(EMAIL)
    async with house.client() as here:
        await _in(here, PASSWORD)
        before = here.cookies["matinee"]
        await _in(here, PASSWORD)
        assert here.cookies["matinee"] != before
        devices = [s["device"] for s in (await here.get(f"{API}/sessions")).json()["data"]]
    assert sorted(devices) == ["a test", here.headers["user-agent"]]
    with pytest.raises(NotSignedIn):
        await house.members.identify(before, None)


async def test_a_new_device_is_told_of_once_and_a_known_one_not_again(house: House) -> None:
    await house.add_member(EMAIL)
    before = [subject for subject, _ in await _letters(house)].count("A new device signed in")
    async with house.client() as client:
        await _in(client, PASSWORD)
        assert client.cookies["matinee-device"]
        await _in(client, PASSWORD)
    assert [subject for subject, _ in await _letters(house)].count("A new device signed in") == before + 1


async def test_a_known_device_signs_in_while_the_whole_world_guesses(house: House) -> None:
    await house.add_member(EMAIL)
    async with house.client() as known, house.client() as unknown:
        await _in(known, PASSWORD)
        for n in range(60):
            with pytest.raises((WrongCredentials, TooManyAttempts)):
                await house.members.sign_in(EMAIL, "a wrong guess", device="", address=f"198.51.{n}.1")
        assert (await _in(known, PASSWORD)).status_code == 201
        assert _refused(await _in(unknown, PASSWORD)) == (429, "too-many-attempts")
        house.clock.advance(seconds(31))
        assert (await _in(unknown, PASSWORD)).status_code == 201


async def test_who_tries_many_accounts_from_one_neighborhood_has_to_wait_and_nobody_else(house: House) -> None:
    await house.add_member(EMAIL)
    for n in range(100):
        with pytest.raises(WrongCredentials):
            await house.members.sign_in(f"{n}@example.org", "a wrong guess", device="", address=f"203.0.113.{n}")
    with pytest.raises(TooManyAttempts):
        await house.members.sign_in(EMAIL, PASSWORD, device="", address="203.0.113.200")
    assert (await house.members.sign_in(EMAIL, PASSWORD, device="", address="198.51.100.1")).signed_in


async def test_right_passwords_of_one_neighborhood_are_not_counted(house: House) -> None:
    await house.add_member(EMAIL)
    for n in range(110):
        await house.members.sign_in(EMAIL, PASSWORD, device="", address=f"203.0.113.{n}")
    assert (await house.members.sign_in(EMAIL, PASSWORD, device="", address="203.0.113.250")).signed_in


async def _furnished(house: House) -> Member:
    member = await house.add_member(EMAIL)
    film = await house.add_film()
    await house.members.list_title(member.profile.id, TitleId(film.title_id))
    await house.viewing.record(member.profile.id, Watched(TitleId(film.title_id), 1000, 8000, house.clock.now()))
    await house.playback.start(house.press_play(member, film.title_id))
    return member


@as_in_many_processes
async def test_an_export_has_all_that_is_kept_and_nothing_that_proves_the_owner(house: House) -> None:
    member = await _furnished(house)
    secret = (await house.proofs.begin_totp(member.account.id)).secret
    await house.proofs.confirm_totp(member.account.id, pyotp.TOTP(secret).at(house.clock.now()))
    async with house.client(member) as client:
        answer = await client.get(f"{API}/accounts/current/export")
    found = answer.json()["data"]["data"]
    assert set(found) == {"members", "billing", "viewing", "playback"}
    assert found["members"]["account"][0]["email"] == EMAIL
    assert [p["name"] for p in found["members"]["profile"]] == ["Ada"]
    assert len(found["members"]["watchlist"]) == len(found["viewing"][member.profile.id]) == len(found["playback"]) == 1
    assert found["billing"]["plan"]["id"] == "premium"
    assert "argon2" not in answer.text
    assert secret not in answer.text
    assert not re.search(r'"\w*(hash|secret|token)\w*":', json.dumps(found["members"]))


@as_in_many_processes
async def test_who_leaves_leaves_nothing_behind(house: House) -> None:
    member = await _furnished(house)
    secret = (await house.proofs.begin_totp(member.account.id)).secret
    await house.proofs.confirm_totp(member.account.id, pyotp.TOTP(secret).at(house.clock.now()))
    async with house.client(member) as client:
        assert (await client.delete(f"{API}/accounts/current")).status_code == 200
        house.clock.advance(seconds(5))
        assert (await client.get(f"{API}/profiles")).status_code == 401
    await house.settle()
    with pytest.raises(NotFound):
        await house.members.account(member.account.id)
    with pytest.raises(WrongCredentials):
        await house.members.sign_in(EMAIL, PASSWORD, device="", address="")
    assert json.loads(await house.accounts.account_data(member.account.id))["account"] == []
    assert json.loads(await house.viewing.account_data([member.profile.id])) == {member.profile.id: []}
    assert json.loads(await house.playback.account_data(member.account.id)) == []
    assert (await house.billing.subscription(member.account.id)).status == "canceled"
    assert "Your account is gone" in [subject for subject, _ in await _letters(house)]
    again = await house.add_member(EMAIL)
    assert again.account.id != member.account.id


async def test_after_leaving_no_table_of_members_names_the_account(house: House) -> None:
    member = await _furnished(house)
    await house.accounts.sign_out_everywhere(member.account.id)
    await house.accounts.change_email(member.account.id, "other@example.org")
    await house.accounts.delete(member.account.id)
    data: dict[str, list[object]] = json.loads(await house.accounts.account_data(member.account.id))
    assert len(data) >= 8
    assert not any(data.values())


async def test_the_last_operator_stays(house: House) -> None:
    operator = await house.add_member(operator=True)
    async with house.client(operator) as client:
        assert _refused(await client.delete(f"{API}/accounts/current")) == (409, "last-operator")
        other = await house.add_member("other@example.org", operator=True)
        assert OPERATOR in other.account.roles
        assert (await client.delete(f"{API}/accounts/current")).status_code == 200


HOSTILE = (
    "ada@example.org\r\nBcc: all@example.org",
    "'; DROP TABLE account; --@example.org",
    "{{7*7}}@example.org ",
    "${jndi:ldap://x}@example.org\x00",
    "\u0430da@example.org",
    "ada@ex\u0430mple.org",
    "a\u0308" * 200 + "@example.org",
    "<script>@example.org",
    "x" * 5000 + "@example.org",
    "\u202eada@example.org",
)


async def test_a_hostile_address_is_refused_or_harmless(house: House) -> None:
    async with house.client() as client:
        for email in HOSTILE:
            await _is_harmless(client, email)


async def _is_harmless(client: httpx.AsyncClient, email: str) -> None:
    answer = await client.post(f"{API}/accounts", json=_sign_up(email=email))
    assert answer.status_code in (202, 400)
    if not email.isascii() or "\r" in email or "\x00" in email:
        assert _refused(answer) == (400, "invalid-input")
    for path in ("sessions", "accounts/password-reset", "accounts/verify/again"):
        found = await client.post(f"{API}/{path}", json={"email": email, "password": "x"})
        assert found.status_code in (202, 400, 401)


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"password": "short"}, "invalid-input"),
    ({"password": "p" * 30_000}, "invalid-input"),
    ({"password": "p" * 100_000}, "body-too-large"),
    ({"password": "password1234"}, "password-refused"),
    ({"password": "new@example.org"}, "password-refused"),
    ({"password": "matineematinee"}, "password-refused"),
    ({"country": "de"}, "invalid-input"),
    ({"country": "Germany"}, "invalid-input"),
    ({"plan": "free"}, "no-such-plan"),
    ({"plan": "'; DROP TABLE"}, "no-such-plan"),
    ({"liked": [an_id(n) for n in range(4)]}, "invalid-input"),
    ({"liked": ["../../etc/passwd"]}, "invalid-input"),
    ({"email": 7}, "invalid-input"),
    ({"liked": {"a": 1}}, "invalid-input"),
)


async def test_a_sign_up_that_is_wrong_says_what(house: House) -> None:
    async with house.client() as client:
        for change, name in WRONG:
            assert _refused(await client.post(f"{API}/accounts", json=_sign_up(**change)))[1] == name, change
    assert await _letters(house) == []


async def test_who_is_not_signed_in_reaches_nothing_of_an_account(house: House) -> None:
    async with house.client() as stranger:
        for method, path in (
            ("GET", "accounts/current/export"),
            ("DELETE", "accounts/current"),
            ("DELETE", "sessions"),
            ("GET", "accounts/current/mfa"),
            ("POST", "accounts/current/mfa/totp"),
            ("POST", "sessions/step-up"),
        ):
            answer = await stranger.request(method, f"{API}/{path}", json={"password": "x"})
            assert _refused(answer) == (401, "not-signed-in")
