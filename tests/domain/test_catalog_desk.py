"""The desk through its apis and its door: titles written by hand, by several, by many at once and by files."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
import sqlalchemy as sa

from matinee.control.catalog.api import Artwork, TitleNotFound, Words
from matinee.control.catalog.api.desk import (
    Alias,
    Change,
    Credit,
    EditedMeanwhile,
    Filed,
    FileRefused,
    Form,
    ManyChange,
    NewPicture,
    Report,
    Selection,
    Sheet,
    SheetRefused,
)
from matinee.control.catalog.service.catalog import CatalogService
from matinee.kernel.errors import Conflict, InvalidInput
from matinee.kernel.files import SystemFiles
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import hours, seconds
from matinee.wire.events import TitleEdited
from tests.builders import make_new_title, make_release, make_viewer
from tests.house import House, open_house

VIEWER = make_viewer()
BY = "0198f000-0000-7000-8000-000000000001"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"IEND\xaeB`\x82"


def a_sheet(name: str = "Harbor", external_id: str = "", **said: object) -> Sheet:
    sheet = Sheet(words={"en": Words(name, f"About {name}."), "ja": Words("港")}, rating="PG", genres=("drama",))
    return replace(sheet, external_id=external_id, **said)  # type: ignore[arg-type]  # tests name some of them


async def make(house: House, sheet: Sheet) -> Filed:
    return await house.desk.make(sheet, by=BY)


async def of(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


async def take_in(
    house: House, data: bytes, form: Form = "csv", *, dry_run: bool = False, valid_only: bool = False
) -> Report:
    return await house.exchange.take_in(of(data), form, by=BY, dry_run=dry_run, valid_only=valid_only)


async def give_out(house: House, form: Form) -> bytes:
    given = await house.exchange.give_out(form)
    text = given.text
    while given.next_cursor is not None:
        given = await house.exchange.give_out(form, cursor=given.next_cursor)
        text += given.text
    return text.encode()


async def names(house: House) -> list[str]:
    page = await house.desk.page(Selection(), limit=200)
    return [filed.sheet.words["en"].name for filed in page.sheets]


async def test_two_who_change_one_title_do_not_overwrite_one_another_unseen(house: House) -> None:
    filed = await make(house, a_sheet())
    title_id = TitleId(filed.sheet.id)
    changes = (Change(year=1999), Change(year=2001))
    done = await asyncio.gather(
        *(house.desk.edit(title_id, change, version=filed.version, by=BY) for change in changes),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == [EditedMeanwhile.__name__, Filed.__name__]
    now = await house.desk.sheet(title_id)
    assert now.version == filed.version + 1
    again = await house.desk.edit(title_id, Change(year=now.sheet.year), version=now.version, by=BY)
    assert again.version == now.version, "what says nothing new is no change"


async def test_every_change_is_kept_and_told_with_who_made_it_and_what_was_there(house: House) -> None:
    filed = await make(house, a_sheet())
    title_id = TitleId(filed.sheet.id)
    await house.desk.edit(title_id, Change(words={"en": Words("Port", "Wet.")}), version=1, by=BY)
    first, second = reversed(await house.desk.edits(title_id))
    assert (first.how, second.how, second.by, second.version) == ("made", "edited", BY, 2)
    assert (second.before["words.en.name"], second.after["words.en.name"]) == ("Harbor", "Port")
    assert set(second.fields) == {"words.en.name", "words.en.synopsis"}
    assert (await house.events("titles")).count(TitleEdited.type) == 2


async def test_what_the_desk_writes_is_what_viewers_see(house: House) -> None:
    release = await house.add_film(make_new_title("Draft", rating="NR"))
    title_id = TitleId(release.title_id)
    change = Change(
        words={"en": Words("Harbor"), "es": Words("Puerto")},
        marks={"de-fsk": "12", "us-mpa": "R"},
        genres=("Sci-Fi",),
        tags=("slow",),
        aliases=(Alias("みなと", "reading", "ja"),),
        credits=(Credit("Mara Quill", "actor", "The keeper"), Credit("Ben Example", "director")),
    )
    await house.desk.edit(title_id, change, version=(await house.desk.sheet(title_id)).version, by=BY)
    await house.settle()
    seen = {
        country: (
            await house.catalog.visible(make_viewer(country=country, maturity=12), [title_id], at=house.clock.now())
        )
        for country in ("DE", "US", "FR")
    }
    assert {country: found[title_id].visible for country, found in seen.items()} == {
        "DE": True,
        "US": False,
        "FR": False,
    }
    (found,) = await house.catalog.search(make_viewer(maturity=12), "puerto", at=house.clock.now())
    assert (found.genres, found.tags, found.cast) == (("science-fiction",), ("slow",), ("Mara Quill",))
    member = await house.add_member()
    async with house.client(member) as client:
        body = (await client.get(f"/api/v1/titles/{title_id}/metadata")).json()["data"]
    assert [(p["name"], p["role"], p["character"]) for p in body["people"]] == [
        ("Mara Quill", "actor", "The keeper"),
        ("Ben Example", "director", ""),
    ]
    assert all(p["id"] for p in body["people"])


async def test_a_person_is_the_same_with_every_title_unless_the_desk_says_otherwise(house: House) -> None:
    first = await make(house, a_sheet("One", credits=(Credit("Mara Quill"), Credit("Mara Quill", "director"))))
    second = await make(house, a_sheet("Two", credits=(Credit("Mara Quill"),)))
    house.clock.advance(seconds(1))
    namesake = house.ids.new()
    third = await make(house, a_sheet("Three", credits=(Credit("Mara Quill", person=namesake),)))
    fourth = await make(house, a_sheet("Four", credits=(Credit("Mara Quill"),)))
    people = [[c.person for c in filed.sheet.credits] for filed in (first, second, third, fourth)]
    assert people[0][0] == people[0][1] == people[1][0] == people[3][0]
    assert people[2] == [namesake]


async def test_what_is_flawed_is_refused_with_every_reason_and_nothing_is_written(house: House) -> None:
    with pytest.raises(SheetRefused) as refused:
        await make(house, a_sheet("p\u0430ypal", genres=("comdy",), year=3))
    found = refused.value.members["flaws"]
    assert isinstance(found, list)
    assert [f["field"] for f in found] == ["words.en.name", "words.en.synopsis", "year", "genres"]
    assert await names(house) == []
    with pytest.raises(Conflict):
        await make(house, a_sheet(external_id=(await make(house, a_sheet(external_id="x"))).sheet.external_id))
    with pytest.raises(TitleNotFound):
        await house.desk.sheet(TitleId(house.ids.new()))


async def test_many_are_changed_as_was_shown_before(house: House) -> None:
    for number in range(5):
        await make(house, a_sheet(f"Film {number}", tags=("old",) if number % 2 else ()))
    old, change = Selection(tag="old"), ManyChange(add_tags=("fresh",), remove_tags=("old",), marks={"de-fsk": "6"})
    before = await house.desk.edit_many(old, change, by=BY, dry_run=True)
    assert (before.selected, before.changed, before.refused, before.written) == (2, 2, 0, False)
    assert before.shown[0].fields["tags"] == ('["old"]', '["fresh"]')
    assert (await house.desk.page(Selection(tag="fresh"))).total == 0
    after = await house.desk.edit_many(old, change, by=BY, dry_run=False)
    assert (after.changed, after.shown, after.written) == (2, before.shown, True)
    fresh = await house.desk.page(Selection(tag="fresh"))
    assert [(f.sheet.tags, dict(f.sheet.marks)) for f in fresh.sheets] == [(("fresh",), {"de-fsk": "6"})] * 2
    wrong = await house.desk.edit_many(Selection(tag="fresh"), ManyChange(add_genres=("punk",)), by=BY, dry_run=False)
    assert (wrong.changed, wrong.refused) == (0, 2)


async def test_titles_are_chosen_by_what_they_say_a_page_at_a_time(house: House) -> None:
    for number in range(7):
        house.clock.advance(seconds(1))
        await make(house, a_sheet(f"Film {number}", external_id=f"reel-{number}"))
    await make(house, a_sheet("100% _wool", aliases=(Alias("Lana"),)))
    first = await house.desk.page(Selection(text="film"), limit=4)
    second = await house.desk.page(Selection(text="film"), limit=4, cursor=first.next_cursor)
    assert [f.sheet.external_id for f in (*first.sheets, *second.sheets)] == [f"reel-{n}" for n in range(6, -1, -1)]
    assert (first.total, second.next_cursor) == (7, None)
    for text, total in (("100%", 1), ("_w", 1), ("lana", 1), ("reel-3", 1), ("' OR 1=1", 0), ("港", 8)):
        assert (await house.desk.page(Selection(text=text))).total == total, text
    with pytest.raises(InvalidInput):
        await house.desk.page(Selection(), cursor="7; DROP TABLE title")


async def test_what_is_scheduled_comes_at_its_hour_and_not_before(house: House) -> None:
    filed = await make(house, a_sheet())
    title_id, at = TitleId(filed.sheet.id), house.clock.now() + hours(2)
    assert (await house.desk.schedule(title_id, at, by=BY)).publish_at == at
    release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
    await house.store_release(release)
    await house.place(release)
    assert (await house.desk.sheet(title_id)).state == "preparing"
    house.clock.advance(hours(1))
    assert await house.desk.publish_due() == []
    house.clock.advance(hours(1))
    assert await house.desk.publish_due() == [title_id]
    now = await house.desk.sheet(title_id)
    assert (now.state, now.publish_at) == ("available", None)
    assert await house.desk.publish_due() == []
    with pytest.raises(Conflict):
        await house.desk.schedule(title_id, at + hours(9), by=BY)


async def test_what_is_not_ready_at_its_hour_comes_as_soon_as_it_is(house: House) -> None:
    filed = await make(house, a_sheet())
    title_id = TitleId(filed.sheet.id)
    await house.desk.schedule(title_id, house.clock.now(), by=BY)
    assert await house.desk.publish_due() == [title_id]
    release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
    await house.store_release(release)
    await house.place(release)
    assert (await house.desk.sheet(title_id)).state == "available"


async def test_who_dies_while_publishing_at_the_hour_is_asked_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    title_id = TitleId((await make(house, a_sheet())).sheet.id)
    await house.desk.schedule(title_id, house.clock.now(), by=BY)
    release = replace(make_release(), title_id=title_id, release_id=house.ids.new())
    await house.store_release(release)
    await house.place(release)

    async def die(self: CatalogService, title_id: TitleId, release_id: ReleaseId | None = None) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as dying:
        dying.setattr(CatalogService, "publish", die)
        with pytest.raises(ConnectionResetError):
            await house.desk.publish_due()
    assert await house.desk.publish_due() == [title_id]
    assert (await house.desk.sheet(title_id)).state == "available"
    house.clock.advance(seconds(1))
    newer = replace(release, release_id=house.ids.new())
    await house.store_release(newer)
    await house.place(newer)
    assert (await house.catalog.desk_title(title_id)).title.current_release == newer.release_id


async def test_a_scheduled_series_keeps_its_episodes_back(house: House) -> None:
    series = TitleId((await make(house, a_sheet(type="series"))).sheet.id)
    await house.desk.schedule(series, house.clock.now() + hours(1), by=BY)
    part = await make(house, a_sheet("Part", type="episode", series=series, season=1, episode=1))
    release = replace(make_release(), title_id=part.sheet.id, release_id=house.ids.new())
    await house.store_release(release)
    await house.place(release)
    assert (await house.desk.sheet(series)).state == "preparing"
    seen = await house.catalog.visible(VIEWER, [TitleId(part.sheet.id)], at=house.clock.now())
    assert not seen[TitleId(part.sheet.id)].visible
    house.clock.advance(hours(1))
    await house.desk.publish_due()
    assert (await house.desk.sheet(series)).state == "available"


async def test_pictures_are_put_described_ordered_and_taken_away(house: House) -> None:
    title_id = TitleId((await make(house, a_sheet())).sheet.id)
    brought = [Artwork("poster", "artwork/x/made.jpg")]
    await house.catalog.add_artwork(title_id, ReleaseId(house.ids.new()), brought)
    await house.desk.add_picture(title_id, NewPicture("poster", PNG, language="es"), by=BY)
    filed = await house.desk.add_picture(title_id, NewPicture("logo", PNG + PNG), by=BY)
    made, spanish, logo = (
        p.artwork for p in sorted(filed.pictures, key=lambda p: (p.by_hand, p.artwork.kind != "poster"))
    )
    said = replace(made, shows="A lamp", subjects=("Mara Quill", "calm"), focus=(0.5, 0.25))
    filed = await house.desk.arrange_pictures(title_id, [spanish, said], by=BY)
    assert [(p.artwork, p.by_hand) for p in filed.pictures] == [(spanish, True), (said, False)]
    title = (await house.catalog.desk_title(title_id)).title
    assert [title.picture("poster", language) for language in ("es-MX", "en")] == [
        f"/api/v1/artwork/{title_id}/{key.rsplit('/', 1)[-1]}" for key in (spanish.key, made.key)
    ]
    assert await house.desk.picture(title_id, spanish.key.rsplit("/", 1)[-1]) == PNG
    for wrong in (NewPicture("poster", b"GIF89a"), NewPicture("poster", PNG, focus=(2.0, 0.0))):
        with pytest.raises(InvalidInput):
            await house.desk.add_picture(title_id, wrong, by=BY)
    with pytest.raises(InvalidInput):
        await house.desk.arrange_pictures(title_id, [logo, Artwork("poster", "artwork/other/a.png")], by=BY)


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_what_was_given_out_is_taken_in_again_as_it_was(house: House, form: Form) -> None:
    namesake = house.ids.new()
    series = await make(house, a_sheet("=Series", "s-1", type="series", credits=(Credit("Mara Quill"),)))
    for number, name in ((2, "'Two"), (1, 'One, "quoted"')):
        await make(house, a_sheet(name, type="episode", series="s-1", season=1, episode=number, rating="NR"))
    await make(
        house,
        a_sheet(
            "+Film",
            "f-1",
            year=1999,
            marks={"de-fsk": "12", "jp-eirin": "PG12"},
            tags=("a|b", "c:d\\"),
            aliases=(Alias("港町", "original", "ja"),),
            credits=(Credit("Mara Quill", person=namesake), Credit("Ben | Example", "director", "")),
        ),
    )
    given = await give_out(house, form)
    same = await take_in(house, given, form)
    assert (same.rows, same.same, same.written) == (4, 4, True), same.flaws
    elsewhere = house.folder / "other"
    await SystemFiles().make_folder(elsewhere)
    async with open_house(elsewhere) as other:
        report = await take_in(other, given, form)
        assert (report.made, report.refused) == (4, 0), report.flaws
        assert await give_out(other, form) == given
        assert (await other.desk.sheet(TitleId(series.sheet.id))).sheet.words == series.sheet.words


async def test_a_file_is_all_or_nothing_unless_the_good_rows_are_asked_for(house: House) -> None:
    rows = "external_id,name:en,genres,year\na,Alpha,drama,1999\nb,Beta,comdy,1999\nc,,drama,\nd,Delta,drama,soon\n"
    dry = await take_in(house, rows.encode(), dry_run=True)
    assert (dry.rows, dry.made, dry.refused, dry.written) == (4, 1, 3, False)
    assert [(f.line, f.flaw.field) for f in dry.flaws] == [(3, "genres"), (4, "words"), (5, "year")]
    assert "comedy" in dry.flaws[0].flaw.todo
    assert not (await take_in(house, rows.encode())).written
    assert await names(house) == []
    done = await take_in(house, rows.encode(), valid_only=True)
    assert (done.made, done.refused, done.written) == (1, 3, True)
    again = await take_in(house, rows.encode(), valid_only=True)
    assert (again.made, again.same, again.refused) == (0, 1, 3)
    assert await names(house) == ["Alpha"]


async def test_a_file_may_hold_a_series_and_its_episodes_and_says_what_does_not_fit(house: House) -> None:
    rows = (
        "external_id,type,series,season,episode,name:en\n"
        "s,series,,,,Series\n"
        "e1,episode,s,1,1,One\n"
        "e2,episode,s,1,1,One again\n"
        "e3,episode,nobody,1,1,Lost\n"
        "e1,episode,s,1,7,Twice\n"
    )
    for dry_run in (True, False):
        report = await take_in(house, rows.encode(), dry_run=dry_run, valid_only=True)
        assert (report.made, report.refused) == (2, 3)
        assert [(f.line, f.flaw.field) for f in report.flaws] == [(4, "episode"), (5, "series"), (6, "external_id")]


async def test_a_row_with_the_id_of_a_trailer_is_flawed(house: House) -> None:
    film = await house.catalog.create(make_new_title())
    trailer = await house.catalog.create(replace(make_new_title("Soon"), type="trailer", belongs_to=film))
    report = await take_in(house, f"id,name:en\n{trailer},Mine\n".encode(), valid_only=True)
    assert [(f.line, f.flaw.field) for f in report.flaws] == [(2, "id")]
    assert (await house.catalog.desk_title(trailer)).title.words["en"].name == "Soon"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(b"external_id\n" + b"\n" * 30_000_000), "times as large"),
        (gzip.compress(b"external_id,name:en\n")[:-6], "too early"),
        (b"\x1f\x8bnonsense", "damaged"),
        (gzip.compress(b"id\n") * 2, "more than one part"),
        (b"PK\x03\x04 and so on", "ZIP"),
        (b"", "empty"),
    ],
    ids=["a bomb", "cut short", "no gzip", "two in one", "a ZIP", "nothing"],
)
async def test_a_file_that_is_a_trap_or_broken_is_refused_as_a_whole(house: House, data: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        await take_in(house, data)
    left = await asyncio.to_thread(lambda: [*(house.folder / "imports").iterdir()])
    assert left == []


async def test_a_packed_file_is_read_as_well(house: House) -> None:
    rows = b"external_id,name:en\n" + b"".join(b"r%d,Film %d\n" % (n, n) for n in range(1_200))
    report = await take_in(house, gzip.compress(rows))
    assert (report.rows, report.made) == (1_200, 1_200)
    assert (await house.desk.page(Selection())).total == 1_200
    count = await house.database.read(lambda work: work.execute(sa.text("SELECT count(*) FROM title_edit")).scalar())
    assert count == 1_200


async def _answers(client: httpx.AsyncClient, title_id: str) -> list[int]:
    path = f"/api/v1/catalog/titles/{title_id}"
    return [
        (await client.get("/api/v1/catalog/sheets")).status_code,
        (await client.get(f"{path}/sheet")).status_code,
        (await client.get(f"{path}/edits")).status_code,
        (await client.post("/api/v1/catalog/titles", json={"words": {"en": {"name": "x"}}})).status_code,
        (await client.patch(path, json={"year": 1999}, headers={"if-match": '"1"'})).status_code,
        (await client.post("/api/v1/catalog/bulk", json={"select": {}, "change": {}})).status_code,
        (await client.get("/api/v1/catalog/export")).status_code,
        (
            await client.post("/api/v1/catalog/import", content=b"id\n", headers={"content-type": "text/csv"})
        ).status_code,
    ]


async def test_a_picture_is_asked_for_again_and_gone_for_viewers_as_soon_as_its_title_is(house: House) -> None:
    title_id = TitleId((await house.add_film()).title_id)
    filed = await house.desk.add_picture(title_id, NewPicture("poster", PNG), by=BY)
    name = filed.pictures[0].artwork.key.rsplit("/", 1)[-1]
    member = await house.add_member()
    operator = await house.add_member("op@example.org", operator=True)
    path = f"/api/v1/artwork/{title_id}/{name}"
    async with house.client(member) as client, house.client(operator) as desk:
        first = await client.get(path)
        assert (first.content, first.headers["cache-control"]) == (PNG, "private, no-cache")
        known = {"if-none-match": first.headers["etag"]}
        again = await client.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert (await client.get(path, headers={"if-none-match": '"other"'})).content == PNG
        await house.catalog.withdraw(title_id)
        assert (await client.get(path, headers=known)).status_code == 404
        at_desk = f"/api/v1/catalog/titles/{title_id}/artwork/{name}"
        assert (await desk.get(at_desk, headers=known)).status_code == 304
        await house.desk.arrange_pictures(title_id, [], by=BY)
        assert (await desk.get(at_desk, headers=known)).status_code == 404


async def test_a_file_of_more_than_ten_megabytes_is_taken(house: House) -> None:
    operator = await house.add_member("op@example.org", operator=True)
    large = b"PK\x03\x04" + bytes(10_100_000)
    async with house.client(operator) as client:
        kind = {"content-type": "application/json"}
        answer = await client.post("/api/v1/catalog/import", content=large, headers=kind)
    assert "ZIP" in answer.json()["detail"]


async def test_the_desk_is_for_operators(house: House) -> None:
    title_id = (await make(house, a_sheet())).sheet.id
    member = await house.add_member()
    operator = await house.add_member("op@example.org", operator=True)
    async with house.client(member) as client:
        assert set(await _answers(client, title_id)) == {403}
    async with house.client(operator) as client:
        assert await _answers(client, title_id) == [200, 200, 200, 201, 200, 200, 200, 200]


async def test_the_desks_door_asks_for_the_version_and_says_what_is_wrong(house: House) -> None:
    filed = await make(house, a_sheet())
    path = f"/api/v1/catalog/titles/{filed.sheet.id}"
    operator = await house.add_member("op@example.org", operator=True)
    async with house.client(operator) as client:
        read = await client.get(f"{path}/sheet")
        assert read.headers["etag"] == '"1"'
        assert (await client.patch(path, json={"year": 1999})).status_code == 428
        assert (await client.patch(path, json={"year": 1999}, headers={"if-match": "*"})).status_code == 400
        assert (await client.patch(path, json={"year": 1999}, headers={"if-match": '"7"'})).status_code == 412
        done = await client.patch(path, json={"year": 1999}, headers={"if-match": '"1"'})
        assert (done.headers["etag"], done.json()["data"]["sheet"]["year"]) == ('"2"', 1999)
        wrong = await client.patch(path, json={"genres": ["comdy"]}, headers={"if-match": '"2"'})
        assert (wrong.status_code, wrong.json()["flaws"][0]["field"]) == (422, "genres")
        kind = {"content-type": "application/zip"}
        assert (await client.post("/api/v1/catalog/import", content=b"x", headers=kind)).status_code == 400
        exported = await client.get("/api/v1/catalog/export?form=json")
        assert [sheet["id"] for sheet in json.loads(exported.content)] == [filed.sheet.id]
        assert "attachment" in exported.headers["content-disposition"]
