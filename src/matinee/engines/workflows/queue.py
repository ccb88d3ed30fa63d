"""The jobs' half of the record: put in, claimed by priority, done once. Every function is one part of a transaction.

A lease has a token. Results come with it, and one that comes after the lease has passed on is not taken. A run's priority
is looked up where jobs are handed out, and not kept with each of them: changing it is one row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, case, exists, func, insert, select, update

from matinee.engines.database.port import Work
from matinee.engines.workflows import tally
from matinee.engines.workflows.port import Job, Json, Lease
from matinee.engines.workflows.tables import FAILURE, JOB, RUN
from matinee.kernel.quantities import Instant
from matinee.wire.encoding import from_json, to_json

LOSSES_MAX = 10
"""A job that was lost with its worker this often has failed: it may be what ends them."""

ANY_NUMBER = 1 << 30

_run_state = select(RUN.c.state).where(RUN.c.run_id == JOB.c.run_id).scalar_subquery()
_READY_UNLESS_STOPPED = case((_run_state.in_(("running", "waiting")), "ready"), else_="held")

# Asked for every job, so built once.
_is_due = (
    JOB.c.state == "ready",
    JOB.c.kind.in_(bindparam("kinds", expanding=True)),
    JOB.c.due_at <= bindparam("now"),
)
_in_hand = (
    select(func.count())
    .select_from(JOB)
    .where(JOB.c.run_id == RUN.c.run_id, JOB.c.state == "leased")
    .correlate(RUN)
    .scalar_subquery()
)
_NEXT_RUN = (
    select(RUN.c.run_id)
    .where(
        RUN.c.state.in_(("running", "waiting")),
        exists(select(JOB.c.key).where(JOB.c.run_id == RUN.c.run_id, *_is_due).correlate(RUN)),
        _in_hand < bindparam("title_jobs"),
    )
    # Nobody was served before who was never served: NULL comes first where it is asked for.
    .order_by(RUN.c.priority, _in_hand, RUN.c.served_at.asc().nulls_first(), RUN.c.created_at, RUN.c.run_id)
    .limit(1)
)
_this_job = (JOB.c.run_id == bindparam("its_run"), JOB.c.key == bindparam("its_key"))
_TAKE = (
    update(JOB)
    .where(*_this_job)
    .values(
        state="leased",
        owner=bindparam("worker"),
        token=bindparam("its_token"),
        attempt=bindparam("its_attempt"),
        began_at=bindparam("now"),
    )
)
_SERVED = update(RUN).where(RUN.c.run_id == bindparam("its_run")).values(served_at=bindparam("now"))
_IN_HAND = select(JOB.c.token, JOB.c.attempts_max, JOB.c.fan_out).where(*_this_job, JOB.c.state == "leased")
_DONE = (
    update(JOB)
    .where(*_this_job)
    .values(state="done", result=bindparam("its_result"), error=None, owner=None, token=None)
)
_LET_GO = update(JOB).where(*_this_job).values(state=_READY_UNLESS_STOPPED, owner=None, token=None)
_GOING_ON = (
    select(JOB.c.token)
    .join(RUN, RUN.c.run_id == JOB.c.run_id)
    .where(JOB.c.owner == bindparam("worker"), JOB.c.state == "leased")
    .where(RUN.c.state.not_in(("canceled", "done")))
)
_OPEN = (
    select(JOB.c.key)
    .where(JOB.c.run_id == bindparam("its_run"), JOB.c.fan_out == bindparam("stage"))
    .where(JOB.c.state.in_(("ready", "leased", "held")))
    .limit(1)
)
_FRONT = select(JOB).where(JOB.c.run_id == bindparam("run_id"), *_is_due).order_by(JOB.c.ordinal).limit(1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a leased job ended: a result in JSON, or the sentence of its failure and when to try again; neither where it was
    stopped, because its run was."""

    lease: Lease
    result: str | None = None
    error: str | None = None
    due_at: Instant | None = None
    seconds: float = 0.0
    """How long it took."""


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
    now: Instant,
) -> None:
    """Enqueue numbered jobs. One whose key the run knows already is not put in again; it counts for this fan-out."""
    keys = [job.key for _, job in jobs]
    known = set(work.execute(select(JOB.c.key).where(JOB.c.run_id == run_id, JOB.c.key.in_(keys))).scalars())
    if known:
        adopted = update(JOB).where(JOB.c.run_id == run_id, JOB.c.key.in_(known), JOB.c.fan_out != fan_out)
        if work.execute(adopted.values(fan_out=fan_out)).rowcount:
            tally.count_again(work, run_id)
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
            "pace": job.pace or job.kind,
            "places": job.places,
            "attempt": 0,
            "attempts_max": attempts_max,
            "due_at": now,
        }
        for number, job in jobs
        if job.key not in known
    ]
    if rows:
        work.execute(insert(JOB), rows)
        tally.count_new(work, run_id, fan_out, [job for _, job in jobs if job.key not in known])


