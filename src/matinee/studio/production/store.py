"""Production's tables: uploads, versions, turns, and a person's decisions. The journey's own state is the workflow engine's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from matinee.engines.database.port import At, Schema, Work
from matinee.kernel.quantities import Instant
from matinee.studio.production.api import DecisionMade, ReviewReason, Upload
from matinee.studio.production.model.trailers import PREVIEW
from matinee.wire.events import ReleaseReady, ReleaseRemoved

_tables = sa.MetaData()

_upload = sa.Table(
    "studio_upload",
    _tables,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64)),
    sa.Column("created_at", At, nullable=False),
    sa.Column("active_at", At),
    sa.Column("kept_sha256", sa.String(64)),
)

_version = sa.Table(
    "studio_version",
    _tables,
    sa.Column("release_id", sa.String(36), primary_key=True),
    sa.Column("title_id", sa.String(36), nullable=False, index=True),
    sa.Column("run_id", sa.String(200), nullable=False, unique=True),
    sa.Column("edition", sa.String(64), nullable=False),
    sa.Column("source_sha256", sa.String(64), nullable=False),
    sa.Column("profile", sa.String(10), nullable=False),
    sa.Column("name", sa.String(500), nullable=False),
    sa.Column("report", sa.Text, nullable=False),
    sa.Column("ready_at", At),
    sa.Column("created_at", At, nullable=False),
    sa.Column("review", sa.String(10), nullable=False, server_default="", index=True),
    sa.Column("belongs_to", sa.String(36), index=True),
)

_decision = sa.Table(
    "studio_decision",
    _tables,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("title_id", sa.String(36), nullable=False, index=True),
    sa.Column("decision", sa.String(20), nullable=False),
    sa.Column("by", sa.String(200), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", At, nullable=False),
    sa.Column("release_id", sa.String(36)),
)

# Which master a title is being made from. `until`: while its journey is being begun, nobody may begin another's.
_turn = sa.Table(
    "studio_turn",
    _tables,
    sa.Column("title_id", sa.String(36), primary_key=True),
    sa.Column("edition", sa.String(64), nullable=False),
    sa.Column("until", At),
)
# What a title's markers are found with: its latest master, and its place in its season.
_episode = sa.Table(
    "studio_episode",
    _tables,
    sa.Column("title_id", sa.String(36), primary_key=True),
    sa.Column("source_sha256", sa.String(64), nullable=False),
    sa.Column("series", sa.String(200), index=True),
    sa.Column("season", sa.Integer),
    sa.Column("number", sa.Integer),
)
# Sources that somebody is taking in at this moment, or deleting.
_claim = sa.Table(
    "studio_claim",
    _tables,
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(36), primary_key=True),
    sa.Column("deletes", sa.Boolean, nullable=False),
    sa.Column("until", At, nullable=False),
)

SCHEMA = Schema("production", _tables, Path(__file__).parent / "migrations")


@dataclass(frozen=True, slots=True)
class Announced:
    """What is known of an upload beside the bytes that arrived."""

    name: str
    length: int
    sha256: str | None
    """As its sender announced it."""
    kept: str | None
    """The hash it is kept under: it was taken in, and its own file is gone."""


@dataclass(frozen=True, slots=True)
class Version:
    release_id: str
    title_id: str
    run_id: str
    edition: str
    """Hash of the master and of everything that came with it."""
    source_sha256: str
    profile: str
    name: str
    report: str
    """JSON: findings and ladder, as far as they are known."""
    ready_at: Instant | None
    created_at: Instant
    review: str = ""
    """Why a person should look at it; empty where nobody need, or somebody has."""
    belongs_to: str | None = None
    """The title that this one's is a trailer or the preview of."""


@dataclass(frozen=True, slots=True)
class Episode:
    """Where a title stands in its season. Without a series it stands alone."""

    title_id: str
    source_sha256: str
    """Empty until its first release is out."""
    series: str | None
    season: int | None
    number: int | None


def add_upload(work: Work, upload: Upload, *, sha256: str | None, at: Instant) -> None:
    row = {"id": upload.id, "name": upload.name, "length": upload.length, "sha256": sha256, "created_at": at}
    work.execute(sa.insert(_upload), {**row, "active_at": at})


def upload(work: Work, upload_id: str) -> Announced | None:
    row = work.execute(sa.select(_upload).where(_upload.c.id == upload_id)).first()
    return None if row is None else Announced(row.name, row.length, row.sha256, row.kept_sha256)


