"""What the record says of runs and workers beyond a run's status: for forecasts, and for whoever asks why."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from matinee.engines.database.port import Work
from matinee.engines.workflows import tally
from matinee.engines.workflows.port import AtWork, Failure, RunDetail, WorkerStatus
from matinee.engines.workflows.tables import FAILURE, JOB, RUN, STEP, WORKER
from matinee.kernel.quantities import Instant

_FAILURES_MAX = 20
"""Of each run. A disk that fills up can fail thousands."""

_IN_HAND = (
    select(
        JOB.c.run_id,
        JOB.c.key,
        JOB.c.fan_out,
        JOB.c.kind,
        JOB.c.pace,
        JOB.c.weight,
        JOB.c.began_at,
        WORKER.c.worker_id,
        WORKER.c.name,
    )
    .join(WORKER, WORKER.c.worker_id == JOB.c.owner)
    .where(JOB.c.state == "leased", JOB.c.began_at.is_not(None))
)


def details(work: Work, run_ids: Sequence[str]) -> Mapping[str, RunDetail]:
    rows = work.execute(select(RUN.c.run_id, RUN.c.stage_at).where(RUN.c.run_id.in_(run_ids))).all()
    steps: dict[str, dict[str, float]] = {}
    for row in work.execute(select(STEP.c.run_id, STEP.c.name, STEP.c.seconds).where(STEP.c.run_id.in_(run_ids))):
        steps.setdefault(row.run_id, {})[row.name] = row.seconds
    in_hand: dict[str, list[AtWork]] = {}
    for row in work.execute(_IN_HAND.where(JOB.c.run_id.in_(run_ids)).order_by(JOB.c.ordinal)):
        in_hand.setdefault(row.run_id, []).append(_at_work(row))
    tallies, failures = tally.tallies(work, run_ids), _failures(work, run_ids)
    return {
        row.run_id: RunDetail(
            row.stage_at,
            steps.get(row.run_id, {}),
            tuple(tallies.get(row.run_id, ())),
            tuple(in_hand.get(row.run_id, ())),
            tuple(failures.get(row.run_id, ())),
        )
        for row in rows
    }


def workers(work: Work, *, now: Instant) -> list[WorkerStatus]:
    alive = select(WORKER).where(WORKER.c.alive_until > now).order_by(WORKER.c.name, WORKER.c.worker_id)
    in_hand: dict[str, list[AtWork]] = {}
    for row in work.execute(_IN_HAND.order_by(JOB.c.began_at, JOB.c.run_id, JOB.c.ordinal)):
        in_hand.setdefault(row.worker_id, []).append(_at_work(row))
    return [
        WorkerStatus(row.name, row.places, tuple(in_hand.get(row.worker_id, ()))) for row in work.execute(alive).all()
    ]


def _failures(work: Work, run_ids: Sequence[str]) -> Mapping[str, list[Failure]]:
    age = func.row_number().over(partition_by=FAILURE.c.run_id, order_by=FAILURE.c.number.desc()).label("age")
    aged = select(FAILURE, age).where(FAILURE.c.run_id.in_(run_ids)).subquery()
    found: dict[str, list[Failure]] = {}
    for row in work.execute(select(aged).where(aged.c.age <= _FAILURES_MAX).order_by(aged.c.number)):
        failure = Failure(row.job, row.stage, row.attempt, row.worker, row.cause, row.at)
        found.setdefault(row.run_id, []).append(failure)
    return found


def _at_work(row: Row[Any]) -> AtWork:
    return AtWork(row.run_id, row.key, row.fan_out, row.kind, row.pace, row.weight, row.began_at, row.name)
