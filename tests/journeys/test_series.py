"""A series from the operator's desk to the member's screen: written, seen in its seasons, played one after the other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import media
from tests.journeys.conftest import MOVED, Published, shot, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]
ROWS = "external_id,tags,name:ar\nharbor-lights,calm,أضواء الميناء\nnobody,calm,\n"


def test_a_series_is_written_at_the_desk_and_watched_episode_by_episode(
    person: Person, published: Published, tmp_path: Path
) -> None:
    service = published.service
    for number, name in ((1, "Low tide"), (2, "High tide")):
        film = media.film(tmp_path / f"{number}.mp4", seconds=2, size="320x180", rate="25")
        place = ("--series", "harbor-lights", "--season", "1", "--episode", str(number))
        service.run("publish", str(film), "--title", name, *place, "--releases", "fast")

    desk = person()
    desk.goto(f"{service.url}/console#/catalog")
    desk.locator("[name=email]").fill(published.email)
    desk.locator("[name=password]").fill(published.password)
    desk.locator("[name=password]").press("Enter")
    desk.get_by_test_id("sheet-row").first.wait_for()
    shot(desk, "catalog-list")
    desk.locator("[name=find]").fill("harbor-lights")
    desk.get_by_role("link", name="harbor-lights", exact=True).press("Enter")
    desk.locator("[name=name-en]").fill("Harbor L\u0430mps")
    desk.get_by_test_id("save-sheet").click()
    expect(desk.get_by_test_id("flaws")).to_contain_text("mixes")
    desk.locator("[name=name-en]").fill("Harbor Lamps")
    desk.locator("[name=synopsis-en]").fill("Two lamps, one harbor.")
    desk.get_by_test_id("tab-people").click()
    desk.get_by_test_id("add-person").click()
    desk.locator("[name=person-0]").fill("Mara Quill")
    desk.get_by_test_id("tab-ratings").click()
    desk.locator("[name=rating]").select_option("PG")
    shot(desk, "catalog-ratings")
    desk.get_by_test_id("save-sheet").click()
    expect(desk.get_by_test_id("sheet-said")).to_have_text("Saved.")
    desk.get_by_test_id("tab-episodes").click()
    expect(desk.get_by_test_id("desk-episode")).to_have_count(2)
    shot(desk, "catalog-episodes")
    desk.goto(f"{service.url}/console#/catalog/import")
    (tmp_path / "titles.csv").write_text(ROWS, encoding="utf-8")
    desk.get_by_test_id("import-file").set_input_files(tmp_path / "titles.csv")
    desk.get_by_test_id("import-check").click()
    expect(desk.get_by_test_id("import-flaw")).to_contain_text("words")
    shot(desk, "catalog-import")

    member = person()
    sign_in(member, published)
    member.goto(f"{service.url}/search?q=harbor%20lamps")
    member.get_by_role("link", name="Harbor Lamps").first.click()
    episodes = member.get_by_test_id("episode")
    expect(episodes).to_have_count(2)
    expect(member.get_by_test_id("cast")).to_have_text("Mara Quill")
    shot(member, "series-page")
    episodes.first.get_by_role("link").press("Enter")
    member.wait_for_function(MOVED, arg=0.3)
    member.get_by_test_id("next-episode").click()
    member.wait_for_function("() => document.title.includes('High tide')")
    member.wait_for_function(MOVED, arg=0.3)
    shot(member, "series-player")
