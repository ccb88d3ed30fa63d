"""Sheets by themselves: what may be written, what a change makes of them, and the forms they travel in."""

import csv
import io
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.control.catalog.api import Artwork, Words
from matinee.control.catalog.api.desk import (
    ALIAS_KINDS,
    ROLES,
    Alias,
    Change,
    Credit,
    FileRefused,
    Flaw,
    ManyChange,
    Sheet,
)
from matinee.control.catalog.api.genres import GENRES, genre_of, genres_like
from matinee.control.catalog.api.ratings import BOARDS, RatingSystem, ages_of
from matinee.control.catalog.model import csv_form
from matinee.control.catalog.model.artwork import arranged
from matinee.control.catalog.model.changes import Row, as_row_says, changed, changed_with_many, differences
from matinee.control.catalog.model.csv_form import CsvReader
from matinee.control.catalog.model.flaws import cleaned, flaws
from matinee.control.catalog.model.json_form import JsonReader
from matinee.control.catalog.model.visibility import judge
from matinee.control.catalog.model.wording import fault, tidied
from matinee.wire.encoding import to_json
from tests.builders import NOON, make_rights, make_viewer

_SPOKEN = "Ada Émile 漱石 ひみつ 비밀 سر रहस्य Тайна Ωδή 1984 =+-@'|:\\\"," + "\n"
_texts = st.lists(st.sampled_from(_SPOKEN.replace("\n", "").split(" ") + list("=+-@'|:\\\",")), max_size=5).map(
    " ".join
)
_names = _texts.map(tidied).filter(lambda text: text and fault(text, length_max=200) is None)
_synopses = st.lists(_texts, max_size=3).map("\n".join).map(tidied)
_languages = st.sampled_from(["en", "es", "ar", "ja", "pt-BR", "zh-Hant"])
_MARKS = {b.id: list(b.marks) for b in BOARDS}
_marks = st.dictionaries(st.sampled_from(sorted(_MARKS)), st.integers(0, 9), max_size=3).map(
    lambda chosen: {system: _MARKS[system][n % len(_MARKS[system])] for system, n in chosen.items()}
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    words = draw(st.dictionaries(_languages, st.builds(Words, _names, _synopses), min_size=1, max_size=3))
    return cleaned(
        Sheet(
            type=draw(st.sampled_from(["movie", "documentary", "special"])),
            original_language=draw(st.sampled_from(sorted(words))),
            words=words,
            external_id=draw(_names),
            year=draw(st.none() | st.integers(1870, 2100)),
            rating=draw(st.sampled_from(["NR", "PG-13"])),
            marks=draw(_marks),
            genres=draw(st.lists(st.sampled_from(sorted(GENRES)), max_size=3).map(tuple)),
            tags=draw(st.lists(_names.filter(lambda name: len(name) <= 60), max_size=3).map(tuple)),
            aliases=draw(
                st.lists(st.builds(Alias, _names, st.sampled_from(ALIAS_KINDS), _languages), max_size=2).map(tuple)
            ),
            credits=draw(
                st.lists(st.builds(Credit, _names, st.sampled_from(ROLES), _names | st.just("")), max_size=3).map(tuple)
            ),
        )
    )


def _read(reader: CsvReader | JsonReader, data: bytes, piece: int) -> list[Sheet]:
    found = [read for at in range(0, len(data), piece) for read in reader.feed(data[at : at + piece])]
    found += reader.feed(b"", is_last=True)
    rows = [row for _, row in found]
    assert all(isinstance(row, Row) for row in rows), rows
    return [as_row_says(row, None) for row in rows if isinstance(row, Row)]


@settings(max_examples=25)
@given(st.lists(sheets(), max_size=2), st.integers(1, 64))
def test_what_is_written_as_a_table_is_read_again_however_it_arrives(written: list[Sheet], piece: int) -> None:
    languages = {language for sheet in written for language in sheet.words}
    text = csv_form.header(languages) + "".join(csv_form.written(sheet, languages) for sheet in written)
    assert _read(CsvReader(), text.encode(), piece) == written


@settings(max_examples=25)
@given(st.lists(sheets(), max_size=2), st.integers(1, 64), st.sampled_from([b",", b"\n", b" ,\r\n"]))
def test_what_is_written_as_json_is_read_again_however_it_arrives(
    written: list[Sheet], piece: int, parted: bytes
) -> None:
    data = b"[" + parted.join(to_json(sheet) for sheet in written) + b"]"
    assert _read(JsonReader(), data, piece) == written


@settings(max_examples=25)
@given(sheets())
def test_no_cell_of_a_table_is_a_formula(sheet: Sheet) -> None:
    (cells,) = csv.reader(io.StringIO(csv_form.written(sheet, sheet.words), newline=""))
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@settings(max_examples=25)
@given(sheets())
def test_a_cleaned_sheet_has_no_flaws_and_cleaning_it_again_changes_nothing(sheet: Sheet) -> None:
    assert flaws(sheet) == ()
    assert cleaned(sheet) == sheet
    assert differences(sheet, sheet) == ({}, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Sub\u202emarine", "turns the direction"),
        ("Sub\u2066marine", "turns the direction"),
        ("Zero\u200bwidth", "invisible"),
        ("Tag\U000e0041", "invisible"),
        ("Bell\x07", "control character"),
        ("Two\nlines", "control character"),
        ("Line\u2028end", "control character"),
        ("Private\ue000", "no character"),
        ("Half\ud800", "no character"),
        ("Z" + "\u0301" * 9, "marks"),
        ("p\u0430ypal", "mixes"),
        ("\u0391lpha", "mixes"),
    ],
)
def test_what_deceives_is_refused_with_its_reason(text: str, said: str) -> None:
    found = fault(text, length_max=200)
    assert found is not None
    assert said in found[0]
    assert found[1]


