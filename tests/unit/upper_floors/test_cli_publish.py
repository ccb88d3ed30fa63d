"""What `matinee publish` says while it waits: for the studio, and for the appliances."""

import asyncio
import io
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from matinee.app.doors import Doors
from matinee.cli import main, publish
from matinee.cli.following import (
    NotPublished,
    PassingService,
    are_watchable,
    console,
    first_out,
    follow_trailers,
    news,
    show_filling,
    versions_of,
)
from matinee.cli.progress import Progress
from matinee.cli.publish import left_off, take_in
from matinee.cli.service_client import ServiceClient, ServiceRefused
from matinee.delivery.gateway.api import GatewayConfig
from matinee.kernel.errors import Unavailable
from matinee.kernel.network import Answer, NotReached, Outgoing, SystemNetwork
from matinee.studio.production.api import FindingStatus, VersionStatus
from matinee.wire.encoding import from_json, to_json
from tests.builders import NOON, SECOND
from tests.unit.doors import SetClock

MADE = VersionStatus("t", "Boat", "r1", "fast", "ready", "", 1.0, None, None, None, (), (), NOON, NOON)


class Fleet(ServiceClient):
    """A service whose appliances stand like this."""

    def __init__(self, appliances: Sequence[dict[str, Any]]) -> None:
        super().__init__("http://service.test", "token", Doors())
        self._appliances = appliances

    async def get(self, path: str, kind: type[Any]) -> Any:
        assert path == "/edge/appliances"
        return from_json(to_json(self._appliances), kind)


class Desk(ServiceClient):
    """A service with trailers, of which some lie on an appliance."""

    def __init__(self, trailers: Sequence[VersionStatus], placed: Sequence[str]) -> None:
        super().__init__("http://service.test", "token", Doors())
        self._trailers = {trailer.title_id: trailer for trailer in trailers}
        self._placed = placed

    async def get(self, path: str, kind: type[Any]) -> Any:
        if path == "/content/film/trailers":
            return from_json(to_json({"versions": list(self._trailers.values())}), kind)
        trailer = self._trailers[path.removeprefix("/catalog/titles/")]
        release = {"id": trailer.release_id, "placed": trailer.release_id in self._placed}
        title = {"id": trailer.title_id, "name": "Boat", "state": "available", "releases": [release]}
        return from_json(to_json(title), kind)


async def test_it_says_how_far_the_release_is_and_once_why_an_appliance_cannot_take_it() -> None:
    fills = [
        {"release_id": "r1", "bytes_done": 1, "bytes_total": 4, "error": None},
        {"release_id": "r2", "bytes_done": 4, "bytes_total": 4, "error": "Not ours to tell."},
    ]
    full = [{"release_id": "r1", "bytes_done": 0, "bytes_total": 0, "error": "The disk is full."}]
    client = Fleet([{"id": "flash-1", "filling": fills}, {"id": "flash-2", "filling": full}])
    said, told = io.StringIO(), set[str]()
    progress = Progress(said)
    for _ in range(2):
        await show_filling(client, MADE, progress, told)
    assert said.getvalue().splitlines() == [
        "  flash-2 does not get this release: The disk is full.",
        "fast release: placing it on the appliances: 25%",
    ]
    await client.close()


async def test_it_says_how_each_trailer_fares() -> None:
    shown, made, making = (
        replace(MADE, title_id=name, release_id=name, name=f"Boat: {name}") for name in ("shown", "made", "making")
    )
    making = replace(making, state="running")
    failed = replace(MADE, title_id="failed", name="Boat: scrap", state="failed", error="This is no film.")
    client, said = Desk([shown, made, making, failed], placed=["shown"]), io.StringIO()
    await follow_trailers(client, "film", Progress(said), waits=False)
    assert said.getvalue().splitlines() == [
        "  Boat: shown can be watched, from the page of its film.",
        "  Boat: made is made; it can be watched once an edge holds it.",
        "  Boat: making is still being made; the console's queue shows it.",
        "  Boat: scrap failed: This is no film.",
    ]
    await client.close()


def test_findings_are_told_with_their_severity_and_where_they_are_seen_unless_they_are_only_notes() -> None:
    note = FindingStatus("note", "rotated", "The picture was turned.")
    warning = FindingStatus("warning", "black", "The picture turns black.")
    waiting = replace(MADE, state="running", findings=(note, warning), waits_for="The disk is full.")
    assert news([waiting], "http://here/film") == [
        "note: The picture was turned.",
        "warning: The picture turns black.",
        "Pictures of it, and a button to reject it: http://here/film",
        "The disk is full.",
    ]
    assert news([replace(MADE, findings=(note,))], "http://here/film") == ["note: The picture was turned."]


def test_what_was_made_of_another_master_is_not_reported_as_this_one_s() -> None:
    begun = replace(MADE, edition="first")
    full = replace(begun, release_id="r2", profile="full")
    others = [replace(made, release_id=f"{made.release_id}-other", edition="second") for made in (full, begun)]
    assert versions_of(begun, [*others, full, begun]) == [begun, full]
    earlier = replace(full, created_at=NOON - SECOND)
    assert versions_of(begun, [begun, earlier]) == [begun, earlier]
    assert versions_of(begun, [begun, replace(earlier, state="canceled")]) == [begun]  # it will be made once more


class Shown(ServiceClient):
    """A service in which viewers get this release of two that an edge holds."""

    def __init__(self, current: str) -> None:
        super().__init__("http://service.test", "token", Doors())
        self._current = current

    async def get(self, path: str, kind: type[Any]) -> Any:
        placed = [{"id": name, "placed": True} for name in ("r1", "r2", "other")]
        title = {"id": "t", "name": "Boat", "state": "available", "releases": placed, "current_release": self._current}
        return from_json(to_json(title), kind)