def front(work: Work, kinds: Sequence[str], *, now: Instant, title_jobs: int) -> Row[Any] | None:
    """The job whose turn it is: the most urgent run's; of equals that of the run with the fewest in hand, then of the
    one that was served longest ago; in the order of its fan-out."""
    run = work.execute(_NEXT_RUN, {"kinds": kinds, "now": now, "title_jobs": title_jobs}).first()
    return None if run is None else work.execute(_FRONT, {"run_id": run.run_id, "kinds": kinds, "now": now}).first()


def claim(
    work: Work,
    worker: str,
    kinds: Sequence[str],
    *,
    token: Callable[[], str],
    now: Instant,
    title_jobs: int = ANY_NUMBER,
    fits: Callable[[int], bool] = lambda _places: True,
) -> Lease | None:
    """Lease the job whose turn it is. One that has no room yet is waited for: small ones do not overtake it for ever."""
    first = front(work, kinds, now=now, title_jobs=title_jobs)
    if first is None or not fits(first.places):
        return None
    job = Job(first.key, first.kind, from_json(first.payload, dict), first.weight, first.pace, first.places)
    lease = Lease(first.run_id, job, first.attempt + 1, token(), first.fan_out)
    taken = {"its_run": lease.run_id, "its_key": job.key, "worker": worker, "its_token": lease.token}
    work.execute(_TAKE, {**taken, "its_attempt": lease.attempt, "now": now})
    work.execute(_SERVED, {"its_run": lease.run_id, "now": now})
    return lease


def finish(work: Work, outcome: Outcome, *, worker: str = "", now: Instant) -> str | None:
    """Record how a job ended. Answers its fan-out when that has nothing left to wait for, or a job without attempts."""
    lease = outcome.lease
    mine = {"its_run": lease.run_id, "its_key": lease.job.key}
    row = work.execute(_IN_HAND, mine).first()
    if row is None or row.token != lease.token:
        return None
    if outcome.result is None and outcome.error is None:
        work.execute(_LET_GO, mine)
        return None
    fan_out: str = row.fan_out
    is_out = outcome.error is not None and lease.attempt >= row.attempts_max
    if outcome.error is None:
        work.execute(_DONE, {**mine, "its_result": outcome.result})
        tally.count_done(work, lease, fan_out, seconds=outcome.seconds)
    else:
        note_failure(work, lease.run_id, fan_out, lease.job.key, lease.attempt, worker, outcome.error, now=now)
        failed = {"owner": None, "token": None, "error": outcome.error, "due_at": outcome.due_at or now}
        this = update(JOB).where(JOB.c.run_id == lease.run_id, JOB.c.key == lease.job.key)
        work.execute(this.values(state="failed" if is_out else _READY_UNLESS_STOPPED, **failed))
    return fan_out if is_out or not _has_open(work, lease.run_id, fan_out) else None


def stopped(work: Work, worker: str, tokens: Sequence[str]) -> set[str]:
    """Which of these leases are worth nothing any more: their run was canceled, they passed to another, or all is gone."""
    return set(tokens) - set(work.execute(_GOING_ON, {"worker": worker}).scalars())


def note_failure(
    work: Work, run_id: str, stage: str, job: str, attempt: int, worker: str, cause: str, *, now: Instant
) -> None:
    row = {
        "run_id": run_id,
        "stage": stage,
        "job": job,
        "attempt": attempt,
        "worker": worker,
        "cause": cause,
        "at": now,
    }
    work.execute(insert(FAILURE), row)


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


def take_back(work: Work, workers: Mapping[str, str], *, now: Instant) -> None:
    """The workers, by name, are gone without a word. Their jobs are tried again, and that is no attempt: a power cut or a
    restart says nothing of the job. A job that ends every worker that has it would go round for ever, so there is a
    bound."""
    held = select(JOB).where(JOB.c.state == "leased", JOB.c.owner.in_(list(workers)))
    for row in work.execute(held).all():
        cause = f"{_in_words(workers[row.owner])} ended or fell silent in the middle of it."
        note_failure(work, row.run_id, row.fan_out, row.key, row.attempt, workers[row.owner], cause, now=now)
        is_out = row.losses + 1 >= LOSSES_MAX
        gone = {"owner": None, "token": None, "attempt": row.attempt - 1, "losses": row.losses + 1, "due_at": now}
        state = "failed" if is_out else _READY_UNLESS_STOPPED
        lost = update(JOB).where(JOB.c.run_id == row.run_id, JOB.c.key == row.key)
        work.execute(lost.values(state=state, error=cause, **gone))


def _in_words(worker: str) -> str:
    return f"Its worker {worker}" if worker else "Its worker"


def give_back(work: Work, worker: str) -> None:
    """A worker leaves in good order: what it had begun does not count as an attempt."""
    mine = update(JOB).where(JOB.c.state == "leased", JOB.c.owner == worker)
    work.execute(mine.values(state=_READY_UNLESS_STOPPED, owner=None, token=None, attempt=JOB.c.attempt - 1))


def _has_open(work: Work, run_id: str, fan_out: str) -> bool:
    return work.execute(_OPEN, {"its_run": run_id, "stage": fan_out}).first() is not None
