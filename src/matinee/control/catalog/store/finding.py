"""What people looked for in vain: the words, how often and from which country. No account, no profile, no address."""

import sqlalchemy as sa

from matinee.control.catalog.api.finding import Wish
from matinee.control.catalog.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.quantities import Instant

WISHES_MAX = 5_000
"""What was wished for longest ago goes first."""

_wish = sa.Table(
    "search_wish",
    TABLES,
    sa.Column("text", sa.String(80), primary_key=True),
    sa.Column("country", sa.String(2), primary_key=True),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("last_at", At, nullable=False, index=True),
)


def note_wish(work: Work, text: str, country: str, *, at: Instant) -> None:
    same = (_wish.c.text == text) & (_wish.c.country == country)
    again = sa.update(_wish).where(same).values(times=_wish.c.times + 1, last_at=at)
    if work.execute(again).rowcount:
        return
    held = work.execute(sa.select(sa.func.count()).select_from(_wish)).scalar_one()
    if held >= WISHES_MAX:
        oldest = work.execute(sa.select(_wish).order_by(_wish.c.last_at, _wish.c.text).limit(1)).one()
        work.execute(sa.delete(_wish).where((_wish.c.text == oldest.text) & (_wish.c.country == oldest.country)))
    work.execute(sa.insert(_wish), {"text": text, "country": country, "times": 1, "last_at": at})


def wishes(work: Work, limit: int) -> list[Wish]:
    query = sa.select(_wish).order_by(_wish.c.times.desc(), _wish.c.last_at.desc(), _wish.c.text).limit(limit)
    return [Wish(row.text, row.country, row.times, row.last_at) for row in work.execute(query)]
