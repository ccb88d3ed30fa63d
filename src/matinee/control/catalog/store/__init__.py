"""Catalog's tables: titles, their words, artwork, rights windows, releases."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from matinee.control.catalog.api import (
    EVERYWHERE,
    Artwork,
    DeskTitle,
    NewTitle,
    ReleaseNote,
    Rights,
    Title,
    TitleNotFound,
    TitleState,
    Window,
    Words,
)
from matinee.control.catalog.api.ratings import RatingSystem
from matinee.control.catalog.model.artwork import arranged
from matinee.control.catalog.model.current import Choice, earlier
from matinee.control.catalog.model.markers import FoundMarkers
from matinee.control.catalog.store import finding as finding  # its table is part of the schema
from matinee.control.catalog.store import sheets
from matinee.control.catalog.store.metadata import TABLES
from matinee.control.catalog.store.windows import HAVING_WINDOWS, windows_of
from matinee.control.catalog.store.windows import OWNED as RIGHTS
from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.ids import ReleaseId, TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json
from matinee.wire.events import ReleasePublished, ReleaseReady, RightsEnded, TitleChanged
from matinee.wire.releases import Marker

_title = sa.Table(
    "title",
    TABLES,
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
    sa.Column("belongs_to", sa.String(36), index=True),
    sa.Column("chosen_release", sa.String(36)),
    sa.Column("chosen_over", At),
    sa.Column("season", sa.Integer),
    sa.Column("episode", sa.Integer),
    sa.Column("marks", sa.Text, nullable=False, server_default="{}"),
    sa.Column("ages", sa.Text, nullable=False, server_default="{}"),
    sa.Column("tags", sa.Text, nullable=False, server_default="[]"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("publish_at", At, index=True),
)
_words = sa.Table(
    "title_words",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("language", sa.String(20), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("synopsis", sa.Text, nullable=False),
)
_artwork = sa.Table(
    "title_artwork",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("release_id", sa.String(36), primary_key=True),
    sa.Column("object_key", sa.String(300), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("shows", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
)
_release = sa.Table(
    "title_release",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("title_id", sa.ForeignKey("title.id"), nullable=False, index=True),
    sa.Column("profile", sa.String(20), nullable=False),
    sa.Column("created_at", At, nullable=False),
    sa.Column("duration_ms", sa.Integer, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("manifest_sha256", sa.String(64), nullable=False),
    sa.Column("placed", sa.Boolean, nullable=False),
    sa.Column("edition", sa.String(64), nullable=False, server_default=""),
)
_edition = sa.Table(
    "title_edition",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("edition", sa.String(64), primary_key=True),
    sa.Column("handed_in_at", At, nullable=False),
)
_markers = sa.Table(
    "title_markers",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("source_sha256", sa.String(64), nullable=False),
    sa.Column("markers", sa.Text, nullable=False),
)

TITLE, WORDS = _title, _words
"""For the stores beside this one."""

_UNRATED = RatingSystem().unrated

SCHEMA = Schema("catalog", TABLES, Path(__file__).parents[1] / "migrations")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a title's pointer is, and what may move it."""

    current: str | None
    choice: Choice | None
    is_withdrawn: bool
    publishes_itself: bool
    """Its releases become current without anybody's word."""


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
            "belongs_to": new.belongs_to,
            "season": new.season,
            "episode": new.episode,
            **_description(new, maturity),
        },
    )
    put_words(work, title_id, new.words)
    work.emit(TitleChanged(title_id))


def describe(work: Work, title_id: TitleId, new: NewTitle, *, maturity: int) -> None:
    """Say of a known title what is said of it now. Where that is the same, nothing happened."""
    wanted = _description(new, maturity)
    columns = [_title.c[name] for name in wanted]
    there = work.execute(sa.select(*columns).where(_title.c.id == title_id)).one()
    if dict(there._mapping) == wanted and _words_of(work, [title_id]).get(title_id) == dict(new.words):
        return
    fresh = {**wanted, "version": _title.c.version + 1}
    work.execute(sa.update(_title).where(_title.c.id == title_id).values(**fresh))
    put_words(work, title_id, new.words)
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


