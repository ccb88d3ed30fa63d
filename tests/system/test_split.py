"""The split house as an operator lives with it: every service a process. That any may be killed: test_crashes.py."""

import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from matinee.app.services import PROCESSES
from tests.running import Service, new_service, running, wait_until
from tests.system.split_house import Viewer, processes_of

pytestmark = pytest.mark.ffmpeg

_MPD = "{urn:mpeg:dash:schema:mpd:2011}"
PASSED_AROUND = ("gateway", *PROCESSES)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(new_service(tmp_path_factory.mktemp("split"), split=True)) as started:
        yield started


def test_a_film_is_published_found_and_played(house: Service, title: str, viewer: Viewer) -> None:
    found = house.call("GET", "/search?q=small", token=viewer.token, profile=viewer.profile)[1]["data"]["items"]
    assert [item["id"] for item in found] == [title]
    assert segment_arrives(house, title, viewer)


def test_calls_between_services_are_not_reachable_from_outside(house: Service, viewer: Viewer) -> None:
    for path in ("/rpc/members/find", "/api/v1/../../rpc/members/find", "/api/v1/..%2f..%2frpc/members/find"):
        request = urllib.request.Request(f"{house.url}{path}", method="POST", data=b'{"email":"x"}')
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=10)
        assert refused.value.code == 404, path


def test_a_service_answers_nobody_who_lacks_the_token_of_the_house(house: Service) -> None:
    address = next(line for line in house.log.read_text().splitlines() if line.startswith("members at "))
    url = address.split(" at ")[1]
    for path in ("/rpc/members/find", "/api/v1/profiles"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(f"{url}{path}", method="POST", data=b"{}"), timeout=10)
        assert refused.value.code == 403, path


def test_ctrl_c_ends_every_process_and_the_next_start_keeps_everything(tmp_path: Path) -> None:
    own = new_service(tmp_path, split=True)
    with running(own):
        parts = processes_of_all(own)
        account = own.call("GET", "/accounts/current", token=own.operator())[1]["data"]
        assert own.stop(signal.SIGINT) == 0
        assert not any(Path(f"/proc/{part}").exists() for part in parts)
        own.start()
        assert own.call("GET", "/accounts/current", token=own.operator())[1]["data"] == account


def test_when_the_supervisor_is_killed_its_processes_end_and_the_next_start_works(tmp_path: Path) -> None:
    own = new_service(tmp_path, split=True)
    with running(own):
        parts = processes_of_all(own)
        own.stop(signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{part}").exists() for part in parts), own.log)
        (own.data / "running.json").unlink()
        own.start()
        assert own.call("GET", "/accounts/current", token=own.operator())[0] == 200


def processes_of_all(house: Service) -> list[int]:
    found = [processes_of(house, name) for name in PASSED_AROUND]
    assert all(len(pids) == 1 for pids in found)
    return [pid for (pid,) in found]


def segment_arrives(house: Service, title: str, viewer: Viewer) -> bool:
    """Press play, read the manifest, and fetch what a player fetches first from the edge."""
    with suppress(OSError):
        command = {"title_id": title, "on_limit": "end_oldest"}
        status, plan = house.call("POST", "/play", command, token=viewer.token, profile=viewer.profile)
        if status != 200:
            return False
        manifest = ElementTree.fromstring(fetched(f"{house.url}{plan['data']['manifests']['dash']}", viewer))
        (base, *_) = [found.text for found in manifest.iter(f"{_MPD}BaseURL") if "://" in (found.text or "")]
        (track, *_) = manifest.iter(f"{_MPD}AdaptationSet")
        first = next(t.attrib["initialization"] for t in track.iter(f"{_MPD}SegmentTemplate"))
        name = next(track.iter(f"{_MPD}Representation")).attrib["id"]
        return len(fetched(f"{base}{first.replace('$RepresentationID$', name)}", None)) > 100
    return False


def fetched(url: str, viewer: Viewer | None) -> bytes:
    headers = {} if viewer is None else {"authorization": f"Bearer {viewer.token}", "x-matinee-profile": viewer.profile}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        body: bytes = answer.read()
        return body
