"""What every search engine must find. Subclasses give `search`, with the fields title (weight 3), cast (2), synopsis (1)."""

import pytest

from matinee.engines.search.port import Document, Query, Search

WEIGHTS = {"title": 3.0, "cast": 2.0, "synopsis": 1.0}


def film(
    name: str,
    title: str,
    *,
    language: str = "en",
    cast: str = "",
    synopsis: str = "",
    tags: str = "",
    popularity: float = 1.0,
) -> Document:
    fields = {"title": title, "cast": cast, "synopsis": synopsis}
    return Document(name, language, fields, tuple(tags.split()), popularity)


FILMS = [
    film(
        "boat", "The Paper Boat", cast="Zoë Müller", synopsis="A boat sails a rainy street.", tags="genre:family age:0"
    ),
    film("boat", "Das Papierboot", language="de", cast="Zoë Müller", tags="genre:family age:0"),
    film("storm", "Perfect Storms", cast="Łukasz Nowak", synopsis="Boats and waves.", tags="genre:drama age:13"),
    film(
        "amelie",
        "Amélie",
        language="fr",
        cast="Audrey Tautou",
        synopsis="A waitress in Montmartre.",
        tags="genre:drama",
    ),
    film("name", "君の名は", language="ja", synopsis="Two strangers are linked.", tags="genre:drama"),
    film("farewell", "霸王别姬", language="zh", tags="genre:drama"),
    film("lion", "أسد الصحراء", language="ar", tags="genre:drama"),
    film("train", "부산행", language="ko", tags="genre:horror"),
    film("lunch", "लंचबॉक्स", language="hi", tags="genre:drama"),
    film("bee", "สัตว์ประหลาด", language="th", tags="genre:drama"),
]


class SearchConformance:
    @pytest.fixture
    async def search(self) -> Search:
        raise pytest.UsageError("a conformance suite is used by subclassing it")

    @pytest.fixture
    async def filled(self, search: Search) -> Search:
        await search.put(FILMS)
        return search

    async def found(self, search: Search, text: str, language: str | None = None) -> list[str]:
        return [hit.id for hit in await search.query(Query(text, language=language))]

    @pytest.mark.parametrize(
        ("text", "first"),
        [
            ("paper boat", "boat"),
            ("pap", "boat"),
            ("papr", "boat"),
            ("papierbot", "boat"),
            ("PAPER", "boat"),
            ("amelie", "amelie"),
            ("Amélie", "amelie"),
            ("ameli", "amelie"),
            ("muller", "boat"),
            ("lukasz nowak", "storm"),
            ("lukaz nowack", "storm"),
            ("tautou montmartre", "amelie"),
            ("君の名", "name"),
            ("名", "name"),
            ("别姬", "farewell"),
            ("الصحراء", "lion"),
            ("اسد", "lion"),
            ("부산", "train"),
            ("लंच", "lunch"),
            ("ประหลาด", "bee"),
        ],
    )
    async def test_words_beginnings_mistakes_and_scripts_are_found(self, filled: Search, text: str, first: str) -> None:
        assert (await self.found(filled, text))[:1] == [first]

    async def test_what_is_in_no_document_is_not_found(self, filled: Search) -> None:
        assert await self.found(filled, "submarine") == []
        assert await self.found(filled, "!!! ???") == []

    async def test_a_hit_in_the_title_is_better_than_one_in_the_synopsis(self, filled: Search) -> None:
        assert await self.found(filled, "boat") == ["boat", "storm"]

    async def test_a_title_in_several_languages_is_one_hit(self, filled: Search) -> None:
        assert await self.found(filled, "zoe muller") == ["boat"]

    async def test_the_preferred_language_comes_first_and_others_are_still_found(self, search: Search) -> None:
        await search.put([film("one", "Gift", language="en"), film("two", "Gift", language="de")])
        assert await self.found(search, "gift", "de") == ["two", "one"]
        assert await self.found(search, "gift", "en") == ["one", "two"]
        assert set(await self.found(search, "gift", "sv")) == {"one", "two"}

    async def test_of_equal_matches_the_more_popular_comes_first(self, search: Search) -> None:
        await search.put(
            [film(f"f{n}", "The Gift", popularity=popularity) for n, popularity in enumerate((5.0, 900.0, 0.0))]
        )
        assert await self.found(search, "gift") == ["f1", "f0", "f2"]

    async def test_an_empty_text_gives_everything_by_popularity(self, search: Search) -> None:
        await search.put([film(f"f{n}", f"Film {n}", popularity=float(n)) for n in range(5)])
        assert await self.found(search, "") == ["f4", "f3", "f2", "f1", "f0"]

    async def test_filters_hold_before_ranking_even_where_few_pass(self, search: Search) -> None:
        crowd = [film(f"adult{n}", "The Gift", tags="age:18 genre:drama", popularity=1000.0) for n in range(300)]
        await search.put([*crowd, film("child", "The Gift", tags="age:0 genre:drama", popularity=0.0)])
        query = Query("gift", any_of=(("age:0", "age:7"), ("genre:drama", "genre:family")), limit=5)
        assert [hit.id for hit in await search.query(query)] == ["child"]
        everything = Query("", any_of=(("age:0",),), limit=5)
        assert [hit.id for hit in await search.query(everything)] == ["child"]
        assert await search.query(Query("gift", any_of=((),))) == []

    async def test_a_put_replaces_the_document_of_that_id_and_language_only(self, filled: Search) -> None:
        await filled.put([film("boat", "The Paper Ship")])
        assert await self.found(filled, "papierboot") == ["boat"]
        assert await self.found(filled, "ship") == ["boat"]
        assert "boat" not in await self.found(filled, "boat sails")

    async def test_a_removed_title_is_gone_in_every_language(self, filled: Search) -> None:
        await filled.remove(["boat", "never-there"])
        assert await self.found(filled, "papierboot") == []
        assert await self.found(filled, "paper") == []

    async def test_the_limit_holds(self, search: Search) -> None:
        await search.put([film(f"f{n}", "The Gift", language=f"l{n % 7}") for n in range(60)])
        assert len(await search.query(Query("gift", limit=7))) == 7
        assert len(await search.query(Query("", limit=60))) == 60

    @pytest.mark.parametrize(
        "text", ["\x00", "a" * 5000, "AND OR NOT", 'title:"x', "(", "💥", "a b " * 500, "e\u0301" * 99]
    )
    async def test_no_text_is_an_error(self, filled: Search, text: str) -> None:
        await filled.query(Query(text))
