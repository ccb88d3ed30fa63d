"""Somebody in provider A in front of a real Chromium, and what can be seen of the film from there."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from inspect import isawaitable
from urllib.parse import urlsplit

from playwright.async_api import Browser, Error, Page, Request
from playwright.async_api import TimeoutError as NotInTime

from tests.network.fleet import Fleet, address, machine_at

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The player asks for a longer buffer than the one that must suffice.
BUFFER_S = 10
WATCHED = """(() => {
    const happened = window.happened = []
    const tell = (kind) => happened.push([kind, document.querySelector('video')?.currentTime ?? 0])
    for (const kind of ['playing', 'waiting', 'ended', 'error'])
        document.addEventListener(kind, (event) => event.target instanceof HTMLVideoElement && tell(kind), true)
    let open
    Object.defineProperty(window, 'matinee', {
        configurable: true,
        get: () => open,
        set: (given) => {
            open = given
            const { player } = given
            player.addEventListener('manifestparsed', () => player.configure('streaming.bufferingGoal', BUFFER_S))
            player.addEventListener('buffering', (event) => tell(event.buffering ? 'buffering' : 'buffered'))
        },
    })
})()""".replace("BUFFER_S", str(BUFFER_S))
BUFFERED = """least => {
    const video = window.matinee?.video
    if (!video) return false
    const { buffered, currentTime } = video
    const ahead = buffered.length ? buffered.end(buffered.length - 1) - currentTime : 0
    return !video.paused && currentTime > 1 && ahead > least
}"""
# Who is in front of the page is known from the cookie.
OFFERED = """async (title) => {
    const call = async (path, body, profile) => (await fetch('/api/v1' + path, {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', ...(profile ? { 'x-matinee-profile': profile } : {}) },
        body: body && JSON.stringify(body),
    })).json().catch(() => null)
    const profile = (await call('/profiles')).data[0].id
    const device = { manifest: 'dash', codecs: ['avc1', 'mp4a'], drm: ['org.w3.clearkey'] }
    const plan = await call('/play', { title_id: title, device, on_limit: 'end_oldest' }, profile)
    if (!plan.data) return []
    const session = `/playback/sessions/${plan.data.session_id}`
    const offered = (await call(`${session}/steering`))['PATHWAY-PRIORITY'] ?? []
    await call(`${session}/events`, [{ type: 'stop', position_ms: 0, at: new Date().toISOString() }])
    return offered
}"""
KNOWN = """async ([email, password]) => {
    const headers = { 'content-type': 'application/json' }
    const signed = await fetch('/api/v1/sessions', { method: 'POST', headers, body: JSON.stringify({ email, password }) })
    return signed.ok && (await fetch('/api/v1/profiles')).ok
}"""


class Viewer:
    def __init__(self, fleet: Fleet, page: Page) -> None:
        self._fleet = fleet
        self.page = page
        self.fetched: list[str] = []
        """From where each segment came, in order."""
        page.on("requestfinished", self._note)

    @classmethod
    async def arrive(cls, fleet: Fleet, browser: Browser) -> "Viewer":
        """Signed in, as soon as the service answers."""
        context = await browser.new_context(ignore_https_errors=True, reduced_motion="reduce")
        page = await context.new_page()
        page.set_default_timeout(60_000)
        await page.add_init_script(WATCHED)
        viewer = cls(fleet, page)
        await until(viewer._is_served, lambda: fleet.words_of("services") + fleet.words_of("gateway"))
        # Whose neighbors have only just come: the first questions may be answered with 503.
        await until(lambda: page.evaluate(KNOWN, [fleet.house.email, fleet.house.password]), lambda: page.url)
        await page.goto(f"{fleet.url}/")
        await page.locator("[name=email]").fill(fleet.house.email)
        await page.locator("[name=password]").fill(fleet.house.password)
        await page.get_by_test_id("sign-in").click()
        await page.get_by_test_id("profile").first.click()
        await page.get_by_test_id("billboard").wait_for()
        return viewer

    async def offered(self) -> Sequence[str]:
        """Where somebody who pressed play here and now would be sent, best first."""
        found: list[str] = await self.page.evaluate(OFFERED, self._fleet.house.title_id)
        return found

    async def may_fetch_from(self, *names: str) -> bool:
        """Whether a page that is opened now lets its player ask them all."""
        policy: str = await self.page.evaluate("async () => (await fetch('/')).headers.get('content-security-policy')")
        return all(f"https://{address(name)}" in policy for name in names)

    async def watch(self) -> None:
        self.fetched.clear()
        await self.page.goto(f"{self._fleet.url}/watch/{self._fleet.house.title_id}")
        await self.is_buffered()

    async def is_buffered(self) -> None:
        """It plays on, and so much lies ahead that nothing is being fetched."""
        try:
            await self.page.wait_for_function(BUFFERED, arg=BUFFER_S, polling=100)
        except NotInTime as error:
            said = await self.page.locator("body").inner_text()
            raise AssertionError(f"It does not play. {self.fetched} {await self.happened()} {said}") from error

    async def next_sources(self, count: int = 4) -> set[str]:
        """From where the next so many segments come, of pictures and sound."""
        begun = len(self.fetched)
        await until(lambda: len(self.fetched) >= begun + count, lambda: f"only {self.fetched[begun:]}")
        return set(self.fetched[begun:])

    async def happened(self) -> list[tuple[str, float]]:
        """What the player went through since it first showed the film, and at which second of it."""
        told = [(kind, at) for kind, at in await self.page.evaluate("() => window.happened")]
        kinds = [kind for kind, _ in told]
        return told[kinds.index("playing") :] if "playing" in kinds else []

    async def _is_served(self) -> bool:
        try:
            answer = await self.page.goto(f"{self._fleet.url}/readyz")
        except Error:
            return False
        return answer is not None and answer.status == 200

    def _note(self, request: Request) -> None:
        if ".m4s" in request.url:
            self.fetched.append(machine_at(urlsplit(request.url).hostname or ""))


async def until(
    condition: Callable[[], bool | Awaitable[bool]], said: Callable[[], str], *, seconds: float = 120
) -> None:
    """Ask again and again. The pause only spares the processor."""
    try:
        async with asyncio.timeout(seconds):
            while not (holds := condition()) or (isawaitable(holds) and not await holds):
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"Not in {seconds} s. {said()}") from None


def browser_here() -> str:
    return next((name for name in BROWSERS if shutil.which(name)), BROWSERS[0])
