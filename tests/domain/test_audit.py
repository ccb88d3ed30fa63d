"""The audit trail and the help desk: what operators do is written down before it is done, and so is at whom they look."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from matinee.app.callers import CallerDesk
from matinee.app.http import answering
from matinee.app.mailbox import mailbox_routes
from matinee.app.settings import Settings
from matinee.control.members.api.audit import KEPT_DAYS, Act, Entry, Sought
from matinee.delivery.gateway.api import GatewayConfig
from matinee.delivery.gateway.service import Gateway
from matinee.kernel.errors import Unavailable
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import days, minutes
from tests.builders import make_new_title
from tests.house import RING, House, Member, open_house

NOBODY = "0190b0b0-0000-7000-8000-000000000000"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def operator(house: House) -> Member:
    return await house.add_member("desk@example.org", operator=True)


async def entries(house: House, **sought: Any) -> list[Entry]:
    return list((await house.audit.trail(Sought(**sought))).trail.entries)


async def test_what_an_operator_does_is_recorded_with_who_to_what_and_how_it_ended(
    house: House, operator: Member
) -> None:
    release = await house.add_film(make_new_title("The Lantern"))
    async with house.client(operator) as client:
        answer = await client.post(f"/api/v1/content/{release.title_id}/withdraw")
    assert answer.status_code == 200
    (entry,) = await entries(house, subject=release.title_id)
    assert (entry.act.action, entry.status) == ("POST /content/{title_id}/withdraw", 200)
    assert entry.act.actor == operator.account.id
    assert entry.act.request_id == answer.json()["meta"]["request_id"]


async def test_what_was_refused_is_recorded_too(house: House, operator: Member) -> None:
    async with house.client(operator) as client:
        answer = await client.post(f"/api/v1/content/{NOBODY}/withdraw")
    assert [entry.status for entry in await entries(house, subject=NOBODY)] == [answer.status_code]
    assert answer.status_code == 404


async def test_fields_are_recorded_by_name_and_never_with_what_they_say(house: House, operator: Member) -> None:
    release = await house.add_film()
    windows = [{"country": "DE", "start": None, "end": None, "plan_rank": 0, "offline": True}]
    async with house.client(operator) as client:
        await client.post(f"/api/v1/content/{release.title_id}/publish", json={"release_id": release.release_id})
        await client.put(f"/api/v1/content/{release.title_id}/rights", json=windows)
    found = await entries(house, subject=release.title_id)
    assert [entry.act.said for entry in found] == [(), ("release_id",)]


async def test_whom_a_body_names_is_recorded_and_nothing_else_that_it_says(house: House, operator: Member) -> None:
    release = await house.add_film()
    named = {"title_id": release.title_id, "reason": "a secret", "client_id": "two words"}
    chosen = {"select": {"ids": [release.title_id]}, "change": {"year": 1931}, "preview": True}
    async with house.client(operator) as client:
        await client.post("/api/v1/edge/purge", json=named)
        await client.post("/api/v1/catalog/bulk", json=chosen)
    found = await entries(house, subject=release.title_id)
    assert [(entry.act.action, entry.act.subjects) for entry in found] == [
        ("POST /catalog/bulk", (release.title_id,)),
        ("POST /edge/purge", (release.title_id,)),
    ]


async def test_looking_at_what_a_session_was_served_is_recorded(house: House, operator: Member) -> None:
    async with house.client(operator) as client:
        await client.get(f"/api/v1/edge/sessions/{NOBODY}")
    assert [entry.act.action for entry in await entries(house, subject=NOBODY)] == ["GET /edge/sessions/{session_id}"]


async def test_reading_letters_is_recorded(house: House, operator: Member) -> None:
    doors = [*house.routes, *mailbox_routes(house.mail)]
    app = answering(doors, RING.keys, house.clock, house.audit)
    settings = Settings(data=house.folder, country="DE")
    desk = CallerDesk(house.members, house.billing, RING, settings, house.clock, house.places)
    gateway = Gateway(app, desk, {}, GatewayConfig(body_max_bytes=1024), house.calls, house.ids)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://house.test") as client:
        answer = await client.get("/api/v1/mail/letters", headers=operator.headers)
    assert answer.status_code == 200
    assert [entry.act.action for entry in await entries(house)] == ["GET /mail/letters"]


async def test_a_file_is_not_read_for_its_fields(house: House, operator: Member) -> None:
    async with house.client(operator) as client:
        await client.post("/api/v1/catalog/import?dry_run=true", json={"words": 1})
        await client.post("/api/v1/catalog/bulk", json={"change": {}, "select": {}})
    said = {entry.act.action: entry.act.said for entry in await entries(house, actor=operator.account.id)}
    assert said == {"POST /catalog/bulk": ("change", "select"), "POST /catalog/import": ("dry_run",)}


async def test_nothing_is_done_that_cannot_be_recorded(
    house: House, operator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = await house.add_film()

    async def full(_act: Act) -> str:
        raise Unavailable("The disk is full.")

    monkeypatch.setattr(house.audit, "begin", full)
    async with house.client(operator) as client:
        refused = await client.post(f"/api/v1/content/{release.title_id}/withdraw")
    assert refused.status_code == 503
    assert (await house.catalog.desk_title(TitleId(release.title_id))).title.state == "available"


async def test_members_and_strangers_leave_no_entries_and_may_not_read_them(house: House) -> None:
    member = await house.add_member()
    async with house.client(member) as client:
        assert (await client.get("/api/v1/audit")).status_code == 403
        assert (await client.get("/api/v1/members")).status_code == 403
        assert (await client.post(f"/api/v1/content/{NOBODY}/withdraw")).status_code == 403
    async with house.client() as client:
        assert (await client.get("/api/v1/audit")).status_code == 401
    assert await entries(house) == []


async def test_looking_at_a_member_is_recorded_and_looking_at_titles_is_not(house: House, operator: Member) -> None:
    ada = await house.add_member()
    async with house.client(operator) as client:
        await client.get("/api/v1/content/titles")
        found = await client.get("/api/v1/members", params={"q": "ADA@"})
        dossier = await client.get(f"/api/v1/members/{ada.account.id}")
    assert [m["id"] for m in found.json()["data"]["members"]] == [ada.account.id]
    told = dossier.json()["data"]
    assert [p["name"] for p in told["profiles"]] == ["Ada"]
    assert [d["device"] for d in told["devices"]] == ["a test"]
    assert [entry.act.action for entry in await entries(house)] == ["GET /members/{account_id}", "GET /members"]


@pytest.mark.parametrize("kind", ["account", "profile", "address"])
async def test_a_member_is_found_by_any_of_their_names(house: House, operator: Member, kind: str) -> None:
    ada = await house.add_member("ada_100%@example.org")
    await house.add_member("adaX1000@example.org")
    text = {"account": ada.account.id, "profile": ada.profile.id, "address": "ADA_100%"}[kind]
    found = await house.member_desk.search(text)
    assert [account.id for account in found.accounts] == [ada.account.id]


async def test_members_are_paged_newest_first(house: House) -> None:
    made = []
    for number in range(5):
        house.clock.advance(minutes(1))
        made.append((await house.add_member(f"m{number}@example.org")).account.id)
    first = await house.member_desk.search("", limit=3)
    second = await house.member_desk.search("", limit=3, cursor=first.next_cursor)
    assert [a.id for a in (*first.accounts, *second.accounts)] == made[::-1]
    assert second.next_cursor is None


async def test_the_desk_signs_a_member_out_everywhere(house: House, operator: Member) -> None:
    ada = await house.add_member()
    async with house.client(operator) as client:
        assert (await client.delete(f"/api/v1/members/{ada.account.id}/sessions")).status_code == 204
    async with house.client(ada) as client:
        assert (await client.get("/api/v1/profiles")).status_code == 401


@pytest.mark.parametrize(
    "asked",
    [
        "/members?limit=0",
        "/members?limit=9999",
        "/members?cursor=%27%3B--",
        f"/members?q={'x' * 201}",
        "/members/none",
        "/audit?limit=-1",
        "/audit?cursor=zzz",
        "/audit?actor=%24%7B7*7%7D",
        "/audit?since=yesterday",
        f"/audit?subject={'x' * 201}",
    ],
)
async def test_bad_questions_get_a_clear_refusal(house: House, operator: Member, asked: str) -> None:
    async with house.client(operator) as client:
        answer = await client.get(f"/api/v1{asked}")
    assert answer.status_code == 400
    assert len(answer.json()["detail"]) > 10


async def test_the_trail_is_sought_by_actor_subject_action_and_time_and_paged(house: House) -> None:
    members = [await house.add_member(f"{name}@example.net") for name in ("eve", "kim")]
    begun = house.clock.now()
    for number in range(6):
        house.clock.advance(minutes(1))
        actor = members[number % 2].account.id
        entry = await house.audit.begin(Act(actor, f"POST /act/{number}", (f"thing-{number // 2}",)))
        await house.audit.finish(entry, 201)
        await house.audit.finish(entry, 500)
    assert [e.act.action[-1] for e in await entries(house, actor=members[0].account.id)] == ["4", "2", "0"]
    assert [e.act.action[-1] for e in await entries(house, subject="thing-1")] == ["3", "2"]
    assert [e.act.action[-1] for e in await entries(house, action="ACT/5")] == ["5"]
    late = await entries(house, since=begun + minutes(3), until=begun + minutes(5))
    assert [e.act.action[-1] for e in late] == ["3", "2"]
    first = await house.audit.trail(Sought(), limit=4)
    second = await house.audit.trail(Sought(), limit=4, cursor=first.trail.next_cursor)
    assert [e.act.action[-1] for e in (*first.trail.entries, *second.trail.entries)] == ["5", "4", "3", "2", "1", "0"]
    assert {e.status for e in first.trail.entries} == {201}
    assert {named.email for named in first.actors} == {"eve@example.net", "kim@example.net"}


async def test_entries_are_kept_for_two_years(house: House) -> None:
    await house.audit.begin(Act(None, "rights ended", ("a-title",)))
    house.clock.advance(days(KEPT_DAYS - 1))
    await house.audit.begin(Act(None, "rights ended", ("another",)))
    await house.audit.forget_old()
    assert len(await entries(house)) == 2
    house.clock.advance(days(2))
    await house.audit.forget_old()
    assert [entry.act.subjects for entry in await entries(house)] == [("another",)]