@pytest.mark.parametrize("current", ["r1", "r2"])
async def test_a_film_can_be_watched_in_whichever_of_its_releases_viewers_get(current: str) -> None:
    client = Shown(current)
    assert await are_watchable(client, "t", {"r1"}, ours={"r1", "r2"})
    await client.close()


async def test_it_does_not_say_that_a_film_can_be_watched_while_viewers_get_another_master_s_release() -> None:
    client = Shown("other")
    with pytest.raises(NotPublished, match="viewers get another master's"):
        await are_watchable(client, "t", {"r1"}, ours={"r1", "r2"})
    await client.close()


async def test_that_the_first_release_is_out_is_said_with_where_while_the_other_is_waited_for() -> None:
    full = replace(MADE, release_id="r2", profile="full", state="running")
    client = Shown("r1")
    assert await first_out(client, "t", [MADE, full]) == "The fast release is out: http://service.test/title/t"
    other = Shown("other")
    assert await first_out(other, "t", [MADE, full]) == ""
    for each in (client, other):
        await each.close()


async def test_a_service_that_ends_with_the_command_is_not_pointed_at() -> None:
    client = PassingService("http://127.0.0.1:4242", "token", Doors(), Path("my films"))
    assert console(client, "#/film/t") == "the console that `matinee up --data 'my films'` brings"
    assert "http" not in left_off(client)
    assert "The same command" in left_off(Shown("r1"))
    await client.close()


def test_who_presses_ctrl_c_is_told_what_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def service(*_: object) -> ServiceClient:
        return Shown("r1")

    async def interrupted(*_: object) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()
        return "never"

    monkeypatch.setattr(publish, "find_service", service)
    monkeypatch.setattr(publish, "_publish", interrupted)
    film = tmp_path / "film.mov"
    film.write_bytes(b"frames")
    assert main(["publish", str(film), "--title", "Boat"]) == 130
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"{left_off(Shown('r1'))}\n"


class Busy(SystemNetwork):
    """A service that has no time for so many calls."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times, self.asked = times, 0

    async def fetch(self, request: Outgoing) -> Answer:
        self.asked += 1
        if self.asked <= self.times:
            return Answer(503, {}, b'{"detail": "Too busy."}')
        return Answer(200, {}, b'{"data": "told"}')


async def test_who_waits_asks_a_busy_service_again_and_not_for_ever() -> None:
    network = Busy(3)
    client = ServiceClient("http://service.test", "token", Doors(network=network, clock=SetClock()))
    assert await client.get("/title", str) == "told"
    assert network.asked == 4
    network.times, network.asked = 1000, 0
    with pytest.raises(ServiceRefused, match="Too busy"):
        await client.get("/title", str)
    assert 100 < network.asked < 200


async def test_what_changes_something_is_not_sent_twice() -> None:
    network = Busy(1)
    client = ServiceClient("http://service.test", "token", Doors(network=network, clock=SetClock()))
    with pytest.raises(ServiceRefused, match="Too busy"):
        await client.post("/titles", {}, str)
    assert network.asked == 1


class Reading(SystemNetwork):
    """A service that takes a large master in: each time it is asked, this is what comes of it, and then it is done."""

    def __init__(self, *outcomes: Answer | Unavailable) -> None:
        super().__init__()
        self._outcomes = list(outcomes)
        self.asked: list[Outgoing] = []

    async def fetch(self, request: Outgoing) -> Answer:
        self.asked.append(request)
        outcome = self._outcomes.pop(0) if self._outcomes else Answer(202, {}, to_json({"data": MADE}))
        if isinstance(outcome, Unavailable):
            raise outcome
        return outcome


TOO_LONG = Answer(503, {}, b'{"detail": "This took too long. Try again in a few seconds."}')


async def test_a_master_that_is_not_taken_in_within_one_call_is_asked_for_again_and_that_is_said() -> None:
    said = io.StringIO()
    network = Reading(TOO_LONG, TOO_LONG, Unavailable("The house did not answer: TimeoutError."))
    client = ServiceClient("http://service.test", "token", Doors(network=network, clock=SetClock()))
    order = {"master_url": "/api/v1/content/uploads/1"}
    assert await take_in(client, order, Progress(said)) == MADE
    assert [request.body for request in network.asked] == [to_json(order)] * 4
    assert said.getvalue().splitlines() == [
        "The service takes the film in.",
        "  It is not taken in yet, and asked for again until it is. This took too long. Try again in a few seconds.",
        "  It is not taken in yet, and asked for again until it is. The house did not answer: TimeoutError.",
    ]
    # Else the service would not be the one to say what took too long.
    assert all(request.timeout > GatewayConfig().deadline_intake for request in network.asked)


@pytest.mark.parametrize(
    "refusal", [NotReached("Nobody is there."), Answer(400, {}, b'{"detail": "This is not a video."}')]
)
async def test_who_is_gone_or_refuses_is_not_asked_again_to_take_a_master_in(refusal: Answer | Unavailable) -> None:
    network = Reading(refusal)
    client = ServiceClient("http://service.test", "token", Doors(network=network, clock=SetClock()))
    with pytest.raises((NotReached, ServiceRefused)):
        await take_in(client, {}, Progress(io.StringIO()))
    assert len(network.asked) == 1


async def test_a_service_that_stays_too_busy_to_take_a_master_in_is_not_asked_for_ever() -> None:
    network = Reading(*[TOO_LONG] * 1000)
    client = ServiceClient("http://service.test", "token", Doors(network=network, clock=SetClock()))
    with pytest.raises(ServiceRefused, match="too long"):
        await take_in(client, {}, Progress(io.StringIO()))
    assert 10 < len(network.asked) < 100
