"""A new member's way in: signs up, confirms the address, signs in, sets up a second step, and comes back with a code."""

import re
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import House, shot
from tests.running import Service, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]
EMAIL, PASSWORD = "newcomer@journeys.example", "velvet-and-popcorn"


def _letter(service: Service, subject: str) -> str:
    """As the mailbox page has it."""
    found: list[str] = []

    def is_there() -> bool:
        letters = service.call("GET", "/mail/letters", token=service.operator())[1]["data"]
        found.extend(one["text"] for one in letters if one["to"] == EMAIL and one["subject"] == subject)
        return bool(found)

    wait_until(is_there)
    return found[0]


def _sign_in(page: Page) -> None:
    page.get_by_test_id("email").fill(EMAIL)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("sign-in").click()


def _fresh_code(secret: str, after: str = "") -> str:
    """A code is good once: the next is waited for where the last was used."""
    made = pyotp.TOTP(secret)
    wait_until(lambda: made.now() != after, seconds=40)
    return made.now()


def test_a_newcomer_signs_up_confirms_and_comes_back_with_a_code(person: Person, house: House) -> None:
    page, service = person(), house.service
    page.goto(f"{service.url}/signin")
    page.get_by_test_id("to-sign-up").click()
    page.get_by_test_id("email").fill(EMAIL)
    page.get_by_test_id("new-password").fill("password1234")
    page.get_by_test_id("country").select_option("DE")
    page.get_by_test_id("plan-premium").check()
    page.get_by_test_id("sign-up").click()
    expect(page.get_by_text("would be guessed soon")).to_be_visible()
    shot(page, "sign-up")
    page.get_by_test_id("new-password").fill(PASSWORD)
    page.get_by_test_id("new-password").press("Enter")
    page.get_by_test_id("letter-sent").wait_for()

    link = re.search(r"https?://\S+", _letter(service, "Confirm your address"))
    assert link is not None
    page.goto(link[0])
    page.get_by_test_id("verify-password").fill(PASSWORD)
    page.get_by_test_id("verify").click()
    expect(page.get_by_test_id("verified")).to_contain_text(EMAIL)
    assert "#" not in page.url
    page.get_by_test_id("after-verify").click()
    _sign_in(page)
    page.wait_for_url("**/profiles**")

    page.goto(f"{service.url}/account")
    expect(page.get_by_test_id("membership")).to_contain_text(EMAIL)
    page.get_by_test_id("totp-begin").press("Enter")
    secret = page.get_by_test_id("totp-secret").inner_text()
    shot(page, "totp")
    code = _fresh_code(secret)
    page.get_by_test_id("totp-code").fill(code)
    page.get_by_test_id("totp-confirm").click()
    expect(page.get_by_test_id("recovery-codes").locator("li")).to_have_count(10)
    shot(page, "recovery-codes")

    page.get_by_test_id("account-sign-out").click()
    _sign_in(page)
    page.get_by_test_id("code").fill("000000")
    page.get_by_test_id("second-step").click()
    expect(page.get_by_role("alert")).to_be_visible()
    shot(page, "second-step")
    page.get_by_test_id("code").fill(_fresh_code(secret, after=code))
    page.get_by_test_id("second-step").click()
    page.wait_for_url("**/profiles**")


def test_the_pages_before_the_sign_in_read_from_right_to_left(person: Person, house: House) -> None:
    page = person(locale="ar")
    for path, name in (("signup", "sign-up-ar"), ("forgot-password", "forgot-ar")):
        page.goto(f"{house.service.url}/{path}")
        page.get_by_test_id("email").wait_for()
        assert page.locator("html").get_attribute("dir") == "rtl"
        shot(page, name)
