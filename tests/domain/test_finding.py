"""Finding films: only what this viewer may see now is ranked, counted, suggested; and what is wished for is kept."""

from itertools import product

from matinee.control.catalog.api import EVERYWHERE, Viewer, Window, Words
from matinee.control.catalog.api.finding import Look
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import days, hours, seconds
from tests.builders import make_new_title, make_viewer
from tests.house import House

VIEWER = make_viewer(maturity=18)


async def film(
    house: House, name: str, *windows: Window, rating: str = "G", genres: tuple[str, ...] = ("drama",)
) -> str:
    made = await house.add_film(make_new_title(name, rating=rating, genres=genres))
    if windows:
        await house.catalog.set_rights(TitleId(made.title_id), windows)
    return made.title_id


async def found(house: House, text: str, viewer: Viewer = VIEWER) -> list[str]:
    titles = (await house.finding.find(viewer, Look(text), at=house.clock.now())).titles
    return [title.in_language("en").name for title in titles]


async def test_nothing_hidden_is_found_or_counted_and_no_page_is_short_while_there_is_more(house: House) -> None:
    now = house.clock.now()
    soon, later = now + hours(1), now + days(2)
    kinds: list[tuple[str, tuple[Window, ...]]] = [
        ("G", ()),
        ("R", ()),
        ("G", (Window("DE"),)),
        ("PG-13", (Window("US", None, soon),)),
        ("G", (Window(EVERYWHERE, soon, later, 1),)),
        ("G", (Window("US", later), Window("DE", None, soon, 2))),
    ]
    ids = [
        TitleId(await film(house, "Harbour Lights", *windows, rating=rating)) for rating, windows in kinds for _ in "ab"
    ]
    moments = [edge + seconds(off) for edge in (now, soon, later) for off in (-1, 0, 1)]
    for country, maturity, rank, at in product(("DE", "US", "FR"), (7, 13, 18), (0, 2), moments):
        viewer = Viewer(country, maturity, rank)
        verdicts = await house.catalog.visible(viewer, ids, at=at)
        visible = {title_id for title_id in ids if verdicts[title_id].visible}
        answer = await house.finding.find(viewer, Look("harbour", limit=3, counts=True), at=at)
        assert {title.id for title in answer.titles} <= visible
        assert len(answer.titles) == min(3, len(visible))
        assert {f.count for f in answer.facets.get("genre", ())} <= {len(visible)}


async def test_facets_narrow_what_is_found_and_say_how_much_there_is(house: House) -> None:
    await film(house, "Night Ferry", genres=("drama", "crime"))
    await film(house, "Night Market", genres=("comedy",))
    answer = await house.finding.find(VIEWER, Look("night", counts=True), at=house.clock.now())
    assert {(f.value, f.count) for f in answer.facets["genre"]} == {("comedy", 1), ("crime", 1), ("drama", 1)}
    assert [(f.value, f.count) for f in answer.facets["decade"]] == [("2020", 2)]
    within = Look("night", within={"genre": "crime"})
    only = await house.finding.find(VIEWER, within, at=house.clock.now())
    assert [t.in_language("en").name for t in only.titles] == ["Night Ferry"]


async def test_what_was_meant_is_suggested_to_whoever_may_see_it_and_to_no_child_otherwise(house: House) -> None:
    await film(house, "Lighthouse", rating="R")
    child = make_viewer(maturity=7)
    answer = await house.finding.find(VIEWER, Look("lighthuose"), at=house.clock.now())
    assert answer.did_you_mean == "lighthouse"
    hidden = await house.finding.find(child, Look("lighthuose"), at=house.clock.now())
    assert (hidden.titles, hidden.did_you_mean) == ((), None)
    right = await house.finding.find(VIEWER, Look("lighthouse"), at=house.clock.now())
    assert right.did_you_mean is None


async def test_nothing_found_is_answered_with_what_can_be_watched_and_kept_as_a_wish_of_nobody(house: House) -> None:
    await film(house, "Paper Boat")
    await film(house, "Midnight", rating="R")
    child = make_viewer(maturity=7)
    for text in ("Submarine!", "submarine", "a@b.example", "4915112345678"):
        answer = await house.finding.find(child, Look(text, is_final=True), at=house.clock.now())
        assert [t.in_language("en").name for t in answer.instead] == ["Paper Boat"]
    await house.finding.find(child, Look("subma"), at=house.clock.now())  # still typing
    assert [(w.text, w.country, w.count) for w in await house.finding.wishes()] == [("submarine", child.country, 2)]


async def test_other_words_other_scripts_and_numbers_find_the_film(house: House) -> None:
    words = {"ja": Words("しんじゅくのよる 2"), "en": Words("Shinjuku Nights II"), "ar": Words("ليالي محمد")}
    await house.add_film(make_new_title(words=words, genres=("science-fiction",)))
    for text in (
        "sinzyuku no yoru",
        "シンジュク",
        "shinjuku nights two",
        "layali mohamed",
        "sci-fi",
        "ciencia ficción",
    ):
        assert await found(house, text) == ["Shinjuku Nights II"], text


async def test_a_new_window_counts_at_once(house: House) -> None:
    title_id = await film(house, "Paper Boat", Window("US"))
    assert await found(house, "paper") == []
    await house.catalog.set_rights(TitleId(title_id), [Window(EVERYWHERE)])
    assert await found(house, "paper") == ["Paper Boat"]


async def test_the_front_door_answers_search_genres_and_wishes(house: House) -> None:
    await film(house, "Paper Boat", genres=("family",))
    member, operator = await house.add_member(), await house.add_member("op@example.org", operator=True)
    async with house.client(member) as client:
        answer = (await client.get("/api/v1/search?q=paprr&facets=true")).json()["data"]
        assert [item["name"] for item in answer["items"]] == ["Paper Boat"]
        assert answer["facets"]["genre"] == [{"value": "family", "count": 1}]
        assert (await client.get("/api/v1/search?q=zzyzx&final=true")).json()["data"]["instead"][0][
            "name"
        ] == "Paper Boat"
        assert (await client.get("/api/v1/browse/genres")).json()["data"] == [{"value": "family", "count": 1}]
        assert len((await client.get("/api/v1/browse/genres/family")).json()["data"]["items"]) == 1
        assert (await client.get("/api/v1/catalog/wishes")).status_code == 403
    async with house.client(operator) as client:
        assert [wish["text"] for wish in (await client.get("/api/v1/catalog/wishes")).json()["data"]] == ["zzyzx"]