def put_words(work: Work, title_id: TitleId, by_language: Mapping[str, Words]) -> None:
    work.execute(sa.delete(_words).where(_words.c.title_id == title_id))
    work.execute(
        sa.insert(_words),
        [
            {"title_id": title_id, "language": language, "name": words.name, "synopsis": words.synopsis}
            for language, words in by_language.items()
        ],
    )


def put_artwork(work: Work, title_id: TitleId, release_id: ReleaseId, artwork: Sequence[Artwork]) -> None:
    """Made with this release, and shown from it on. The release need not be ready yet."""
    its = (_artwork.c.title_id == title_id) & (_artwork.c.release_id == release_id)
    work.execute(sa.delete(_artwork).where(its))
    for position, picture in enumerate({a.key: a for a in artwork}.values()):
        work.execute(
            sa.insert(_artwork),
            {
                "title_id": title_id,
                "release_id": release_id,
                "object_key": picture.key,
                "kind": picture.kind,
                "shows": picture.shows,
                "position": position,
            },
        )
    work.emit(TitleChanged(title_id))


def put_markers(work: Work, title_id: TitleId, found: FoundMarkers) -> None:
    work.execute(sa.delete(_markers).where(_markers.c.title_id == title_id))
    row = {"title_id": title_id, "source_sha256": found.source_sha256, "markers": to_json(found.markers).decode()}
    work.execute(sa.insert(_markers), row)


def found_markers(work: Work, title_id: TitleId) -> FoundMarkers | None:
    row = work.execute(sa.select(_markers).where(_markers.c.title_id == title_id)).first()
    return None if row is None else FoundMarkers(row.source_sha256, from_json(row.markers, tuple[Marker, ...]))


def record_release(work: Work, ready: ReleaseReady, *, at: Instant) -> None:
    """Note a finished release once; a repeated event finds it there. The title may be gone since."""
    if work.execute(sa.select(_release.c.id).where(_release.c.id == ready.release_id)).first():
        return
    if work.execute(sa.select(_title.c.id).where(_title.c.id == ready.title_id)).first() is None:
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
            "edition": ready.edition,
        },
    )
    if ready.edition and not _is_known(work, ready.title_id, ready.edition):
        _note_edition(work, ready.title_id, ready.edition, at=at)


def hand_in(work: Work, title_id: TitleId, edition: str, releases: Sequence[ReleaseId], *, at: Instant) -> None:
    """From now on this edition is the last. Releases from before editions had names get theirs."""
    if _is_known(work, title_id, edition):
        same = (_edition.c.title_id == title_id) & (_edition.c.edition == edition)
        work.execute(sa.update(_edition).where(same).values(handed_in_at=at))
    else:
        _note_edition(work, title_id, edition, at=at)
    nameless = (_release.c.title_id == title_id) & _release.c.id.in_(releases) & (_release.c.edition == "")
    work.execute(sa.update(_release).where(nameless).values(edition=edition))


def _is_known(work: Work, title_id: str, edition: str) -> bool:
    same = (_edition.c.title_id == title_id) & (_edition.c.edition == edition)
    return work.execute(sa.select(_edition.c.edition).where(same)).first() is not None


def _note_edition(work: Work, title_id: str, edition: str, *, at: Instant) -> None:
    work.execute(sa.insert(_edition), {"title_id": title_id, "edition": edition, "handed_in_at": at})


def mark_placed(work: Work, release_id: str) -> bool:
    """False where that is known: a repeated event changes nothing, or it would undo what a person did since."""
    fresh = (_release.c.id == release_id) & _release.c.placed.is_(False)
    return work.execute(sa.update(_release).where(fresh).values(placed=True)).rowcount > 0


