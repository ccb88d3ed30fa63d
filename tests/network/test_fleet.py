"""The fleet, shown: a real Chromium in a provider's network, and everything that serves it killed in turn."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from matinee.bench.browser import CHROMIUM_FLAGS
from tests.media import film
from tests.network.fleet import SERVICE, Fleet, House
from tests.network.lab import needs
from tests.network.viewer import Viewer, browser_here, until
from tests.running import new_service, running

BROWSER = browser_here()
pytestmark = [
    pytest.mark.network,
    pytest.mark.browser,
    pytest.mark.ffmpeg,
    needs("bird", BROWSER),
    pytest.mark.timeout(600),
]
FILM_S = 48
SITE_A = {"a-1", "a-2"}
ORIGINS = {"origin-1", "origin-2"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A short film, published as any other; the house is closed again, with all that is in it."""
    folder = tmp_path_factory.mktemp("house")
    master = film(folder / "film.mp4", seconds=FILM_S, size="192x108", rate="12")
    with running(new_service(folder, split=False)) as service:
        service.run("publish", str(master), "--title", "Short", "--rating", "G", "--releases", "fast")
        (title,) = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
        email = "viewer@fleet.example"
        return House(service.data, title["id"], email, service.add_person(email, "Ada"))


@pytest.fixture
async def fleet(house: House, tmp_path: Path) -> AsyncIterator[Fleet]:
    fleet = Fleet(house, tmp_path)
    try:
        fleet.build()
        await fleet.open()
        yield fleet
    finally:
        await fleet.close()


@pytest.fixture
async def viewer(fleet: Fleet) -> AsyncIterator[Viewer]:
    async with async_playwright() as playwright:
        program = fleet.browser(BROWSER)
        browser = await playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        viewer = await Viewer.arrive(fleet, browser)
        await until(lambda: is_well(viewer), lambda: fleet.words_of("a-1"))
        yield viewer
        await browser.close()


async def is_well(viewer: Viewer) -> bool:
    """Whether everybody holds the film, and viewers are sent to them in the right order."""
    offered = await viewer.offered()
    if len(offered) != 5 or not await viewer.may_fetch_from(*offered):
        return False
    return set(offered[:2]) == SITE_A and offered[2] == "x-1" and set(offered[3:]) == ORIGINS


async def test_whoever_serves_is_killed_in_turn_then_the_service_too_and_the_film_plays_to_its_end(
    fleet: Fleet, viewer: Viewer
) -> None:
    await viewer.watch()
    served = set(viewer.fetched)
    assert len(served) == 1, viewer.fetched
    assert served < SITE_A
    gone: set[str] = set()
    for expected in (SITE_A, {"x-1"}, ORIGINS, ORIGINS):
        await viewer.is_buffered()
        await fleet.kill(*served)
        gone |= served
        served = await viewer.next_sources()
        assert served <= expected - gone, viewer.fetched
        assert len(served) == 1
    await fleet.kill(*SERVICE)
    await until(lambda: ended(viewer), lambda: str(viewer.fetched))
    assert_never_stopped(await viewer.happened())


@pytest.mark.slow
async def test_with_the_service_and_half_of_the_fleet_dead_a_site_that_falls_silent_is_left_before_the_buffer_is_empty(
    fleet: Fleet, viewer: Viewer
) -> None:
    await viewer.watch()
    await viewer.is_buffered()
    await fleet.kill(*SERVICE, "x-1", "origin-1")
    for name in SITE_A:
        fleet.silence(name)
    assert await viewer.next_sources() == {"origin-2"}, viewer.fetched
    await until(lambda: ended(viewer), lambda: str(viewer.fetched))
    assert_never_stopped(await viewer.happened())


@pytest.mark.slow
async def test_a_site_that_comes_back_gets_its_viewers_back_in_the_middle_of_the_film(
    fleet: Fleet, viewer: Viewer
) -> None:
    await viewer.watch()
    await viewer.is_buffered()
    await fleet.kill(*SITE_A)
    assert await viewer.next_sources() == {"x-1"}
    for name in SITE_A:
        await fleet.bring(name)
    # Slowly, so that the film lasts until the player believes in the site again, and steering in all its strength.
    await viewer.page.evaluate("() => { window.matinee.video.playbackRate = 0.25 }")
    await until(lambda: is_served_by(viewer, SITE_A), lambda: str(viewer.fetched), seconds=180)
    assert await viewer.next_sources() <= SITE_A
    assert_never_stopped(await viewer.happened())


async def is_served_by(viewer: Viewer, names: set[str]) -> bool:
    return viewer.fetched[-1] in names


async def ended(viewer: Viewer) -> bool:
    return "ended" in [kind for kind, _ in await viewer.happened()]


def assert_never_stopped(happened: list[tuple[str, float]]) -> None:
    assert {kind for kind, _ in happened} <= {"playing", "buffered", "ended"}, happened
