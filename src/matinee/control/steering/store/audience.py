"""Who is blamed and left, whose accounts are known, and what became of bytes."""

from collections.abc import Mapping

import sqlalchemy as sa

from matinee.control.steering.model.blame import Sentence
from matinee.control.steering.store.metadata import TABLES
from matinee.engines.database.port import At, Work
from matinee.kernel.quantities import Instant

_blame = sa.Table(
    "blame",
    TABLES,
    sa.Column("appliance_id", sa.String(60), primary_key=True),
    sa.Column("member", sa.String(64), primary_key=True),
    sa.Column("at", At, nullable=False, index=True),
)
_sentence = sa.Table(
    "sentence",
    TABLES,
    sa.Column("appliance_id", sa.String(60), primary_key=True),
    sa.Column("since", At, nullable=False),
    sa.Column("until", At, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("witnesses", sa.Integer, nullable=False),
)
_told = sa.Table(
    "audience_told",
    TABLES,
    sa.Column("appliance_id", sa.String(60), primary_key=True),
    sa.Column("boot_id", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
)
_outcome = sa.Table(
    "outcome",
    TABLES,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("site", sa.String(60), primary_key=True),
    sa.Column("outcome", sa.String(10), primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)


def blame(work: Work, appliance_id: str, member: str, *, at: Instant, since: Instant) -> list[int]:
    """Of each member who blames this appliance by now, how many they blame. Blame from before `since` is forgotten."""
    work.execute(sa.delete(_blame).where(_blame.c.at < since))
    theirs = (_blame.c.appliance_id == appliance_id) & (_blame.c.member == member)
    if work.execute(sa.update(_blame).where(theirs).values(at=at)).rowcount == 0:
        work.execute(sa.insert(_blame), {"appliance_id": appliance_id, "member": member, "at": at})
    with_them = sa.select(_blame.c.member).where(_blame.c.appliance_id == appliance_id)
    counted = sa.select(sa.func.count()).where(_blame.c.member.in_(with_them)).group_by(_blame.c.member)
    return list(work.execute(counted).scalars())


def put_sentence(work: Work, sentence: Sentence) -> None:
    """What was blamed before it began is done with: it takes as much again."""
    mine = _blame.c.appliance_id == sentence.pathway
    work.execute(sa.delete(_blame).where(mine))
    work.execute(sa.delete(_sentence).where(_sentence.c.appliance_id == sentence.pathway))
    values = {"since": sentence.since, "until": sentence.until, "times": sentence.times}
    work.execute(sa.insert(_sentence), {"appliance_id": sentence.pathway, **values, "witnesses": sentence.witnesses})


def sentences(work: Work) -> list[Sentence]:
    return [
        Sentence(r.appliance_id, r.since, r.until, r.times, r.witnesses) for r in work.execute(sa.select(_sentence))
    ]


def count_outcomes(work: Work, told: tuple[str, str, int], day: str, counts: Mapping[tuple[str, str], int]) -> bool:
    """Bytes by site and outcome, of an appliance's account: its name, its life, the number. Whether they were not known."""
    appliance_id, boot_id, number = told
    mine = _told.c.appliance_id == appliance_id
    before = work.execute(sa.select(_told).where(mine)).first()
    if before is not None and before.boot_id == boot_id and before.number >= number:
        return False
    work.execute(sa.delete(_told).where(mine))
    work.execute(sa.insert(_told), {"appliance_id": appliance_id, "boot_id": boot_id, "number": number})
    for (site, outcome), count in counts.items():
        one = (_outcome.c.day == day) & (_outcome.c.site == site) & (_outcome.c.outcome == outcome)
        if work.execute(sa.update(_outcome).where(one).values(bytes=_outcome.c.bytes + count)).rowcount == 0:
            work.execute(sa.insert(_outcome), {"day": day, "site": site, "outcome": outcome, "bytes": count})
    return True


def outcomes(work: Work, *, since: str) -> list[tuple[str, str, str, int]]:
    """Day, site, outcome, bytes; the newest day first."""
    order = (_outcome.c.day.desc(), _outcome.c.site, _outcome.c.outcome)
    rows = work.execute(sa.select(_outcome).where(_outcome.c.day >= since).order_by(*order))
    return [(r.day, r.site, r.outcome, r.bytes) for r in rows]


def fold_outcomes(work: Work, before: str) -> None:
    work.execute(sa.delete(_outcome).where(_outcome.c.day < before))
