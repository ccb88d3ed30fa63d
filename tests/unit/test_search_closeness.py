"""What comes first in search: closeness decides, and what else counts never turns that around."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.search.analysis import asked, values
from matinee.engines.search.closeness import EXTRAS_MAX, Judge, factors
from matinee.engines.search.distance import Pattern
from matinee.engines.search.latin import latin_forms, sound
from tests.strategies import few

WEIGHTS = {"name": 4.0, "cast": 2.0}
_NAMES = sorted(WEIGHTS)
_LETTERS = st.text(alphabet="abcd", max_size=7)


def close(text: str, name: str, cast: str = "") -> float:
    return Judge(asked(text), factors(WEIGHTS), None, 0).closeness(values({"name": name, "cast": cast}, _NAMES))


@few
@given(
    st.sampled_from(["paper boat", "papr", "the silent river", "boat"]),
    st.lists(st.sampled_from(["The Paper Boat", "Silent River", "Paper", "A River", "Boats"]), min_size=2, max_size=2),
    st.floats(0, 1e12),
    st.integers(0, 30_000),
)
def test_no_popularity_and_no_newness_lift_what_is_clearly_farther(
    text: str, names: list[str], popularity: float, day: int
) -> None:
    judge = Judge(asked(text), factors(WEIGHTS), "en", 20_000)
    near, far = sorted((judge.closeness(values({"name": name}, _NAMES)) for name in names), reverse=True)
    least = near + judge.extras(language="de", popularity=0.0, day=1)
    most = far + judge.extras(language="en", popularity=popularity, day=day)
    assert near - far <= EXTRAS_MAX or least > most


@few
@given(_LETTERS.filter(bool), _LETTERS)
def test_slips_are_counted_as_the_table_counts_them(one: str, other: str) -> None:
    assert Pattern(one).distance(other) == _by_table(one, other)[-1]
    assert Pattern(one).distance_to_beginning(other) == min(_by_table(one, other))


def _by_table(one: str, other: str) -> list[int]:
    """The last row: from `one` to each beginning of `other`."""
    rows = [list(range(len(other) + 1))]
    for at, letter in enumerate(one, 1):
        row = [at]
        for place, there in enumerate(other, 1):
            best = min(rows[-1][place] + 1, row[-1] + 1, rows[-1][place - 1] + (letter != there))
            if at > 1 and place > 1 and letter == other[place - 2] and one[at - 2] == there:
                best = min(best, rows[-2][place - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1]


@pytest.mark.parametrize(
    ("text", "nearer", "farther"),
    [
        ("paper boat", "Paper Boat", "The Paper Boat Race"),
        ("boat paper", "Paper Boat", "Paper"),
        ("papr boat", "Paper Boat", "Paper Coat"),
        ("rocky 2", "Rocky II", "Rocky III"),
        ("spiderman", "Spider Man", "Spider"),
        ("spider man", "Spiderman", "The Man"),
        ("cta", "Cat", "Bat"),
    ],
)
def test_what_is_meant_is_closer(text: str, nearer: str, farther: str) -> None:
    assert close(text, nearer) > close(text, farther)


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("しんじゅく", "shinjuku"),
        ("しんじゅく", "sinzyuku"),
        ("とうきょう", "tokyo"),
        ("ラーメン", "ramen"),
        ("부산", "busan"),
        ("लंच", "lanch"),
        ("मदन", "madan"),
        ("Матрица".casefold(), "matritsa"),
    ],
)
def test_a_name_is_typed_in_latin_letters(word: str, typed: str) -> None:
    assert typed in latin_forms(word)


@pytest.mark.parametrize(("one", "other"), [("muhammad", "mohamed"), ("muhammad", "محمد"), ("khaled", "خالد")])
def test_what_sounds_alike_is_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other) != ""
