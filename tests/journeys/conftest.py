"""One service, one small published title and one Chromium for all journeys of a session."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from matinee.bench.browser import CHROMIUM_FLAGS
from tests.running import ROOT, Service, new_service, running, small_film

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENSHOTS = ROOT / "test-output" / "screenshots"


@dataclass(frozen=True)
class Published:
    """The service with its one title."""

    service: Service
    title_id: str
    email: str
    password: str


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """A film of six seconds at 360p, published through the command line like any other."""
    folder = tmp_path_factory.mktemp("house")
    service = new_service(folder)
    film = small_film(folder)
    with running(service):
        service.run("publish", str(film / "master.mkv"), "--sidecar", str(film / "film.json"))
        (title,) = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
        assert title["state"] == "available"
        email = "viewer@journeys.example"
        yield Published(service, title["id"], email, service.add_person(email, "Ada", "ゆき"))


@pytest.fixture
def person(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A fresh browser profile; call it again for another person."""
    contexts: list[BrowserContext] = []

    def arrive(**options: Any) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 720}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
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
    """Open the player page and wait until the film moves."""
    page.goto(f"{house.service.url}/watch/{house.title_id}" + ("?manifest=hls" if manifest == "hls" else ""))
    page.wait_for_function("() => window.matinee?.video?.currentTime > 0.5", timeout=30_000)


def shot(page: Page, name: str) -> Path:
    """Keep what was seen, for a person to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=str(path))
    return path


def pixels(path: Path) -> float:
    """How much there is to see in a picture: the standard deviation of its brightness."""
    from PIL import Image, ImageStat

    with Image.open(path) as picture:
        return float(ImageStat.Stat(picture.convert("L")).stddev[0])
