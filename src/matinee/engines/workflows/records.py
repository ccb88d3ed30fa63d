"""What the tables say of runs, steps and workers, and how it may change. Every function is one part of a transaction.

A run belongs to a worker only while it is advanced. Whoever writes for a run says as which worker, and is refused when
the run has passed to another: a process that slept through its lease cannot spoil the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, delete, func, insert, select, update

from matinee.engines.database.port import Work
from matinee.engines.workflows.port import Json, RunState, RunStatus
from matinee.engines.workflows.tables import JOB, RUN, STEP, WORKER
from matinee.kernel.errors import Conflict, NotFound
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json

# Written and read by every worker all day long, so built once.
_RENEW = update(WORKER).where(WORKER.c.worker_id == bindparam("worker")).values(alive_until=bindparam("until"))
_SILENT = select(WORKER.c.worker_id).where(WORKER.c.alive_until <= bindparam("now"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that is ours to advance, with the results of the steps that are done."""

    run_id: str
    kind: str
    priority: int
    payload: Mapping[str, Json]
    steps: Mapping[str, str]


def start(
    work: Work, kind: str, run_id: str, payload: Mapping[str, object], *, priority: int, now: Instant
) -> RunStatus:
    if (known := status(work, run_id)) is not None:
        return known
    row = {
        "run_id": run_id,
        "kind": kind,
        "state": "waiting",
        "priority": priority,
        "payload": to_json(payload).decode(),
        "stage": "",
        "progress": 0.0,
        "created_at": now,
        "updated_at": now,
    }
    work.execute(insert(RUN), row)
    made = status(work, run_id)
    assert made is not None
    return made


def status(work: Work, run_id: str) -> RunStatus | None:
    row = work.execute(select(RUN).where(RUN.c.run_id == run_id)).first()
    return None if row is None else _status(row, _progress(work, [run_id]))


def listing(work: Work, kind: str | None, states: Sequence[RunState]) -> list[RunStatus]:
    statement = select(RUN).order_by(RUN.c.created_at.desc(), RUN.c.run_id.desc())
    if kind is not None:
        statement = statement.where(RUN.c.kind == kind)
    if states:
        statement = statement.where(RUN.c.state.in_(states))
    rows = work.execute(statement).all()
    progress = _progress(work, [row.run_id for row in rows if row.state in ("running", "paused", "waiting", "failed")])
    return [_status(row, progress) for row in rows]


def pause(work: Work, run_id: str, *, now: Instant) -> None:
    state, _ = _expect(work, run_id, "pause", ("waiting", "running", "paused"))
    if state != "paused":
        _set(work, run_id, state="paused", updated_at=now)
        _move_jobs(work, run_id, {"ready": "held"})


def resume(work: Work, run_id: str, *, now: Instant) -> None:
    state, owner = _expect(work, run_id, "resume", ("waiting", "running", "paused", "failed"))
    if state in ("waiting", "running"):
        return
    if state == "failed":
        mended = update(JOB).where(JOB.c.run_id == run_id, JOB.c.state == "failed")
        work.execute(mended.values(state="ready", attempt=0, losses=0, due_at=now))
    _move_jobs(work, run_id, {"held": "ready"})
    # A worker that has not yet noticed the pause simply goes on.
    _set(work, run_id, state="waiting" if owner is None else "running", error=None, updated_at=now)


def cancel(work: Work, run_id: str, *, now: Instant) -> None:
    state, _ = _expect(work, run_id, "cancel", ("waiting", "running", "paused", "failed", "canceled"))
    if state != "canceled":
        _set(work, run_id, state="canceled", updated_at=now)
        _move_jobs(work, run_id, {"ready": "held", "leased": "held"})


def claim(work: Work, worker: str, kinds: Sequence[str], but_not: Sequence[str], *, now: Instant) -> Claimed | None:
    """Take the most urgent waiting run. `but_not`: those this process is still letting go of."""
    statement = (
        select(RUN)
        .where(RUN.c.state == "waiting", RUN.c.owner.is_(None), RUN.c.kind.in_(kinds), RUN.c.run_id.not_in(but_not))
        .order_by(RUN.c.priority, RUN.c.created_at, RUN.c.run_id)
    )
    row = work.execute(statement.limit(1)).first()
    if row is None:
        return None
    _set(work, row.run_id, state="running", owner=worker, updated_at=now)
    steps = work.execute(select(STEP.c.name, STEP.c.result).where(STEP.c.run_id == row.run_id)).all()
    return Claimed(row.run_id, row.kind, row.priority, _parse(row.payload), {step.name: step.result for step in steps})


def has_waiting(work: Work, kinds: Sequence[str], but_not: Sequence[str]) -> bool:
    statement = select(RUN.c.run_id).where(
        RUN.c.state == "waiting", RUN.c.owner.is_(None), RUN.c.kind.in_(kinds), RUN.c.run_id.not_in(but_not)
    )
    return work.execute(statement.limit(1)).first() is not None


def may_advance(work: Work, run_id: str, worker: str) -> bool:
    statement = select(RUN.c.run_id).where(RUN.c.run_id == run_id, RUN.c.owner == worker, RUN.c.state == "running")
    return work.execute(statement).first() is not None


