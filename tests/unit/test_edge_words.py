"""What a text is found by."""

from hypothesis import given
from hypothesis import strategies as st

from matinee.engines.search.words import fold, index_terms, query_terms


def test_case_accents_and_points_do_not_matter() -> None:
    assert fold("ÉCOLE Łódź Straße Ærø") == "ecole lodz strasse aero"
    assert fold("مُحَمَّد") == fold("محمد")


def test_words_are_split_where_a_reader_would() -> None:
    assert index_terms("Spider-Man: Don’t look (2)!") == ["spider", "man", "dont", "look", "2"]
    assert index_terms("लंचबॉक्स") == [fold("लंचबॉक्स")]


def test_scripts_without_spaces_are_found_by_pairs_and_single_characters() -> None:
    assert index_terms("君の名2") == ["君", "の", "名", "君の", "の名", "2"]
    assert query_terms("君の名") == [("君の", False), ("の名", False)]
    assert query_terms("名") == [("名", False)]


@given(st.text(max_size=60))
def test_a_text_is_found_by_itself(text: str) -> None:
    terms = set(index_terms(text))
    assert all(term in terms for term, _ in query_terms(text))
    assert all(term and not any(char.isspace() for char in term) for term in terms)
