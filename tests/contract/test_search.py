"""The search engines, by the contract; and what only an index in a folder must do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from matinee.engines.search.port import Query, Search
from matinee.engines.search.tantivy_index import TantivySearch
from tests.contract.search_conformance import FILMS, WEIGHTS, SearchConformance


class TestTantivySearch(SearchConformance):
    @pytest.fixture
    async def search(self, tmp_path: Path) -> AsyncIterator[Search]:
        search = TantivySearch(tmp_path / "index", WEIGHTS)
        yield search
        await search.close()


async def test_what_was_put_is_there_after_a_restart(tmp_path: Path) -> None:
    search = TantivySearch(tmp_path, WEIGHTS)
    await search.put(FILMS)
    del search  # no close: a process that is killed does not close either
    again = TantivySearch(tmp_path, WEIGHTS)
    assert [hit.id for hit in await again.query(Query("paper boat"))] == ["boat"]


async def test_a_reader_beside_the_writer_sees_what_it_put(tmp_path: Path) -> None:
    writer, reader = TantivySearch(tmp_path, WEIGHTS), TantivySearch(tmp_path, WEIGHTS)
    await writer.put(FILMS)
    assert [hit.id for hit in await reader.query(Query("amelie"))] == ["amelie"]
    await writer.close()


async def test_an_index_with_other_fields_is_thrown_away_with_the_mark_that_says_it_is_whole(tmp_path: Path) -> None:
    search = TantivySearch(tmp_path, WEIGHTS)
    await search.put(FILMS)
    await search.close()
    (tmp_path / "complete").touch()
    other = TantivySearch(tmp_path, {"title": 1.0})
    assert await other.query(Query("paper boat")) == []
    assert not (tmp_path / "complete").exists()
