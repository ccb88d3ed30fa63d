"""What makes one want to see a film: its trailer, from the page of its title."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request

from tests import media
from tests.journeys.conftest import MOVED, Published, shot, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]


def test_a_trailer_plays_from_its_title_s_page_by_keyboard(
    person: Person, published: Published, film: Path, tmp_path: Path
) -> None:
    service = published.service
    trailer = media.film(tmp_path / "trailer.mp4", seconds=2, size="320x180", rate="25")
    said = service.run(
        "publish", str(film / "master.mkv"), "--sidecar", str(film / "film.json"), "--trailer", str(trailer),
        "--releases", "fast", "--wait", "all",
    )  # fmt: skip
    assert "failed" not in said.stderr
    page = person()
    fetched: list[str] = []

    def note(request: Request) -> None:
        fetched.append(request.url)

    page.on("request", note)
    sign_in(page, published)
    button = page.get_by_test_id("trailer")
    page.goto(f"{service.url}/title/{published.title_id}")
    button.wait_for()
    shot(page, "title-with-trailer")
    page.get_by_test_id("play").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/watch/*")
    trailer_id = urlsplit(page.url).path.rpartition("/")[2]
    assert trailer_id != published.title_id
    assert page.request.get(f"{service.url}/api/v1/titles/{trailer_id}/metadata").status == 404, "it has no page"
    assert page.request.get(f"{service.url}/api/v1/titles/{published.title_id}/metadata").status == 200
    page.wait_for_function(MOVED, arg=0.5)
    assert page.evaluate("() => window.matinee.player.keySystem()") == "org.w3.clearkey"
    segments = [url for url in fetched if urlsplit(url).path.endswith((".m4s", ".mp4"))]
    assert segments
    assert not [url for url in segments if url.startswith(service.url)], "only edges carry video"
    page.get_by_test_id("end-title").click()
    page.wait_for_url(f"**/title/{published.title_id}")
