"""The front door with the whole control plane behind it: one form of answer, one form of refusal, nothing let slip."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog

from matinee.app.callers import CallerDesk
from matinee.app.openapi import describe
from matinee.app.settings import Settings
from matinee.control.discovery.api import Preparing
from matinee.control.members.http import COOKIE_PLAIN
from matinee.delivery.gateway.api import WAITING, GatewayConfig, Receive, Scope, Send
from matinee.delivery.gateway.service import Gateway
from matinee.kernel import log
from matinee.kernel.context import deadline_monotonic
from matinee.kernel.policy import policy_of
from matinee.kernel.quantities import seconds
from matinee.studio.production.api import Production
from matinee.wire.callers import HEADER, Caller
from matinee.wire.tickets import KeyRing, sign
from tests.builders import an_id, make_new_title
from tests.house import AGENT_TOKEN, BODY_MAX_BYTES, PASSWORD, RING, House

PROBLEM = "application/problem+json"
API = "/api/v1"


def _is_problem(answer: httpx.Response, status: int, name: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith(PROBLEM)
    body: dict[str, Any] = answer.json()
    assert body["type"].rsplit("/", 1)[-1] == name
    assert body["status"] == status
    assert body["detail"].endswith((".", "'", "]")) or body["detail"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    return body


def _operations(document: dict[str, Any], method: str | None = None) -> Iterator[tuple[str, str]]:
    for path, item in document["paths"].items():
        for verb in item:
            if verb in ("get", "post", "put", "patch", "delete") and method in (None, verb):
                yield verb, path


def _filled(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], an_id(99)), path)


async def test_every_answer_has_the_envelope_the_request_id_and_the_security_headers(house: House) -> None:
    member = await house.add_member()
    async with house.client(member) as client:
        answer = await client.get(f"{API}/profiles", headers={"x-request-id": "from-the-client-1"})
        made = await client.get(f"{API}/profiles", headers={"x-request-id": "not ok\x7f"})
    body = answer.json()
    assert [p["name"] for p in body["data"]] == ["Ada"]
    assert body["meta"]["request_id"] == answer.headers["x-request-id"] == "from-the-client-1"
    assert re.fullmatch(r"[0-9a-f-]{36}", made.headers["x-request-id"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_every_kind_of_error_is_a_problem(house: House) -> None:
    member = await house.add_member()
    async with house.client(member) as client, house.client() as stranger:
        _is_problem(await client.get(f"{API}/nothing/here"), 404, "not-found")
        refused = await client.put(f"{API}/profiles")
        _is_problem(refused, 405, "method-not-allowed")
        assert {"GET", "POST"} <= set(refused.headers["allow"].split(", "))
        _is_problem(await client.get("/api/elsewhere"), 404, "not-found")
        _is_problem(await client.post("/index.html"), 404, "not-found")
        _is_problem(await client.get("/no.such.file.js"), 404, "not-found")
        _is_problem(await client.post(f"{API}/play", content=b"{broken"), 400, "invalid-input")
        _is_problem(await client.post(f"{API}/play", json={"title_id": 5}), 400, "invalid-input")
        _is_problem(await client.post(f"{API}/play", json={}), 400, "invalid-input")
        _is_problem(await client.get(f"{API}/search?limit=many"), 400, "invalid-input")
        _is_problem(await client.get(f"{API}/titles/not-an-id/metadata"), 400, "invalid-input")
        _is_problem(await client.get(f"{API}/titles/{an_id(5)}/metadata"), 404, "title-not-found")
        _is_problem(await client.get(f"{API}/catalog/titles"), 403, "not-allowed")
        _is_problem(await stranger.get(f"{API}/profiles"), 401, "not-signed-in")
        _is_problem(await stranger.post(f"{API}/licenses/clearkey", json={"kids": []}), 401, "not-signed-in")


async def test_a_body_that_is_too_large_is_refused_however_it_is_sent(house: House) -> None:
    member = await house.add_member()
    large = b'{"name": "' + b"x" * BODY_MAX_BYTES + b'"}'

    async def in_chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 4096):
            yield large[start : start + 4096]

    async with house.client(member) as client:
        _is_problem(await client.post(f"{API}/profiles", content=large), 413, "body-too-large")
        _is_problem(await client.post(f"{API}/profiles", content=in_chunks()), 413, "body-too-large")
        lying = await client.post(f"{API}/profiles", content=large, headers={"content-length": "10"})
        _is_problem(lying, 413, "body-too-large")
        wrong = await client.post(f"{API}/profiles", content=b"{}", headers={"content-length": "-1"})
        _is_problem(wrong, 400, "invalid-input")


async def test_a_body_that_is_nested_without_end_is_refused_in_a_sentence(house: House) -> None:
    member = await house.add_member()
    deep = b'{"name": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    async with house.client(member) as client:
        answer = await client.post(f"{API}/profiles", content=deep, headers={"content-type": "application/json"})
        _is_problem(answer, 400, "invalid-input")


async def test_another_sites_page_cannot_act_with_this_browsers_sign_in(house: House) -> None:
    member = await house.add_member()
    async with house.client() as browser:
        browser.cookies.set(COOKIE_PLAIN, member.token)
        new = {"name": "Mallory"}
        for foreign in (
            {"origin": "http://evil.test"},
            {"origin": "null"},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site", "origin": "http://house.test"},
        ):
            _is_problem(await browser.post(f"{API}/profiles", json=new, headers=foreign), 403, "foreign-origin")
        own = await browser.post(f"{API}/profiles", json=new, headers={"origin": "http://house.test"})
        assert own.status_code == 201
    assert len(await house.members.profiles(member.account.id)) == 2


async def test_a_caller_ticket_that_ran_out_on_its_way_signs_nobody_out(house: House) -> None:
    """A service that is starved reads it late. The viewer is still signed in."""
    member = await house.add_member()
    before = int(house.clock.now().timestamp()) - 1
    late = Caller("control", before, member.account.id, member.profile.id, "DE", 18, "premium", 2)
    forged = sign(late, KeyRing("control", {"control": b"x" * 32}))
    inside = httpx.ASGITransport(house.app)  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar
    async with httpx.AsyncClient(transport=inside, base_url="http://house.test") as client:
        answer = await client.get(f"{API}/profiles", headers={HEADER: sign(late, RING)})
        refused = await client.get(f"{API}/profiles", headers={HEADER: forged})
    assert (answer.status_code, refused.status_code) == (503, 401)


async def test_a_caller_ticket_from_outside_is_never_believed(house: House) -> None:
    member = await house.add_member()
    exp = int(house.clock.now().timestamp()) + 5
    caller = Caller("control", exp, member.account.id, member.profile.id, "DE", 18, "premium", 2, ("operator",))
    forged = sign(caller, KeyRing("control", {"control": b"x" * 32}))
    genuine = sign(caller, RING)  # even one that leaked
    async with house.client() as stranger, house.client(member) as signed_in:
        for ticket in (forged, genuine):
            for name in (HEADER, HEADER.upper()):
                answer = await stranger.get(f"{API}/catalog/titles", headers={name: ticket})
                _is_problem(answer, 401, "not-signed-in")
                answer = await signed_in.get(f"{API}/catalog/titles", headers={name: ticket})
                _is_problem(answer, 403, "not-allowed")


async def test_signing_in_sets_a_cookie_scripts_cannot_read_and_signing_out_ends_it(house: House) -> None:
    await house.add_member("ada@example.org")
    async with house.client() as browser:
        answer = await browser.post(f"{API}/sessions", json={"email": "ada@example.org", "password": PASSWORD})
        assert answer.status_code == 201
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        token = browser.cookies[COOKIE_PLAIN]
        assert token not in answer.text
        assert (await browser.get(f"{API}/sessions")).status_code == 200
        assert (await browser.delete(f"{API}/sessions/current")).status_code == 200
    house.clock.advance(seconds(5))  # a caller ticket's life
    async with house.client() as thief:
        thief.cookies.set(COOKIE_PLAIN, token)
        _is_problem(await thief.get(f"{API}/sessions"), 401, "not-signed-in")


async def test_a_profile_of_another_account_is_refused_but_a_left_over_cookie_only_chooses_nobody(house: House) -> None:
    mine, other = await house.add_member(), await house.add_member("eve@example.org")
    async with house.client(mine) as client:
        answer = await client.get(f"{API}/browse/home", headers={"x-matinee-profile": other.profile.id})
        _is_problem(answer, 404, "profile-not-found")
    async with house.client() as browser:
        browser.cookies.set(COOKIE_PLAIN, mine.token)
        browser.cookies.set("matinee-profile", other.profile.id)
        assert (await browser.get(f"{API}/profiles")).status_code == 200
        _is_problem(await browser.get(f"{API}/browse/home"), 400, "invalid-input")


async def test_pressing_play_over_http_and_opening_the_license(house: House) -> None:
    film, member = await house.add_film(), await house.add_member()
    keys = await house.drm.keys_for(film.release_id, ["sd", "audio"])  # type: ignore[arg-type]  # an id, written as text
    async with house.client(member) as client:
        play = {"title_id": film.title_id, "profile_id": member.profile.id, "device": {"type": "web"}}
        plan = (await client.post(f"{API}/play", json=play)).json()["data"]
        mpd = await client.get(plan["manifests"]["dash"])
        assert mpd.headers["content-type"].startswith("application/dash+xml")
        assert "no-store" in mpd.headers["cache-control"]
        assert mpd.text.startswith("<?xml")
        assert (await client.get(plan["manifests"]["hls"])).text.startswith("#EXTM3U")
        session = f"{API}/playback/sessions/{plan['session_id']}"
        beat = await client.post(f"{session}/heartbeat", json={"position_ms": 1000})
        assert (beat.status_code, beat.content) == (204, b"")
        token = {"authorization": f"Bearer {plan['drm']['token']}"}
        key = await client.get(f"{API}/licenses/clearkey/keys/{keys[0].key_id}", headers=token)
        assert key.content == keys[0].key
        assert key.headers["cache-control"] == "no-store"
        stop = [{"type": "stop", "position_ms": 1, "at": "2026-11-21T12:00:00Z"}]
        assert (await client.post(f"{session}/events", json=stop)).status_code == 204
        ended = _is_problem(await client.post(f"{session}/heartbeat", json={"position_ms": 1000}), 409, "session-ended")
        assert ended["reason"] == "stopped"


async def test_a_refusal_for_too_many_screens_names_them_and_the_way_out(house: House) -> None:
    film, member = await house.add_film(), await house.add_member(plan="basic")
    async with house.client(member) as client:
        play = {"title_id": film.title_id}
        first = (await client.post(f"{API}/play", json=play)).json()["data"]
        refused = _is_problem(await client.post(f"{API}/play", json=play), 409, "too-many-streams")
    assert refused["upgrade_to"] == "standard"
    assert [s["session_id"] for s in refused["active_streams"]] == [first["session_id"]]


async def test_a_child_walks_every_address_and_never_meets_what_is_not_for_it(house: House) -> None:
    await house.add_film(make_new_title("Mild Harbour", rating="G"))
    harsh = await house.add_film(make_new_title("Harsh Harbour", rating="R"))
    house.studio.films.append(Preparing("Harsh Premiere", "encode", 0.5, 17, is_announced=True))
    member = await house.add_member(kids=True)
    await house.members.list_title(member.profile.id, harsh.title_id)  # type: ignore[arg-type]  # an id, written as text
    values = {"title_id": harsh.title_id, "profile_id": member.profile.id, "name": "poster.jpg"}
    walked = 0
    async with house.client(member) as client:
        for _, path in _operations(describe(house.app), "get"):
            answer = await client.get(_filled(path, values), params={"q": "harbour", "limit": 50})
            assert answer.status_code < 500, path
            assert harsh.title_id not in answer.text, path
            assert "Harsh" not in answer.text, path
            walked += 1
        mild = await client.get(f"{API}/search", params={"q": "harbour"})
        assert [c["name"] for c in mild.json()["data"]["items"]] == ["Mild Harbour"]
        _is_problem(await client.post(f"{API}/play", json={"title_id": harsh.title_id}), 404, "title-not-found")
    assert walked >= 15


@pytest.mark.parametrize(
    "device", [{"codecs": ["x"] * 33}, {"drm": ["x" * 65]}, {"audio": ["x"] * 999}, {"hdcp": "x" * 65}]
)
async def test_what_a_device_says_of_itself_is_bounded(house: House, device: dict[str, object]) -> None:
    film, member = await house.add_film(), await house.add_member()
    async with house.client(member) as client:
        answer = await client.post(f"{API}/play", json={"title_id": film.title_id, "device": device})
        _is_problem(answer, 400, "invalid-input")


async def test_leaving_the_profile_out_is_no_way_in(house: House) -> None:
    harsh = await house.add_film(make_new_title("Harsh Harbour", rating="PG-13"))
    member = await house.add_member()
    async with house.client() as client:
        bare = {"authorization": f"Bearer {member.token}"}
        answer = await client.get(f"{API}/search", params={"q": "harbour"}, headers=bare)
        assert answer.json()["data"]["items"] == []
        answer = await client.get(f"{API}/titles/{harsh.title_id}/metadata", headers=bare)
        _is_problem(answer, 404, "title-not-found")


HOSTILE: tuple[object, ...] = (
    None,
    [],
    {},
    "\x00",
    "ü" * 5000,
    "' OR 1=1; --",
    -1,
    2**70,
    10**400,
    1e308,
    [None],
    [{}],
    {"title_id": None},
)
HOSTILE_FIELDS: tuple[object, ...] = (
    None,
    "\x00‮\u2028",
    "9" * 4000,
    2**70,
    -(2**63),
    [],
    {},
    [[[[]]]],
    "0001-01-01T00:00:00+14:00",
)


def _hostile_bodies(document: dict[str, Any], operation: dict[str, Any], valid: dict[str, Any]) -> Iterator[object]:
    """Whole bodies that are wrong, then right ones with one field wrong."""
    yield from HOSTILE
    content = operation.get("requestBody", {}).get("content", {})
    for described in content.values():
        schema = described["schema"]
        is_list = schema.get("type") == "array"
        name = (schema["items"] if is_list else schema).get("$ref", "").rsplit("/", 1)[-1]
        properties = document["components"]["schemas"].get(name, {}).get("properties", {})
        right = {field: valid[field] for field in properties if field in valid}
        for field in properties:
            for wrong in HOSTILE_FIELDS:
                body = {**right, field: wrong}
                yield [body] if is_list else body


async def test_hostile_input_is_refused_and_never_breaks_anything(house: House) -> None:
    film = await house.add_film()
    member = await house.add_member(operator=True)
    async with house.client(member) as client:
        plan = (await client.post(f"{API}/play", json={"title_id": film.title_id})).json()["data"]
        good = {"session_id": plan["session_id"], "title_id": film.title_id, "profile_id": member.profile.id}
        valid: dict[str, Any] = {"title_id": film.title_id, "kids": [], "email": "a@b.cc", "password": "x" * 12}
        valid |= {"position_ms": 1, "at": "2026-11-21T12:00:00Z", "type": "seek", "name": "A"}
        valid |= {"appliance_id": "a", "kind": "flash", "sequence": 1, "boot_id": "b", "releases": [], "load": 0.5}
        valid |= {"bytes_held": 1, "bytes_free": 1, "url": "http://a.test"}
        document = describe(house.app)
        sent, broken = 0, []
        for verb, path in _operations(document):
            if verb in ("get", "delete"):
                continue
            shown = AGENT_TOKEN if "/agent/" in path else plan["drm"]["token"] if "/licenses/" in path else member.token
            for body in _hostile_bodies(document, document["paths"][path][verb], valid):
                answer = await client.request(
                    verb, _filled(path, good), content=_json(body), headers={"authorization": f"Bearer {shown}"}
                )
                if answer.status_code >= 500:
                    broken.append((verb, path, str(body)[-200:]))
                sent += answer.status_code == 400
        assert sent > 300
        for device in ({"max_height": 2**70}, {"max_height": -(2**70)}, {"codecs": ["x" * 50_000]}, {"audio": [None]}):
            answer = await client.post(f"{API}/play", json={"title_id": film.title_id, "device": device})
            if answer.status_code >= 500:
                broken.append(("post", "/play", str(device)[:200]))
        for bad in ("%00", "%ff", "..", "a" * 3000, "%F0%9F%8E%AC", "0" * 36):
            for verb, path in _operations(describe(house.app), "get"):
                answer = await client.request(verb, re.sub(r"\{\w+\}", bad, path), params={"q": bad, "limit": bad})
                if answer.status_code >= 500:
                    broken.append((verb, path, bad[:200]))
        assert (await client.get(f"{API}/browse/home")).status_code == 200
        assert (await client.get(f"{API}/search")).status_code == 200
    assert broken == []


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


async def test_the_openapi_document_is_whole(house: House) -> None:
    async with house.client() as client:
        document = (await client.get("/api/docs")).json()
    assert document["openapi"].startswith("3.")
    assert set(document["info"]) >= {"title", "version"}
    seen: set[str] = set()
    for verb, path in _operations(document):
        operation = document["paths"][path][verb]
        assert path.startswith(API), path
        assert operation["summary"], path
        assert operation["operationId"] not in seen
        seen.add(operation["operationId"])
        assert PROBLEM in operation["responses"]["default"]["content"]
        named = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"\{(\w+)\}", path)), path
        assert "caller" not in named
    known = document["components"]["schemas"]
    for reference in re.findall(r'"#/components/schemas/([^"]+)"', _json(document).decode()):
        assert reference in known


async def test_secrets_are_never_logged(house: House) -> None:
    film, member = await house.add_film(), await house.add_member("ada@example.org")
    heard = io.StringIO()
    log.configure(level="debug", stream=heard)
    try:
        async with house.client(member) as client:
            plan = (await client.post(f"{API}/play", json={"title_id": film.title_id})).json()["data"]
            mpd = (await client.get(plan["manifests"]["dash"])).text
            await client.post(f"{API}/sessions", json={"email": "ada@example.org", "password": PASSWORD})
            await client.post(f"{API}/sessions", json={"email": "ada@example.org", "password": 17})
            await client.post(f"{API}/edge/agent/health", json={}, headers={"authorization": f"Bearer {AGENT_TOKEN}"})
            await house.database.close()  # from here on everything fails, and is logged
            broken = await client.get(f"{API}/profiles", headers={"x-request-id": "the-broken-one"})
            await client.post(f"{API}/sessions", json={"email": "ada@example.org", "password": PASSWORD})
            license_ = {"authorization": f"Bearer {plan['drm']['token']}"}
            await client.post(f"{API}/licenses/clearkey", json={"kids": ["AA"]}, headers=license_)
    finally:
        structlog.reset_defaults()
    assert broken.status_code == 503
    _is_problem(broken, 503, "unavailable")
    assert heard.getvalue()
    ticket = re.findall(r"/v1/([\w.-]{40,})/", mpd)[0]
    for secret in (PASSWORD, member.token, AGENT_TOKEN, ticket, plan["drm"]["token"]):
        assert secret not in heard.getvalue()


async def test_pages_health_and_metrics_answer_at_the_same_door(house: House) -> None:
    async with house.client() as client:
        assert (await client.get("/")).text == "<html>"
        assert (await client.get("/title/whatever.it.is")).text == "<html>"
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        house.gateway.ready = True
        assert (await client.get("/readyz")).status_code == 200


async def test_metrics_are_for_operators(house: House) -> None:
    member, operator = await house.add_member(), await house.add_member("op@example.org", operator=True)
    async with house.client() as anyone, house.client(member) as viewer, house.client(operator) as desk:
        _is_problem(await anyone.get("/metrics"), 401, "not-signed-in")
        _is_problem(await viewer.get("/metrics"), 403, "not-allowed")
        assert "matinee_http_requests_total" in (await desk.get("/metrics")).text


async def test_the_pages_may_fetch_from_the_edges_that_reported(house: House) -> None:
    await house.edges_report()
    house.gateway.allow_edges([a.origin for a in await house.steering.appliances()])
    async with house.client() as client:
        policy = (await client.get("/")).headers["content-security-policy"]
    assert "connect-src 'self' http://flash-1.test http://origin-1.test" in policy


async def test_only_pages_name_the_edges_for_hundreds_of_them_do_not_fit_into_an_agent_s_header(house: House) -> None:
    house.gateway.allow_edges([f"https://edge-{number}.example.org" for number in range(1000)])
    async with house.client() as client:
        for path in (f"{API}/edge/agent/health", "/api/docs", "/metrics"):
            policy = (await client.get(path)).headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "edge-1.example.org" not in policy


async def test_who_waits_for_tombstones_is_no_load(house: House) -> None:
    arrived, news = asyncio.Semaphore(0), asyncio.Event()

    async def control(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == WAITING:
            arrived.release()
            await news.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    callers = CallerDesk(house.members, house.billing, RING, Settings(data=house.folder), house.clock)
    small = Gateway(control, callers, {}, GatewayConfig(in_flight_max=1), house.clock, house.ids)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(small), base_url="http://house.test") as client:
        questions = [asyncio.ensure_future(client.post(WAITING)) for _ in range(3)]
        for _ in questions:
            await arrived.acquire()
        assert (await client.get(f"{API}/billing/plans")).status_code == 200
        news.set()
        assert [(await question).status_code for question in questions] == [200, 200, 200]


async def test_a_full_service_still_hears_its_edges_and_its_viewers(house: House) -> None:
    member = await house.add_member()
    full = Gateway(
        house.app,  # type: ignore[arg-type]  # ASGI's dictionaries, typed more narrowly by Litestar
        CallerDesk(house.members, house.billing, RING, Settings(data=house.folder), house.clock),
        {},
        GatewayConfig(in_flight_max=0),
        house.clock,
        house.ids,
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(full), base_url="http://house.test", headers=member.headers
    ) as client:
        _is_problem(await client.get(f"{API}/profiles"), 503, "overloaded")
        _is_problem(await client.post(f"{API}/sessions", json={}), 503, "overloaded")
        beat = await client.post(f"{API}/playback/sessions/{an_id(7)}/heartbeat", json={"position_ms": 1})
        report = await client.post(f"{API}/edge/agent/health", json={})
    assert beat.status_code == 404
    assert report.status_code in (400, 401, 403)


async def test_taking_a_master_in_is_given_the_time_that_a_hundred_gigabytes_take(house: House) -> None:
    left: dict[str, float] = {}

    async def control(scope: Scope, receive: Receive, send: Send) -> None:
        left[scope["path"]] = (deadline_monotonic.get() or 0) - house.clock.monotonic()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    desk = CallerDesk(house.members, house.billing, RING, Settings(data=house.folder), house.clock)
    gateway = Gateway(control, desk, {}, GatewayConfig(), house.clock, house.ids)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://house.test") as client:
        for path in ("content/ingest", "content/ingests", "titles"):
            await client.get(f"{API}/{path}")
    least_s = 2 * 100e9 / 50e6  # read twice at 50 MB a second
    assert left[f"{API}/content/ingest"] >= policy_of(Production.ingest).timeout.total_seconds() > least_s
    assert left[f"{API}/titles"] < left[f"{API}/content/ingests"] < least_s


async def test_it_is_not_ready_while_work_in_the_background_keeps_failing(house: House) -> None:
    house.gateway.ready = True
    async with house.client() as client:
        assert (await client.get("/readyz")).status_code == 200
        house.gateway.failing = lambda: ("studio",)
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "failing: studio")
        assert (await client.get("/healthz")).status_code == 200


async def test_a_write_that_is_repeated_under_its_key_is_answered_again_and_not_done_again(house: House) -> None:
    ada, eve = await house.add_member(), await house.add_member("eve@example.org")
    release = await house.add_film()
    once = {"idempotency-key": "an-intention"}
    async with house.client(ada) as client, house.client(eve) as other:
        plays = [await client.post(f"{API}/play", json={"title_id": release.title_id}, headers=once) for _ in range(2)]
        sessions = [p.json()["data"]["session_id"] for p in plays]
        assert sessions[0] == sessions[1]
        fresh = await client.post(f"{API}/play", json={"title_id": release.title_id})
        theirs = await other.post(f"{API}/play", json={"title_id": release.title_id}, headers=once)
        assert len({sessions[0], fresh.json()["data"]["session_id"], theirs.json()["data"]["session_id"]}) == 3
        added = [await client.post(f"{API}/profiles", json={"name": "Ben"}, headers=once) for _ in range(2)]
        assert [a.status_code for a in added] == [201, 201]
        assert added[0].json()["data"] == added[1].json()["data"]
        listed = (await client.get(f"{API}/profiles")).json()["data"]
        assert sorted(p["name"] for p in listed) == ["Ada", "Ben"]  # made in one instant, so in either order


async def test_a_secret_is_not_kept_to_answer_the_same_request_again(house: House) -> None:
    member = await house.add_member()
    once = {"idempotency-key": "an-intention"}
    async with house.client(member) as client:
        seeds = [await client.post(f"{API}/accounts/current/mfa/totp", headers=once) for _ in range(2)]
        assert [s.status_code for s in seeds] == [201, 201]
        assert len({s.json()["data"]["secret"] for s in seeds}) == 2
        proved = await client.post(f"{API}/sessions/step-up", json={"password": PASSWORD}, headers=once)
        assert (proved.status_code, proved.headers["cache-control"]) == (200, "no-store")


async def test_what_failed_under_a_key_is_tried_again(house: House) -> None:
    member = await house.add_member()
    once = {"idempotency-key": "an-intention"}
    async with house.client(member) as client:
        assert (await client.post(f"{API}/profiles", json={"name": ""}, headers=once)).status_code == 400
        assert (await client.post(f"{API}/profiles", json={"name": "Ben"}, headers=once)).status_code == 201
