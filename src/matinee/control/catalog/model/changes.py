"""What a sheet becomes by a change, and what is different then."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from matinee.control.catalog.api.desk import Change, ManyChange, Sheet
from matinee.control.catalog.api.genres import genre_of
from matinee.wire.encoding import to_json

_PLAIN = tuple(f.name for f in fields(Change) if f.name not in ("words", "clear"))
_KEPT_OF_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """A title as a file has it. What the file does not say of it stays as it is."""

    sheet: Sheet
    says: frozenset[str]
    """The fields of the sheet that the file has."""
    languages: frozenset[str] | None = None
    """Those whose words it has; others stay. None: all there are."""


def changed(sheet: Sheet, change: Change) -> Sheet:
    said = {name: getattr(change, name) for name in _PLAIN if getattr(change, name) is not None}
    if change.words is not None:
        merged = {**sheet.words, **change.words}
        said["words"] = {code: words for code, words in merged.items() if words.name.strip()}
    for name in change.clear:
        said[name] = None if name == "year" else ""
    return replace(sheet, **said)


def changed_with_many(sheet: Sheet, change: ManyChange) -> Sheet:
    genres = [genre for genre in sheet.genres if genre not in {genre_of(g) or g for g in change.remove_genres}]
    tags = [tag for tag in sheet.tags if tag not in change.remove_tags]
    return replace(
        sheet,
        genres=(*genres, *change.add_genres),
        tags=(*tags, *change.add_tags),
        marks={**sheet.marks, **change.marks},
        rating=sheet.rating if change.rating is None else change.rating,
        year=sheet.year if change.year is None else change.year,
    )


def as_row_says(row: Row, before: Sheet | None) -> Sheet:
    """A file's word on a title that is there, or on a new one."""
    if before is None:
        first = next(iter(row.sheet.words), row.sheet.original_language)
        return row.sheet if "original_language" in row.says else replace(row.sheet, original_language=first)
    said = {name: getattr(row.sheet, name) for name in row.says - {"id"}}
    if "words" in row.says and row.languages is not None:
        others = {code: words for code, words in before.words.items() if code not in row.languages}
        said["words"] = {**others, **row.sheet.words}
    return replace(before, **said)


def differences(before: Sheet | None, after: Sheet) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Field by field, what was and what is: as texts, for people and for the archive."""
    was = {} if before is None else _parts(before)
    now = _parts(after)
    names = [name for name in {**was, **now} if was.get(name, "") != now.get(name, "")]
    return {n: was.get(n, "")[:_KEPT_OF_TEXT] for n in names}, {n: now.get(n, "")[:_KEPT_OF_TEXT] for n in names}


def _parts(sheet: Sheet) -> dict[str, str]:
    """People without what the house knows them by: that is not theirs to change."""
    found = {}
    for name in (f.name for f in fields(Sheet) if f.name not in ("id", "words", "credits")):
        value = getattr(sheet, name)
        found[name] = "" if value is None else value if isinstance(value, str) else to_json(value).decode()
    found["credits"] = to_json([[c.name, c.role, c.character] for c in sheet.credits]).decode()
    for code, words in sheet.words.items():
        found[f"words.{code}.name"], found[f"words.{code}.synopsis"] = words.name, words.synopsis
    return {name: "" if text in ("[]", "{}") else text for name, text in found.items()}