def placed_releases(work: Work, title_id: TitleId) -> list[ReleaseNote]:
    """Newest first."""
    return [r for r in _releases(work, [title_id]).get(title_id, []) if r.placed]


def standing(work: Work, title_id: TitleId) -> Standing:
    row = work.execute(sa.select(_title).where(_title.c.id == title_id)).first()
    if row is None:
        raise TitleNotFound
    choice = None if row.chosen_release is None else Choice(row.chosen_release, row.chosen_over)
    is_withdrawn = row.state == "withdrawn"
    return Standing(row.current_release, choice, is_withdrawn, row.publish_when_placed and not is_withdrawn)


def release_hash(work: Work, release_id: ReleaseId) -> str | None:
    found: str | None = work.execute(
        sa.select(_release.c.manifest_sha256).where(_release.c.id == release_id)
    ).scalar_one_or_none()
    return found


def point_to(work: Work, title_id: TitleId, release: ReleaseNote, choice: Choice | None, *, at: Instant) -> None:
    """Move the current pointer, and say whether a person chose it. What had an hour to come at publishes itself from now
    on: it has come."""
    publishes_itself = sa.or_(_title.c.publish_when_placed, _title.c.publish_at.is_not(None))
    work.execute(
        sa.update(_title)
        .where(_title.c.id == title_id)
        .values(
            current_release=release.release_id,
            duration_ms=release.duration_ms,
            state="available",
            publish_when_placed=publishes_itself,
            publish_at=None,
            chosen_release=None if choice is None else choice.release_id,
            chosen_over=None if choice is None else choice.over,
        )
    )
    work.emit(ReleasePublished(title_id, release.release_id))
    _follow_episodes(work, title_id, at=at)


def show_series(work: Work, title_id: TitleId) -> bool:
    """A series is there when an episode is. False: none is, so it cannot be."""
    (first,) = work.execute(sa.select(sa.func.count()).where(_AVAILABLE_EPISODE, _title.c.belongs_to == title_id)).one()
    if not first:
        return False
    shown = {"state": "available", "publish_when_placed": True, "publish_at": None}
    work.execute(sa.update(_title).where(_title.c.id == title_id).values(**shown))
    work.emit(TitleChanged(title_id))
    return True


def _follow_episodes(work: Work, episode_id: TitleId, *, at: Instant) -> None:
    """Its series comes with the first that comes, and goes with the last that goes. One that is withdrawn stays so."""
    above = work.execute(
        sa.select(_title.c.belongs_to).where(_title.c.id == episode_id, _title.c.type == "episode")
    ).scalar_one_or_none()
    if above is not None:
        follow_episodes(work, TitleId(above), at=at)


def follow_episodes(work: Work, series_id: TitleId, *, at: Instant) -> None:
    there = sa.exists().where(_AVAILABLE_EPISODE, _title.c.belongs_to == series_id)
    wanted = "available" if work.execute(sa.select(there)).scalar_one() else "preparing"
    mine = (_title.c.id == series_id) & (_title.c.type == "series")
    waits = _title.c.publish_when_placed.is_(False) if wanted == "available" else sa.false()
    other = sa.update(_title).where(mine, _title.c.state.not_in(["withdrawn", wanted]), ~waits)
    if work.execute(other.values(state=wanted)).rowcount:
        work.emit(TitleChanged(series_id))
        if wanted == "preparing":
            work.emit(RightsEnded(series_id, (EVERYWHERE,), at, "withdrawn"))


def withdraw(work: Work, title_id: TitleId, *, at: Instant) -> None:
    """What a person chose is kept, for when it comes back."""
    _say_over(work, title_id, at=at)
    gone = {"current_release": None, "duration_ms": None, "state": "withdrawn"}
    work.execute(sa.update(_title).where(_title.c.id == title_id).values(**gone))
    work.emit(ReleasePublished(title_id, None))
    _follow_episodes(work, title_id, at=at)


