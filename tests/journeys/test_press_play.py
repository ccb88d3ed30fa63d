"""The thin path, as a person walks it."""

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Published, pixels, shot, sign_in, watch

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg]

Person = Callable[..., Page]

QUALITY = "() => window.matinee.video.getVideoPlaybackQuality().totalVideoFrames"
SCRIPTS = {"ar": r"\p{Script=Arabic}", "ja": r"[\p{Script=Hiragana}\p{Script=Han}]", "en": r"\p{Script=Latin}"}
TIME = "() => window.matinee.video.currentTime"


def test_signing_in_choosing_a_profile_and_pressing_play_shows_the_film(person: Person, published: Published) -> None:
    page = person()
    sign_in(page, published)
    shot(page, "home")
    page.get_by_test_id("billboard-info").click()
    page.get_by_test_id("title-dialog").wait_for()
    shot(page, "title")
    page.get_by_test_id("play").click()
    page.wait_for_function("() => window.matinee?.video?.currentTime > 1")
    assert page.evaluate(QUALITY) > 12
    picture = shot(page, "playing")
    assert pixels(picture) > 10, "the screen is blank although the film plays"


@pytest.mark.parametrize("manifest", ["dash", "hls"])
def test_the_film_is_decrypted_by_clearkey_and_seeks(person: Person, published: Published, manifest: str) -> None:
    page = person()
    sign_in(page, published)
    watch(page, published, manifest=manifest)
    assert page.evaluate("() => window.matinee.player.keySystem()") == "org.w3.clearkey"
    page.evaluate("() => { window.matinee.video.currentTime = 4 }")
    page.wait_for_function("() => window.matinee.video.currentTime > 4.3")
    before = page.evaluate(QUALITY)
    page.wait_for_function(f"before => ({QUALITY})() > before", arg=before)


@pytest.mark.parametrize("language", list(SCRIPTS))
def test_subtitles_show_in_every_script_and_the_choice_is_remembered(
    person: Person, published: Published, language: str
) -> None:
    page = person()
    sign_in(page, published)
    watch(page, published)
    assert set(page.evaluate("() => window.matinee.player.getTextTracks().map(t => t.language)")) == set(SCRIPTS)
    page.mouse.move(640, 300)
    page.get_by_test_id("subtitles-menu").click()
    page.get_by_test_id(f"subtitles-menu-{language}").click()
    subtitle_shows(page, language)
    shot(page, f"subtitles-{language}-dash")
    watch(page, published, manifest="hls")
    subtitle_shows(page, language)
    shot(page, f"subtitles-{language}-hls")


def subtitle_shows(page: Page, language: str) -> None:
    """Held still in the middle of the first line, so that what shows does not depend on the machine's pace."""
    page.evaluate("() => { window.matinee.video.pause(); window.matinee.video.currentTime = 1 }")
    page.wait_for_function(
        "script => new RegExp(script, 'u').test(document.querySelector('.shaka-text-container')?.innerText ?? '')",
        arg=SCRIPTS[language],
    )


@pytest.mark.parametrize("manifest", ["dash", "hls"])
def test_the_audio_switches_and_the_film_goes_on(person: Person, published: Published, manifest: str) -> None:
    page = person()
    sign_in(page, published)
    watch(page, published, manifest=manifest)
    other = page.evaluate(
        """() => {
            const { player } = window.matinee
            const tracks = player.getAudioTracks()
            const other = tracks.find(t => !t.active)
            player.selectAudioTrack(other)
            return other.language
        }"""
    )
    page.wait_for_function(
        "language => window.matinee.player.getAudioTracks().find(t => t.active)?.language === language", arg=other
    )
    now = page.evaluate(TIME)
    page.wait_for_function("now => window.matinee.video.currentTime > now + 0.4", arg=now)


