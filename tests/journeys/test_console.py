"""The operator's pages: who may see them, what failed and how it goes on, and how one leaves."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import House, Published, shot

# The first journey also waits for the house: a film drawn, encoded and published, on whatever machine this is.
pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]


@pytest.mark.parametrize("path", ["/", "/console.html"])
def test_whoever_is_not_signed_in_is_asked_to_without_a_refused_call(person: Person, house: House, path: str) -> None:
    page = person()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(house.service.url + path)
    page.get_by_test_id("sign-in").wait_for()
    page.wait_for_load_state("networkidle")
    assert said == []


def test_a_failed_master_tells_why_and_is_tried_again(person: Person, published: Published, tmp_path: Path) -> None:
    page = person()
    without_picture = tmp_path / "only-sound.mka"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=d=2", str(without_picture)]
    subprocess.run(command, check=True, timeout=60)
    published.service.run("publish", str(without_picture), "--title", "Only sound", "--releases", "fast", check=False)

    enter(page, published, "queue")
    entry = page.get_by_test_id("queue-entry").filter(has_text="Only sound")
    entry.get_by_test_id("version-error").wait_for()
    assert "picture" in entry.get_by_test_id("version-error").inner_text()
    shot(page, "console-failed")
    with page.expect_response(lambda answer: answer.url.endswith("/resume")) as answered:
        entry.get_by_role("button", name="Try again").press("Enter")
    assert answered.value.status == 200
    entry.get_by_test_id("version-error").wait_for()


def test_an_operator_signs_out_of_the_console_and_is_out(person: Person, published: Published) -> None:
    page = person()
    enter(page, published, "titles")
    page.get_by_test_id("catalog-title").first.wait_for()
    shot(page, "console-titles")
    with page.expect_response(lambda answer: answer.url.endswith("/sessions/current")) as answered:
        page.get_by_test_id("sign-out").press("Enter")
    assert answered.value.ok
    page.get_by_test_id("sign-in").wait_for()
    page.reload()
    page.get_by_test_id("sign-in").wait_for()
    page.goto(f"{published.service.url}/")
    page.get_by_test_id("sign-in").wait_for()


def enter(page: Page, house: Published, where: str) -> None:
    """The accounts of these journeys are made by `matinee operator add`, so they are operators."""
    page.goto(f"{house.service.url}/console.html#/{where}")
    page.locator("[name=email]").fill(house.email)
    page.locator("[name=password]").fill(house.password)
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id(f"nav-{where}").wait_for()