def touch_upload(work: Work, upload_id: str, *, at: Instant) -> None:
    work.execute(sa.update(_upload).where(_upload.c.id == upload_id).values(active_at=at))


def note_kept(work: Work, upload_id: str, sha256: str, *, at: Instant) -> None:
    work.execute(sa.update(_upload).where(_upload.c.id == upload_id).values(kept_sha256=sha256, active_at=at))


def upload_of(work: Work, *, length: int, sha256: str) -> str | None:
    """An upload of the same content, if one was begun."""
    same = (_upload.c.length == length) & (_upload.c.sha256 == sha256)
    found: str | None = work.execute(sa.select(_upload.c.id).where(same).limit(1)).scalar()
    return found


def uploads_idle_since(work: Work, at: Instant) -> list[str]:
    return list(work.execute(sa.select(_upload.c.id).where(_upload.c.active_at < at)).scalars())


def upload_ids(work: Work) -> set[str]:
    return set(work.execute(sa.select(_upload.c.id)).scalars())


def remove_upload(work: Work, upload_id: str) -> None:
    work.execute(sa.delete(_upload).where(_upload.c.id == upload_id))


def add_version(work: Work, version: Version) -> Version:
    """The version of this run, made unless it is there: two at once end with one."""
    found = work.execute(sa.select(_version).where(_version.c.run_id == version.run_id)).first()
    if found is not None:
        return _parse(found)
    work.execute(
        sa.insert(_version),
        {name: getattr(version, name) for name in Version.__dataclass_fields__},
    )
    return version


_is_deletion = _decision.c.decision == "delete"
_NEWEST_FIRST = (_version.c.created_at.desc(), _version.c.release_id.desc())


def versions(work: Work, title_id: str) -> list[Version]:
    """Newest first."""
    query = sa.select(_version).where(_version.c.title_id == title_id).order_by(*_NEWEST_FIRST)
    return [_parse(row) for row in work.execute(query)]


def belonging(work: Work, title_id: str) -> list[Version]:
    """The newest version of each title that belongs to this one, oldest title first."""
    query = sa.select(_version).where(_version.c.belongs_to == title_id)
    found = [_parse(row) for row in work.execute(query.order_by(_version.c.created_at, _version.c.release_id))]
    return list({version.title_id: version for version in found}.values())


def versions_of_runs(work: Work, run_ids: Sequence[str]) -> list[Version]:
    """Newest first."""
    query = sa.select(_version).where(_version.c.run_id.in_(run_ids)).order_by(*_NEWEST_FIRST)
    return [_parse(row) for row in work.execute(query)]


def other_versions(work: Work, title_id: str) -> list[Version]:
    """Those of every other title."""
    return [_parse(row) for row in work.execute(sa.select(_version).where(_version.c.title_id != title_id))]


def all_versions(work: Work) -> list[Version]:
    return [_parse(row) for row in work.execute(sa.select(_version))]


def last_made(work: Work, count: int) -> list[Version]:
    """The versions that journeys of their own made last, newest first."""
    query = sa.select(_version).where(_version.c.ready_at.is_not(None), _version.c.profile != PREVIEW)
    return [_parse(row) for row in work.execute(query.order_by(_version.c.ready_at.desc()).limit(count))]


def last_successes(work: Work, title_ids: Sequence[str]) -> dict[str, Instant]:
    """When a release of each of these titles was last made, for those that have one."""
    done = (_version.c.title_id.in_(title_ids)) & _version.c.ready_at.is_not(None)
    query = sa.select(_version.c.title_id, _version.c.ready_at).where(done).order_by(_version.c.ready_at)
    return {row.title_id: row.ready_at for row in work.execute(query)}


def take_turn(work: Work, title_id: str, edition: str, *, now: Instant, until: Instant) -> bool:
    """False while a journey of another edition is being begun. One row a title: of two at once, one is refused."""
    row = work.execute(sa.select(_turn).where(_turn.c.title_id == title_id)).first()
    if row is None:
        work.execute(sa.insert(_turn), {"title_id": title_id, "edition": edition, "until": until})
        return True
    if row.edition != edition and row.until is not None and row.until > now:
        return False
    work.execute(sa.update(_turn).where(_turn.c.title_id == title_id).values(edition=edition, until=until))
    return True


