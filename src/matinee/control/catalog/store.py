"""Catalog's tables: titles, their words, artwork, rights windows, releases."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from matinee.control.catalog.api import (
    Artwork,
    DeskTitle,
    NewTitle,
    ReleaseNote,
    Rights,
    Title,
    TitleState,
    Window,
    Words,
)
from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.events import ReleasePublished, ReleaseReady, TitleChanged

_tables = sa.MetaData()

_title = sa.Table(
    "title",
    _tables,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("external_id", sa.String(200), unique=True),
    sa.Column("type", sa.String(20), nullable=False),
    sa.Column("year", sa.Integer),
    sa.Column("rating", sa.String(20), nullable=False),
    sa.Column("maturity", sa.Integer, nullable=False),
    sa.Column("genres", sa.Text, nullable=False),
    sa.Column("people", sa.Text, nullable=False),
    sa.Column("original_language", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("current_release", sa.String(36)),
    sa.Column("duration_ms", sa.Integer),
    sa.Column("publish_when_placed", sa.Boolean, nullable=False),
    sa.Column("created_at", At, nullable=False),
)
_words = sa.Table(
    "title_words",
    _tables,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("language", sa.String(20), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("synopsis", sa.Text, nullable=False),
)
_artwork = sa.Table(
    "title_artwork",
    _tables,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("object_key", sa.String(300), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("shows", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
)
_window = sa.Table(
    "rights_window",
    _tables,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("start_at", At),
    sa.Column("end_at", At),
    sa.Column("plan_rank", sa.Integer, nullable=False),
    sa.Column("offline", sa.Boolean, nullable=False),
)
_release = sa.Table(
    "title_release",
    _tables,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("title_id", sa.ForeignKey("title.id"), nullable=False, index=True),
    sa.Column("profile", sa.String(20), nullable=False),
    sa.Column("created_at", At, nullable=False),
    sa.Column("duration_ms", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("manifest_sha256", sa.String(64), nullable=False),
    sa.Column("placed", sa.Boolean, nullable=False),
)

SCHEMA = Schema("catalog", _tables, Path(__file__).parent / "migrations")


def find_external(work: Work, external_id: str) -> TitleId | None:
    found = work.execute(sa.select(_title.c.id).where(_title.c.external_id == external_id)).scalar_one_or_none()
    return None if found is None else TitleId(found)


def insert(work: Work, title_id: TitleId, new: NewTitle, *, maturity: int, at: Instant) -> None:
    work.execute(
        sa.insert(_title),
        {
            "id": title_id,
            "external_id": new.external_id,
            "state": "preparing",
            "publish_when_placed": new.publish_when_placed,
            "created_at": at,
            **_description(new, maturity),
        },
    )
    _put_words(work, title_id, new.words)
    work.emit(TitleChanged(title_id))


def describe(work: Work, title_id: TitleId, new: NewTitle, *, maturity: int) -> None:
    """Say of a known title what is said of it now. Where that is the same, nothing happened."""
    wanted = _description(new, maturity)
    columns = [_title.c[name] for name in wanted]
    there = work.execute(sa.select(*columns).where(_title.c.id == title_id)).one()
    if dict(there._mapping) == wanted and _words_of(work, [title_id]).get(title_id) == dict(new.words):
        return
    work.execute(sa.update(_title).where(_title.c.id == title_id).values(**wanted))
    work.execute(sa.delete(_words).where(_words.c.title_id == title_id))
    _put_words(work, title_id, new.words)
    work.emit(TitleChanged(title_id))


def _description(new: NewTitle, maturity: int) -> dict[str, object]:
    return {
        "type": new.type,
        "year": new.year,
        "rating": new.rating,
        "maturity": maturity,
        "genres": _list(new.genres),
        "people": _list(new.cast),
        "original_language": next(iter(new.words)),
    }


def _put_words(work: Work, title_id: TitleId, by_language: Mapping[str, Words]) -> None:
    work.execute(
        sa.insert(_words),
        [
            {"title_id": title_id, "language": language, "name": words.name, "synopsis": words.synopsis}
            for language, words in by_language.items()
        ],
    )


def put_artwork(work: Work, title_id: TitleId, artwork: Sequence[Artwork]) -> None:
    work.execute(sa.delete(_artwork).where(_artwork.c.title_id == title_id))
    for position, picture in enumerate({a.key: a for a in artwork}.values()):
        work.execute(
            sa.insert(_artwork),
            {
                "title_id": title_id,
                "object_key": picture.key,
                "kind": picture.kind,
                "shows": picture.shows,
                "position": position,
            },
        )
    work.emit(TitleChanged(title_id))


def put_windows(work: Work, title_id: TitleId, windows: Sequence[Window]) -> None:
    work.execute(sa.delete(_window).where(_window.c.title_id == title_id))
    for position, window in enumerate(windows):
        work.execute(
            sa.insert(_window),
            {
                "title_id": title_id,
                "position": position,
                "country": window.country,
                "start_at": window.start,
                "end_at": window.end,
                "plan_rank": window.plan_rank,
                "offline": window.offline,
            },
        )
    work.emit(TitleChanged(title_id))


def record_release(work: Work, ready: ReleaseReady, *, at: Instant) -> None:
    """Note a finished release once; a repeated event finds it there."""
    if work.execute(sa.select(_release.c.id).where(_release.c.id == ready.release_id)).first():
        return
    work.execute(
        sa.insert(_release),
        {
            "id": ready.release_id,
            "title_id": ready.title_id,
            "profile": ready.profile,
            "created_at": at,
            "duration_ms": ready.duration_ms,
            "size_bytes": ready.size_bytes,
            "manifest_sha256": ready.manifest_sha256,
            "placed": False,
        },
    )


def mark_placed(work: Work, release_id: str) -> bool:
    """Whether the title wants to be published by this. A repeated event changes nothing, or it would undo a roll back."""
    fresh = (_release.c.id == release_id) & _release.c.placed.is_(False)
    if work.execute(sa.update(_release).where(fresh).values(placed=True)).rowcount == 0:
        return False
    row = work.execute(
        sa.select(_title.c.publish_when_placed, _title.c.state)
        .join(_release, _release.c.title_id == _title.c.id)
        .where(_release.c.id == release_id)
    ).first()
    return row is not None and bool(row.publish_when_placed) and row.state != "withdrawn"


def placed_releases(work: Work, title_id: TitleId) -> list[ReleaseNote]:
    """Newest first."""
    return [r for r in _releases(work, [title_id]).get(title_id, []) if r.placed]


def current_release(work: Work, title_id: TitleId) -> str | None:
    found: str | None = work.execute(sa.select(_title.c.current_release).where(_title.c.id == title_id)).scalar()
    return found


def release_hash(work: Work, release_id: ReleaseId) -> str | None:
    found: str | None = work.execute(
        sa.select(_release.c.manifest_sha256).where(_release.c.id == release_id)
    ).scalar_one_or_none()
    return found


def point_to(work: Work, title_id: TitleId, release: ReleaseNote | None) -> None:
    """Move the current pointer; None withdraws the title."""
    work.execute(
        sa.update(_title)
        .where(_title.c.id == title_id)
        .values(
            current_release=release.release_id if release else None,
            duration_ms=release.duration_ms if release else None,
            state="available" if release else "withdrawn",
        )
    )
    work.emit(ReleasePublished(title_id, release.release_id if release else None))


# What every page and every play asks. Built once: building a statement costs three times what asking it does.
_THESE: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_NEWEST_FIRST = (_title.c.created_at.desc(), _title.c.id.desc())
_TITLES_OF = sa.select(_title).where(_title.c.id.in_(_THESE)).order_by(*_NEWEST_FIRST)
_RIGHTS_OF = sa.select(_title.c.id, _title.c.state, _title.c.maturity).where(_title.c.id.in_(_THESE))
_WORDS_OF = sa.select(_words).where(_words.c.title_id.in_(_THESE))
_ARTWORK_OF = sa.select(_artwork).where(_artwork.c.title_id.in_(_THESE)).order_by(_artwork.c.position)
_WINDOWS_OF = sa.select(_window).where(_window.c.title_id.in_(_THESE)).order_by(_window.c.position)


def rights(work: Work, ids: Sequence[TitleId]) -> dict[TitleId, Rights]:
    windows = _windows(work, ids)
    rows = work.execute(_RIGHTS_OF, {"ids": ids})
    return {TitleId(row.id): Rights(TitleId(row.id), row.state, row.maturity, windows.get(row.id, ())) for row in rows}


def titles(work: Work, ids: Sequence[TitleId]) -> list[Title]:
    """Newest first."""
    return _whole(work, work.execute(_TITLES_OF, {"ids": ids}).all())


def all_titles(work: Work, *, state: TitleState | None = None) -> list[Title]:
    """Newest first."""
    query = sa.select(_title).order_by(*_NEWEST_FIRST)
    return _whole(work, work.execute(query if state is None else query.where(_title.c.state == state)).all())


def _whole(work: Work, rows: Sequence[sa.Row[Any]]) -> list[Title]:
    found = [TitleId(row.id) for row in rows]
    words, artwork, windows = _words_of(work, found), _artwork_of(work, found), _windows(work, found)
    return [_title_from(row, words[row.id], artwork.get(row.id, ()), windows.get(row.id, ())) for row in rows]


def desk(work: Work) -> list[DeskTitle]:
    return _with_releases(work, all_titles(work))


def desk_titles(work: Work, ids: Sequence[TitleId]) -> list[DeskTitle]:
    return _with_releases(work, titles(work, ids))


def _with_releases(work: Work, found: Sequence[Title]) -> list[DeskTitle]:
    releases = _releases(work, [t.id for t in found])
    return [DeskTitle(t, tuple(releases.get(t.id, ()))) for t in found]


def _title_from(
    row: sa.Row[Any], words: Mapping[str, Words], artwork: tuple[Artwork, ...], windows: tuple[Window, ...]
) -> Title:
    return Title(
        TitleId(row.id),
        row.type,
        words,
        row.original_language,
        row.year,
        row.rating,
        row.maturity,
        _tuple(row.genres),
        _tuple(row.people),
        row.state,
        ReleaseId(row.current_release) if row.current_release else None,
        row.duration_ms,
        artwork,
        windows,
        row.created_at,
    )


def _words_of(work: Work, ids: Sequence[str]) -> dict[str, dict[str, Words]]:
    found: dict[str, dict[str, Words]] = {}
    for row in work.execute(_WORDS_OF, {"ids": ids}):
        found.setdefault(row.title_id, {})[row.language] = Words(row.name, row.synopsis)
    return found


def _artwork_of(work: Work, ids: Sequence[str]) -> dict[str, tuple[Artwork, ...]]:
    found: dict[str, tuple[Artwork, ...]] = {}
    for row in work.execute(_ARTWORK_OF, {"ids": ids}):
        found[row.title_id] = (*found.get(row.title_id, ()), Artwork(row.kind, row.object_key, row.shows))
    return found


def _windows(work: Work, ids: Sequence[str]) -> dict[str, tuple[Window, ...]]:
    found: dict[str, tuple[Window, ...]] = {}
    for row in work.execute(_WINDOWS_OF, {"ids": ids}):
        window = Window(row.country, row.start_at, row.end_at, row.plan_rank, row.offline)
        found[row.title_id] = (*found.get(row.title_id, ()), window)
    return found


def _releases(work: Work, ids: Sequence[str]) -> dict[str, list[ReleaseNote]]:
    found: dict[str, list[ReleaseNote]] = {}
    query = (
        sa.select(_release)
        .where(_release.c.title_id.in_(ids))
        .order_by(_release.c.created_at.desc(), _release.c.id.desc())
    )
    for row in work.execute(query):
        note = ReleaseNote(ReleaseId(row.id), row.profile, row.created_at, row.duration_ms, row.size_bytes, row.placed)
        found.setdefault(row.title_id, []).append(note)
    return found


def _list(values: Iterable[str]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _tuple(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
