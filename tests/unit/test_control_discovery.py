"""The page: rows that hold something, each within its length."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.discovery.api import Placed
from matinee.control.discovery.model.page import ROW_LENGTH_MAX, ROWS_MAX, build_rows
from tests.builders import make_placed
from tests.strategies import few

_genres = st.lists(st.sampled_from([f"genre{n}" for n in range(60)]), max_size=4, unique=True).map(tuple)
_films = st.lists(st.builds(make_placed, st.integers(1, 999), genres=_genres), max_size=90)


@few
@given(_films, _films, _films)
def test_a_page_has_no_empty_row_no_long_one_and_not_too_many(
    begun: list[Placed], listed: list[Placed], newest: list[Placed]
) -> None:
    rows = build_rows(begun, listed, newest)
    assert len(rows) <= ROWS_MAX
    assert all(0 < len(r.items) <= ROW_LENGTH_MAX for r in rows)
    assert len({r.id for r in rows}) == len(rows)
    assert all(r.reason and r.title for r in rows)
    known = [*begun, *listed, *newest]
    assert all(item in known for r in rows for item in r.items)


def test_rows_come_in_the_order_of_interest() -> None:
    begun, listed = make_placed(1, progress=0.3), make_placed(2)
    newest = [make_placed(n, genres=("western", "drama")) for n in (3, 4)]
    rows = build_rows([begun], [listed], newest)
    assert [r.id for r in rows] == ["continue", "my-list", "new", "genre-drama", "genre-western"]
    assert rows[0].items == (begun,)


def test_a_genre_of_one_film_has_no_row() -> None:
    assert [r.id for r in build_rows([], [], [make_placed(1, genres=("noir",))])] == ["new"]