def end_turn(work: Work, title_id: str, edition: str) -> None:
    mine = (_turn.c.title_id == title_id) & (_turn.c.edition == edition)
    work.execute(sa.update(_turn).where(mine).values(until=None))


def claim_source(work: Work, sha256: str, holder: str, *, now: Instant, until: Instant) -> bool:
    """False while it is being deleted."""
    same = (_claim.c.sha256 == sha256) & (_claim.c.until > now)
    if work.execute(sa.select(_claim).where(same & _claim.c.deletes)).first() is not None:
        return False
    _put_claims(work, [sha256], holder, deletes=False, until=until)
    return True


def claim_for_deletion(
    work: Work, hashes: Collection[str], title_id: str, *, now: Instant, until: Instant
) -> set[str] | None:
    """Those of them that nobody is taking in; None while one is being deleted with another title."""
    work.execute(sa.delete(_claim).where(_claim.c.until <= now))
    others = _claim.c.sha256.in_(sorted(hashes)) & (_claim.c.holder != title_id)
    claims = work.execute(sa.select(_claim).where(others)).all()
    if any(claim.deletes for claim in claims):
        return None
    free = set(hashes) - {claim.sha256 for claim in claims}
    _put_claims(work, sorted(free), title_id, deletes=True, until=until)
    return free


def end_claims(work: Work, holder: str) -> None:
    work.execute(sa.delete(_claim).where(_claim.c.holder == holder))


def _put_claims(work: Work, hashes: Sequence[str], holder: str, *, deletes: bool, until: Instant) -> None:
    work.execute(sa.delete(_claim).where((_claim.c.holder == holder) & _claim.c.sha256.in_(hashes)))
    for sha256 in hashes:
        row = {"sha256": sha256, "holder": holder, "deletes": deletes, "until": until}
        work.execute(sa.insert(_claim), row)


def put_report(work: Work, release_id: str, report: str) -> None:
    work.execute(sa.update(_version).where(_version.c.release_id == release_id).values(report=report))


def mark_ready(work: Work, ready: ReleaseReady, *, at: Instant) -> None:
    """Done once, with its event in the same transaction; doing it again changes nothing."""
    mine = (_version.c.release_id == ready.release_id) & _version.c.ready_at.is_(None)
    if work.execute(sa.update(_version).where(mine).values(ready_at=at)).rowcount:
        work.emit(ready)


def remove_versions(work: Work, title_id: str) -> None:
    """With all that was said of them but who deleted them, and with the events that let others delete what they hold."""
    for version in versions(work, title_id):
        work.emit(ReleaseRemoved(title_id, version.release_id))
    work.execute(sa.delete(_version).where(_version.c.title_id == title_id))
    work.execute(sa.delete(_turn).where(_turn.c.title_id == title_id))
    work.execute(sa.delete(_episode).where(_episode.c.title_id == title_id))
    work.execute(sa.delete(_decision).where((_decision.c.title_id == title_id) & ~_is_deletion))


def place_episode(work: Work, episode: Episode) -> Episode | None:
    """From now on the title has this place; answers where it was before. Its master stays what it was."""
    row = work.execute(sa.select(_episode).where(_episode.c.title_id == episode.title_id)).first()
    if row is None:
        work.execute(sa.insert(_episode), _row(episode))
        return None
    place = {"series": episode.series, "season": episode.season, "number": episode.number}
    work.execute(sa.update(_episode).where(_episode.c.title_id == episode.title_id).values(**place))
    return _parse_episode(row)


def join_season(work: Work, episode: Episode) -> Episode:
    """With this master, in the place that was said last."""
    found = place_episode(work, episode) or episode
    joined = replace(found, source_sha256=episode.source_sha256)
    work.execute(sa.update(_episode).where(_episode.c.title_id == episode.title_id).values(**_row(joined)))
    return joined


def return_to_master(work: Work, title_id: str, source_sha256: str) -> Episode | None:
    """Where the title stands, with this master again. None where it has not joined its season, or with this one."""
    row = work.execute(sa.select(_episode).where(_episode.c.title_id == title_id)).first()
    if row is None or row.source_sha256 in ("", source_sha256):
        return None
    return join_season(work, replace(_parse_episode(row), source_sha256=source_sha256))


