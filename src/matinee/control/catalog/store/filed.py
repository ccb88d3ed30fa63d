"""Sheets as they are kept: read whole, written whole, chosen by what they say."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from matinee.control.catalog import store
from matinee.control.catalog.api import Title
from matinee.control.catalog.api.desk import PERFORMERS, Credit, Filed, Picture, Selection, Sheet
from matinee.control.catalog.model.changes import differences
from matinee.control.catalog.store import TITLE, WORDS, sheets
from matinee.engines.database.port import Work
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.events import TitleChanged, TitleEdited

_HERE = TITLE.c.type.not_in(["trailer", "preview"])


@dataclass(frozen=True, slots=True)
class Hand:
    """Who writes, when, and how: for the archive."""

    by: str
    at: Instant
    how: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from a sheet's ratings."""

    maturity: int
    ages: Mapping[str, int]


def filed(work: Work, ids: Sequence[TitleId]) -> dict[TitleId, Filed]:
    """Those there are, but no trailers and previews."""
    columns = (TITLE.c.id, TITLE.c.external_id, TITLE.c.version, TITLE.c.publish_at, TITLE.c.belongs_to)
    rows = {row.id: row for row in work.execute(sa.select(*columns).where(TITLE.c.id.in_(ids), _HERE))}
    aliases, credits = sheets.aliases_of(work, list(rows)), sheets.credits_of(work, list(rows))
    by_hand = {i: {a.key for a, mine in its if mine} for i, its in sheets.pictures_of(work, list(rows)).items()}
    found = {}
    for title in store.titles(work, [i for i in ids if i in rows]):
        row = rows[title.id]
        its_credits = credits.get(title.id) or tuple(Credit(name) for name in title.cast)
        sheet = Sheet(
            type=title.type,
            original_language=title.original_language,
            words=dict(title.words),
            id=title.id,
            external_id=row.external_id or "",
            series=(row.belongs_to or "") if title.type == "episode" else "",
            season=title.season,
            episode=title.episode,
            year=title.year,
            rating=title.rating,
            marks=dict(title.marks),
            genres=title.genres,
            tags=title.tags,
            aliases=aliases.get(title.id, ()),
            credits=its_credits,
        )
        found[title.id] = _filed(title, sheet, row, by_hand.get(title.id, set()))
    return found


def _filed(title: Title, sheet: Sheet, row: sa.Row[Any], by_hand: set[str]) -> Filed:
    pictures = tuple(Picture(artwork, artwork.key in by_hand) for artwork in title.artwork)
    return Filed(sheet, row.version, title.state, row.publish_at, title.current_release is not None, pictures)


def parts_among(work: Work, ids: Sequence[str]) -> set[str]:
    """Trailers and previews: their ids are taken, and they have no sheets."""
    return set(work.execute(sa.select(TITLE.c.id).where(TITLE.c.id.in_(ids), ~_HERE)).scalars())


def known_by(work: Work, names: Sequence[str]) -> dict[str, TitleId]:
    """Titles by the maker's own name for them."""
    rows = work.execute(sa.select(TITLE.c.external_id, TITLE.c.id).where(TITLE.c.external_id.in_(names)))
    return {row.external_id: TitleId(row.id) for row in rows}


def taken_slots(work: Work, series: Sequence[str]) -> dict[tuple[str, int, int], TitleId]:
    """Which places in these series have their episode."""
    its = (TITLE.c.type == "episode") & TITLE.c.belongs_to.in_(series)
    columns = (TITLE.c.belongs_to, TITLE.c.season, TITLE.c.episode, TITLE.c.id)
    return {(r.belongs_to, r.season, r.episode): TitleId(r.id) for r in work.execute(sa.select(*columns).where(its))}


def put(
    work: Work,
    title_id: TitleId,
    before: Filed | None,
    sheet: Sheet,
    judged: Judged,
    hand: Hand,
    fresh: Callable[[], str],
) -> bool:
    """False where it said the same before. `fresh` makes ids for people nobody knows yet. `sheet.series` is an id by now."""
    was, now = differences(None if before is None else before.sheet, sheet)
    if not now:
        return False
    version = 1 if before is None else before.version + 1
    values = _values(sheet, judged, version)
    if before is None:
        made = {"id": title_id, "state": "preparing", "publish_when_placed": True, "created_at": hand.at}
        work.execute(sa.insert(TITLE), {**made, **values})
    else:
        work.execute(sa.update(TITLE).where(TITLE.c.id == title_id).values(**values))
    store.put_words(work, title_id, sheet.words)
    if "aliases" in now:
        sheets.put_aliases(work, title_id, sheet.aliases)
    if "credits" in now:
        sheets.put_credits(work, title_id, sheet.credits, fresh)
    for series in {sheet.series, "" if before is None else before.sheet.series} - {""}:
        store.follow_episodes(work, TitleId(series), at=hand.at)
    _say(work, title_id, version, hand, was, now)
    return True


def note(work: Work, title_id: TitleId, hand: Hand, was: Mapping[str, str], now: Mapping[str, str]) -> None:
    """A change that is not in the sheet's own fields."""
    raised = sa.update(TITLE).where(TITLE.c.id == title_id).values(version=TITLE.c.version + 1)
    work.execute(raised)
    version = work.execute(sa.select(TITLE.c.version).where(TITLE.c.id == title_id)).scalar_one()
    _say(work, title_id, version, hand, was, now)


