"""The help desk in the console: a member is found, looked at and signed out, and the trail tells of each."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import House, shot, sign_in, with_viewer
from tests.journeys.test_console import enter

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

Person = Callable[..., Page]


def test_an_operator_finds_a_member_signs_them_out_and_both_are_in_the_trail(person: Person, house: House) -> None:
    desk, member = with_viewer(house), with_viewer(house)
    watching = person()
    sign_in(watching, member)

    page = person()
    enter(page, desk, "members")
    page.locator("[name=members-sought]").fill(member.email)
    page.keyboard.press("Enter")
    found = page.get_by_role("link", name=member.email)
    expect(found).to_be_visible()
    shot(page, "console-members")
    found.press("Enter")
    trail = page.get_by_test_id("member-trail")
    expect(trail).to_contain_text("GET /members/{account_id}")
    expect(trail).to_contain_text(desk.email)
    page.get_by_test_id("member-sign-out").press("Enter")
    page.get_by_test_id("confirm-sign-out").press("Enter")
    expect(page.get_by_test_id("member-devices")).to_contain_text("No device is signed in")
    expect(trail).to_contain_text("DELETE /members/{account_id}/sessions")
    shot(page, "console-member")

    watching.goto(house.service.url + "/my-list")
    expect(watching.get_by_test_id("sign-in")).to_be_visible()

    page.get_by_test_id("nav-audit").press("Enter")
    page.locator("[name=audit-action]").fill("sessions")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("trail")).to_contain_text("DELETE /members/{account_id}/sessions")
    expect(page.get_by_test_id("trail")).not_to_contain_text("GET /members/")
    shot(page, "console-audit")
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