def season_of(work: Work, episode: Episode) -> list[Episode]:
    """Those that are out, in their order. A title without a series is alone, and what was deleted is in none."""
    query = sa.select(_episode).where(_episode.c.source_sha256 != "").order_by(_episode.c.number, _episode.c.title_id)
    if episode.series is None:
        query = query.where(_episode.c.title_id == episode.title_id)
    else:
        query = query.where((_episode.c.series == episode.series) & _episode.c.season.is_(episode.season))
    return [_parse_episode(row) for row in work.execute(query)]


def _row(episode: Episode) -> dict[str, object]:
    return {name: getattr(episode, name) for name in Episode.__dataclass_fields__}


def _parse_episode(row: sa.Row[Any]) -> Episode:  # as in _parse
    return Episode(**{name: getattr(row, name) for name in Episode.__dataclass_fields__})


def uploads_kept(work: Work) -> set[str]:
    """The hashes under which uploads were taken in."""
    kept = sa.select(_upload.c.kept_sha256).where(_upload.c.kept_sha256.is_not(None))
    return set(work.execute(kept).scalars())


def remove_uploads_kept_as(work: Work, hashes: Collection[str]) -> None:
    work.execute(sa.delete(_upload).where(_upload.c.kept_sha256.in_(sorted(hashes))))


def ask_for_review(work: Work, release_id: str, why: ReviewReason) -> None:
    """Unless somebody has decided on this very master and what came with it."""
    row = work.execute(sa.select(_version).where(_version.c.release_id == release_id)).first()
    if row is not None and not decisions(work, row.title_id, row.edition):
        work.execute(sa.update(_version).where(_version.c.release_id == release_id).values(review=why))


def to_review(work: Work, *, limit: int) -> list[Version]:
    """Newest first."""
    query = sa.select(_version).where(_version.c.review != "").order_by(*_NEWEST_FIRST).limit(limit)
    return [_parse(row) for row in work.execute(query)]


def end_review(work: Work, run_id: str) -> None:
    """There is nothing left that anyone would be shown."""
    work.execute(sa.update(_version).where(_version.c.run_id == run_id).values(review=""))


def decisions(work: Work, title_id: str, edition: str) -> list[DecisionMade]:
    """Newest first."""
    of_edition = (_version.c.title_id == title_id) & (_version.c.edition == edition)
    query = (
        sa.select(_decision)
        .where(_decision.c.release_id.in_(sa.select(_version.c.release_id).where(of_edition)))
        .order_by(_decision.c.at.desc(), _decision.c.id.desc())
    )
    return [DecisionMade(row.decision, row.by, row.reason, row.at) for row in work.execute(query)]


def add_decision(work: Work, decision_id: str, version: Version, made: DecisionMade) -> bool:
    """It is about the master and what came with it: none of its versions needs another. False where its title is gone."""
    mine = _version.c.release_id == version.release_id
    if work.execute(sa.select(_version.c.release_id).where(mine)).first() is None:
        return False
    row = {"id": decision_id, "title_id": version.title_id, "release_id": version.release_id}
    said = {"decision": made.decision, "by": made.by, "reason": made.reason, "at": made.at}
    work.execute(sa.insert(_decision), row | said)
    same = (_version.c.title_id == version.title_id) & (_version.c.edition == version.edition)
    work.execute(sa.update(_version).where(same).values(review=""))
    return True


def note_deletion(work: Work, decision_id: str, title_id: str, *, by: str, reason: str, at: Instant) -> None:
    """What stays of a title: who deleted it, and why. Asked for again, it is who asked last."""
    work.execute(sa.delete(_decision).where(_is_deletion & (_decision.c.title_id == title_id)))
    row = {"id": decision_id, "title_id": title_id, "decision": "delete", "by": by, "reason": reason, "at": at}
    work.execute(sa.insert(_decision), row)


def deletions_begun(work: Work, turn: str) -> list[str]:
    """The titles whose deletion was begun, and is not over: they still have their turn."""
    wanted = sa.select(_decision.c.title_id).where(_is_deletion)
    query = sa.select(_turn.c.title_id).where(_turn.c.edition.startswith(turn) & _turn.c.title_id.in_(wanted))
    return list(work.execute(query.order_by(_turn.c.title_id)).scalars())


def _parse(row: sa.Row[Any]) -> Version:  # SQLAlchemy's own row typing stops here
    return Version(**{name: getattr(row, name) for name in Version.__dataclass_fields__})
