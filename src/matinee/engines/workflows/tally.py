"""What fan-outs hold and what of them is done, kept beside the jobs: each function is one part of a transaction.

Whoever asks how far a run is must not have 20,000 jobs counted, and whoever asks when it will end needs to know how long
jobs of its pace took, without looking at each.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Float, bindparam, case, delete, func, insert, select, update

from matinee.engines.database.port import Work
from matinee.engines.workflows.port import Job, Lease, Tally
from matinee.engines.workflows.tables import JOB, RUN, TALLY

_FOUND_DONE_S = 0.05
"""A job that took less did nothing: what it makes was there. It says nothing of the pace."""
_MEMORY = 0.998
"""How much of a pace is left after one more job: some five hundred jobs are remembered, however long the film."""


# Counted with every job, so built once.
_DONE = (
    update(TALLY)
    .where(TALLY.c.run_id == bindparam("its_run"), TALLY.c.stage == bindparam("its_stage"))
    .where(TALLY.c.pace == bindparam("its_pace"))
    .values(done=TALLY.c.done + 1, done_weight=TALLY.c.done_weight + bindparam("more", type_=Float))
)
_DONE_AND_MEASURED = _DONE.values(
    measured_weight=TALLY.c.measured_weight * _MEMORY + bindparam("more", type_=Float),
    measured_s=TALLY.c.measured_s * _MEMORY + bindparam("seconds", type_=Float),
)


def count_new(work: Work, run_id: str, stage: str, jobs: Sequence[Job]) -> None:
    for pace in dict.fromkeys(job.pace or job.kind for job in jobs):
        weights = [job.weight for job in jobs if (job.pace or job.kind) == pace]
        _add(work, run_id, stage, pace, jobs=len(weights), weight=sum(weights))


def count_done(work: Work, lease: Lease, stage: str, *, seconds: float) -> None:
    job = lease.job
    here = {"its_run": lease.run_id, "its_stage": stage, "its_pace": job.pace or job.kind, "more": job.weight}
    if seconds >= _FOUND_DONE_S:
        work.execute(_DONE_AND_MEASURED, {**here, "seconds": seconds})
    else:
        work.execute(_DONE, here)


def count_again(work: Work, run_id: str) -> None:
    """Jobs passed from one fan-out to another: what was measured of them is forgotten."""
    is_done = JOB.c.state == "done"
    counted = (
        select(
            JOB.c.fan_out,
            JOB.c.pace,
            func.count().label("jobs"),
            func.sum(JOB.c.weight).label("weight"),
            func.sum(case((is_done, 1), else_=0)).label("done"),
            func.sum(case((is_done, JOB.c.weight), else_=0.0)).label("done_weight"),
        )
        .where(JOB.c.run_id == run_id)
        .group_by(JOB.c.fan_out, JOB.c.pace)
    )
    found = work.execute(counted).all()
    work.execute(delete(TALLY).where(TALLY.c.run_id == run_id))
    for row in found:
        _add(
            work, run_id, row.fan_out, row.pace,
            jobs=row.jobs, weight=row.weight, done=row.done, done_weight=row.done_weight,
        )  # fmt: skip


def tallies(work: Work, run_ids: Sequence[str]) -> Mapping[str, list[Tally]]:
    found: dict[str, list[Tally]] = {}
    for row in work.execute(select(TALLY).where(TALLY.c.run_id.in_(run_ids)).order_by(TALLY.c.stage, TALLY.c.pace)):
        values = {name: getattr(row, name) for name in Tally.__dataclass_fields__}
        found.setdefault(row.run_id, []).append(Tally(**values))
    return found


def progress(work: Work, run_ids: Sequence[str]) -> dict[str, float]:
    """Done weight over all weight, for the runs that are in a fan-out."""
    statement = (
        select(TALLY.c.run_id, func.sum(TALLY.c.done_weight).label("done"), func.sum(TALLY.c.weight).label("whole"))
        .join(RUN, (RUN.c.run_id == TALLY.c.run_id) & (RUN.c.stage == TALLY.c.stage))
        .where(TALLY.c.run_id.in_(run_ids))
        .group_by(TALLY.c.run_id)
    )
    return {row.run_id: min(1.0, row.done / row.whole) for row in work.execute(statement) if row.whole}


def _add(
    work: Work, run_id: str, stage: str, pace: str, *, jobs: int, weight: float, done: int = 0, done_weight: float = 0.0
) -> None:
    here = (TALLY.c.run_id == run_id, TALLY.c.stage == stage, TALLY.c.pace == pace)
    more = update(TALLY).where(*here).values(jobs=TALLY.c.jobs + jobs, weight=TALLY.c.weight + weight)
    if not work.execute(more).rowcount:
        row = {"run_id": run_id, "stage": stage, "pace": pace, "jobs": jobs, "weight": weight}
        unmeasured = {"measured_weight": 0.0, "measured_s": 0.0}
        work.execute(insert(TALLY), {**row, "done": done, "done_weight": done_weight, **unmeasured})
