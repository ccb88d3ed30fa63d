"""The operator's pages: who may see them, what failed and how it goes on, and how one leaves."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import House, Published, shot

# The first journey also waits for the house: a film drawn, encoded and published, on whatever machine this is.
pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]
LOADED = """sources => sources.every(
    (source) => [...document.images].some((image) => image.src.endsWith(source) && image.naturalWidth > 0)
)"""


@pytest.mark.parametrize("path", ["/", "/console.html"])
def test_whoever_is_not_signed_in_is_asked_to_without_a_refused_call(person: Person, house: House, path: str) -> None:
    page = person()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(house.service.url + path)
    page.get_by_test_id("sign-in").wait_for()
    page.wait_for_load_state("networkidle")
    assert said == []


def test_a_failed_master_tells_why_and_is_tried_again(person: Person, published: Published, tmp_path: Path) -> None:
    page = person()
    without_picture = tmp_path / "only-sound.mka"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=d=2", str(without_picture)]
    subprocess.run(command, check=True, timeout=60)
    published.service.run("publish", str(without_picture), "--title", "Only sound", "--releases", "fast", check=False)

    enter(page, published, "queue")
    entry = page.get_by_test_id("queue-entry").filter(has_text="Only sound")
    entry.get_by_test_id("version-error").wait_for()
    assert "picture" in entry.get_by_test_id("version-error").inner_text()
    shot(page, "console-failed")
    with page.expect_response(lambda answer: answer.url.endswith("/resume")) as answered:
        entry.get_by_role("button", name="Try again").press("Enter")
    assert answered.value.status == 200
    entry.get_by_test_id("version-error").wait_for()


def test_a_title_whose_making_failed_says_so_among_the_titles_and_can_be_deleted(
    person: Person, published: Published, tmp_path: Path
) -> None:
    page = person()
    (tmp_path / "letter.mov").write_bytes(b"This is a letter, and no film. " * 1000)
    named = ["--title", "A letter", "--releases", "fast"]
    published.service.run("publish", str(tmp_path / "letter.mov"), *named, check=False)

    enter(page, published, "titles")
    title = page.get_by_test_id("catalog-title").filter(has_text="A letter")
    title.get_by_test_id("title-failed").wait_for()
    assert title.get_by_test_id("title-state").inner_text() == "Failed"
    assert "film" in title.get_by_test_id("title-failed").inner_text()
    shot(page, "console-titles-failed")
    title.get_by_role("link", name="Its page").press("Enter")
    page.get_by_test_id("version-error").wait_for()
    assert "#/film/" in page.url

    page.get_by_test_id("delete").press("Enter")
    assert "“A letter”" in page.get_by_test_id("what-goes").inner_text()
    shot(page, "console-delete")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as answered:
        page.get_by_test_id("confirm-delete").press("Enter")
    assert answered.value.ok
    page.wait_for_url("**#/titles")
    page.get_by_test_id("catalog-title").first.wait_for()
    title.wait_for(state="detached")


def test_the_form_shows_the_sidecar_that_the_list_names(person: Person, published: Published, tmp_path: Path) -> None:
    page = person()
    (tmp_path / "boat.mov").write_bytes(b"a film")
    (tmp_path / "boat.en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    subtitles = [{"file": "boat.en.srt", "language": "en", "label": "English"}]
    (tmp_path / "film.json").write_text(json.dumps({"names": {"en": "The Boat"}, "subtitles": subtitles}))
    (tmp_path / "other.json").write_text(json.dumps({"names": {"en": "Another film"}}))
    (tmp_path / "boat.json").write_text(json.dumps({"names": {"en": "Boat, as its file"}}))
    enter(page, published, "upload")
    page.get_by_test_id("files").set_input_files([tmp_path / n for n in ("boat.mov", "boat.en.srt", "film.json")])
    title, pieces = page.locator("[name=title]"), page.get_by_test_id("pieces").get_by_role("listitem")
    expect(title).to_have_value("The Boat")
    page.get_by_test_id("files").set_input_files([tmp_path / "other.json"])
    expect(pieces.filter(has_text="other.json")).to_contain_text("Not used")
    expect(pieces.filter(has_text="film.json")).to_contain_text("Sidecar")
    expect(pieces.filter(has_text="boat.en.srt")).to_contain_text("named in the sidecar")
    expect(pieces.filter(has_text="boat.en.srt")).not_to_contain_text("not named")
    expect(title).to_have_value("The Boat")
    page.get_by_test_id("files").set_input_files([tmp_path / "boat.json"])  # called as the master is
    expect(pieces.filter(has_text="boat.json")).to_contain_text("Sidecar")
    expect(title).to_have_value("Boat, as its file")
    pieces.filter(has_text="boat.json").get_by_role("button").press("Enter")
    expect(title).to_have_value("The Boat")


def test_a_dropped_line_does_not_end_an_upload_and_what_is_no_film_is_refused_on_its_page(
    person: Person, published: Published, tmp_path: Path
) -> None:
    page = person()
    (tmp_path / "harbor.mov").write_bytes(b"This is a letter, and no film. " * 1000)
    (tmp_path / "harbor.en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello\n")
    enter(page, published, "upload")
    cut: list[str] = []

    def cut_once(route: Route) -> None:
        if route.request.method == "PATCH" and not cut:
            cut.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/content/uploads/*", cut_once)
    page.get_by_test_id("files").set_input_files([tmp_path / "harbor.mov", tmp_path / "harbor.en.srt"])
    assert page.get_by_test_id("pieces").get_by_role("listitem").count() == 2
    page.locator("[name=title]").fill("Harbor letter")
    shot(page, "console-upload")
    page.get_by_test_id("send").press("Enter")
    page.get_by_test_id("version-error").wait_for()
    assert cut
    assert "#/film/" in page.url
    assert "film" in page.get_by_test_id("version-error").inner_text()

    page.get_by_test_id("cancel").press("Enter")
    with page.expect_response(lambda answer: answer.url.endswith("/cancel")) as answered:
        page.get_by_test_id("confirm-cancel").press("Enter")
    assert answered.value.ok
    page.get_by_test_id("version-error").wait_for(state="detached")
    page.goto(f"{published.service.url}/console.html#/queue")
    page.get_by_test_id("queue-entry").filter(has_text="Harbor letter").wait_for(state="detached")


def test_a_version_that_waits_for_a_person_is_looked_at_and_approved(person: Person, published: Published) -> None:
    page = person()
    enter(page, published, "review")
    page.get_by_test_id("review-item").first.wait_for()
    shot(page, "console-review")
    waiting = page.get_by_test_id("review-item").count()
    page.get_by_test_id("review-item").first.get_by_role("link").press("Enter")
    page.get_by_test_id("decide").wait_for()
    page.goto(f"{published.service.url}/console.html#/{first_release(published)}")
    for part in ("findings", "rate-plot", "over-time", "scene-bits", "compare"):
        page.get_by_test_id(part).wait_for()
    assert page.get_by_test_id("rate-plot").get_by_role("row").count() > 3
    pictures = page.get_by_test_id("compare").locator("img")
    pictures.last.scroll_into_view_if_needed()
    page.wait_for_function(LOADED, arg=[pictures.nth(n).get_attribute("src") for n in (0, 1)])
    shot(page, "console-compare")
    page.get_by_test_id("compare").locator("input").press("Home")
    covered = pictures.last.evaluate("image => getComputedStyle(image).clipPath")
    assert covered.endswith("0%)")

    page.get_by_test_id("reject").press("Enter")
    page.get_by_test_id("decide").get_by_text("Say why").wait_for()
    page.locator("[name=reason]").fill("as it should be")
    shot(page, "console-film")
    page.get_by_test_id("approve").press("Enter")
    page.get_by_test_id("decision").filter(has_text="as it should be").wait_for()
    page.get_by_test_id("nav-review").press("Enter")
    page.get_by_test_id("review-item" if waiting > 1 else "review-empty").first.wait_for()
    assert page.get_by_test_id("review-item").count() == waiting - 1


def test_on_a_small_screen_nothing_is_wider_than_it(person: Person, published: Published) -> None:
    page = person()
    page.set_viewport_size({"width": 360, "height": 780})
    enter(page, published, "titles")
    ready = {"titles": "catalog-title", "upload": "files", "review": "updated", "queue": "updated", "film": "compare"}
    for where, shown in ready.items():
        place = first_release(published) if where == "film" else where
        page.goto(f"{published.service.url}/console.html#/{place}")
        found = page.locator(f".{shown}") if shown == "updated" else page.get_by_test_id(shown).first
        found.wait_for(state="attached")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, where
    shot(page, "console-film-small")


def test_an_operator_signs_out_of_the_console_and_is_out(person: Person, published: Published) -> None:
    page = person()
    enter(page, published, "titles")
    page.get_by_test_id("catalog-title").first.wait_for()
    shot(page, "console-titles")
    with page.expect_response(lambda answer: answer.url.endswith("/sessions/current")) as answered:
        page.get_by_test_id("sign-out").press("Enter")
    assert answered.value.ok
    page.get_by_test_id("sign-in").wait_for()
    page.reload()
    page.get_by_test_id("sign-in").wait_for()
    page.goto(f"{published.service.url}/")
    page.get_by_test_id("sign-in").wait_for()


def first_release(house: Published) -> str:
    """The page of the fast release, which is made; the full one may still be under way."""
    path, token = f"/content/{house.title_id}/encoding-status", house.service.operator()
    versions = house.service.call("GET", path, token=token)[1]["data"]["versions"]
    return f"film/{house.title_id}/{next(v['release_id'] for v in versions if v['profile'] == 'fast')}"


def enter(page: Page, house: Published, where: str) -> None:
    """The accounts of these journeys are made by `matinee operator add`, so they are operators."""
    page.goto(f"{house.service.url}/console.html#/{where}")
    page.locator("[name=email]").fill(house.email)
    page.locator("[name=password]").fill(house.password)
    page.get_by_test_id("sign-in").click()
    page.get_by_test_id(f"nav-{where}").wait_for()
