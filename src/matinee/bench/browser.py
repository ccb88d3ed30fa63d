"""Pressing play in a real browser, many times, and reading what the player itself measured."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

from matinee.kernel.errors import MatineeError

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)


class NoBrowser(MatineeError):
    """There is no browser to measure with."""


@dataclass(frozen=True, slots=True)
class PlayTimes:
    start_ms: tuple[float, ...]
    """From the click to the first frame on screen, each play in a fresh page."""


async def press_play(
    url: str, email: str, password: str, title_id: str, plays: int, say: Callable[[str], None]
) -> PlayTimes:
    try:
        from playwright.async_api import async_playwright
    except ImportError as error:
        raise NoBrowser("This benchmark needs playwright. Run it from the environment of `make test`.") from error
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser_path is None:
        raise NoBrowser("This benchmark needs Chromium. On Debian: apt install chromium")
    times: list[float] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path, args=list(CHROMIUM_FLAGS))
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        page = await context.new_page()
        await page.goto(f"{url}/")
        await page.locator("[name=email]").fill(email)
        await page.locator("[name=password]").fill(password)
        await page.get_by_test_id("sign-in").click()
        await page.get_by_test_id("profile").first.click()
        await page.get_by_test_id("billboard").wait_for()
        for number in range(plays):
            await page.goto(f"{url}/title/{title_id}")
            await page.get_by_test_id("play").click()
            await page.wait_for_function("() => performance.getEntriesByName('matinee:start').length > 0")
            times.append(float(await page.evaluate("performance.getEntriesByName('matinee:start').at(-1).duration")))
            if (number + 1) % 10 == 0:
                say(f"  {number + 1} plays, the last in {times[-1]:.0f} ms")
        await browser.close()
    return PlayTimes(tuple(times))
