"""Notices through their api, on real engines: told once, to whom they concern, and to no child of what is not for it."""

import pytest

from matinee.control.catalog.api import Words
from matinee.control.members.api import NewProfile
from matinee.control.members.api.notices import Notice, NoticePage
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import ProfileId, TitleId
from matinee.kernel.quantities import days, seconds
from matinee.wire.events import TitleLeaving
from tests.builders import make_new_title, make_viewer
from tests.house import House, Member


async def _shown(house: House, member: Member, *, maturity: int = 18, kids: bool = False) -> NoticePage:
    viewer = make_viewer(maturity=maturity)
    return await house.notices.shown(viewer, member.account.id, member.profile.id, kids=kids)


async def _told(house: House, member: Member) -> list[Notice]:
    """Of titles that leave: that a device signed in is told as well."""
    return [notice for notice in (await _shown(house, member)).notices if notice.kind == "leaving_soon"]


async def test_a_new_sign_in_is_told_to_its_account(house: House) -> None:
    ada = await house.add_member()
    await house.settle()
    assert [(n.kind, n.values) for n in (await _shown(house, ada)).notices] == [("new_sign_in", {"device": "a test"})]


async def test_a_title_that_leaves_is_told_once_to_those_who_have_it_on_their_list(house: House) -> None:
    title = TitleId((await house.add_film()).title_id)
    ada, bo = await house.add_member("ada@example.org"), await house.add_member("bo@example.org")
    await house.members.list_title(ada.profile.id, title)
    for _ in range(2):
        await house.announce(TitleLeaving(title, house.clock.now() + days(7)))
        await house.settle()
    (notice,) = await _told(house, ada)
    assert (notice.kind, notice.title_id) == ("leaving_soon", title)
    assert notice.values == {"leaves_at": (house.clock.now() + days(7)).isoformat()}
    assert await _told(house, bo) == []


async def test_when_the_date_moves_the_notice_of_the_old_one_goes(house: House) -> None:
    title = TitleId((await house.add_film()).title_id)
    ada = await house.add_member()
    await house.members.list_title(ada.profile.id, title)
    for ahead in (7, 9):
        await house.announce(TitleLeaving(title, house.clock.now() + days(ahead)))
        await house.settle()
    (notice,) = await _told(house, ada)
    assert notice.values == {"leaves_at": (house.clock.now() + days(9)).isoformat()}


async def test_a_title_that_leaves_one_country_is_not_told_in_another(house: House) -> None:
    title = TitleId((await house.add_film()).title_id)
    ada = await house.add_member()
    await house.members.list_title(ada.profile.id, title)
    await house.announce(TitleLeaving(title, house.clock.now() + days(7), ("FR",)))
    await house.settle()
    assert await _told(house, ada) == []


async def test_a_title_with_a_very_long_name_is_told_of_too(house: House) -> None:
    words = {"en": Words("Boat"), "es": Words("Barco " * 100)}
    title = TitleId((await house.add_film(make_new_title(words=words))).title_id)
    ada = await house.add_member()
    await house.members.list_title(ada.profile.id, title)
    await house.catalog.withdraw(title)
    await house.settle()
    (left,) = (notice for notice in (await _shown(house, ada)).notices if notice.kind == "left")
    assert left.values["name_es"].startswith("Barco Barco")
    with pytest.raises(InvalidInput):
        await house.catalog.create(make_new_title("Boat" * 1_000))


async def test_many_who_listed_a_title_are_all_told(house: House) -> None:
    title = TitleId((await house.add_film()).title_id)
    ada = await house.add_member()
    profiles = [ada.profile]
    profiles += [await house.members.add_profile(ada.account.id, NewProfile(f"P{n}")) for n in range(4)]
    for profile in profiles:
        await house.members.list_title(profile.id, title)
    await house.announce(TitleLeaving(title, house.clock.now() + days(7)))
    await house.settle()
    told = {notice.profile_id for notice in await house.notices.of_account(ada.account.id)}
    assert told - {None} == {profile.id for profile in profiles}


