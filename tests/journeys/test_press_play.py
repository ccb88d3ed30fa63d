"""The thin path, as a person walks it."""

import base64
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Page, Response

from tests.journeys.conftest import MOVED, Published, hold, pixels, shot, sign_in, watch
from tests.running import wait_until

# The first journey also waits for the house: a film drawn, encoded and published, on whatever machine this is.
pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]

QUALITY = "() => window.matinee.video.getVideoPlaybackQuality().totalVideoFrames"
SCRIPTS = {"ar": r"\p{Script=Arabic}", "ja": r"[\p{Script=Hiragana}\p{Script=Han}]", "en": r"\p{Script=Latin}"}
TIME = "() => window.matinee.video.currentTime"
FROM = "(at => { const { video } = window.matinee; video.currentTime = at; void video.play() })"


def test_signing_in_choosing_a_profile_and_pressing_play_shows_the_film(person: Person, published: Published) -> None:
    sees_the_film(person(), published)


def sees_the_film(page: Page, published: Published) -> None:
    sign_in(page, published)
    shot(page, "home")
    page.get_by_test_id("billboard-info").click()
    page.get_by_test_id("audio-languages").wait_for()
    shot(page, "title")
    page.get_by_test_id("play").click()
    page.wait_for_function(MOVED, arg=1)
    page.wait_for_function(f"() => ({QUALITY})() > 12")
    hold(page, 1)
    picture = shot(page, "playing")
    assert pixels(picture) > 10, "the screen is blank although the film plays"


@pytest.mark.parametrize("manifest", ["dash", "hls"])
def test_the_film_is_decrypted_by_clearkey_and_seeks(person: Person, published: Published, manifest: str) -> None:
    page = person()
    sign_in(page, published)
    watch(page, published, manifest=manifest)
    assert page.evaluate("() => window.matinee.player.keySystem()") == "org.w3.clearkey"
    before = page.evaluate(f"() => {{ const frames = ({QUALITY})(); {FROM}(4); return frames }}")
    page.wait_for_function(f"before => ({TIME})() > 4.3 && ({QUALITY})() > before", arg=before)


@pytest.mark.parametrize("language", list(SCRIPTS))
def test_subtitles_show_in_every_script_and_the_choice_is_remembered(
    person: Person, published: Published, language: str
) -> None:
    page = person()
    sign_in(page, published)
    watch(page, published)
    hold(page, 1)
    page.wait_for_function(
        "languages => languages.every(l => window.matinee.player.getTextTracks().some(t => t.language === l))",
        arg=list(SCRIPTS),
    )
    page.mouse.move(640, 300)
    page.get_by_test_id("subtitles-menu").click()
    page.get_by_test_id(f"subtitles-menu-{language}").click()
    subtitle_shows(page, language)
    shot(page, f"subtitles-{language}-dash")
    watch(page, published, manifest="hls")
    hold(page, 1)
    subtitle_shows(page, language)
    shot(page, f"subtitles-{language}-hls")


def subtitle_shows(page: Page, language: str) -> None:
    """The first line, at which the film is held."""
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
        f"""() => {{
            const {{ player }} = window.matinee
            const other = player.getAudioTracks().find(t => !t.active);
            {FROM}(1);
            player.selectAudioTrack(other)
            return other.language
        }}"""
    )
    page.wait_for_function(
        "language => window.matinee.player.getAudioTracks().find(t => t.active)?.language === language", arg=other
    )
    page.wait_for_function(f"() => ({TIME})() > 1.4")


def test_stopping_here_resumes_in_another_browser(person: Person, published: Published) -> None:
    resumes_elsewhere(person, published)


def resumes_elsewhere(person: Person, published: Published) -> None:
    here = person()
    sign_in(here, published, profile="ゆき")
    watch(here, published)
    # Slowly, so that the film is not over before the key is pressed.
    here.evaluate(f"() => {{ window.matinee.video.playbackRate = 0.25; {FROM}(3) }}")
    here.wait_for_function(f"() => ({TIME})() > 3.2")
    # The jump to 3 s is reported as well; only the pause is reported from further on.
    with here.expect_response(lambda answer: is_position_kept(answer, after_ms=3_200)):
        here.keyboard.press("Space")
    here.wait_for_function("() => window.matinee.video.paused")
    stopped = here.evaluate(TIME)
    there = person()
    sign_in(there, published, profile="ゆき")
    there.get_by_test_id("row-continue").wait_for()
    shot(there, "continue-watching")
    with there.expect_response(lambda answer: answer.url.endswith("/play")) as pressed:
        watch(there, published)
    offered = pressed.value.json()["data"]["resume_ms"]
    resumed = there.evaluate("() => window.matinee.video.played.start(0)")
    assert abs(resumed - stopped) < 2.6, f"stopped at {stopped}, offered {offered}, resumed at {resumed}"


def is_position_kept(answer: Response, *, after_ms: int) -> bool:
    if not answer.url.endswith("/position") or answer.status != 204:
        return False
    return int(json.loads(answer.request.post_data or "{}")["position_ms"]) >= after_ms


def test_with_a_wrong_key_nothing_is_decoded_and_with_the_right_one_trying_again_plays(
    person: Person, published: Published
) -> None:
    """The control of the tests above: what plays does so because of the key."""
    page = person()
    sign_in(page, published)

    def lie(route: object) -> None:
        body = json.loads(route.fetch().text())  # type: ignore[attr-defined]  # playwright's Route
        for key in body["keys"]:
            key["k"] = base64.urlsafe_b64encode(b"0" * 16).rstrip(b"=").decode()
        route.fulfill(json=body)  # type: ignore[attr-defined]  # playwright's Route

    page.route("**/api/v1/licenses/clearkey", lie)
    page.goto(f"{published.service.url}/watch/{published.title_id}")
    error = page.get_by_test_id("player-error")
    error.wait_for()
    assert page.evaluate("() => window.matinee?.video?.currentTime ?? 0") < 0.5
    said = error.inner_text()
    assert "Try again." in said
    assert re.search(r"Error code: \S+", said)
    shot(page, "wrong-key")
    page.unroute("**/api/v1/licenses/clearkey")
    page.get_by_test_id("retry").press("Enter")
    page.wait_for_function(MOVED, arg=0.3)


def test_segments_on_the_edges_disk_decode_with_the_license_and_not_without(published: Published) -> None:
    """A thief of the disk has only noise; the same bytes are the film for whoever has the key."""
    service = published.service
    token = service.sign_in(published.email, published.password)
    profile = service.call("GET", "/profiles", token=token)[1]["data"][0]["id"]
    releases = service.data / "edge" / "edge-1" / "releases"
    # The release that plays must not become another one between its segment and its key.
    wait_until(lambda: not is_being_made(published), service.log, seconds=240)
    titles = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
    (release,) = [title["current_release"] for title in titles if title["id"] == published.title_id]
    held = releases / release
    wait_until(lambda: any(held.glob("sd/video-*/init.mp4")) and any(held.glob("sd/video-*/*.m4s")), service.log)
    (init, *_) = sorted(held.glob("sd/video-*/init.mp4"))
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


def is_being_made(house: Published) -> bool:
    queue = house.service.call("GET", "/content/queue", token=house.service.operator())[1]["data"]["versions"]
    return any(v["title_id"] == house.title_id and v["state"] in ("waiting", "running") for v in queue)


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
