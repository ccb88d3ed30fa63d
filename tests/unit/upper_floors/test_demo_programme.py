"""What `matinee up` says can be watched: films, and trailers as what they are."""

from dataclasses import replace

import pytest

from matinee.control.catalog.api import DeskTitle, ReleaseNote, Rights, Title, Words
from matinee.demo.programme import watchable_in_words
from tests.builders import NOON, make_title

FILM = make_title(1, words={"en": Words("Boat")})


def part(number: int, name: str, kind: str) -> Title:
    rights = Rights(FILM.id, FILM.state, FILM.maturity, ())
    title = make_title(number, words={"en": Words(name)})
    return replace(title, type=kind, belongs_to=rights)  # type: ignore[arg-type]  # tests name one of them


def told(*titles: Title) -> list[str]:
    def notes(title: Title) -> tuple[ReleaseNote, ...]:
        current = title.current_release
        return () if current is None else (ReleaseNote(current, "fast", NOON, 60_000, 1, placed=True),)

    return [line for _, line in watchable_in_words([DeskTitle(title, notes(title)) for title in titles])]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Boat", "The trailer of Boat can be watched (fast release)."),
        ("First look", "The trailer 'First look' of Boat can be watched (fast release)."),
    ],
)
def test_a_trailer_is_not_told_as_its_film(name: str, line: str) -> None:
    trailer = part(2, name, "trailer")
    assert told(FILM, trailer) == ["Boat can be watched (fast release).", line]
    assert told(replace(FILM, current_release=None), trailer) == [], "its page is not there yet"


def test_nobody_is_told_of_previews() -> None:
    assert told(FILM, part(2, "Boat", "preview")) == ["Boat can be watched (fast release)."]
