"""A family at one screen: a lock, a child who stays where it belongs, what one thinks of a film, and what one is told."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Published, shot, sign_in
from tests.running import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
CALL = """async ([method, path, body, profile]) => {
    const headers = { 'content-type': 'application/json', ...(profile ? { 'x-matinee-profile': profile } : {}) }
    const answer = await fetch('/api/v1' + path, { method, headers, body: body && JSON.stringify(body) })
    return answer.status === 204 ? null : (await answer.json()).data
}"""


def is_sound(page: Page, name: str) -> None:
    """Nothing on it that an examiner of accessibility objects to; and a picture of it is kept."""
    shot(page, name)
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run()).violations.map((v) => [v.id, v.nodes.map((n) => n.html)])")
    assert found == [], name


def tell(data: Path, email: str, title: str) -> None:
    """As the house would: the title on Ada's list leaves. Put down where the house keeps it."""
    with sqlite3.connect(data / "stores" / "matinee.sqlite", timeout=30) as store:
        (account,) = store.execute("SELECT id FROM account WHERE email = ?", [email]).fetchone()
        (profile,) = store.execute("SELECT id FROM profile WHERE account_id = ? AND name = 'Ada'", [account]).fetchone()
        now = store.execute("SELECT created_at FROM account WHERE id = ?", [account]).fetchone()[0]
        row = [str(uuid4()), account, profile, profile, "leaving", "leaving_soon"]
        row += ['{"leaves_at": "2031-05-04T00:00:00+00:00"}', title, now, None]
        store.execute(f"INSERT INTO notice VALUES ({', '.join('?' * len(row))})", row)


def give_pin(page: Page, pin: str) -> None:
    page.get_by_test_id("pin").fill(pin)
    page.keyboard.press("Enter")


def test_a_locked_profile_a_child_that_stays_and_what_ada_thinks(person: Person, published: Published) -> None:
    page = person()
    sign_in(page, published)
    tell(published.service.data, published.email, published.title_id)
    page.evaluate(CALL, ["POST", "/profiles", {"name": "Kid", "kids": True}, None])
    locks(page, published)
    a_child_stays(page, published)
    thinks(page, published)
    looks_back(page, published)
    is_told(page, published)


def locks(page: Page, published: Published) -> None:
    page.goto(f"{published.service.url}/profiles")
    page.get_by_test_id("manage-profiles").click()
    page.get_by_test_id("edit-profile").first.click()
    page.get_by_test_id("new-pin").fill("4711")
    page.get_by_test_id("set-pin").click()
    page.get_by_test_id("take-pin").wait_for()
    is_sound(page, "edit-profile")
    page.get_by_test_id("save-edit").click()
    page.get_by_test_id("edit-dialog").wait_for(state="detached")
    is_sound(page, "manage-profiles")
    page.get_by_test_id("managing-done").click()


def a_child_stays(page: Page, published: Published) -> None:
    page.get_by_test_id("profile").filter(has_text="Kid").click()
    page.get_by_test_id("bell").wait_for()
    page.goto(f"{published.service.url}/account")
    page.wait_for_url(f"{published.service.url}/")
    page.goto(f"{published.service.url}/profiles")
    page.get_by_test_id("profile").first.wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_test_id("pin-dialog").wait_for()
    is_sound(page, "leave-kids")
    give_pin(page, "0000")
    expect(page.get_by_test_id("pin")).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Escape")
    page.get_by_test_id("profile").filter(has_text="Ada").click()
    give_pin(page, "4711")
    page.get_by_test_id("billboard").wait_for()


def thinks(page: Page, published: Published) -> None:
    page.goto(f"{published.service.url}/title/{published.title_id}")
    page.get_by_test_id("thumb-love").click()
    expect(page.get_by_test_id("thumb-love")).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("write-review").click()
    page.get_by_test_id("review").fill("<b>Six seconds</b>, and not one too many.")
    page.get_by_test_id("send-review").click()
    expect(page.get_by_test_id("own-review")).to_contain_text("<b>Six seconds</b>")
    page.get_by_test_id("opinion").scroll_into_view_if_needed()
    is_sound(page, "opinion")


def looks_back(page: Page, published: Published) -> None:
    page.goto(f"{published.service.url}/history")
    page.get_by_test_id("notice").wait_for()
    is_sound(page, "history")


def is_told(page: Page, published: Published) -> None:
    expect(page.get_by_test_id("bell")).to_have_attribute("aria-label", re.compile(r"Notices: \d+ new"))
    page.get_by_test_id("bell").click()
    expect(page.get_by_test_id("notices")).to_contain_text("May 4, 2031")
    is_sound(page, "notices")
    page.goto(f"{published.service.url}/notices?lang=ar")
    page.get_by_test_id("notices").wait_for()
    is_sound(page, "notices-ar")
    page.goto(f"{published.service.url}/profiles/manage?lang=ar")
    page.get_by_test_id("edit-profile").nth(1).click()
    page.get_by_test_id("edit-name").wait_for()
    is_sound(page, "edit-profile-ar")
