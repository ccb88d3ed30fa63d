"""Ways in beside a password, as people walk them: a passkey, and a television that is let in from a phone."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Published, shot

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def named(published: Published) -> str:
    """The same house by a name: no passkey can be bound to an address."""
    return f"http://localhost:{urlsplit(published.service.url).port}"


def sign_in(page: Page, published: Published, url: str) -> None:
    page.goto(url)
    page.locator("[name=email]").fill(published.email)
    page.locator("[name=password]").fill(published.password)
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("profile").first.wait_for()


def with_key(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def test_a_passkey_is_added_and_signs_in_without_a_password(person: Person, published: Published) -> None:
    page = person()
    page.goto(published.service.url)
    page.get_by_test_id("ways").get_by_role("link", name=named(published)).wait_for()
    shot(page, "sign-in-at-an-address")
    with_key(page)
    # This key answers by itself, and the offer in the e-mail field would be taken before anybody could press a button.
    page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    sign_in(page, published, named(published))
    page.goto(f"{named(published)}/account")
    page.get_by_test_id("add-passkey").click()
    page.locator("[name=passkey-name]").fill("Laptop")
    page.get_by_test_id("save-passkey").click()
    codes = page.get_by_test_id("recovery-codes").locator("code")
    codes.first.wait_for()
    assert codes.count() == 10
    shot(page, "recovery-codes")
    page.get_by_test_id("codes-kept").click()
    page.get_by_test_id("passkeys").get_by_text("Laptop").wait_for()
    shot(page, "account-passkeys")
    page.get_by_test_id("account-sign-out").click()
    page.get_by_test_id("passkey-sign-in").wait_for()
    shot(page, "sign-in-by-passkey")
    page.get_by_test_id("passkey-sign-in").click()
    page.get_by_test_id("profile").first.wait_for()
    page.goto(f"{named(published)}/account")
    page.get_by_test_id("remove-passkey").click()
    page.get_by_test_id("remove-passkey").wait_for(state="detached")


def test_a_television_is_let_in_from_a_phone(person: Person, published: Published) -> None:
    television, phone = person(), person()
    phone.set_viewport_size({"width": 400, "height": 800})
    television.goto(f"{named(published)}/tv")
    code = television.get_by_test_id("tv-code").inner_text()
    assert re.fullmatch(r"[A-Z]{4}-[A-Z]{4}", code)
    shot(television, "tv-code")
    phone.goto(f"{named(published)}/link?code={code}")
    phone.locator("[name=email]").fill(published.email)
    phone.locator("[name=password]").fill(published.password)
    phone.get_by_test_id("sign-in").click()
    phone.get_by_test_id("waiting-device").wait_for()
    shot(phone, "link-device")
    phone.get_by_test_id("allow").click()
    phone.get_by_test_id("link-outcome").wait_for()
    television.get_by_test_id("profile").first.wait_for()
    shot(television, "tv-signed-in")