def _say(
    work: Work, title_id: TitleId, version: int, hand: Hand, was: Mapping[str, str], now: Mapping[str, str]
) -> None:
    sheets.note_edit(work, title_id, version, at=hand.at, by=hand.by, how=hand.how, before=was, after=now)
    work.emit(TitleChanged(title_id))
    work.emit(TitleEdited(title_id, hand.by, hand.how, version, tuple(now), dict(was), dict(now)))


def _values(sheet: Sheet, judged: Judged, version: int) -> dict[str, object]:
    cast = dict.fromkeys(c.name for c in sheet.credits if c.role in PERFORMERS)
    return {
        "external_id": sheet.external_id or None,
        "type": sheet.type,
        "year": sheet.year,
        "rating": sheet.rating,
        "maturity": judged.maturity,
        "genres": _json(list(sheet.genres)),
        "people": _json(list(cast)),
        "original_language": sheet.original_language,
        "belongs_to": sheet.series or None,
        "season": sheet.season,
        "episode": sheet.episode,
        "marks": _json(dict(sheet.marks)),
        "ages": _json(dict(judged.ages)),
        "tags": _json(list(sheet.tags)),
        "version": version,
    }


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def chosen(work: Work, by: Selection, *, limit: int, offset: int = 0) -> tuple[list[TitleId], int]:
    """And how many there are in all. Newest first; the episodes of a series in their order."""
    which: list[sa.ColumnElement[bool]] = [_HERE]
    if by.ids is not None:
        which.append(TITLE.c.id.in_(by.ids))
    if by.text.strip():
        which.append(_is_named(by.text.strip()))
    if by.type is not None:
        which.append(TITLE.c.type == by.type)
    if by.state is not None:
        which.append(TITLE.c.state == by.state)
    if by.genre:
        which.append(TITLE.c.genres.contains(_json(by.genre), autoescape=True))
    if by.tag:
        which.append(TITLE.c.tags.contains(_json(by.tag), autoescape=True))
    if by.series is not None:
        which.append(TITLE.c.belongs_to == by.series)
    newest: list[sa.ColumnElement[Any]] = [TITLE.c.created_at.desc(), TITLE.c.id.desc()]
    order = newest if by.series is None else [TITLE.c.season, TITLE.c.episode, TITLE.c.id]
    total = work.execute(sa.select(sa.func.count()).select_from(TITLE).where(*which)).scalar_one()
    query = sa.select(TITLE.c.id).where(*which).order_by(*order).limit(limit).offset(offset)
    return [TitleId(row.id) for row in work.execute(query)], total


def _is_named(text: str) -> sa.ColumnElement[bool]:
    named = sa.select(WORDS.c.title_id).where(WORDS.c.name.icontains(text, autoescape=True))
    others = sa.select(sheets.alias.c.title_id).where(sheets.alias.c.name.icontains(text, autoescape=True))
    return (
        TITLE.c.id.in_(named)
        | TITLE.c.id.in_(others)
        | (TITLE.c.id == text)
        | TITLE.c.external_id.icontains(text, autoescape=True)
    )


def after(work: Work, last: TitleId | None, *, episodes: bool, limit: int) -> list[TitleId]:
    """For a walk over all of them, by id: first all but episodes, then those."""
    which = TITLE.c.type == "episode" if episodes else _HERE & (TITLE.c.type != "episode")
    if last is not None:
        which &= TITLE.c.id > last
    return [
        TitleId(row.id) for row in work.execute(sa.select(TITLE.c.id).where(which).order_by(TITLE.c.id).limit(limit))
    ]


def languages(work: Work) -> list[str]:
    mine = sa.select(WORDS.c.language).join(TITLE, TITLE.c.id == WORDS.c.title_id).where(_HERE).distinct()
    return sorted(row.language for row in work.execute(mine))


def shared_names(work: Work) -> set[str]:
    """Those of several people: a name is not enough to say who is meant."""
    people = sheets.person
    query = sa.select(people.c.name).group_by(people.c.name).having(sa.func.count() > 1)
    return {row.name for row in work.execute(query)}


def maker_names(work: Work, ids: Sequence[str]) -> dict[str, str]:
    """What makers call them, of those that have such a name."""
    rows = work.execute(sa.select(TITLE.c.id, TITLE.c.external_id).where(TITLE.c.id.in_(ids)))
    return {row.id: row.external_id for row in rows if row.external_id}


def schedule(work: Work, title_id: TitleId, at: Instant | None) -> None:
    """Until then nothing publishes it by itself."""
    work.execute(sa.update(TITLE).where(TITLE.c.id == title_id).values(publish_at=at, publish_when_placed=False))


def due(work: Work, at: Instant) -> list[TitleId]:
    mine = sa.select(TITLE.c.id).where(TITLE.c.publish_at.is_not(None), TITLE.c.publish_at <= at)
    return [TitleId(row.id) for row in work.execute(mine.order_by(TITLE.c.publish_at, TITLE.c.id))]


def opened(work: Work, title_id: TitleId, *, at: Instant) -> None:
    """Its hour has come: what of it is not placed yet is published as soon as it is."""
    work.execute(sa.update(TITLE).where(TITLE.c.id == title_id).values(publish_at=None, publish_when_placed=True))
    store.follow_episodes(work, title_id, at=at)