def _say_over(work: Work, title_id: TitleId, *, at: Instant) -> None:
    """Of what could be watched. A series has no release of its own, and its parts end with it."""
    if work.execute(sa.select(_title.c.state).where(_title.c.id == title_id)).scalar_one_or_none() == "available":
        work.emit(RightsEnded(title_id, (EVERYWHERE,), at, "withdrawn"))


def remove(work: Work, title_id: TitleId, *, at: Instant) -> None:
    _say_over(work, title_id, at=at)
    for table in (_words, _artwork, *RIGHTS, _markers, _release, _edition, *sheets.BESIDE):
        work.execute(sa.delete(table).where(table.c.title_id == title_id))
    work.execute(sa.update(_title).where(_title.c.id == title_id).values(state="withdrawn"))
    _follow_episodes(work, title_id, at=at)
    if work.execute(sa.delete(_title).where(_title.c.id == title_id)).rowcount:
        work.emit(ReleasePublished(title_id, None))


# What every page and every play asks. Built once: building a statement costs three times what asking it does.
_THESE: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_NEWEST_FIRST = (_title.c.created_at.desc(), _title.c.id.desc())
_TITLES_OF = sa.select(_title).where(_title.c.id.in_(_THESE)).order_by(*_NEWEST_FIRST)
_RIGHTS_OF = sa.select(
    _title.c.id, _title.c.state, _title.c.maturity, _title.c.belongs_to, _title.c.type, _title.c.ages
).where(_title.c.id.in_(_THESE))
_AVAILABLE_EPISODE = (_title.c.type == "episode") & (_title.c.state == "available")
_FIRST_EPISODES = (_title.c.season, _title.c.episode, _title.c.id)
_WORDS_OF = sa.select(_words).where(_words.c.title_id.in_(_THESE))
_ARTWORK_OF = sa.select(_artwork).where(_artwork.c.title_id.in_(_THESE)).order_by(_artwork.c.position)


def rights(work: Work, ids: Sequence[TitleId]) -> dict[TitleId, Rights]:
    windows = windows_of(work, ids)
    rows = work.execute(_RIGHTS_OF, {"ids": ids}).all()
    above = _rights_above(work, rows)
    return {
        TitleId(row.id): Rights(
            TitleId(row.id),
            row.state,
            row.maturity,
            windows.get(row.id, ()),
            above.get(row.belongs_to),
            row.type == "episode",
            _ages(row),
        )
        for row in rows
    }


def _rights_above(work: Work, rows: Sequence[sa.Row[Any]]) -> Mapping[TitleId, Rights]:
    """Of the titles that these belong to. Hardly anything belongs to another, and then nothing more is asked."""
    above = sorted({TitleId(row.belongs_to) for row in rows if row.belongs_to is not None})
    if not above:
        return {}
    # One that is gone may have been for anybody or for nobody: so it is for nobody.
    gone = {title_id: Rights(title_id, "unknown", _UNRATED, ()) for title_id in above}
    return {**gone, **rights(work, above)}


def titles(work: Work, ids: Sequence[TitleId]) -> list[Title]:
    """Newest first."""
    return _whole(work, work.execute(_TITLES_OF, {"ids": ids}).all())


def all_titles(work: Work) -> list[Title]:
    """Newest first."""
    return _whole(work, work.execute(sa.select(_title).order_by(*_NEWEST_FIRST)).all())


def entries(work: Work, *, state: TitleState) -> list[Title]:
    """What stands in rows and on pages of its own, newest first."""
    mine = (_title.c.state == state) & _title.c.belongs_to.is_(None)
    return _whole(work, work.execute(sa.select(_title).where(mine).order_by(*_NEWEST_FIRST)).all())


def belonging(work: Work, title_id: TitleId) -> list[Title]:
    """Oldest first."""
    query = sa.select(_title).where(_title.c.belongs_to == title_id).order_by(_title.c.created_at, _title.c.id)
    return _whole(work, work.execute(query).all())


