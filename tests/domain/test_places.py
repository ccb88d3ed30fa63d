"""Where a viewer is, from the front door on: what is seen there, what is told, and who is believed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from matinee.app.callers import CallerDesk
from matinee.app.settings import Settings, read_settings
from matinee.control.catalog.api import Viewer, Window
from matinee.delivery.gateway.api import GatewayConfig
from matinee.delivery.gateway.service import Gateway
from matinee.engines.geo.port import Place
from matinee.kernel.errors import InvalidInput, Unavailable
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.quantities import days, hours, minutes
from tests.house import RING, House, Member, open_house

API = "/api/v1"
GERMANY, FRANCE, JAPAN, MACHINE = "85.214.1.1", "90.1.1.1", "133.1.1.1", "203.0.113.9"
NETWORKS = {"85.214.0.0/15": Place("DE"), "90.0.0.0/9": Place("FR"), "133.0.0.0/8": Place("JP")}


@pytest.fixture
async def abroad(tmp_path: Path) -> AsyncIterator[House]:
    """A house that knows three networks, and one that only machines use."""
    suspects = tmp_path / "suspects.txt"
    suspects.write_text("203.0.113.0/24 vpn Hide Me\n")
    async with open_house(tmp_path, suspects=suspects) as house:
        house.geo.networks = NETWORKS
        yield house


@asynccontextmanager
async def _at(house: House, address: str, member: Member) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(house.gateway, client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test", headers=member.headers) as client:
        yield client


async def _found(house: House, address: str, member: Member) -> list[str]:
    async with _at(house, address, member) as client:
        answer = await client.get(f"{API}/search", params={"q": "film"})
        assert answer.status_code == 200
        return [item["name"] for item in answer.json()["data"]["items"]]


async def test_the_address_decides_what_may_be_watched(abroad: House) -> None:
    german, french = await abroad.add_film(), await abroad.add_film()
    everywhere = await abroad.add_film()
    await abroad.rights.set_plan(TitleId(german.title_id), [Window("DE")])
    await abroad.rights.set_plan(TitleId(french.title_id), [Window("FR")])
    await abroad.rights.set_plan(TitleId(everywhere.title_id), [Window()])
    member = await abroad.add_member()
    assert set(await _found(abroad, GERMANY, member)) == {"Film 1", "Film 3"}
    assert set(await _found(abroad, FRANCE, member)) == {"Film 2", "Film 3"}
    assert await _found(abroad, MACHINE, member) == ["Film 3"]
    assert set(await _found(abroad, "127.0.0.1", member)) == {"Film 1", "Film 3"}  # as on a laptop
    assert set(await _found(abroad, "192.168.1.7", member)) == {"Film 1", "Film 3"}


async def test_who_is_refused_behind_a_vpn_is_told_why_and_what_to_do(abroad: House) -> None:
    film = await abroad.add_film()
    await abroad.rights.set_plan(TitleId(film.title_id), [Window("DE")])
    member = await abroad.add_member()
    async with _at(abroad, MACHINE, member) as client:
        answer = await client.post(f"{API}/play", json={"title_id": film.title_id, "profile_id": member.profile.id})
        place = (await client.get(f"{API}/sessions/place")).json()["data"]
    assert answer.status_code == 404
    assert "comes through a VPN or proxy (Hide Me)" in answer.json()["detail"]
    assert "Turn it off" in answer.json()["detail"]
    assert (place["country"], place["suspicion"]) == ("XX", "vpn")


async def test_the_first_use_in_another_country_is_told_once(abroad: House) -> None:
    member = await abroad.add_member()
    for address in (GERMANY, FRANCE, FRANCE, GERMANY, FRANCE):
        abroad.clock.advance(minutes(50))
        await _found(abroad, address, member)
    page = await abroad.notices.shown(Viewer("DE", 18, 2), member.account.id, ProfileId(member.profile.id), kids=False)
    assert [(n.kind, dict(n.values)) for n in page.notices] == [("new_country", {"country": "FR"})]
    seen = await abroad.places.seen(member.account.id)
    assert [s.country for s in seen] == ["FR", "DE"]


async def test_an_account_in_three_countries_within_a_day_is_told_of_to_the_operator(abroad: House) -> None:
    member = await abroad.add_member()
    for address in (GERMANY, FRANCE, JAPAN):
        abroad.clock.advance(hours(2))
        found = await abroad.places.place(member.account.id, "DE", address)
    assert found.suspicion == "jumping"
    assert found.country == "JP"
    abroad.clock.advance(days(2))
    assert (await abroad.places.place(member.account.id, "DE", JAPAN)).suspicion == "none"


async def test_a_short_stay_in_the_union_keeps_the_catalog_of_home(tmp_path: Path) -> None:
    async with open_house(tmp_path, ported=frozenset({"DE", "FR"})) as house:
        house.geo.networks = NETWORKS
        member = await house.add_member()
        found = await house.places.place(member.account.id, "DE", FRANCE)
        assert (found.country, found.seen_in, found.is_ported) == ("DE", "FR", True)
        for _ in range(32):
            house.clock.advance(days(1))
            found = await house.places.place(member.account.id, "DE", FRANCE)
        assert (found.country, found.is_ported) == ("FR", False)
        assert (await house.places.place(member.account.id, "DE", JAPAN)).country == "JP"


async def test_a_list_that_is_replaced_is_read_anew_and_a_broken_one_leaves_the_last(
    abroad: House, tmp_path: Path
) -> None:
    assert (await abroad.places.look_up(MACHINE, "DE")).suspicion == "vpn"
    (tmp_path / "suspects.txt").write_text("90.0.0.0/9 hosting Racks\n")
    abroad.clock.advance(minutes(1))
    assert (await abroad.places.look_up(FRANCE, "DE")).suspicion == "hosting"
    (tmp_path / "suspects.txt").write_text("what is this\n")
    abroad.clock.advance(minutes(1))
    assert (await abroad.places.look_up(FRANCE, "DE")).suspicion == "hosting"


async def test_places_is_asked_over_a_wire_that_loses_as_well(tmp_path: Path) -> None:
    async with open_house(tmp_path, binding="lossy") as house:
        house.geo.networks = NETWORKS
        member = await house.add_member()
        for _ in range(5):
            found = await house.places.place(member.account.id, "DE", FRANCE)
            assert (found.country, found.is_traveling) == ("FR", True)
        assert [s.country for s in await house.places.seen(member.account.id)] == ["FR"]


async def test_nobody_is_kept_out_because_places_does_not_answer(abroad: House) -> None:
    class Silent:
        async def place(self, *_: object) -> None:
            raise Unavailable("away")

    member = await abroad.add_member()
    settings = Settings(data=abroad.folder, country="DE")
    desk = CallerDesk(abroad.members, abroad.billing, RING, settings, abroad.clock, Silent())  # type: ignore[arg-type]  # as much of it as is asked
    assert await desk.ticket(member.token, member.profile.id, address=FRANCE)


@pytest.mark.parametrize(("peer", "is_believed"), [("10.0.0.1", True), ("85.214.9.9", False)])
async def test_only_a_trusted_proxy_says_who_asks(abroad: House, peer: str, is_believed: bool) -> None:
    film = await abroad.add_film()
    await abroad.rights.set_plan(TitleId(film.title_id), [Window("FR")])
    member = await abroad.add_member()
    desk = CallerDesk(abroad.members, abroad.billing, RING, Settings(data=abroad.folder), abroad.clock, abroad.places)
    config = GatewayConfig(trusted_proxies=("10.0.0.0/8",))
    gateway = Gateway(abroad.answering, desk, {}, config, abroad.clock, abroad.ids)
    transport = httpx.ASGITransport(gateway, client=(peer, 1))
    headers = {**member.headers, "x-forwarded-for": FRANCE}
    async with httpx.AsyncClient(transport=transport, base_url="http://house.test", headers=headers) as client:
        answer = await client.get(f"{API}/titles/{film.title_id}/metadata")
    assert (answer.status_code == 200) == is_believed


async def test_the_operator_asks_who_can_watch_now(abroad: House) -> None:
    film = await abroad.add_film()
    now = abroad.clock.now()
    await abroad.rights.set_plan(
        TitleId(film.title_id), [Window("DE", plan_rank=1, end=now + days(5)), Window("JP", start=now + days(1))]
    )
    operator = await abroad.add_member("boss@example.org", operator=True)
    async with abroad.client(operator) as client:

        async def ask(**asked: object) -> dict[str, object]:
            answer = await client.get(f"{API}/catalog/titles/{film.title_id}/who", params=asked)  # type: ignore[arg-type]  # strings and numbers
            assert answer.status_code == 200, answer.text
            return dict(answer.json()["data"])

        yes = await ask(country="de", plan_rank=2)
        assert (yes["can_watch"], yes["window"]) == (True, 0)
        assert yes["until"] == (now + days(5)).isoformat().replace("+00:00", "Z")
        assert (await ask(country="DE", plan_rank=0))["reason"] == "plan"
        assert (await ask(country="JP", plan_rank=2))["available_from"] is not None
        hidden = await ask(address=MACHINE, home="DE", plan_rank=2)
        assert (hidden["can_watch"], hidden["reason"], hidden["suspicion"]) == (False, "territory", "vpn")
        assert "Hide Me" in str(hidden["suspicion_reason"])
        later = (now + days(2)).isoformat()
        assert (await ask(address=JAPAN, home="DE", plan_rank=2, at=later))["can_watch"] is True
        nobody = await client.get(f"{API}/catalog/titles/{film.title_id}/who")
    assert nobody.status_code == 400
    member = await abroad.add_member()
    async with abroad.client(member) as client:
        refused = await client.get(f"{API}/catalog/titles/{film.title_id}/who", params={"country": "DE"})
    assert refused.status_code == 403


async def test_those_who_have_it_on_their_list_are_told_before_and_when_it_left(abroad: House) -> None:
    film = await abroad.add_film()
    title_id, ends = TitleId(film.title_id), abroad.clock.now() + days(5)
    member, other = await abroad.add_member(), await abroad.add_member("bo@example.org")
    await abroad.members.list_title(ProfileId(member.profile.id), title_id)
    await abroad.rights.set_plan(title_id, [Window("DE", end=ends), Window("FR")])

    async def told(who: Member) -> list[str]:
        for _ in range(2):
            await abroad.rights.look()
            await abroad.settle()
        page = await abroad.notices.shown(Viewer("DE", 18, 2), who.account.id, ProfileId(who.profile.id), kids=False)
        of_titles = [n for n in page.notices if n.kind != "new_sign_in"]
        return [f"{n.kind} {n.values.get('name', '')}".strip() for n in of_titles]

    assert await told(member) == ["leaving_soon"]
    abroad.clock.advance(days(6))
    assert await told(member) == ["left Film 1"]
    assert await told(other) == []


@pytest.mark.parametrize("value", ["10.0.0.0/33", "proxy", "10.0.0.1/8"])
def test_a_proxy_that_is_no_network_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="networks such as"):
        read_settings({"data": "/tmp/x"}, {"MATINEE_TRUSTED_PROXIES": value})


def test_proxies_are_networks() -> None:
    read = read_settings({"data": "/tmp/x"}, {"MATINEE_TRUSTED_PROXIES": "10.0.0.0/8, ::1"})
    assert replace(read).trusted_proxies == ("10.0.0.0/8", "::1/128")
