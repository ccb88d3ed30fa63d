"""What a person sees who starts Matinee for the first time: a promise, and then the first film."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import MOVED, pixels, shot
from tests.running import Service, new_service, running

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg]

Person = Callable[..., Page]

# Drawing a film and its fast release take a minute or two on two idle cores; there may be less.
_FIRST_FILM_MS_MAX = 600_000
FRAMES = "() => window.matinee.video.getVideoPlaybackQuality().totalVideoFrames"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Service]:
    with running(new_service(tmp_path, demo=True)) as started:
        yield started


@pytest.mark.timeout(900)
def test_a_fresh_start_promises_its_first_film_and_then_plays_it(person: Person, fresh: Service) -> None:
    page = person()
    page.goto(fresh.url)
    page.get_by_test_id("use-demo").click()
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("profile").filter(has_text="Ada").wait_for()
    shot(page, "demo-profiles")
    page.get_by_test_id("profile").filter(has_text="Ada").click()

    page.get_by_test_id("preparing").first.wait_for(timeout=_FIRST_FILM_MS_MAX)
    shot(page, "demo-preparing")
    page.evaluate("() => { window.sameDocument = true }")
    page.get_by_test_id("billboard").wait_for(timeout=_FIRST_FILM_MS_MAX)
    assert page.evaluate("() => window.sameDocument"), "the page had to be loaded again to show the film"
    shot(page, "demo-home")

    page.get_by_test_id("billboard-play").click()
    page.wait_for_function(MOVED, arg=1, timeout=120_000)
    before = page.evaluate(FRAMES)
    page.wait_for_function(f"before => ({FRAMES})() > before + 12", arg=before, timeout=120_000)
    language = turn_subtitles_on(page)
    page.wait_for_function(
        "() => (document.querySelector('.shaka-text-container')?.innerText ?? '').trim() !== ''", timeout=120_000
    )
    assert pixels(shot(page, f"demo-playing-{language}")) > 10, "the screen is blank although the film plays"


def turn_subtitles_on(page: Page) -> str:
    """The viewer's own key; the answer is the language that then shows."""
    page.keyboard.press("c")
    track = page.wait_for_function("() => window.matinee.player.getTextTracks().find((t) => t.active)?.language")
    return str(track.json_value())
