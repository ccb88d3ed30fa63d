"""Rights windows as they were meant, the licenses behind them, and what was told of their ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from matinee.control.catalog.api import EVERYWHERE, Window
from matinee.control.catalog.api.rights import License
from matinee.control.catalog.model.coverage import lost
from matinee.control.catalog.model.windows import ALL_COUNTRIES, MARGIN
from matinee.control.catalog.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.ids import TitleId
from matinee.kernel.quantities import Instant
from matinee.wire.events import RightsEnded, TitleChanged, TitleLeaving

_window = sa.Table(
    "rights_window",
    TABLES,
    sa.Column("title_id", sa.ForeignKey("title.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("country", sa.String(2), nullable=False),
    sa.Column("start_at", At),
    sa.Column("end_at", At),
    sa.Column("plan_rank", sa.Integer, nullable=False),
    sa.Column("offline", sa.Boolean, nullable=False),
    sa.Column("start_on", sa.Date),
    sa.Column("end_on", sa.Date),
    sa.Column("zone", sa.String(60)),
    sa.Column("license", sa.String(120)),
)
_license = sa.Table(
    "rights_license",
    TABLES,
    sa.Column("title_id", sa.String(36), primary_key=True),
    sa.Column("contract", sa.String(120), primary_key=True),
    sa.Column("licensor", sa.Text, nullable=False),
    sa.Column("exclusive", sa.Boolean, nullable=False),
)
_told = sa.Table(
    "rights_told",
    TABLES,
    sa.Column("title_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(10), primary_key=True),
    sa.Column("at", At, primary_key=True),
    sa.Column("countries", sa.Text, nullable=False),
)
_look = sa.Table(
    "rights_look",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("looked_until", At, nullable=False),
)
OWNED = (_window, _license, _told)
"""What goes with a title."""
HAVING_WINDOWS = sa.select(_window.c.title_id)
"""To be asked within a statement: as a list it would bind one value for each title, and databases have a limit."""
_THE_ONE = 1

_THESE: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_WINDOWS_OF = sa.select(_window).where(_window.c.title_id.in_(_THESE)).order_by(_window.c.position)
_EVERY_WINDOW = sa.select(_window).order_by(_window.c.title_id, _window.c.position)


def windows_of(work: Work, ids: Sequence[str]) -> dict[str, tuple[Window, ...]]:
    return _by_title(work.execute(_WINDOWS_OF, {"ids": ids}))


def all_windows(work: Work) -> dict[TitleId, tuple[Window, ...]]:
    """Of every title that has any."""
    return {TitleId(i): windows for i, windows in _by_title(work.execute(_EVERY_WINDOW)).items()}


def names_with_windows(work: Work, language: str) -> list[tuple[str, TitleId]]:
    """What every title that has windows is called, in order."""
    title, words = TABLES.tables["title"], TABLES.tables["title_words"]
    query = (
        sa.select(words.c.title_id, words.c.language, words.c.name, title.c.original_language)
        .join(title, title.c.id == words.c.title_id)
        .where(words.c.title_id.in_(sa.select(_window.c.title_id)))
    )
    wanted = (language, language.split("-")[0])
    best: dict[str, tuple[int, str]] = {}
    for row in work.execute(query):
        order = (*wanted, row.original_language)
        rank = order.index(row.language) if row.language in order else len(order)
        best[row.title_id] = min(best.get(row.title_id, (rank, row.name)), (rank, row.name))
    return sorted(((name, TitleId(i)) for i, (_, name) in best.items()), key=lambda each: (each[0].casefold(), each[1]))


def _by_title(rows: sa.CursorResult[tuple[object, ...]]) -> dict[str, tuple[Window, ...]]:
    found: dict[str, list[Window]] = {}
    for row in rows:
        found.setdefault(row.title_id, []).append(
            Window(
                row.country,
                row.start_at,
                row.end_at,
                row.plan_rank,
                row.offline,
                row.start_on,
                row.end_on,
                row.zone,
                row.license,
            )
        )
    return {title_id: tuple(windows) for title_id, windows in found.items()}


def put_windows(work: Work, title_id: TitleId, windows: Sequence[Window], *, is_available: bool, at: Instant) -> None:
    """These from now on. Where somebody could watch and nobody can any more, that is said."""
    before = windows_of(work, [title_id]).get(title_id, ())
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
                "start_on": window.start_on,
                "end_on": window.end_on,
                "zone": window.zone,
                "license": window.license,
            },
        )
    work.emit(TitleChanged(title_id))
    gone = lost(before, windows, at=at)
    if gone and is_available:
        work.emit(RightsEnded(title_id, packed(gone), at, "changed"))


def packed(countries: Sequence[str]) -> tuple[str, ...]:
    """As events say it."""
    return (EVERYWHERE,) if len(countries) >= len(ALL_COUNTRIES) else tuple(countries)


def put_licenses(work: Work, title_id: TitleId, licenses: Sequence[License]) -> None:
    work.execute(sa.delete(_license).where(_license.c.title_id == title_id))
    for each in licenses:
        work.execute(
            sa.insert(_license),
            {
                "title_id": title_id,
                "contract": each.contract,
                "licensor": each.licensor,
                "exclusive": each.exclusive,
            },
        )


def licenses_of(work: Work, title_id: TitleId) -> tuple[License, ...]:
    rows = work.execute(sa.select(_license).where(_license.c.title_id == title_id).order_by(_license.c.contract))
    return tuple(License(row.contract, row.licensor, row.exclusive) for row in rows)


def looked_until(work: Work) -> Instant | None:
    found: Instant | None = work.execute(sa.select(_look.c.looked_until)).scalar_one_or_none()
    return found


def note_look(work: Work, at: Instant) -> None:
    if work.execute(sa.update(_look).values(looked_until=at)).rowcount == 0:
        work.execute(sa.insert(_look), {"id": _THE_ONE, "looked_until": at})


def bounded_within(work: Work, since: Instant, until: Instant) -> dict[TitleId, tuple[Window, ...]]:
    """The windows of every title of which one begins or ends between these, in some country."""
    days = (since - MARGIN).date(), (until + MARGIN).date()
    due = sa.or_(
        *(column.between(since, until) for column in (_window.c.start_at, _window.c.end_at)),
        *(column.between(*days) for column in (_window.c.start_on, _window.c.end_on)),
    )
    ids = work.execute(sa.select(_window.c.title_id).where(due).distinct()).scalars().all()
    return {TitleId(i): windows for i, windows in windows_of(work, ids).items()} if ids else {}


@dataclass(frozen=True, slots=True)
class Told:
    title_id: TitleId
    kind: str
    at: Instant


def tell(work: Work, told: Told, countries: Sequence[str]) -> bool:
    """Say it, of those countries in which it was not said before. Whether anything was new."""
    same = (_told.c.title_id == told.title_id) & (_told.c.kind == told.kind) & (_told.c.at == told.at)
    known = work.execute(sa.select(_told.c.countries).where(same)).scalar_one_or_none()
    before = set() if known is None else set(known.split())
    fresh = [country for country in countries if country not in before]
    if not fresh:
        return False
    said = " ".join(sorted({*before, *fresh}))
    if known is None:
        row: Mapping[str, object] = {
            "title_id": told.title_id,
            "kind": told.kind,
            "at": told.at,
            "countries": said,
        }
        work.execute(sa.insert(_told), row)
    else:
        work.execute(sa.update(_told).where(same).values(countries=said))
    if told.kind == "ending":
        work.emit(TitleLeaving(told.title_id, told.at, packed(fresh)))
    else:
        work.emit(RightsEnded(told.title_id, packed(fresh), told.at))
    return True


def forget_told(work: Work, *, before: Instant) -> None:
    work.execute(sa.delete(_told).where(_told.c.at < before))
