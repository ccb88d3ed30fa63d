"""What a viewer and an operator get from the house in many processes is what they get from it in one."""

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from matinee.app.people import DEMO_EMAIL, DEMO_PASSWORD
from matinee.app.services import PROCESSES
from tests.running import Service, new_service, running, wait_until
from tests.system.split_house import Viewer, processes_of
from tests.system.test_demo_programme import preparing, promised

pytestmark = pytest.mark.ffmpeg


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that says all it does."""
    folder = tmp_path_factory.mktemp("parity")
    with running(new_service(folder, split=True, environment={"MATINEE_LOG_LEVEL": "debug"})) as started:
        yield started


def test_a_write_that_is_sent_again_under_its_key_is_done_once(house: Service, viewer: Viewer) -> None:
    first, again = (asked(house, viewer, "POST", "/profiles", {"name": "Ben"}, key="an-intention") for _ in range(2))
    assert first["data"] == again["data"]
    names = [profile["name"] for profile in asked(house, viewer, "GET", "/profiles")["data"]]
    assert names.count("Ben") == 1


def test_one_press_of_play_is_one_trace_through_every_service_it_asks(
    house: Service, title: str, viewer: Viewer
) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    command = {"title_id": title, "on_limit": "end_oldest"}
    asked(house, viewer, "POST", "/play", command, traceparent=f"00-{trace}-{parent}-01")
    wait_until(lambda: is_whole(spans_of(house, trace), parent), house.log)
    spans = spans_of(house, trace)
    by_id = {span["span_id"]: span for span in spans}
    (root,) = [span for span in spans if span["parent_span_id"] == parent]
    assert (root["service"], root["kind"], root["name"], root["outcome"]) == ("gateway", "server", "POST play", "200")
    ways = {(by_id[span["parent_span_id"]]["service"], span["service"]) for span in spans if span is not root}
    assert {("gateway", "playback"), ("playback", "catalog"), ("playback", "billing")} <= ways


def test_an_operator_reads_the_metrics_of_every_process_at_the_gateway(house: Service, viewer: Viewer) -> None:
    for name in PROCESSES:
        request = urllib.request.Request(f"{house.url}/metrics/{name}")
        request.add_header("authorization", f"Bearer {house.operator()}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
        assert "matinee_call_seconds" in text
        assert "matinee_http_requests_total{" not in text, "those are the gateway's"


def test_films_still_being_drawn_are_promised_also_by_a_studio_that_was_killed(tmp_path: Path) -> None:
    with running(new_service(tmp_path, split=True, demo=True)) as service:
        promised(service)
        assert service.process is not None
        (killed,) = processes_of(service, "production")
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: processes_of(service, "production") not in ([], [killed]), service.log)
        token = service.sign_in(DEMO_EMAIL, DEMO_PASSWORD)
        profile = service.call("GET", "/profiles", token=token)[1]["data"][0]["id"]
        wait_until(lambda: preparing(service, token, profile), service.log)


def is_whole(spans: list[dict[str, Any]], parent: str) -> bool:
    """Every process tells of its own part, in no order between them."""
    asked_by = {span["parent_span_id"] for span in spans}
    return parent in asked_by and asked_by <= {parent, *(span["span_id"] for span in spans)}


def spans_of(house: Service, trace: str) -> list[dict[str, Any]]:
    lines = [line for line in house.log.read_text().splitlines() if trace in line]
    return [found for line in lines if (found := json.loads(line))["event"] == "span"]


def asked(
    house: Service,
    viewer: Viewer,
    method: str,
    path: str,
    body: object = None,
    *,
    key: str | None = None,
    traceparent: str | None = None,
) -> Any:
    """The JSON of one call that must succeed, with headers of a viewer's client."""
    named = {"idempotency-key": key, "traceparent": traceparent, "content-type": "application/json"}
    headers = {name: value for name, value in named.items() if value is not None}
    headers |= {"authorization": f"Bearer {viewer.token}", "x-matinee-profile": viewer.profile}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{house.url}/api/v1{path}", method=method, headers=headers, data=data)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())