def test_stopping_here_resumes_in_another_browser(person: Person, published: Published) -> None:
    here = person()
    sign_in(here, published, profile="ゆき")
    watch(here, published)
    here.evaluate("() => { window.matinee.video.currentTime = 3 }")
    here.wait_for_function("() => window.matinee.video.currentTime > 3.2")
    with here.expect_response(lambda answer: answer.url.endswith("/position") and answer.status == 204):
        here.keyboard.press("Space")
    stopped = here.evaluate(TIME)
    there = person()
    sign_in(there, published, profile="ゆき")
    expect(there.get_by_test_id("row-continue")).to_be_visible()
    shot(there, "continue-watching")
    watch(there, published)
    resumed = there.evaluate("() => window.matinee.video.played.start(0)")
    assert abs(resumed - stopped) < 2.6, f"stopped at {stopped}, resumed at {resumed}"


def test_with_a_wrong_key_nothing_is_decoded(person: Person, published: Published) -> None:
    """The control of the test above: what plays does so because of the key."""
    page = person()
    sign_in(page, published)

    def lie(route: object) -> None:
        body = json.loads(route.fetch().text())  # type: ignore[attr-defined]  # playwright's Route
        for key in body["keys"]:
            key["k"] = base64.urlsafe_b64encode(b"0" * 16).rstrip(b"=").decode()
        route.fulfill(json=body)  # type: ignore[attr-defined]  # playwright's Route

    page.route("**/api/v1/licenses/clearkey", lie)
    page.goto(f"{published.service.url}/watch/{published.title_id}")
    page.get_by_test_id("player-error").wait_for(timeout=30_000)
    assert page.evaluate("() => window.matinee?.video?.currentTime ?? 0") < 0.5
    shot(page, "wrong-key")


def test_segments_on_the_edges_disk_decode_with_the_license_and_not_without(published: Published) -> None:
    """A thief of the disk has only noise; the same bytes are the film for whoever has the key."""
    service = published.service
    token = service.sign_in(published.email, published.password)
    profile = service.call("GET", "/profiles", token=token)[1]["data"][0]["id"]
    releases = service.data / "edge" / "edge-1" / "releases"
    (title,) = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
    (init, *_) = sorted((releases / title["current_release"]).glob("sd/*/init.mp4"))
    (segment, *_) = sorted(init.parent.glob("*.m4s"))
    stolen = service.data.parent / "stolen.mp4"
    stolen.write_bytes(init.read_bytes() + segment.read_bytes())

    (key,) = licensed_keys(published, token, profile, init)
    film, said = decoded(stolen, key)
    assert len(film) > 24
    assert said == "", "the right key gives the film"
    for wrong in (None, "00" * 16):
        frames, complaints = decoded(stolen, wrong)
        assert complaints, "an encrypted segment decoded without its key, and without a complaint"
        assert not set(frames) & set(film), "a frame of the film came out without its key"


def licensed_keys(house: Published, token: str, profile: str, init: Path) -> list[str]:
    """The keys that the service gives a paying viewer for what this init segment asks for, in hexadecimal."""
    device = {"manifest": "dash", "codecs": ["avc1"], "drm": ["org.w3.clearkey"]}
    status, answer = house.service.call(
        "POST",
        "/play",
        {"title_id": house.title_id, "profile_id": profile, "device": device},
        token=token,
        profile=profile,
    )
    assert status == 200, answer
    license_token = answer["data"]["drm"]["token"]
    box = init.read_bytes()
    at = box.index(b"tenc") + 4 + 8  # its version, flags, pattern and vector size; then the key's id
    kid = base64.urlsafe_b64encode(box[at : at + 16]).rstrip(b"=").decode()
    request = {"kids": [kid], "type": "temporary"}
    status, answer = house.service.call("POST", "/licenses/clearkey", request, token=license_token)
    assert status == 200, answer
    return [base64.urlsafe_b64decode(key["k"] + "==").hex() for key in answer["keys"]]


def decoded(file: Path, key: str | None) -> tuple[list[str], str]:
    """The hash of each frame that comes out of it, and what the decoder had to say."""
    key_flag = ["-decryption_key", key] if key else []
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *key_flag, "-i", str(file), "-f", "framemd5", "-"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    frames = [line for line in done.stdout.splitlines() if line[:1].isdigit()]
    return [line.rsplit(",", 1)[1].strip() for line in frames], done.stderr