def episodes(work: Work, series_id: TitleId) -> list[Title]:
    """In the order in which they are watched."""
    mine = (_title.c.belongs_to == series_id) & (_title.c.type == "episode")
    return _whole(work, work.execute(sa.select(_title).where(mine).order_by(*_FIRST_EPISODES)).all())


def series_of(work: Work, ids: Sequence[TitleId]) -> dict[TitleId, TitleId]:
    """Those among them that are episodes."""
    mine = _title.c.id.in_(ids) & (_title.c.type == "episode")
    rows = work.execute(sa.select(_title.c.id, _title.c.belongs_to).where(mine))
    return {TitleId(row.id): TitleId(row.belongs_to) for row in rows}


def _whole(work: Work, rows: Sequence[sa.Row[Any]]) -> list[Title]:
    found = [TitleId(row.id) for row in rows]
    words, artwork, windows = _words_of(work, found), _artwork_of(work, rows), windows_of(work, found)
    above = _rights_above(work, rows)
    return [
        _title_from(row, words[row.id], artwork.get(row.id, ()), windows.get(row.id, ()), above.get(row.belongs_to))
        for row in rows
    ]


def desk(work: Work) -> list[DeskTitle]:
    return _with_releases(work, all_titles(work))


def desk_titles(work: Work, ids: Sequence[TitleId]) -> list[DeskTitle]:
    return _with_releases(work, titles(work, ids))


def _with_releases(work: Work, found: Sequence[Title]) -> list[DeskTitle]:
    releases = _releases(work, [t.id for t in found])
    return [_desk_title(title, releases.get(title.id, [])) for title in found]


def _desk_title(title: Title, releases: Sequence[ReleaseNote]) -> DeskTitle:
    back = earlier([release for release in releases if release.placed], title.current_release)
    return DeskTitle(title, tuple(releases), None if back is None else back.release_id)


def _title_from(
    row: sa.Row[Any],
    words: Mapping[str, Words],
    artwork: tuple[Artwork, ...],
    windows: tuple[Window, ...],
    belongs_to: Rights | None,
) -> Title:
    return Title(
        TitleId(row.id),
        row.type,
        words,
        row.original_language,
        row.year,
        row.rating,
        _maturity(row, belongs_to),
        _tuple(row.genres),
        _tuple(row.people),
        row.state,
        ReleaseId(row.current_release) if row.current_release else None,
        row.duration_ms,
        artwork,
        windows,
        row.created_at,
        belongs_to,
        row.season,
        row.episode,
        msgspec.json.decode(row.marks, type=dict[str, str]),
        _ages_of(row, belongs_to),
        _tuple(row.tags),
    )


def _maturity(row: sa.Row[Any], belongs_to: Rights | None) -> int:
    if belongs_to is None:
        return int(row.maturity)
    return max(row.maturity, belongs_to.maturity) if row.type == "episode" else belongs_to.maturity


def _ages_of(row: sa.Row[Any], belongs_to: Rights | None) -> dict[str, int]:
    """What is part of another title can be seen by nobody who may not see that one."""
    own = _ages(row)
    if belongs_to is None or row.type != "episode":
        return own if belongs_to is None else dict(belongs_to.ages)
    countries = {*own, *belongs_to.ages}
    return {c: max(own.get(c, row.maturity), belongs_to.age_in(c)) for c in countries}


def _ages(row: sa.Row[Any]) -> dict[str, int]:
    return {} if row.ages == "{}" else msgspec.json.decode(row.ages, type=dict[str, int])


def _words_of(work: Work, ids: Sequence[str]) -> dict[str, dict[str, Words]]:
    found: dict[str, dict[str, Words]] = {}
    for row in work.execute(_WORDS_OF, {"ids": ids}):
        found.setdefault(row.title_id, {})[row.language] = Words(row.name, row.synopsis)
    return found