async def test_what_is_the_account_s_is_shown_to_every_profile_but_those_of_kids_and_read_once(house: House) -> None:
    ada = await house.add_member()
    account = ada.account.id
    for _ in range(2):
        await house.notices.post(account, None, "new_sign_in", {"device": "A television"}, key="sign-in:1")
    (notice,) = (await _shown(house, ada)).notices
    assert (notice.values, notice.is_read) == ({"device": "A television"}, False)
    assert (await _shown(house, ada, kids=True)).notices == ()
    await house.notices.mark_read(account, ada.profile.id, [notice.id], kids=True)
    assert (await _shown(house, ada)).unread == 1, "a child reads nothing of the account's"
    await house.notices.mark_read(account, ada.profile.id, [notice.id], kids=False)
    other = await house.members.add_profile(account, NewProfile("Bo"))
    page = await house.notices.shown(make_viewer(), account, other.id, kids=False)
    assert (page.unread, [n.is_read for n in page.notices]) == (0, [True])


async def test_a_notice_that_names_a_title_is_shown_to_nobody_who_may_not_see_the_title(house: House) -> None:
    title = TitleId((await house.add_film(make_new_title("Harsh", rating="R"))).title_id)
    ada = await house.add_member()
    values = {"leaves_at": "2026-05-01T00:00:00+00:00"}
    await house.notices.post(ada.account.id, ada.profile.id, "leaving_soon", values, key="k", title_id=title)
    assert [n.title_id for n in (await _shown(house, ada)).notices] == [title]
    page = await _shown(house, ada, maturity=7)
    assert (page.notices, page.unread) == ((), 0)


async def test_notices_come_in_pages_newest_first(house: House) -> None:
    ada = await house.add_member()
    for number in range(5):
        await house.notices.post(ada.account.id, None, "new_sign_in", {"device": str(number)}, key=f"s{number}")
        house.clock.advance(seconds(1))
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = await house.notices.shown(
            make_viewer(), ada.account.id, ada.profile.id, kids=False, limit=2, cursor=cursor
        )
        seen += [notice.values["device"] for notice in page.notices]
        cursor = page.next_cursor
    assert seen == ["4", "3", "2", "1", "0"]
    assert cursor is None


async def test_after_ninety_days_a_notice_is_neither_shown_nor_kept(house: House) -> None:
    ada = await house.add_member()
    await house.notices.post(ada.account.id, None, "payment_failed", {"amount": "999"}, key="p")
    house.clock.advance(days(91))
    assert (await _shown(house, ada)).notices == ()
    await house.notices.sweep()
    assert await house.notices.of_account(ada.account.id) == []


async def test_another_account_s_notices_are_neither_shown_nor_marked(house: House) -> None:
    ada, eve = await house.add_member("ada@example.org"), await house.add_member("eve@example.org")
    await house.notices.post(ada.account.id, ada.profile.id, "payment_failed", {}, key="p")
    (notice,) = await house.notices.of_account(ada.account.id)
    await house.notices.mark_read(eve.account.id, ProfileId(ada.profile.id), [notice.id], kids=False)
    assert (await _shown(house, ada)).unread == 1
    async with house.client(eve) as client:
        assert (await client.get(f"/api/v1/profiles/{ada.profile.id}/notices")).status_code == 404


async def test_notices_are_read_over_http_and_go_with_their_profile(house: House) -> None:
    title = TitleId((await house.add_film(make_new_title("Mild"))).title_id)
    ada = await house.add_member()
    second = await house.members.add_profile(ada.account.id, NewProfile("Bo"))
    bo = Member(ada.account, second, ada.token)
    await house.members.list_title(second.id, title)
    await house.announce(TitleLeaving(title, house.clock.now() + days(7)))
    await house.settle()
    async with house.client(bo) as client:
        at = f"/api/v1/profiles/{second.id}/notices"
        (notice,) = (n for n in (await client.get(at)).json()["data"]["items"] if n["kind"] == "leaving_soon")
        assert (notice["title"]["id"], notice["title"]["name"]) == (title, "Mild")
        assert (await client.post(f"{at}/read", json={"ids": [notice["id"]]})).status_code == 204
        read = {n["kind"]: n["is_read"] for n in (await client.get(at)).json()["data"]["items"]}
        assert read == {"leaving_soon": True, "new_sign_in": False}
    await house.members.remove_profile(ada.account.id, second.id)
    assert [n.kind for n in await house.notices.of_account(ada.account.id)] == ["new_sign_in"]
