"""The operator's fleet: what an appliance holds, why a client is sent to it, and a file that is taken away from it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Published, shot
from tests.journeys.test_console import enter

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]


def test_an_operator_sees_who_holds_a_film_asks_why_and_has_a_bad_copy_fetched_anew(
    person: Person, published: Published
) -> None:
    page = person()
    service, token = published.service, published.service.operator()
    title = next(
        t for t in service.call("GET", "/catalog/titles", token=token)[1]["data"] if t["id"] == published.title_id
    )
    edge = next(a for a in service.call("GET", "/edge/appliances", token=token)[1]["data"] if a["kind"] != "origin")
    enter(page, published, "fleet")
    row = page.locator(f"[data-appliance='{edge['id']}']")
    row.get_by_text("Serving").wait_for()
    expect(row).to_contain_text(title["name"])
    expect(page.get_by_test_id("attention")).to_contain_text("1 of 1 appliance serves viewers.")
    shot(page, "console-fleet")

    page.get_by_test_id("fleet-heat").press("Enter")
    warmth = page.locator(f"[data-release='{title['current_release']}']")
    expect(warmth).to_contain_text(title["name"])
    expect(warmth).to_contain_text(edge["id"])
    page.locator("[name=heat-site]").select_option(edge["id"])
    expect(warmth).to_contain_text(edge["id"])
    shot(page, "console-fleet-heat")

    tab = page.get_by_test_id("fleet-why")
    tab.press("Enter")
    page.locator("[name=why-client]").fill("203.0.113.9")
    expect(tab).to_have_attribute("aria-current", "page")
    page.locator("[name=why-title]").select_option(published.title_id)
    page.get_by_test_id("why-ask").press("Enter")
    expect(page.get_by_test_id("offered-edge").first).to_contain_text(edge["id"])
    expect(page.get_by_test_id("offered-edge").first).to_contain_text("serves anybody")
    shot(page, "console-fleet-why")
    page.locator("[name=why-client]").fill("the man in row three")
    page.get_by_test_id("why-ask").press("Enter")
    expect(page.get_by_test_id("why-failure")).to_contain_text("is not an internet address")

    page.get_by_test_id("fleet-routes").press("Enter")
    page.locator("[name=routes-sought]").fill("203.0.113.0/24")
    page.get_by_test_id("routes-ask").press("Enter")
    page.get_by_test_id("routes-none").wait_for()

    page.get_by_test_id("fleet-purges").press("Enter")
    order = page.get_by_test_id("order-purge")
    order.locator("[value=file]").check()
    order.locator("[name=purge-title]").select_option(published.title_id)
    order.locator("[name=purge-release]").select_option(title["current_release"])
    order.locator("[name=purge-path]").fill("audio/nothing-there/1.m4s")
    order.locator("[name=purge-refetch]").check()
    page.get_by_test_id("purge").press("Enter")
    expect(order).to_contain_text("Say why")
    order.locator("[name=purge-reason]").fill("a bad disk")
    page.get_by_test_id("purge").press("Enter")
    expect(page.get_by_test_id("what-goes")).to_contain_text("audio/nothing-there/1.m4s")
    expect(page.get_by_test_id("what-goes")).to_contain_text(title["name"])
    shot(page, "console-fleet-purge")
    page.get_by_test_id("confirm-purge").press("Enter")
    entry = page.get_by_test_id("purge-entry").filter(has_text="a bad disk")
    expect(entry.get_by_test_id("purge-state")).to_have_text("Carried out", timeout=30_000)
    acknowledged = entry.get_by_test_id("acknowledgments").locator("li").filter(has_text=edge["id"])
    expect(acknowledged).to_contain_text("Acknowledged")
    expect(entry.get_by_test_id("purge-who")).to_be_focused()
    shot(page, "console-fleet-purged")


def test_on_a_small_screen_no_part_of_the_fleet_is_wider_than_it(person: Person, published: Published) -> None:
    page = person()
    page.set_viewport_size({"width": 360, "height": 780})
    enter(page, published, "fleet")
    for part, shown in {
        "": "appliances",
        "/heat": "heat",
        "/misses": "misses",
        "/purges": "order-purge",
        "/why": "why",
        "/routes": "routes",
        "/software": "no-builds",
    }.items():
        page.goto(f"{published.service.url}/console.html#/fleet{part}")
        page.get_by_test_id(shown).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, part
