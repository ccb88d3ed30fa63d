"""What a person sees who starts Matinee for the first time: a promise, and then the first film."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from matinee.app.people import DEMO_EMAIL, DEMO_PASSWORD
from tests.journeys.conftest import pixels, shot
from tests.running import Service, new_service, running

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg]

Person = Callable[..., Page]

_FIRST_FILM_MS_MAX = 240_000
QUALITY = "() => window.matinee.video.getVideoPlaybackQuality().totalVideoFrames"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    with running(new_service(tmp_path, demo=True)) as started:
        yield started


@pytest.mark.timeout(900)
def test_a_fresh_start_promises_its_first_film_and_then_plays_it(person: Person, fresh: Service) -> None:
    page = person()
    page.goto(fresh.url)
    page.locator("[name=email]").fill(DEMO_EMAIL)
    page.locator("[name=password]").fill(DEMO_PASSWORD)
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("profile").first.wait_for()
    shot(page, "demo-profiles")
    page.get_by_test_id("profile").filter(has_text="Ada").click()

    page.get_by_test_id("preparing").first.wait_for(timeout=_FIRST_FILM_MS_MAX)
    shot(page, "demo-preparing")
    # The page itself finds out that the film is there: nobody presses reload.
    page.get_by_test_id("billboard").wait_for(timeout=_FIRST_FILM_MS_MAX)
    shot(page, "demo-home")

    page.get_by_test_id("billboard-play").click()
    page.wait_for_function("() => window.matinee?.video?.currentTime > 1", timeout=60_000)
    before = page.evaluate(QUALITY)
    page.wait_for_function(f"before => ({QUALITY})() > before + 12", arg=before)
    assert pixels(shot(page, "demo-playing")) > 10, "the screen is blank although the film plays"
