"""What playback writes is played by who never heard of us: hls.js and dash.js in the clear. And what is locked otherwise."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import MOVED, House, Published, hold, sign_in, watch, with_viewer
from tests.media import film as made_film
from tests.running import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]
NODE_MODULES = ROOT / "web" / "node_modules"
PLAYERS = {
    "hls.js": (
        "hls.js/dist/hls.min.js",
        """manifest => {
            const hls = new Hls()
            hls.on(Hls.Events.ERROR, (_, error) => error.fatal && failures.push(error.details))
            hls.loadSource(manifest)
            hls.attachMedia(video)
        }""",
        "hls",
    ),
    "dash.js": (
        "dashjs/dist/modern/umd/dash.all.min.js",
        """manifest => {
            const player = dashjs.MediaPlayer().create()
            player.on('error', (event) => failures.push(String(event.error?.message)))
            player.initialize(video, manifest, true)
        }""",
        "dash",
    ),
}
PAGE = """<!doctype html><meta charset="utf-8"><title>Another player</title>
<video id="video" muted autoplay></video>
<script>
    const video = document.getElementById('video')
    window.matinee = { video }
    window.failures = []
    addEventListener('error', (event) => failures.push(String(event.message)))
</script>"""
# Who is in front of the page is known from the cookie; a player without key systems says so.
PRESS_PLAY = """async ([title, manifest]) => {
    const call = async (path, body, profile) => (await (await fetch('/api/v1' + path, {
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json', ...(profile ? { 'x-matinee-profile': profile } : {}) },
        body: body && JSON.stringify(body),
    })).json()).data
    const profile = (await call('/profiles'))[0].id
    const device = { manifest, codecs: ['avc1', 'mp4a'], drm: [] }
    return call('/play', { title_id: title, profile_id: profile, device, on_limit: 'end_oldest' }, profile)
}"""


# The film is short: with the usual goal it is buffered to its end before anyone can wind, and nothing is fetched any more.
# So it begins once more, and the keys are pressed before its first segment has come.
WIND = """async () => {
    const { player, video } = window.matinee
    // A decoder shows nothing before it has a few pictures: so many key frames must be wanted ahead.
    player.configure({ streaming: { bufferingGoal: 12, rebufferingGoal: 0.5 } })
    await player.load(player.getAssetUri(), 0)
    const press = () => new KeyboardEvent('keydown', { key: 'ArrowRight', shiftKey: true, bubbles: true, cancelable: true })
    document.body.dispatchEvent(press())
    document.body.dispatchEvent(press())
    return player.getPlaybackRate()
}"""


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_film(tmp_path_factory.mktemp("short") / "short.mp4", seconds=3, size="192x108")


def published_as(house: House, master: Path, scheme: str) -> House:
    title = ["--title", f"Locked as {scheme}", "--rating", "G", "--releases", "fast", "--scheme", scheme]
    said = house.service.run("publish", str(master), *title).stdout
    return replace(house, title_id=said.strip().rpartition("/")[2])


@pytest.fixture(scope="module")
def in_the_clear(house: House, short: Path) -> House:
    return published_as(house, short, "clear")


def test_a_film_in_the_clear_plays_without_a_key_in_our_player_in_hls_js_and_in_dash_js(
    person: Person, in_the_clear: House
) -> None:
    if missing := [script for script, _, _ in PLAYERS.values() if not (NODE_MODULES / script).exists()]:
        pytest.skip(f"not installed: {', '.join(missing)}; run make up")
    page, viewer = person(bypass_csp=True), with_viewer(in_the_clear)
    sign_in(page, viewer)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    watch(page, viewer)
    assert page.evaluate("() => window.matinee.player.keySystem()") == ""
    assert not [url for url in asked if "/licenses/" in url]
    for player in PLAYERS:
        plays_elsewhere(page, viewer, player)


def plays_elsewhere(page: Page, viewer: Published, player: str) -> None:
    script, begin, manifest = PLAYERS[player]
    # A page of the service's origin that is none of its own: nothing of ours is loaded, and its cookie is sent.
    page.goto(f"{viewer.service.url}/healthz")
    page.set_content(PAGE)
    page.add_script_tag(path=NODE_MODULES / script)
    plan = page.evaluate(PRESS_PLAY, [viewer.title_id, manifest])
    assert (plan["drm"]["systems"], plan["drm"]["license_urls"]) == ([], {})
    page.evaluate(begin, plan["manifests"][manifest])
    page.wait_for_function(f"() => failures.length > 0 || ({MOVED})(2)")
    assert page.evaluate("() => failures") == [], player
    assert page.evaluate("() => video.getVideoPlaybackQuality().totalVideoFrames") > 24, player


@pytest.mark.slow
def test_a_film_locked_by_cenc_plays_from_both_manifests(person: Person, house: House, short: Path) -> None:
    page, viewer = person(), with_viewer(published_as(house, short, "cenc"))
    sign_in(page, viewer)
    for manifest in ("dash", "hls"):
        watch(page, viewer, manifest=manifest)
        assert page.evaluate("() => window.matinee.player.keySystem()") == "org.w3.clearkey"


def test_winding_fetches_key_frames_alone_and_ends_at_the_beginning(person: Person, published: Published) -> None:
    page = person()
    sign_in(page, published)
    for manifest in ("hls", "dash"):
        watch(page, published, manifest=manifest)
        with page.expect_request(lambda request: "/trick/" in request.url and ".m4s" in request.url):
            assert page.evaluate(WIND) == 4
        page.wait_for_function("() => window.matinee.video.currentTime > 3")
    watch(page, published, manifest="dash")  # once more: it has come to its end
    hold(page, 3)
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("() => window.matinee.video.currentTime < 1")
    page.wait_for_function("() => window.matinee.video.playbackRate === 1 && window.matinee.video.currentTime > 1")
