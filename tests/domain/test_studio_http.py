"""Production's outside door: tus as its clients speak it, and a journey's answers."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar, Request, Response
from litestar.di import Provide

from matinee.kernel.clock import SystemClock
from matinee.kernel.errors import MatineeError
from matinee.kernel.quantities import days, to_epoch_ms
from matinee.studio.production.http import routes
from matinee.studio.production.store import Version, add_version
from matinee.wire.callers import Caller
from matinee.wire.problems import problem
from tests.domain.studio_house import TITLE, StudioHouse, stand_in, studio
from tests.media import film

pytestmark = pytest.mark.ffmpeg


def operator() -> Caller:
    return Caller("k", 0, "account", None, "DE", 18, "premium", 2, roles=("operator",))


def refused(_request: Request[Any, Any, Any], error: MatineeError) -> Response[Any]:
    status, body = problem(error, request_id="-")
    return Response(body, status_code=status)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[StudioHouse]:
    async with studio(tmp_path / "house") as opened:
        yield opened


@asynccontextmanager
async def opened_client(house: StudioHouse) -> AsyncIterator[httpx.AsyncClient]:
    app = Litestar(
        routes(house.production),
        dependencies={"operator": Provide(operator, sync_to_thread=False)},
        exception_handlers={MatineeError: refused},
    )
    # In the loop of the test, where the engines live: the framework's own test client would block it.
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar
    async with httpx.AsyncClient(transport=transport, base_url="http://studio.test") as opened:
        yield opened


@pytest.fixture
async def client(house: StudioHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with opened_client(house) as opened:
        yield opened


async def test_a_film_is_uploaded_in_two_parts_and_begins_its_journey(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    data = film(tmp_path / "m.mp4", seconds=1).read_bytes()
    words = {"filename": "m.mp4", "sha256": hashlib.sha256(data).hexdigest()}
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in words.items())
    begun = await client.post(
        "/content/uploads", headers={"upload-length": str(len(data)), "upload-metadata": metadata}
    )
    place = begun.headers["location"]
    assert (begun.status_code, begun.headers["tus-resumable"]) == (201, "1.0.0")
    for start, end in ((0, 1000), (1000, len(data))):
        assert (await client.head(place)).headers["upload-offset"] == str(start)
        headers = {"upload-offset": str(start), "content-type": "application/offset+octet-stream"}
        sent = await client.patch(place, headers=headers, content=data[start:end])
        assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(end))
    late = await client.patch(place, headers={**headers, "upload-offset": "7"}, content=b"x")
    assert (late.status_code, late.json()["offset"]) == (409, len(data))
    last = {"master_url": place, "profiles": ["fast"], "priority": 10_001}
    assert (await client.post("/content/ingest", json=last)).status_code == 400
    taken = await client.post("/content/ingest", json={**last, "priority": 50})
    assert taken.status_code == 202, taken.text
    title = taken.json()["title_id"]
    moved = await client.post(f"/content/{title}/priority", json={"priority": 1})
    assert [version["priority"] for version in moved.json()["versions"]] == [1]
    assert [worker["places"] for worker in (await client.get("/content/workers")).json()["workers"]] == [2]
    assert (await client.get("/content/queue")).json()["versions"][0]["title_id"] == title
    decided = await client.post(f"/content/{title}/qc-decision", json={"decision": "reject", "reason": "grain"})
    assert decided.json()["versions"][0]["state"] == "canceled"
    assert (await client.get("/content/queue")).json() == {"versions": []}


async def _sent(client: httpx.AsyncClient, data: bytes) -> str:
    words = f"sha256 {base64.b64encode(hashlib.sha256(data).hexdigest().encode()).decode()}"
    begun = await client.post("/content/uploads", headers={"upload-length": str(len(data)), "upload-metadata": words})
    place = begun.headers["location"]
    if begun.headers["upload-offset"] != str(len(data)):
        headers = {"upload-offset": "0", "content-type": "application/offset+octet-stream"}
        assert (await client.patch(place, headers=headers, content=data)).status_code == 204
    return place


async def test_a_master_lies_on_the_disk_once_and_its_upload_stays_complete(
    house: StudioHouse, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    data = film(tmp_path / "m.mp4", seconds=1).read_bytes()
    place = await _sent(client, data)
    uploads = house.root / "studio" / "uploads"
    assert [path.stat().st_size for path in uploads.iterdir()] == [len(data)]
    order = {"master_url": place, "profiles": ["fast"]}
    first = await client.post("/content/ingest", json=order)
    assert list(uploads.iterdir()) == []
    assert (await client.head(place)).headers["upload-offset"] == str(len(data))
    again = await client.post("/content/ingest", json={**order, "master_url": await _sent(client, data)})
    assert again.json()["release_id"] == first.json()["release_id"]
    assert await _sent(client, data) == place

    await house.production.delete(TITLE)  # then the bytes are gone, and are asked for anew
    assert (await client.head(place)).status_code == 404
    assert await _sent(client, data) != place


async def test_an_upload_is_forgotten_for_lying_idle_not_for_taking_long(
    house: StudioHouse, client: httpx.AsyncClient
) -> None:
    slow = (await client.post("/content/uploads", headers={"upload-length": "20"})).headers["location"]
    idle = (await client.post("/content/uploads", headers={"upload-length": "20"})).headers["location"]
    long_ago = sa.text("UPDATE studio_upload SET created_at = :then, active_at = :then")
    then = to_epoch_ms(SystemClock().now() - days(3))
    await house.database.write(lambda work: work.execute(long_ago, {"then": then}) and None)
    headers = {"upload-offset": "0", "content-type": "application/offset+octet-stream"}
    assert (await client.patch(slow, headers=headers, content=b"still coming")).status_code == 204
    await client.post("/content/uploads", headers={"upload-length": "20"})
    assert (await client.head(slow)).headers["upload-offset"] == "12"
    assert (await client.head(idle)).status_code == 404


async def test_nothing_is_begun_for_a_title_that_does_not_exist(
    house: StudioHouse, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    place = await _sent(client, film(tmp_path / "m.mp4", seconds=1).read_bytes())
    order = {"master_url": place, "title_id": "01a1fcc8-d294-7b94-9f37-1e199d590000"}
    assert (await client.post("/content/ingest", json=order)).status_code == 404
    assert await house.workflows.runs() == []
    assert await house.stored("masters/") == []


async def test_a_title_that_is_named_by_its_id_is_called_what_is_said_now(tmp_path: Path) -> None:
    data = stand_in(tmp_path / "m.film").read_bytes()
    async with studio(tmp_path / "house", stand_ins=True, workers=0) as house, opened_client(house) as client:
        order = {"master_url": await _sent(client, data), "title_id": TITLE}
        assert (await client.post("/content/ingest", json=order)).status_code == 202
        assert house.desk.described == {}
        for words in ({"synopsis": {"en": "A lamp."}}, {"rating": "G"}, {"cast": ["Ben"]}):
            refusal = await client.post("/content/ingest", json={**order, "metadata": words})
            assert (refusal.status_code, "say its names, too" in refusal.json()["detail"]) == (400, True)
        said = {"names": {"en": "Harbor of Paper"}, "synopsis": {"en": "A lamp."}, "rating": "G", "cast": ["Ben"]}
        assert (await client.post("/content/ingest", json={**order, "metadata": said})).status_code == 202
        found = house.desk.described[TITLE]
        assert (found.name, found.synopsis, found.rating, found.cast) == (
            "Harbor of Paper",
            {"en": "A lamp."},
            "G",
            ("Ben",),
        )


async def test_the_home_page_and_the_queue_read_nothing_of_what_is_long_made(house: StudioHouse) -> None:
    at = SystemClock().now()
    done = Version("r", TITLE, "run-of-long-ago", "e", "0" * 64, "fast", "Old", "no JSON at all", at, at)
    await house.database.write(lambda work: add_version(work, done) and None)
    assert await house.production.preparing() == ()
    assert await house.production.queue() == ()


async def test_a_title_is_deleted_by_who_says_its_name(
    house: StudioHouse, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    place = await _sent(client, film(tmp_path / "m.mp4", seconds=1).read_bytes())
    await client.post("/content/ingest", json={"master_url": place, "metadata": {"names": {"en": "Paper Harbor"}}})
    for guess in ("", "?name=Paper", "?name=paper+harbor"):
        refusal = await client.delete(f"/content/{TITLE}{guess}")
        assert refusal.status_code == 400
        assert "This deletes 'Paper Harbor' for good" in refusal.json()["detail"]
    assert (await client.delete(f"/content/{TITLE}?name=Paper+Harbor&reason=lost+rights")).status_code == 204
    assert (await client.delete(f"/content/{TITLE}?name=Paper+Harbor")).status_code == 404
    assert await house.stored("") == []
    assert await house.workflows.runs() == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://example.org/a.mp4", "/content/uploads/"])
async def test_a_master_is_never_fetched_from_elsewhere(client: httpx.AsyncClient, url: str) -> None:
    answer = await client.post("/content/ingest", json={"master_url": url})
    assert answer.status_code == 400
    assert "Upload the file first" in answer.json()["detail"]


async def test_what_was_never_in_production_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/content/01a1fcc8-d294-7b94-9f37-1e199d59939e/encoding-status")
    assert answer.status_code == 404
