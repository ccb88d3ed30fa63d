"""A member's plan: chosen, not paid for with a card that is declined, paid for with another, changed, and left."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Published, shot, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]
GOOD, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"


def _keep(page: Page, card: str) -> None:
    page.locator("[name=card]").fill(card)
    page.get_by_test_id("keep-method").click()
    page.get_by_test_id("method").filter(has_text=card[-4:]).wait_for()


def test_a_plan_is_chosen_paid_for_changed_and_left(person: Person, published: Published) -> None:
    page = person()
    sign_in(page, published)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.goto(f"{published.service.url}/account")
    page.get_by_test_id("open-plan").click()
    page.get_by_test_id("choose-standard").click()
    page.get_by_test_id("preview").wait_for()
    expect(page.get_by_test_id("confirm-plan")).to_be_disabled()
    page.keyboard.press("Escape")

    _keep(page, DECLINED)
    page.get_by_test_id("choose-standard").click()
    page.get_by_test_id("confirm-plan").click()
    page.get_by_test_id("preview-failure").wait_for()
    shot(page, "plan-declined")
    page.keyboard.press("Escape")

    page.locator("[name=bill_to]").fill("山田 花子")
    _keep(page, GOOD)
    page.get_by_test_id("choose-standard").click()
    page.get_by_test_id("confirm-plan").click()
    page.get_by_test_id("preview").wait_for(state="detached")
    expect(page.get_by_test_id("offer-standard").get_by_test_id("choose-standard")).to_have_count(0)

    page.get_by_test_id("choose-premium").click()
    page.get_by_test_id("preview-lines").wait_for()
    shot(page, "plan-preview")
    page.get_by_test_id("confirm-plan").click()
    page.get_by_test_id("preview").wait_for(state="detached")
    with page.expect_download() as download:
        page.get_by_test_id("invoice-pdf").first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    shot(page, "plan")

    page.get_by_test_id("leave").click()
    page.get_by_test_id("leave-now").click()
    page.get_by_test_id("stay").wait_for()
    assert not [body for body in sent if GOOD.replace(" ", "") in body.replace(" ", "")], "a card's number goes nowhere"

    arabic = f"{published.service.url}/account/plan?lang=ar"
    page.goto(arabic)
    page.get_by_test_id("invoices").wait_for()
    shot(page, "plan-arabic")