@pytest.mark.parametrize(
    "text",
    [
        "Amélie",
        "君の名は。",
        "기생충",
        "أسد الصحراء",
        "می‌خواهم",
        "लंचबॉक्स",
        "Левиафан",
        "Ελλάδα",
        "АК-47 in Paris",
        "👩‍🚀 Space",
    ],
)
def test_every_script_may_be_written(text: str) -> None:
    assert fault(tidied(text), length_max=200) is None


def _sheet(**said: object) -> Sheet:
    plain: dict[str, object] = {"words": {"en": Words("Harbor")}}
    return cleaned(Sheet(**(plain | said)))  # type: ignore[arg-type]  # tests name some of them


@pytest.mark.parametrize(
    ("said", "field", "todo"),
    [
        ({"words": {}}, "words", "original language"),
        ({"original_language": "fr"}, "original_language", "en"),
        ({"words": {"en": Words("Harbor"), "english": Words("x")}}, "words.english", "pt-BR"),
        ({"genres": ("comdy",)}, "genres", "comedy"),
        ({"genres": ("qqqqqq",)}, "genres", "action"),
        ({"rating": "X"}, "rating", "PG-13"),
        ({"marks": {"de-fks": "12"}}, "marks.de-fks", "de-fsk"),
        ({"marks": {"de-fsk": "13"}}, "marks.de-fsk", "16"),
        ({"year": 19999}, "year", "1870"),
        ({"type": "trailer"}, "type", "movie"),
        ({"type": "episode"}, "series", "external_id"),
        ({"type": "episode", "series": "s", "season": 0, "episode": 1}, "season", "from 1"),
        ({"season": 1}, "season", "episode"),
        ({"id": "7"}, "id", "external_id"),
        ({"credits": (Credit("Mara", "king"),)}, "credits.0.role", "director"),  # type: ignore[arg-type]  # meant to be wrong
        ({"credits": (Credit("Mara", person="7"),)}, "credits.0.person", "empty"),
        ({"aliases": (Alias("x", "nick"),)}, "aliases.0.kind", "reading"),  # type: ignore[arg-type]  # meant to be wrong
        ({"tags": ("x" * 61,)}, "tags.0", "60"),
        ({"tags": tuple(map(str, range(51)))}, "tags", "50"),
    ],
)
def test_a_flaw_says_where_it_is_and_what_to_do(said: dict[str, object], field: str, todo: str) -> None:
    found = flaws(_sheet(**said))
    assert [flaw.field for flaw in found][:1] == [field], found
    assert todo in found[0].todo
    assert found[0].what


def test_what_came_with_a_film_may_stay_and_what_is_new_may_not() -> None:
    before = _sheet(genres=("gothic",), rating="X")
    assert flaws(_sheet(genres=("gothic", "drama"), rating="X"), before) == ()
    assert [f.field for f in flaws(_sheet(genres=("gothic", "punk"), rating="Y"), before)] == ["rating", "genres"]
    series = _sheet(type="series")
    assert [f.field for f in flaws(_sheet(), series)] == ["type"]


def test_a_genre_is_known_by_its_name_in_any_language() -> None:
    assert [genre_of(t) for t in ("Sci-Fi", "ciencia ficcion", "ドラマ", "كوميديا", "DRAMA", "punk")] == [
        "science-fiction",
        "science-fiction",
        "drama",
        "comedy",
        "drama",
        None,
    ]
    assert genres_like("dramma")[0] == "drama"


