"""Pressing play in a real browser, many times, and reading what the player itself measured."""

import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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


class NotPlayed(MatineeError):
    """A browser showed nothing of a film, or not enough; the sentence says how far it came."""


@dataclass(frozen=True, slots=True)
class PlayTimes:
    start_ms: tuple[float, ...]
    """From the click to the first frame on screen, each play in a fresh page."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a browser made of a film."""

    played_s: float
    decoded: int
    dropped: int
    width: int
    height: int
    codec: str


class Watcher:
    """Somebody in a browser of their own, signed in. With `only`, one that decodes pictures in no other codec."""

    def __init__(self, url: str, email: str, password: str, *, only: str | None = None) -> None:
        self._url = url
        self._only = only
        self._email = email
        self._password = password
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "Watcher":
        self._api, browser_path = _programs()
        try:
            await self._sign_in(browser_path)
        except self._api.Error as error:
            await self._open.aclose()
            raise NotPlayed(f"The browser did not come as far as the home page: {error.message}") from error
        return self

    async def _sign_in(self, browser_path: str) -> None:
        playwright = await self._open.enter_async_context(self._api.async_playwright())
        browser = await playwright.chromium.launch(executable_path=browser_path, args=list(CHROMIUM_FLAGS))
        self._open.push_async_callback(browser.close)
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        if self._only is not None:
            await context.add_init_script(_DECODES_ONLY.replace("ONLY", self._only))
        self._page = await context.new_page()
        await self._page.goto(f"{self._url}/")
        await self._page.locator("[name=email]").fill(self._email)
        await self._page.locator("[name=password]").fill(self._password)
        await self._page.get_by_test_id("sign-in").click()
        await self._page.get_by_test_id("profile").first.click()
        await self._page.get_by_test_id("billboard").wait_for()

    async def __aexit__(self, *ending: object) -> None:
        await self._open.aclose()

    async def watch(self, title_id: str, *, picture: Path | None = None) -> Seen:
        """From its beginning to past its middle; `picture` is where the screen is kept as it then is."""
        await self._page.goto(f"{self._url}/watch/{title_id}")
        try:
            await self._page.wait_for_function(_PAST_THE_MIDDLE, timeout=_PATIENCE_MS)
        except self._api.TimeoutError as error:
            said = await self._page.locator("body").inner_text()
            raise NotPlayed(
                f"In {_PATIENCE_MS // 1000} s the film did not play to its middle. The page says: {said}"
            ) from error
        if picture is not None:
            picture.parent.mkdir(parents=True, exist_ok=True)
            await self._page.screenshot(path=picture)
        seen = Seen(**await self._page.evaluate(_SEEN))
        # Whoever leaves the page gives the screen back. Of a browser that is closed in the middle it is in use for 45 s
        # more, and a plan has few of them.
        await self._page.goto(f"{self._url}/")
        await self._page.get_by_test_id("billboard").wait_for()
        return seen

    async def press_play(self, title_id: str) -> float:
        """In a fresh page: milliseconds from the click to the first frame."""
        await self._page.goto(f"{self._url}/title/{title_id}")
        await self._page.get_by_test_id("play").click()
        await self._page.wait_for_function("() => performance.getEntriesByName('matinee:start').length > 0")
        return float(await self._page.evaluate("performance.getEntriesByName('matinee:start').at(-1).duration"))


_PATIENCE_MS = 120_000
"""A loaded machine draws a frame of 4K every few seconds."""
_PAST_THE_MIDDLE = """() => {
    const video = window.matinee?.video
    const played = video?.played
    return played?.length > 0 && played.end(played.length - 1) > video.duration / 2
}"""
_SEEN = """() => {
    const { video, player } = window.matinee
    const frames = video.getVideoPlaybackQuality()
    return {
        played_s: video.played.end(video.played.length - 1), decoded: frames.totalVideoFrames,
        dropped: frames.droppedVideoFrames, width: video.videoWidth, height: video.videoHeight,
        codec: player.getStats().currentCodecs.split(/[.,]/)[0],
    }
}"""
_DECODES_ONLY = """
    // On a screen that shows HDR: what a film has in this codec may be nothing else.
    const { matchMedia } = window;
    window.matchMedia = (wanted) => matchMedia(wanted === "(dynamic-range: high)" ? "all" : wanted);
    const isOther = (type) => /^video/.test(type) && /codecs/.test(type) && !type.includes("ONLY");
    const isTypeSupported = MediaSource.isTypeSupported.bind(MediaSource);
    MediaSource.isTypeSupported = (type) => !isOther(type) && isTypeSupported(type);
    const capabilities = navigator.mediaCapabilities;
    const decodingInfo = capabilities.decodingInfo.bind(capabilities);
    capabilities.decodingInfo = async (wanted) => {
        const info = await decodingInfo(wanted);
        if (!isOther(wanted.video?.contentType ?? "")) return info;
        return { supported: false, smooth: false, powerEfficient: false, keySystemAccess: null, configuration: wanted };
    };
"""


def _programs() -> tuple[Any, str]:
    """Playwright's module, and the browser behind it."""
    try:
        from playwright import async_api
    except ImportError as error:
        raise NoBrowser("This benchmark needs playwright. Run it from the environment of `make test`.") from error
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser_path is None:
        raise NoBrowser("This benchmark needs Chromium. On Debian: apt install chromium")
    return async_api, browser_path


async def press_play(
    url: str, email: str, password: str, title_id: str, plays: int, say: Callable[[str], None]
) -> PlayTimes:
    times: list[float] = []
    async with Watcher(url, email, password) as watcher:
        for number in range(plays):
            times.append(await watcher.press_play(title_id))
            if (number + 1) % 10 == 0:
                say(f"  {number + 1} plays, the last in {times[-1]:.0f} ms")
    return PlayTimes(tuple(times))
