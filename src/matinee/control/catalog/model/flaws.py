"""What keeps a sheet from being kept, each thing with what to do about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches

from matinee.control.catalog.api import Words
from matinee.control.catalog.api.desk import ALIAS_KINDS, ROLES, Alias, Credit, Flaw, Sheet
from matinee.control.catalog.api.genres import GENRES, genre_of, genres_like
from matinee.control.catalog.api.ratings import BOARDS, RatingSystem, board
from matinee.control.catalog.model.wording import fault, tidied
from matinee.kernel.errors import InvalidInput
from matinee.kernel.ids import parse_id

TYPES = ("movie", "series", "documentary", "special", "episode")
"""A trailer and a preview come with their film, from the studio."""
UNRATED = "NR"
_NAME_MAX, _SYNOPSIS_MAX, _TAG_MAX, _EXTERNAL_MAX = 200, 4_000, 60, 200
_LANGUAGES_MAX, _GENRES_MAX, _TAGS_MAX, _ALIASES_MAX, _CREDITS_MAX = 100, 10, 50, 50, 300
_YEARS = (1870, 2100)
_SEASON_MAX, _EPISODE_MAX = 999, 9_999
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}\Z")
_RATINGS = RatingSystem()


def cleaned(sheet: Sheet) -> Sheet:
    """The same in one spelling: composed letters, no blanks around, genres and marks as the lists have them, nothing twice."""
    return replace(
        sheet,
        external_id=tidied(sheet.external_id),
        series=sheet.series.strip(),
        words={code: Words(tidied(w.name), tidied(w.synopsis)) for code, w in sheet.words.items()},
        rating=sheet.rating.strip() or UNRATED,
        marks={system: _mark(system, mark) for system, mark in sheet.marks.items() if mark.strip()},
        genres=_once(genre_of(genre) or genre.strip() for genre in sheet.genres),
        tags=_once(tidied(tag) for tag in sheet.tags),
        aliases=tuple(dict.fromkeys(Alias(tidied(a.name), a.kind, a.language) for a in sheet.aliases)),
        credits=tuple(
            dict.fromkeys(Credit(tidied(c.name), c.role, tidied(c.character), c.person) for c in sheet.credits)
        ),
    )


def flaws(sheet: Sheet, before: Sheet | None = None) -> tuple[Flaw, ...]:
    """Of a cleaned sheet. What came with a film and was kept may stay as it is."""
    return (*_of_words(sheet), *_of_place(sheet, before), *_of_ratings(sheet, before), *_of_lists(sheet, before))


def _of_words(sheet: Sheet) -> Iterator[Flaw]:
    if not sheet.words:
        yield Flaw("words", "It has no name in any language.", "Give it one in its original language.")
    elif sheet.original_language not in sheet.words:
        said = f"It has no name in its original language, {sheet.original_language!r}."
        yield Flaw("original_language", said, f"Name it so, or say one of {', '.join(sorted(sheet.words))}.")
    if len(sheet.words) > _LANGUAGES_MAX:
        yield Flaw("words", f"It has words in {len(sheet.words)} languages.", f"Keep to {_LANGUAGES_MAX}.")
    for code, words in sheet.words.items():
        if not _LANGUAGE.match(code):
            yield Flaw(
                f"words.{code[:20]}", "This is no code of a language.", "Write it as 'en', 'pt-BR' or 'zh-Hant'."
            )
        yield from _of_text(f"words.{code}.name", words.name, _NAME_MAX, needed=True)
        yield from _of_text(f"words.{code}.synopsis", words.synopsis, _SYNOPSIS_MAX, lines=True)
    yield from _of_text("external_id", sheet.external_id, _EXTERNAL_MAX)


def _of_text(field: str, text: str, length_max: int, *, needed: bool = False, lines: bool = False) -> Iterator[Flaw]:
    if needed and not text:
        yield Flaw(field, "It is empty.", "Write it.")
    if (found := fault(text, length_max=length_max, lines=lines)) is not None:
        yield Flaw(field, *found)


def _of_place(sheet: Sheet, before: Sheet | None) -> Iterator[Flaw]:
    if sheet.type not in TYPES:
        yield Flaw("type", f"{sheet.type!r} is not written here.", f"Say one of {', '.join(TYPES)}.")
    if before is not None and sheet.type != before.type and {sheet.type, before.type} & {"series", "episode"}:
        yield Flaw("type", f"A {before.type} cannot become a {sheet.type}.", "Make a new title of that type.")
    if sheet.id:
        try:
            parse_id(sheet.id, what="id")
        except InvalidInput:
            yield Flaw("id", "This is not an id of this service.", "Leave it empty, and use external_id.")
    if sheet.year is not None and not _YEARS[0] <= sheet.year <= _YEARS[1]:
        yield Flaw("year", f"{sheet.year} is no year of a film.", f"Say one from {_YEARS[0]} to {_YEARS[1]}.")
    if sheet.type != "episode":
        for name in ("series", "season", "episode"):
            if getattr(sheet, name):
                yield Flaw(name, "Only an episode has this.", "Leave it empty, or say that this is an episode.")
        return
    if not sheet.series:
        yield Flaw("series", "An episode belongs to a series.", "Name its series by id or external_id.")
    for name, most in (("season", _SEASON_MAX), ("episode", _EPISODE_MAX)):
        number = getattr(sheet, name)
        if number is None or not 1 <= number <= most:
            yield Flaw(name, "An episode needs its number.", f"Say one from 1 to {most}.")


def _of_ratings(sheet: Sheet, before: Sheet | None) -> Iterator[Flaw]:
    kept = before is not None and before.rating == sheet.rating
    if sheet.rating not in (UNRATED, *_RATINGS.ages) and not kept:
        known = ", ".join((*_RATINGS.ages, UNRATED))
        yield Flaw("rating", f"{sheet.rating[:40]!r} is not on the list.", f"Say one of {known}.")
    for system, mark in sheet.marks.items():
        its = board(system)
        if its is None:
            near = get_close_matches(system, [b.id for b in BOARDS], n=3, cutoff=0.3) or [b.id for b in BOARDS]
            yield Flaw(f"marks.{system[:20]}", "There is no such rating system.", f"Say one of {', '.join(near)}.")
        elif mark not in its.marks:
            yield Flaw(
                f"marks.{system}", f"{its.name} has no mark {mark[:20]!r}.", f"Say one of {', '.join(its.marks)}."
            )


def _of_lists(sheet: Sheet, before: Sheet | None) -> Iterator[Flaw]:
    yield from _too_many("genres", len(sheet.genres), _GENRES_MAX)
    for genre in sheet.genres:
        if genre not in GENRES and (before is None or genre not in before.genres):
            near = genres_like(genre)
            todo = f"Do you mean {' or '.join(near)}?" if near else f"Say one of {', '.join(GENRES)}."
            yield Flaw("genres", f"{genre[:40]!r} is not on the list.", f"{todo} What is no genre can be a tag.")
    yield from _too_many("tags", len(sheet.tags), _TAGS_MAX)
    for n, tag in enumerate(sheet.tags):
        yield from _of_text(f"tags.{n}", tag, _TAG_MAX, needed=True)
    yield from _of_aliases(sheet.aliases)
    yield from _of_credits(sheet.credits)


def _of_aliases(aliases: Sequence[Alias]) -> Iterator[Flaw]:
    yield from _too_many("aliases", len(aliases), _ALIASES_MAX)
    for n, alias in enumerate(aliases):
        yield from _of_text(f"aliases.{n}.name", alias.name, _NAME_MAX, needed=True)
        if alias.kind not in ALIAS_KINDS:
            yield Flaw(f"aliases.{n}.kind", f"{alias.kind!r} is no kind.", f"Say one of {', '.join(ALIAS_KINDS)}.")
        if alias.language and not _LANGUAGE.match(alias.language):
            yield Flaw(f"aliases.{n}.language", "This is no code of a language.", "Write it as 'ja' or 'zh-Hant'.")


def _of_credits(credits: Sequence[Credit]) -> Iterator[Flaw]:
    yield from _too_many("credits", len(credits), _CREDITS_MAX)
    for n, credit in enumerate(credits):
        yield from _of_text(f"credits.{n}.name", credit.name, _NAME_MAX, needed=True)
        yield from _of_text(f"credits.{n}.character", credit.character, _NAME_MAX)
        if credit.role not in ROLES:
            yield Flaw(f"credits.{n}.role", f"{credit.role!r} is no role.", f"Say one of {', '.join(ROLES)}.")
        if credit.person:
            try:
                parse_id(credit.person, what="person")
            except InvalidInput:
                yield Flaw(f"credits.{n}.person", "This is not an id of this service.", "Leave it empty.")


def _too_many(field: str, count: int, most: int) -> Iterator[Flaw]:
    if count > most:
        yield Flaw(field, f"There are {count}.", f"Keep to {most}.")


def _mark(system: str, mark: str) -> str:
    its = board(system)
    known = {} if its is None else {each.casefold(): each for each in its.marks}
    return known.get(mark.strip().casefold(), mark.strip())


def _once(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