def test_a_change_leaves_alone_what_it_does_not_name() -> None:
    sheet = _sheet(words={"en": Words("Harbor", "Old."), "es": Words("Puerto")}, year=2000, tags=("a",))
    found = changed(sheet, Change(words={"es": Words(""), "ja": Words("港")}, tags=(), clear=("year",)))
    assert (dict(found.words), found.year, found.tags) == ({"en": Words("Harbor", "Old."), "ja": Words("港")}, None, ())
    many = changed_with_many(sheet, ManyChange(add_tags=("b",), remove_tags=("a",), add_genres=("Sci-Fi",)))
    assert (cleaned(many).tags, cleaned(many).genres) == (("b",), ("science-fiction",))
    was, now = differences(sheet, found)
    assert set(now) == {"words.es.name", "words.ja.name", "year", "tags"}
    assert (was["words.es.name"], now["words.es.name"], was["year"], now["year"]) == ("Puerto", "", "2000", "")


def test_a_table_without_a_column_leaves_that_alone() -> None:
    before = _sheet(words={"en": Words("Harbor"), "es": Words("Puerto")}, year=2000, external_id="reel-7")
    ((_, row),) = CsvReader().feed(b"external_id,name:es\nreel-7,El puerto\n")
    assert isinstance(row, Row)
    found = as_row_says(row, before)
    assert (dict(found.words), found.year) == ({"en": Words("Harbor"), "es": Words("El puerto")}, 2000)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfea\x00", "UTF-8"),
        (b"id,nmae:en\n", "nmae:en"),
        (b"id,id\n", "twice"),
        (b'id,name:en\n"' + b"x" * 300_000, "quote left open"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(data: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        _read(CsvReader(), data, len(data) or 1)


@pytest.mark.parametrize("data", [b"<xml>", b'[{"type": "movie"', b'{"words": "' + b"x" * 300_000, b"[1]"])
def test_json_that_is_no_list_of_titles_says_so(data: bytes) -> None:
    with pytest.raises(FileRefused, match=r"[Tt]itle"):
        _read(JsonReader(), data, len(data))


@pytest.mark.parametrize(
    ("data", "reader"),
    [
        (b"external_id,year\nreel-7,soon\n", CsvReader()),
        (b"external_id,year\nreel-7\n", CsvReader()),
        (b'external_id,year\n"reel"7,1999\n', CsvReader()),
        (b"external_id,marks\nreel-7,de-fsk\n", CsvReader()),
        (b'{"year": "soon"}', JsonReader()),
        (b'{"yaer": 1999}', JsonReader()),
        (b'{"year": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", JsonReader()),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_itself(data: bytes, reader: CsvReader | JsonReader) -> None:
    ((_, found),) = reader.feed(data)
    assert isinstance(found, tuple)
    assert all(isinstance(flaw, Flaw) and flaw.todo for flaw in found)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_file_of_titles_are_refused_and_break_nothing(data: bytes) -> None:
    for reader, start in ((CsvReader(), b"external_id,name:en\n"), (JsonReader(), b"[")):
        with suppress(FileRefused):
            for _, read in (*reader.feed(start + data), *reader.feed(b"", is_last=True)):
                assert isinstance(read, Row) or all(flaw.what for flaw in read)


def test_the_board_of_the_viewers_country_decides_and_elsewhere_what_is_written_else_the_strictest() -> None:
    ages = ages_of({"de-fsk": "12", "us-mpa": "R", "us-tv": "TV-14", "nowhere": "1"})
    assert ages == {"DE": 12, "US": 17}
    system = RatingSystem()
    assert [system.default_age(r, ages) for r in ("PG", "NR")] == [7, 17]
    assert system.default_age("NR", {}) == 18


@given(st.dictionaries(st.sampled_from(["DE", "US", "FR"]), st.integers(0, 18)), st.integers(0, 18), st.integers(0, 18))
def test_nobody_sees_what_their_countrys_board_gave_to_older_people(
    ages: dict[str, int], default: int, age: int
) -> None:
    rights = replace(make_rights(maturity=default), ages=ages)
    for country in ("DE", "US", "FR", "JP"):
        verdict = judge(make_viewer(country=country, maturity=age), rights, at=NOON)
        assert verdict.visible == (ages.get(country, default) <= age)


def test_the_desks_order_of_pictures_comes_first_and_its_words_wait_for_a_picture_that_is_gone() -> None:
    made = [Artwork("poster", key) for key in "abc"]
    said, gone, by_hand = Artwork("poster", "c", "a lamp"), Artwork("poster", "z"), Artwork("logo", "h")
    assert arranged(made, [(by_hand, True), (said, False), (gone, False)]) == (by_hand, said, made[0], made[1])
