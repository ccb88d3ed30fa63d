"""A film in several codecs: a browser is offered those it decodes, and plays the one that costs it least."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import House, Published, sign_in, watch, with_viewer
from tests.media import film
from tests.running import new_service, running

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.slow, pytest.mark.timeout(900)]

Person = Callable[..., Page]
CODECS = "() => window.matinee.player.getStats().currentCodecs"


@pytest.fixture(scope="module")
def in_av1(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("in-av1")
    master = film(folder / "master.mp4", seconds=3, size="160x90")
    service = new_service(folder)
    with running(service):
        service.run("publish", str(master), "--title", "In AV1", "--codecs", "h264,av1", "--releases", "full")
        (title,) = service.call("GET", "/catalog/titles", token=service.operator())[1]["data"]
        yield House(service, title["id"])


@pytest.fixture
def published_in_av1(in_av1: House) -> Published:
    return with_viewer(in_av1)


@pytest.mark.parametrize("manifest", ["dash", "hls"])
def test_chromium_plays_av1_with_its_license_where_h264_lies_beside_it(
    person: Person, published_in_av1: Published, manifest: str
) -> None:
    page = person()
    sign_in(page, published_in_av1)
    watch(page, published_in_av1, manifest=manifest)
    assert page.evaluate(CODECS).startswith("av01.")
    assert page.evaluate("() => window.matinee.player.keySystem()") == "org.w3.clearkey"
    page.wait_for_function("() => window.matinee.video.getVideoPlaybackQuality().totalVideoFrames > 12")
