"""What our player tells edges with each segment it asks for, and the house of an edge that fails it."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Response, Route, expect

from tests.journeys.conftest import MOVED, Published, hold, shot, sign_in, watch
from tests.journeys.test_console import enter
from tests.running import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.ffmpeg, pytest.mark.timeout(900)]

Person = Callable[..., Page]


def told(url: str) -> dict[str, str]:
    """By key, as CTA-5004 has it."""
    (said,) = parse_qs(urlsplit(url).query)["CMCD"]
    return {key: value for key, _, value in (pair.partition("=") for pair in said.split(","))}


@pytest.mark.parametrize("manifest", ["dash", "hls"])
def test_each_segment_is_asked_for_with_what_the_player_says_and_is_served(
    person: Person, published: Published, manifest: str
) -> None:
    page = person()
    sign_in(page, published)
    answers: list[Response] = []
    asked: list[Request] = []
    page.on("response", lambda answer: answers.append(answer))
    page.on("request", lambda request: asked.append(request))
    with page.expect_response(lambda answer: answer.url.endswith("/play")) as playing:
        watch(page, published, manifest=manifest)
    session = playing.value.json()["data"]["session_id"]
    hold(page, 4)
    segments = [answer for answer in answers if "/v1/" in answer.url and ".m4s" in answer.url and "CMCD" in answer.url]
    assert segments
    assert {answer.status for answer in segments} <= {200, 206}
    for answer in segments:
        said = told(answer.url)
        assert (said["sid"], said["cid"]) == (f'"{session}"', f'"{published.title_id}"')
        assert (said["sf"], said["st"]) == (manifest[0], "v")
        assert list(said) == sorted(said)
        assert not [value for value in said.values() if "/" in value], "no address, in which there would be a ticket"
    media = [told(answer.url) for answer in segments if told(answer.url)["ot"] in ("v", "a")]
    assert all(int(said["d"]) > 0 for said in media)
    # In HLS nobody says what sound takes.
    assert all(int(said["br"]) > 0 for said in media if said["ot"] == "v" or manifest == "dash")
    assert "su" in media[0]
    assert any("bl" in said for said in media)
    assert any(int(said.get("mtp", "0")) > 0 for said in media)
    plain = [request.url for request in asked if "/api/" in request.url]
    assert not [url for url in plain if "CMCD" in url], "manifests and licenses are asked for as ever"
    assert not [request for request in asked if request.method == "OPTIONS"]
    is_told_to_the_house(published, session)
    operator = person()
    enter(operator, published, "fleet")
    operator.get_by_test_id("fleet-misses").press("Enter")
    expect(operator.get_by_test_id("misses-sum")).to_contain_text("came from where it best comes")
    expect(operator.get_by_test_id("misses-by-site").get_by_test_id("misses-row").first).to_be_visible()
    shot(operator, "console-fleet-misses")


def is_told_to_the_house(published: Published, session: str) -> None:
    """Edges account for it once a minute, by the session of its tickets."""
    service, token = published.service, published.service.operator()
    found: dict[str, Any] = {}

    def is_told() -> bool:
        found.update(service.call("GET", f"/edge/sessions/{session}", token=token)[1]["data"])
        return bool(found["edges"])

    wait_until(is_told)
    (edge,) = found["edges"]
    assert edge["requests"] > 0
    assert edge["outcomes"] == {"hit": edge["bytes"]}
    assert edge["throughput_kbps"] > 0
    (offer, *_) = found["offers"]
    assert offer["pathways"][0] == edge["appliance_id"]


def test_an_edge_that_fails_while_another_serves_is_named_to_the_house(person: Person, published: Published) -> None:
    page = person()
    sign_in(page, published)
    service = published.service
    edge = next(
        each
        for each in service.call("GET", "/edge/appliances", token=service.operator())[1]["data"]
        if each["kind"] != "origin"
    )

    def refuse(route: Route) -> None:
        route.abort()

    page.route(lambda url: url.startswith(edge["url"]), refuse)
    with page.expect_request(
        lambda request: request.url.endswith("/events") and '"pathway"' in (request.post_data or "")
    ) as naming:
        watch(page, published)
    (failing,) = [event for event in json.loads(naming.value.post_data or "[]") if event.get("pathway")]
    assert (failing["type"], failing["pathway"], failing["detail"]) == ("error", edge["id"], "network")
    page.wait_for_function(MOVED, arg=1)
