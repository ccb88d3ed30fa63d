"""A title's rights, from the operator's calendar to who is watching."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Published, shot, sign_in, watch
from tests.journeys.test_console import enter

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]


def test_what_an_operator_ends_in_the_calendar_is_gone_and_stops(person: Person, published: Published) -> None:
    service, title = published.service, published.title_id
    viewer, operator = person(), person()
    try:
        sign_in(viewer, published)
        watch(viewer, published)
        enter(operator, published, "rights")
        operator.get_by_label("Title to edit").select_option(title)
        operator.get_by_test_id("edit-rights").press("Enter")
        operator.get_by_test_id("add-window").press("Enter")
        window = operator.get_by_test_id("window")
        window.get_by_label("Until").select_option("day")
        window.get_by_label("As this day begins").fill("2099-05-03")
        shot(operator, "rights-editor")
        operator.get_by_test_id("save-rights").press("Enter")
        bar = operator.get_by_test_id("bar")
        bar.wait_for()
        shot(operator, "rights-calendar")
        assert viewer.request.get(f"{service.url}/api/v1/titles/{title}/metadata").status == 200

        bar.press("Enter")
        with viewer.expect_response(lambda answer: answer.url.endswith("/heartbeat") and answer.status == 409) as told:
            operator.get_by_test_id("end-now").press("Enter")
            operator.get_by_test_id("save-rights").press("Enter")
            operator.get_by_test_id("rights-said").get_by_text("saved").wait_for()
            # The film is short: its heartbeat comes by hand where the player has come to its end.
            viewer.evaluate("() => { window.matinee.video.loop = true; return window.matinee.video.play() }")
        assert told.value.json()["reason"] == "rights"
        expect(viewer.get_by_test_id("player-error")).to_contain_text("rights to this film have ended")
        shot(viewer, "rights-ended")

        viewer.goto(f"{service.url}/title/{title}")
        expect(viewer.get_by_test_id("title-error")).to_contain_text("no longer here")
        home = viewer.request.get(f"{service.url}/api/v1/browse/home").json()["data"]
        assert title not in str(home)
        found = viewer.request.get(f"{service.url}/api/v1/search?q=a").json()["data"]["items"]
        assert title not in {item["id"] for item in found}

        operator.get_by_test_id("who-tab").press("Enter")
        operator.get_by_label("Title", exact=True).select_option(title)
        operator.get_by_label("Country", exact=True).fill("DE")
        operator.get_by_test_id("who-ask").press("Enter")
        expect(operator.get_by_test_id("who-answer")).to_contain_text("Cannot watch")
        shot(operator, "rights-who")
    finally:
        service.call("PUT", f"/content/{title}/rights", body=[], token=service.operator())