def _artwork_of(work: Work, titles: Sequence[sa.Row[Any]]) -> dict[str, tuple[Artwork, ...]]:
    sets: dict[str, dict[str, tuple[Artwork, ...]]] = {}
    for row in work.execute(_ARTWORK_OF, {"ids": [title.id for title in titles]}):
        its = sets.setdefault(row.title_id, {})
        its[row.release_id] = (*its.get(row.release_id, ()), Artwork(row.kind, row.object_key, row.shows))
    made = {title.id: _shown(sets[title.id], title.current_release) for title in titles if title.id in sets}
    by_desk = sheets.pictures_of(work, [title.id for title in titles])
    found = {i: arranged(made.get(i, ()), by_desk.get(i, ())) for i in {*made, *by_desk}}
    bare = [title.id for title in titles if title.type == "series" and title.id not in found]
    return found | (_of_episodes(work, bare) if bare else {})


def _of_episodes(work: Work, series: Sequence[str]) -> dict[str, tuple[Artwork, ...]]:
    """A series without pictures of its own shows those of its first episode that has any."""
    mine = _title.c.belongs_to.in_(series) & _AVAILABLE_EPISODE
    episodes = work.execute(sa.select(_title).where(mine).order_by(*_FIRST_EPISODES)).all()
    pictures = _artwork_of(work, episodes)
    found: dict[str, tuple[Artwork, ...]] = {}
    for episode in episodes:
        if episode.id in pictures:
            found.setdefault(episode.belongs_to, pictures[episode.id])
    return found


def _shown(sets: Mapping[str, tuple[Artwork, ...]], current: str | None) -> tuple[Artwork, ...]:
    """The newest that is not newer than what is watched: not every release brings pictures. Ids grow with time."""
    until_now = [release_id for release_id in sets if current is None or release_id <= current]
    return sets[max(until_now) if until_now else min(sets)]


def with_episodes(work: Work, windows: Mapping[TitleId, tuple[Window, ...]]) -> Mapping[TitleId, tuple[Window, ...]]:
    """An episode that has no windows of its own has those of its series."""
    of_series = (_title.c.type == "episode") & _title.c.belongs_to.in_(HAVING_WINDOWS)
    rows = work.execute(sa.select(_title.c.id, _title.c.belongs_to).where(of_series)) if windows else ()
    inherited = {TitleId(row.id): windows.get(TitleId(row.belongs_to)) for row in rows}
    return {**{title_id: found for title_id, found in inherited.items() if found is not None}, **windows}


def all_parts(work: Work) -> dict[TitleId, TitleId]:
    """Each trailer and preview, with the title it belongs to."""
    part = _title.c.belongs_to.is_not(None) & (_title.c.type != "episode")
    rows = work.execute(sa.select(_title.c.id, _title.c.belongs_to).where(part))
    return {TitleId(row.id): TitleId(row.belongs_to) for row in rows}


def _releases(work: Work, ids: Sequence[str]) -> dict[str, list[ReleaseNote]]:
    found: dict[str, list[ReleaseNote]] = {}
    of_edition = (_edition.c.title_id == _release.c.title_id) & (_edition.c.edition == _release.c.edition)
    query = (
        sa.select(_release, _edition.c.handed_in_at)
        .outerjoin(_edition, of_edition)
        .where(_release.c.title_id.in_(ids))
        .order_by(_release.c.created_at.desc(), _release.c.id.desc())
    )
    for row in work.execute(query):
        note = ReleaseNote(
            ReleaseId(row.id),
            row.profile,
            row.created_at,
            row.duration_ms,
            row.size_bytes,
            row.placed,
            row.edition,
            row.handed_in_at,
        )
        found.setdefault(row.title_id, []).append(note)
    return found


def aliases_of(work: Work, title_id: TitleId) -> list[str]:
    """Its other names, in any language."""
    return [each.name for each in sheets.aliases_of(work, [title_id]).get(title_id, ())]


def _list(values: Iterable[str]) -> str:
    return msgspec.json.encode(list(values)).decode()


def _tuple(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
