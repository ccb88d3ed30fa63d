"""The jobs' half of the record: put in, claimed by priority, done once. Every function is one part of a transaction.

A lease has a token. Results come with it, and one that comes after the lease has passed on is not taken.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import case, insert, select, update

from matinee.engines.database.port import Work
from matinee.engines.workflows.port import Job, Json, Lease
from matinee.engines.workflows.tables import JOB, RUN
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json

LOSSES_MAX = 10
"""A job that was lost with its worker this often has failed: it may be what ends them."""

_run_state = select(RUN.c.state).where(RUN.c.run_id == JOB.c.run_id).scalar_subquery()
_READY_UNLESS_STOPPED = case((_run_state.in_(("running", "waiting")), "ready"), else_="held")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a leased job ended: a result in JSON, or the sentence of its failure and when to try again."""

    lease: Lease
    result: str | None = None
    error: str | None = None
    due_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class FanOut:
    """Where a fan-out stands. `failed`: a job that is out of attempts, and `error` its last failure's sentence."""

    is_over: bool
    failed: str | None = None
    error: str = ""


def put(
    work: Work,
    run_id: str,
    fan_out: str,
    jobs: Sequence[tuple[int, Job]],
    *,
    attempts_max: int,
    priority: int,
    now: Instant,
) -> None:
    """Enqueue numbered jobs. One whose key the run knows already is not put in again; it counts for this fan-out."""
    keys = [job.key for _, job in jobs]
    known = set(work.execute(select(JOB.c.key).where(JOB.c.run_id == run_id, JOB.c.key.in_(keys))).scalars())
    if known:
        adopted = update(JOB).where(JOB.c.run_id == run_id, JOB.c.key.in_(known), JOB.c.fan_out != fan_out)
        work.execute(adopted.values(fan_out=fan_out))
    rows = [
        {
            "run_id": run_id,
            "key": job.key,
            "fan_out": fan_out,
            "ordinal": number,
            "kind": job.kind,
            "payload": to_json(job.payload).decode(),
            "weight": job.weight,
            "state": "ready",
            "priority": priority,
            "attempt": 0,
            "attempts_max": attempts_max,
            "due_at": now,
        }
        for number, job in jobs
        if job.key not in known
    ]
    if rows:
        work.execute(insert(JOB), rows)


def claim(work: Work, worker: str, kinds: Sequence[str], *, token: Callable[[], str], now: Instant) -> Lease | None:
    """Lease the most urgent job that is due: lowest priority number, then run by run, then in the order of the fan-out."""
    fronts = []
    for kind in kinds:
        # One query a kind: each reads the front of the index and stops.
        statement = (
            select(JOB)
            .where(JOB.c.state == "ready", JOB.c.kind == kind, JOB.c.due_at <= now)
            .order_by(JOB.c.priority, JOB.c.run_id, JOB.c.ordinal)
        )
        if (row := work.execute(statement.limit(1)).first()) is not None:
            fronts.append(row)
    if not fronts:
        return None
    first = min(fronts, key=lambda row: (row.priority, row.run_id, row.ordinal))
    job = Job(first.key, first.kind, from_json(first.payload, dict), first.weight)
    lease = Lease(first.run_id, job, first.attempt + 1, token(), first.fan_out)
    taken = update(JOB).where(JOB.c.run_id == lease.run_id, JOB.c.key == job.key)
    work.execute(taken.values(state="leased", owner=worker, token=lease.token, attempt=lease.attempt))
    return lease


def finish(work: Work, outcome: Outcome) -> str | None:
    """Record how a job ended. Answers its fan-out when that has nothing left to wait for, or a job without attempts."""
    lease = outcome.lease
    mine = (JOB.c.run_id == lease.run_id, JOB.c.key == lease.job.key, JOB.c.state == "leased")
    row = work.execute(select(JOB.c.token, JOB.c.attempts_max, JOB.c.fan_out).where(*mine)).first()
    if row is None or row.token != lease.token:
        return None
    values: dict[str, object] = {"owner": None, "token": None}
    is_out = outcome.error is not None and lease.attempt >= row.attempts_max
    if outcome.error is None:
        values |= {"state": "done", "result": outcome.result, "error": None}
    elif is_out:
        values |= {"state": "failed", "error": outcome.error}
    else:
        values |= {"state": _READY_UNLESS_STOPPED, "error": outcome.error, "due_at": outcome.due_at}
    work.execute(update(JOB).where(*mine).values(**values))
    fan_out: str = row.fan_out
    return fan_out if is_out or not _has_open(work, lease.run_id, fan_out) else None


def standing(work: Work, run_id: str, fan_out: str) -> FanOut:
    """Whether everything is done, or a job has failed for good (then the rest is held back)."""
    here = (JOB.c.run_id == run_id, JOB.c.fan_out == fan_out)
    failed = work.execute(select(JOB.c.key, JOB.c.error).where(*here, JOB.c.state == "failed").limit(1)).first()
    if failed is not None:
        return FanOut(True, failed.key, failed.error)
    return FanOut(not _has_open(work, run_id, fan_out))


def hold(work: Work, run_id: str, fan_out: str) -> None:
    here = (JOB.c.run_id == run_id, JOB.c.fan_out == fan_out, JOB.c.state == "ready")
    work.execute(update(JOB).where(*here).values(state="held"))


def results(work: Work, run_id: str, fan_out: str) -> dict[str, Json]:
    here = (JOB.c.run_id == run_id, JOB.c.fan_out == fan_out, JOB.c.state == "done")
    rows = work.execute(select(JOB.c.key, JOB.c.result).where(*here).order_by(JOB.c.ordinal))
    return {row.key: from_json(row.result, object) for row in rows}


def take_back(work: Work, workers: Sequence[str], *, now: Instant) -> None:
    """The workers are gone without a word. Their jobs are tried again, and that is no attempt: a power cut or a restart
    says nothing of the job. A job that ends every worker that has it would go round for ever, so there is a bound."""
    theirs = (JOB.c.state == "leased", JOB.c.owner.in_(workers))
    gone = {
        "owner": None,
        "token": None,
        "error": "The worker that had it ended or fell silent.",
        "attempt": JOB.c.attempt - 1,
        "losses": JOB.c.losses + 1,
    }
    work.execute(update(JOB).where(*theirs, JOB.c.losses + 1 >= LOSSES_MAX).values(state="failed", **gone))
    work.execute(update(JOB).where(*theirs).values(state=_READY_UNLESS_STOPPED, due_at=now, **gone))


def give_back(work: Work, worker: str) -> None:
    """A worker leaves in good order: what it had begun does not count as an attempt."""
    mine = update(JOB).where(JOB.c.state == "leased", JOB.c.owner == worker)
    work.execute(mine.values(state=_READY_UNLESS_STOPPED, owner=None, token=None, attempt=JOB.c.attempt - 1))


def has_due(work: Work, kinds: Sequence[str], *, now: Instant) -> bool:
    statement = select(JOB.c.key).where(JOB.c.state == "ready", JOB.c.kind.in_(kinds), JOB.c.due_at <= now)
    return work.execute(statement.limit(1)).first() is not None


def _has_open(work: Work, run_id: str, fan_out: str) -> bool:
    waiting = JOB.c.state.in_(("ready", "leased", "held"))
    statement = select(JOB.c.key).where(JOB.c.run_id == run_id, JOB.c.fan_out == fan_out, waiting)
    return work.execute(statement.limit(1)).first() is not None
