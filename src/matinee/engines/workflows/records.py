"""What the tables say of runs, steps and workers, and how it may change. Every function is one part of a transaction.

A run belongs to a worker only while it is advanced. Whoever writes for a run says as which worker, and is refused when
the run has passed to another: a process that slept through its lease cannot spoil the record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, insert, select, update

from matinee.engines.database.port import Work
from matinee.engines.workflows import tally
from matinee.engines.workflows.port import Json, RunState, RunStatus
from matinee.engines.workflows.tables import FAILURE, JOB, RUN, STEP, TALLY, WORKER
from matinee.kernel.errors import Conflict, NotFound
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json

ANY_PRIORITY = 1 << 31

# Written and read by every worker all day long, so built once.
_RENEW = update(WORKER).where(WORKER.c.worker_id == bindparam("worker")).values(alive_until=bindparam("until"))
_IN_LIVING_HANDS = (
    select(JOB.c.key)
    .join(WORKER, WORKER.c.worker_id == JOB.c.owner)
    .where(JOB.c.run_id == bindparam("its_run"), JOB.c.state == "leased", WORKER.c.alive_until > bindparam("now"))
    .limit(1)
)
_SILENT = select(WORKER.c.worker_id, WORKER.c.name).where(WORKER.c.alive_until <= bindparam("now"))


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
    return None if row is None else _status(row, tally.progress(work, [run_id]))


def listing(work: Work, kind: str | None, states: Sequence[RunState]) -> list[RunStatus]:
    statement = select(RUN).order_by(RUN.c.created_at.desc(), RUN.c.run_id.desc())
    if kind is not None:
        statement = statement.where(RUN.c.kind == kind)
    if states:
        statement = statement.where(RUN.c.state.in_(states))
    rows = work.execute(statement).all()
    open_ones = [row.run_id for row in rows if row.state in ("running", "paused", "waiting", "failed")]
    progress = tally.progress(work, open_ones) if open_ones else {}
    return [_status(row, progress) for row in rows]


def prioritize(work: Work, run_id: str, priority: int, *, now: Instant) -> None:
    _expect(work, run_id, "hurry", ("waiting", "running", "paused", "failed"))
    _set(work, run_id, priority=priority, updated_at=now)


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
        # What is leased stays its worker's until it has stopped: nobody else could say when that is.
        _move_jobs(work, run_id, {"ready": "held"})


def claim(
    work: Work, worker: str, kinds: Sequence[str], but_not: Sequence[str], *, before: int = ANY_PRIORITY, now: Instant
) -> Claimed | None:
    """Take the most urgent waiting run that is more urgent than `before`. `but_not`: those this process is still letting
    go of."""
    statement = select(RUN).where(*_waiting(kinds, but_not, before))
    statement = statement.order_by(RUN.c.priority, RUN.c.created_at, RUN.c.run_id)
    row = work.execute(statement.limit(1)).first()
    if row is None:
        return None
    _set(work, row.run_id, state="running", owner=worker, updated_at=now)
    steps = work.execute(select(STEP.c.name, STEP.c.result).where(STEP.c.run_id == row.run_id)).all()
    return Claimed(row.run_id, row.kind, row.priority, _parse(row.payload), {step.name: step.result for step in steps})


def has_waiting(work: Work, kinds: Sequence[str], but_not: Sequence[str], *, before: int = ANY_PRIORITY) -> bool:
    statement = select(RUN.c.run_id).where(*_waiting(kinds, but_not, before))
    return work.execute(statement.limit(1)).first() is not None


def _waiting(kinds: Sequence[str], but_not: Sequence[str], before: int) -> tuple[ColumnElement[bool], ...]:
    return (
        RUN.c.state == "waiting",
        RUN.c.owner.is_(None),
        RUN.c.kind.in_(kinds),
        RUN.c.run_id.not_in(but_not),
        RUN.c.priority < before,
    )


def may_advance(work: Work, run_id: str, worker: str) -> bool:
    statement = select(RUN.c.run_id).where(RUN.c.run_id == run_id, RUN.c.owner == worker, RUN.c.state == "running")
    return work.execute(statement).first() is not None


def enter(work: Work, run_id: str, worker: str, stage: str, *, now: Instant) -> bool:
    """Say which step the run is in; False when it is not ours to advance (any more)."""
    entered = may_advance(work, run_id, worker)
    if entered:
        _set(work, run_id, stage=stage, progress=0.0, stage_at=now, updated_at=now)
    return entered


def journal(
    work: Work, run_id: str, worker: str, name: str, result: str, *, seconds: float = 0.0, now: Instant
) -> bool:
    """Keep a step's result. A pause meanwhile does not undo what is done; a change of owner does."""
    owner = work.execute(select(RUN.c.owner).where(RUN.c.run_id == run_id)).scalar()
    if owner != worker:
        return False
    row = {"run_id": run_id, "name": name, "result": result, "at": now, "seconds": seconds}
    work.execute(insert(STEP), row)
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
        # Nothing asks for them any more, and there are many; their tallies stay, for what later runs will take. A job in
        # hand, which the run did not wait for, stays until it is stopped.
        work.execute(delete(JOB).where(JOB.c.run_id == run_id, JOB.c.state != "leased"))
    else:
        _set(work, run_id, state="failed", error=error, owner=None, updated_at=now)
        _move_jobs(work, run_id, {"ready": "held"})


def let_go(work: Work, run_ids: Sequence[str], workers: Sequence[str]) -> None:
    """These workers advance these runs no more; a run that should be advanced waits for the next worker."""
    ours = and_(RUN.c.run_id.in_(run_ids) if run_ids else True, RUN.c.owner.in_(workers))
    state = case((RUN.c.state == "running", "waiting"), else_=RUN.c.state)
    work.execute(update(RUN).where(ours).values(owner=None, state=state))


def forget(work: Work, run_id: str, *, now: Instant) -> bool:
    row = work.execute(select(RUN.c.state, RUN.c.owner).where(RUN.c.run_id == run_id)).first()
    if row is not None and (row.owner is not None or row.state not in ("done", "failed", "canceled")):
        return False
    if work.execute(_IN_LIVING_HANDS, {"its_run": run_id, "now": now}).first() is not None:
        return False
    for table in (FAILURE, TALLY, JOB, STEP, RUN):
        work.execute(delete(table).where(table.c.run_id == run_id))
    return True


def stopped(work: Work, run_ids: Sequence[str]) -> set[str]:
    """Which of these runs were canceled, or are gone."""
    going_on = select(RUN.c.run_id).where(RUN.c.run_id.in_(run_ids), RUN.c.state != "canceled")
    return set(run_ids) - set(work.execute(going_on).scalars())


def sign_of_life(
    work: Work, worker: str, *, name: str = "", places: int = 1, until: Instant, now: Instant
) -> dict[str, str]:
    """Renew our row, then answer the workers whose time is over, with their names. First ourselves: a lone process never
    buries itself."""
    if work.execute(_RENEW, {"worker": worker, "until": until}).rowcount == 0:
        row = {"worker_id": worker, "alive_until": until, "name": name, "places": places}
        work.execute(insert(WORKER), row)
    return {row.worker_id: row.name for row in work.execute(_SILENT, {"now": now})}


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
        is_advanced=row.owner is not None,
    )


def _parse(payload: str) -> dict[str, Json]:
    return from_json(payload, dict)