def enter(work: Work, run_id: str, worker: str, stage: str, *, now: Instant) -> bool:
    """Say which step the run is in; False when it is not ours to advance (any more)."""
    entered = may_advance(work, run_id, worker)
    if entered:
        _set(work, run_id, stage=stage, progress=0.0, updated_at=now)
    return entered


def journal(work: Work, run_id: str, worker: str, name: str, result: str, *, now: Instant) -> bool:
    """Keep a step's result. A pause meanwhile does not undo what is done; a change of owner does."""
    owner = work.execute(select(RUN.c.owner).where(RUN.c.run_id == run_id)).scalar()
    if owner != worker:
        return False
    work.execute(insert(STEP), {"run_id": run_id, "name": name, "result": result, "at": now})
    _set(work, run_id, progress=1.0, updated_at=now)
    return True


def report(work: Work, run_id: str, worker: str, progress: float, *, now: Instant) -> None:
    statement = update(RUN).where(RUN.c.run_id == run_id, RUN.c.owner == worker)
    work.execute(statement.values(progress=progress, updated_at=now))


def finish(
    work: Work, run_id: str, worker: str, *, result: str | None = None, error: str | None = None, now: Instant
) -> None:
    """The workflow's function ended. What was canceled meanwhile stays canceled."""
    row = work.execute(select(RUN.c.state, RUN.c.owner).where(RUN.c.run_id == run_id)).first()
    if row is None or row.owner != worker:
        return
    if row.state == "canceled":
        _set(work, run_id, owner=None)
    elif error is None:
        _set(work, run_id, state="done", result=result, progress=1.0, owner=None, updated_at=now)
    else:
        _set(work, run_id, state="failed", error=error, owner=None, updated_at=now)
        _move_jobs(work, run_id, {"ready": "held"})


def let_go(work: Work, run_ids: Sequence[str], workers: Sequence[str]) -> None:
    """These workers advance these runs no more; a run that should be advanced waits for the next worker."""
    ours = and_(RUN.c.run_id.in_(run_ids) if run_ids else True, RUN.c.owner.in_(workers))
    state = case((RUN.c.state == "running", "waiting"), else_=RUN.c.state)
    work.execute(update(RUN).where(ours).values(owner=None, state=state))


def stopped(work: Work, run_ids: Sequence[str]) -> set[str]:
    """Which of these runs were canceled."""
    statement = select(RUN.c.run_id).where(RUN.c.run_id.in_(run_ids), RUN.c.state == "canceled")
    return set(work.execute(statement).scalars())


def sign_of_life(work: Work, worker: str, *, until: Instant, now: Instant) -> list[str]:
    """Renew our row, then answer the workers whose time is over. First ourselves: a lone process never buries itself."""
    if work.execute(_RENEW, {"worker": worker, "until": until}).rowcount == 0:
        work.execute(insert(WORKER), {"worker_id": worker, "alive_until": until})
    return list(work.execute(_SILENT, {"now": now}).scalars())


def bury(work: Work, workers: Sequence[str]) -> None:
    work.execute(delete(WORKER).where(WORKER.c.worker_id.in_(workers)))


def _expect(work: Work, run_id: str, verb: str, states: Sequence[str]) -> tuple[str, str | None]:
    row = work.execute(select(RUN.c.state, RUN.c.owner).where(RUN.c.run_id == run_id)).first()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    if row.state not in states:
        raise Conflict(f"Run {run_id} is {row.state}; it is too late to {verb} it.", state=row.state)
    return row.state, row.owner


def _set(work: Work, run_id: str, **values: object) -> None:
    work.execute(update(RUN).where(RUN.c.run_id == run_id).values(**values))


def _move_jobs(work: Work, run_id: str, states: Mapping[str, str]) -> None:
    for before, after in states.items():
        moved = update(JOB).where(JOB.c.run_id == run_id, JOB.c.state == before)
        work.execute(moved.values(state=after, owner=None, token=None))


def _progress(work: Work, run_ids: Sequence[str]) -> dict[str, float]:
    """Done weight over all weight, for the runs that are in a fan-out."""
    if not run_ids:
        return {}
    done = func.sum(case((JOB.c.state == "done", JOB.c.weight), else_=0.0))
    statement = (
        select(JOB.c.run_id, done.label("done"), func.sum(JOB.c.weight).label("whole"))
        .join(RUN, and_(RUN.c.run_id == JOB.c.run_id, RUN.c.stage == JOB.c.fan_out))
        .where(JOB.c.run_id.in_(run_ids))
        .group_by(JOB.c.run_id)
    )
    return {row.run_id: row.done / row.whole for row in work.execute(statement) if row.whole}


def _status(row: Row[Any], progress: Mapping[str, float]) -> RunStatus:
    return RunStatus(
        run_id=row.run_id,
        kind=row.kind,
        state=row.state,
        priority=row.priority,
        payload=_parse(row.payload),
        stage=row.stage,
        progress=1.0 if row.state == "done" else progress.get(row.run_id, row.progress),
        error=row.error,
        result=None if row.result is None else from_json(row.result, object),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _parse(payload: str) -> dict[str, Json]:
    return from_json(payload, dict)
