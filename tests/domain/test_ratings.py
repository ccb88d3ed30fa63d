"""What profiles think of titles: thumbs, and words for others that neither hurt nor name more than a profile."""

from typing import Any

import pytest

from matinee.control.members.api import ChangedProfile, NewProfile
from matinee.control.members.model.ratings import plain
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import seconds
from tests.builders import an_id, make_new_title
from tests.house import House, Member

V1 = "/api/v1"


async def _film(house: House, rating: str = "G") -> TitleId:
    return TitleId((await house.add_film(make_new_title("A film", rating=rating))).title_id)


async def _says(house: House, member: Member, title: str, thumb: str = "up", review: str | None = None) -> int:
    async with house.client(member) as client:
        at = f"{V1}/profiles/{member.profile.id}/ratings/{title}"
        return (await client.put(at, json={"thumb": thumb, "review": review})).status_code


async def _page(house: House, member: Member, title: str, **asked: str) -> dict[str, Any]:  # as JSON has it
    async with house.client(member) as client:
        found: dict[str, Any] = (await client.get(f"{V1}/titles/{title}/reviews", params=asked)).json()["data"]
        return found


async def test_a_thumb_is_given_changed_and_taken_back(house: House) -> None:
    title, ada = await _film(house), await house.add_member()
    for thumb in ("down", "up", "love"):
        assert await _says(house, ada, title, thumb) == 200
        own = (await _page(house, ada, title))["own"]
        assert own["thumb"] == thumb
    assert await _says(house, ada, title, "meh") == 400
    async with house.client(ada) as client:
        assert (await client.delete(f"{V1}/profiles/{ada.profile.id}/ratings/{title}")).status_code == 204
    assert (await _page(house, ada, title))["own"] is None
    assert await house.ratings.of_profile(ada.profile.id) == []


async def test_reviews_show_the_name_of_a_profile_and_nothing_of_its_account(house: House) -> None:
    title = await _film(house)
    ada, bo = await house.add_member("ada@example.org"), await house.add_member("bo@example.org")
    await _says(house, ada, title, "love", "Quietly wonderful.")
    async with house.client(bo) as client:
        answer = await client.get(f"{V1}/titles/{title}/reviews")
    (shown,) = answer.json()["data"]["items"]
    assert (shown["name"], shown["thumb"], shown["text"]) == ("Ada", "love", "Quietly wonderful.")
    assert answer.json()["data"]["own"] is None
    for secret in (ada.account.id, ada.account.email, ada.profile.id):
        assert secret not in answer.text
    mine = await _page(house, ada, title)
    assert mine["items"] == [], "one's own stands apart"
    assert mine["own"]["review"] == "Quietly wonderful."


async def test_children_write_nothing_for_others_and_read_no_strangers(house: House) -> None:
    title = await _film(house)
    ada, kid = await house.add_member("ada@example.org"), await house.add_member("kid@example.org", kids=True)
    await _says(house, ada, title, "up", "Words of a stranger.")
    assert await _says(house, kid, title, "love", "Words of a child.") == 403
    assert await _says(house, kid, title, "love") == 200
    page = await _page(house, kid, title)
    assert page["items"] == []
    assert page["own"]["thumb"] == "love"


async def test_a_profile_that_becomes_a_childs_is_no_longer_read_by_others(house: House) -> None:
    title = await _film(house)
    ada, bo = await house.add_member("ada@example.org"), await house.add_member("bo@example.org")
    await _says(house, ada, title, "up", "Words.")
    await house.members.change_profile(ada.account.id, ada.profile.id, ChangedProfile("Ada", kids=True))
    assert (await _page(house, bo, title))["items"] == []


async def test_what_one_may_not_see_one_can_neither_rate_nor_read_about(house: House) -> None:
    harsh = await _film(house, "R")
    kid = await house.add_member("kid@example.org", kids=True)
    for title in (harsh, an_id(99)):
        assert await _says(house, kid, title) == 404
        async with house.client(kid) as client:
            assert (await client.get(f"{V1}/titles/{title}/reviews")).status_code == 404


