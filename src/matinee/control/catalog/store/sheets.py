"""What the desk keeps beside a title: other names, people, pictures by hand, and who changed what."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from matinee.control.catalog.api import Artwork
from matinee.control.catalog.api.desk import Alias, Credit, Edit
from matinee.control.catalog.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant

alias = sa.Table(
    "title_alias",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("language", sa.String(20), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
)
person = sa.Table(
    "person",
    TABLES,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False, index=True),
)
credit = sa.Table(
    "title_credit",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("person_id", sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("character", sa.Text, nullable=False),
)
picture = sa.Table(
    "title_picture",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("object_key", sa.String(300), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("shows", sa.Text, nullable=False),
    sa.Column("language", sa.String(20), nullable=False),
    sa.Column("subjects", sa.Text, nullable=False),
    sa.Column("focus_x", sa.Float),
    sa.Column("focus_y", sa.Float),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("by_hand", sa.Boolean, nullable=False),
)
edit = sa.Table(
    "title_edit",
    TABLES,
    sa.Column("title_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("at", At, nullable=False),
    sa.Column("by", sa.String(36), nullable=False),
    sa.Column("how", sa.String(20), nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
)
BESIDE = (alias, credit, picture)
"""What is forgotten with a title. Its edits stay: they say who took it away."""

_THESE: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_ALIASES_OF = sa.select(alias).where(alias.c.title_id.in_(_THESE)).order_by(alias.c.position)
_CREDITS_OF = (
    sa.select(credit, person.c.name)
    .join(person, person.c.id == credit.c.person_id)
    .where(credit.c.title_id.in_(_THESE))
    .order_by(credit.c.position)
)
_PICTURES_OF = sa.select(picture).where(picture.c.title_id.in_(_THESE)).order_by(picture.c.position)


def aliases_of(work: Work, ids: Sequence[str]) -> dict[str, tuple[Alias, ...]]:
    found: dict[str, tuple[Alias, ...]] = {}
    for row in work.execute(_ALIASES_OF, {"ids": ids}):
        found[row.title_id] = (*found.get(row.title_id, ()), Alias(row.name, row.kind, row.language))
    return found


def credits_of(work: Work, ids: Sequence[str]) -> dict[str, tuple[Credit, ...]]:
    found: dict[str, tuple[Credit, ...]] = {}
    for row in work.execute(_CREDITS_OF, {"ids": ids}):
        its = Credit(row.name, row.role, row.character, row.person_id)
        found[row.title_id] = (*found.get(row.title_id, ()), its)
    return found


def pictures_of(work: Work, ids: Sequence[str]) -> dict[str, list[tuple[Artwork, bool]]]:
    """With whether each was put there by hand."""
    found: dict[str, list[tuple[Artwork, bool]]] = {}
    for row in work.execute(_PICTURES_OF, {"ids": ids}):
        focus = None if row.focus_x is None else (row.focus_x, row.focus_y)
        subjects = msgspec.json.decode(row.subjects, type=tuple[str, ...])
        its = Artwork(row.kind, row.object_key, row.shows, row.language, subjects, focus)
        found.setdefault(row.title_id, []).append((its, row.by_hand))
    return found


def put_aliases(work: Work, title_id: TitleId, aliases: Sequence[Alias]) -> None:
    work.execute(sa.delete(alias).where(alias.c.title_id == title_id))
    rows = [
        {"title_id": title_id, "position": n, "kind": a.kind, "language": a.language, "name": a.name}
        for n, a in enumerate(aliases)
    ]
    if rows:
        work.execute(sa.insert(alias), rows)


def put_credits(work: Work, title_id: TitleId, credits: Sequence[Credit], fresh: Callable[[], str]) -> None:
    """`fresh` makes an id for each whom nobody knows yet."""
    work.execute(sa.delete(credit).where(credit.c.title_id == title_id))
    people = _people(work, credits, fresh)
    rows = [
        {"title_id": title_id, "position": n, "person_id": person_id, "role": c.role, "character": c.character}
        for n, (c, person_id) in enumerate(zip(credits, people, strict=True))
    ]
    if rows:
        work.execute(sa.insert(credit), rows)


def _people(work: Work, credits: Sequence[Credit], fresh: Callable[[], str]) -> list[str]:
    names, named = sorted({c.name for c in credits}), sorted({c.person for c in credits if c.person})
    known = {row.id for row in work.execute(sa.select(person.c.id).where(person.c.id.in_(named)))}
    by_name: dict[str, str] = {}
    for row in work.execute(sa.select(person).where(person.c.name.in_(names)).order_by(person.c.id)):
        by_name.setdefault(row.name, row.id)
    found = []
    known.update(by_name.values())
    for wanted in credits:
        its = wanted.person or by_name.get(wanted.name) or fresh()
        if its not in known:
            work.execute(sa.insert(person), {"id": its, "name": wanted.name})
        known.add(its)
        by_name.setdefault(wanted.name, its)
        found.append(its)
    return found


def put_pictures(work: Work, title_id: TitleId, pictures: Sequence[tuple[Artwork, bool]]) -> None:
    work.execute(sa.delete(picture).where(picture.c.title_id == title_id))
    rows = [
        {
            "title_id": title_id,
            "object_key": a.key,
            "kind": a.kind,
            "shows": a.shows,
            "language": a.language,
            "subjects": msgspec.json.encode(a.subjects).decode(),
            "focus_x": None if a.focus is None else a.focus[0],
            "focus_y": None if a.focus is None else a.focus[1],
            "position": n,
            "by_hand": by_hand,
        }
        for n, (a, by_hand) in enumerate(pictures)
    ]
    if rows:
        work.execute(sa.insert(picture), rows)


def note_edit(
    work: Work,
    title_id: TitleId,
    version: int,
    *,
    at: Instant,
    by: str,
    how: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
) -> None:
    work.execute(
        sa.insert(edit),
        {
            "title_id": title_id,
            "version": version,
            "at": at,
            "by": by,
            "how": how,
            "fields": msgspec.json.encode(list(after)).decode(),
            "before": msgspec.json.encode(dict(before)).decode(),
            "after": msgspec.json.encode(dict(after)).decode(),
        },
    )


def edits(work: Work, title_id: TitleId, *, limit: int) -> list[Edit]:
    query = sa.select(edit).where(edit.c.title_id == title_id).order_by(edit.c.version.desc()).limit(limit)
    return [
        Edit(
            row.version,
            row.at,
            row.by,
            row.how,
            msgspec.json.decode(row.fields, type=tuple[str, ...]),
            msgspec.json.decode(row.before, type=dict[str, str]),
            msgspec.json.decode(row.after, type=dict[str, str]),
        )
        for row in work.execute(query)
    ]
