"""Who holds what is kept up report by report, and is what looking through all of them would find."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from matinee.control.steering.service.holders import Holders
from tests.builders import make_report

FILMS = ("paper-boat", "tide", "lamp")
REPORTS = st.tuples(st.sampled_from(("a", "b", "c")), st.lists(st.sampled_from(FILMS), unique=True).map(tuple))


def looked_through(said: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    every = {film: {name for name, films in said.items() if film in films} for film in FILMS}
    return {film: names for film, names in every.items() if names}


@given(st.lists(REPORTS, max_size=12), st.sets(st.sampled_from(("a", "b", "c"))))
def test_it_is_what_looking_through_all_reports_finds(
    reports: list[tuple[str, tuple[str, ...]]], left: set[str]
) -> None:
    holders, said = Holders(), dict[str, tuple[str, ...]]()
    for name, films in reports:
        holders.keep_up(make_report(name, releases=films))
        said[name] = films
        assert holders.each == looked_through(said)
    stay = {name: films for name, films in said.items() if name in left}
    holders.keep_only(make_report(name, releases=films) for name, films in stay.items())
    assert holders.each == looked_through(stay)


def test_who_is_withheld_is_named_for_that_release_alone() -> None:
    holders = Holders()
    for name in ("a", "b"):
        holders.keep_up(replace(make_report(name), releases=FILMS))
    found = holders.each.without({"tide": ["a"], "lamp": []})
    assert found == {"paper-boat": {"a", "b"}, "tide": {"b"}, "lamp": {"a", "b"}}
    assert holders.each["tide"] == {"a", "b"}