async def test_an_operator_takes_a_review_down_and_no_other_follows(house: House) -> None:
    title = await _film(house)
    ada, operator = await house.add_member("ada@example.org"), await house.add_member("op@example.org", operator=True)
    await _says(house, ada, title, "down", "Something unkind.")
    (shown,) = (await _page(house, operator, title))["items"]
    at = f"{V1}/titles/{title}/reviews/{shown['id']}"
    async with house.client(ada) as client:
        assert (await client.delete(at)).status_code == 403, "operators alone"
    async with house.client(operator) as client:
        assert (await client.delete(at)).status_code == 204
        assert (await client.delete(f"{V1}/titles/{title}/reviews/{an_id(9)}")).status_code == 404
    assert (await _page(house, operator, title))["items"] == []
    own = (await _page(house, ada, title))["own"]
    assert (own["thumb"], own["review"], own["is_barred"]) == ("down", None, True)
    async with house.client(ada) as client:
        await client.delete(f"{V1}/profiles/{ada.profile.id}/ratings/{title}")
    assert await _says(house, ada, title, "down", "Again.") == 403, "a bar outlives the thumb"
    assert await _says(house, ada, title, "up") == 200


async def test_reviews_come_in_pages_newest_first(house: House) -> None:
    title, reader = await _film(house), await house.add_member("reader@example.org")
    for number in range(3):
        house.clock.advance(seconds(1))
        await _says(house, await house.add_member(f"{number}@example.org"), title, "up", f"Number {number}")
    seen: list[str] = []
    asked = {"limit": "2"}
    while True:
        page = await _page(house, reader, title, **asked)
        seen += [item["text"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = str(page["next_cursor"])
    assert seen == ["Number 2", "Number 1", "Number 0"]


HOSTILE = {
    "markup": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "a reversed direction": ("good \u202egnp.exe", "good gnp.exe"),
    "lines and controls": ("one\r\n\x00\x1b[31mtwo", "one [31mtwo"),
    "invisible signs": ("ad\u200bmin\ufeff \u2066x\u2069", "admin x"),
    "a tower of accents": ("a" + "\u0301\u0302" * 40, "\u00e1" + "\u0302\u0301\u0302\u0301\u0302\u0301"),
    "an accent of two signs": ("e\u0301", "\u00e9"),
    "joined letters": (
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ),
    "SQL": ("'; DROP TABLE rating; --", "'; DROP TABLE rating; --"),
    "a template": ("{{7*7}} ${7*7}", "{{7*7}} ${7*7}"),
}


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_what_others_read_is_one_line_of_visible_text(kind: str) -> None:
    written, kept = HOSTILE[kind]
    assert plain(written) == kept
    assert plain(kept) == kept


async def test_hostile_words_are_kept_as_text_and_too_many_are_refused(house: House) -> None:
    title, ada = await _film(house), await house.add_member()
    for written, kept in HOSTILE.values():
        assert await _says(house, ada, title, "up", written) == 200
        own = (await _page(house, ada, title))["own"]
        assert own["review"] == kept
    assert await _says(house, ada, title, "up", "   \n ") == 200
    own = (await _page(house, ada, title))["own"]
    assert own["review"] is None, "nothing visible is no review"
    assert await _says(house, ada, title, "up", "x" * 500) == 200
    assert await _says(house, ada, title, "up", "x" * 501) == 400
    assert await _says(house, ada, title, "up", "\u202e" * 5000) == 400


async def test_what_a_profile_thinks_goes_with_the_profile(house: House) -> None:
    title, ada = await _film(house), await house.add_member()
    second = await house.members.add_profile(ada.account.id, NewProfile("Bo"))
    await _says(house, Member(ada.account, second, ada.token), title, "love", "Mine.")
    await house.members.remove_profile(ada.account.id, second.id)
    assert await house.ratings.of_profile(second.id) == []
    assert (await _page(house, ada, title))["items"] == []
