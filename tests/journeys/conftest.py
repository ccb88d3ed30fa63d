"""One service, one small published title and one Chromium for all journeys; an account for each.

They end with the last journey and not with the session: Playwright's own event loop runs from the first to the last, and
tests that are coroutines cannot begin meanwhile.
"""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from matinee.bench.browser import CHROMIUM_FLAGS
from tests.running import ROOT, Service, new_service, running, small_film

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENSHOTS = ROOT / "test-output" / "screenshots"
# What was played stays true when the film has ended before anyone looked; a position alone may be where it resumes.
MOVED = """seconds => {
    const played = window.matinee?.video?.played
    return played?.length > 0 && played.end(played.length - 1) - played.start(0) > seconds
}"""
SETTLED = """() => {
    const inView = (image) => {
        const { top, bottom, left, right, width } = image.getBoundingClientRect()
        return width > 0 && bottom > 0 && right > 0 && top < innerHeight && left < innerWidth
    }
    const isLoading = [...document.images].some((image) => inView(image) && !(image.complete && image.naturalWidth > 0))
    const isMoving = document.getAnimations().some(
        (each) => each.playState === 'running' && Number.isFinite(each.effect?.getComputedTiming().endTime)
    )
    return !isLoading && !isMoving && document.fonts.status === 'loaded'
}"""
# A picture that has come may still be undecoded, and one that is decoded is on screen only with the frame after the next.
PAINTED = """async () => {
    const drawn = [...document.images].filter((image) => image.complete && image.naturalWidth > 0)
    await Promise.all(drawn.map((image) => image.decode().catch(() => undefined)))
    for (let frame = 0; frame < 2; frame += 1) await new Promise((next) => requestAnimationFrame(next))
}"""


@dataclass(frozen=True)
class House:
    """The service with its one title."""

    service: Service
    title_id: str


@dataclass(frozen=True)
class Published:
    """The house, and someone who signs in to it."""

    service: Service
    title_id: str
    email: str
    password: str


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="package")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_film(tmp_path_factory.mktemp("drawing"))


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Iterator[House]:
    # A person is asked to look at every version, so that there is one to look at.
    # Without trials a plan is paid for as soon as it is chosen, and nobody has to wait for that.
    terms = tmp_path_factory.mktemp("terms") / "terms.json"
    terms.write_text('{"trial_days": 0}')
    environment = {"MATINEE_REVIEW_ONE_IN": "1", "MATINEE_BILLING_TERMS": str(terms)}
    with opened(new_service(tmp_path_factory.mktemp("house"), environment=environment), film) as found:
        yield found


@contextmanager
def opened(service: Service, film: Path) -> Iterator[House]:
    """A film of six seconds at 360p, published through the command line like any other."""
    with running(service):
        service.run("publish", str(film / "master.mkv"), "--sidecar", str(film / "film.json"))
        (title,) = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
        assert title["state"] == "available"
        yield House(service, title["id"])


_numbers = itertools.count(1)


@pytest.fixture
def published(house: House) -> Published:
    return with_viewer(house)


def with_viewer(house: House) -> Published:
    """An account of its own for each journey: no resume point, no stream slot and no list is left over from another."""
    email = f"viewer-{next(_numbers)}@journeys.example"
    return Published(house.service, house.title_id, email, house.service.add_person(email, "Ada", "ゆき"))


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A fresh browser profile; call it again for another person."""
    contexts: list[BrowserContext] = []

    def arrive(**options: Any) -> Page:
        # Without movement: what is clicked stands still, and what is kept as a picture is finished.
        context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        return page

    yield arrive
    for context in contexts:
        context.close()


def sign_in(page: Page, house: Published, profile: str = "Ada") -> None:
    page.goto(house.service.url)
    page.locator("[name=email]").fill(house.email)
    page.locator("[name=password]").fill(house.password)
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("profile").filter(has_text=profile).click()
    page.get_by_test_id("billboard").wait_for()


def watch(page: Page, house: Published, *, manifest: str = "dash") -> None:
    """Open the player page and wait until the film has moved. It may have ended since: the film is short."""
    page.goto(f"{house.service.url}/watch/{house.title_id}" + ("?manifest=hls" if manifest == "hls" else ""))
    page.wait_for_function(MOVED, arg=0.3)


def hold(page: Page, at: float) -> None:
    """Pause the film at this second, so that what follows does not depend on the machine's pace."""
    page.evaluate("at => { window.matinee.video.pause(); window.matinee.video.currentTime = at }", at)
    page.wait_for_function(
        """at => {
            const { video } = window.matinee
            return video.paused && !video.seeking && video.readyState >= 2 && Math.abs(video.currentTime - at) < 0.1
        }""",
        arg=at,
    )


def shot(page: Page, name: str) -> Path:
    """Keep what was seen, for a person to look at: every picture in view has come, nothing is under way."""
    page.wait_for_function(SETTLED)
    page.evaluate(PAINTED)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=str(path))
    return path


def pixels(path: Path) -> float:
    """How much there is to see in a picture: the standard deviation of its brightness."""
    from PIL import Image, ImageStat

    with Image.open(path) as picture:
        return float(ImageStat.Stat(picture.convert("L")).stddev[0])
