"""The tables of the step journal and the job queue, as their newest revision leaves them."""

from pathlib import Path

from sqlalchemy import Column, Float, Index, Integer, MetaData, Table, Text

from matinee.engines.database.port import At, Schema

_METADATA = MetaData()

RUN = Table(
    "workflow_run",
    _METADATA,
    Column("run_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("progress", Float, nullable=False),
    Column("error", Text),
    Column("result", Text),
    # The worker whose process advances it. Good while that worker is alive.
    Column("owner", Text),
    Column("created_at", At, nullable=False),
    Column("updated_at", At, nullable=False),
    # When it came to its stage, and when one of its jobs was last handed out.
    Column("stage_at", At),
    Column("served_at", At),
    Index("workflow_run_state", "state", "kind", "priority", "created_at"),
)

STEP = Table(
    "workflow_step",
    _METADATA,
    Column("run_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("result", Text, nullable=False),
    Column("at", At, nullable=False),
    # How long the work took, without any pause or crash before it.
    Column("seconds", Float, nullable=False, server_default="0"),
)

# A job is ready, leased, done, failed, or held (its run is paused, failed or canceled). One that is leased when its run
# is canceled stays so until its worker has stopped, or is known to be dead.
JOB = Table(
    "workflow_job",
    _METADATA,
    Column("run_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fan_out", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("weight", Float, nullable=False),
    Column("pace", Text, nullable=False, server_default=""),
    Column("places", Integer, nullable=False, server_default="1"),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("attempts_max", Integer, nullable=False),
    # How often its worker was gone without a word: no attempt of the job's own, but not for ever either.
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("due_at", At, nullable=False),
    Column("began_at", At),
    Column("owner", Text),
    Column("token", Text),
    Column("result", Text),
    Column("error", Text),
    # Claiming reads the front of a run in this index, however many jobs wait behind it.
    Index("workflow_job_turn", "run_id", "state", "ordinal"),
    Index("workflow_job_fan_out", "run_id", "fan_out", "state"),
    Index("workflow_job_owner", "owner"),
)

# What a fan-out holds and what of it is done, so that nobody counts 20,000 jobs to say how far they are.
TALLY = Table(
    "workflow_tally",
    _METADATA,
    Column("run_id", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("pace", Text, primary_key=True),
    Column("jobs", Integer, nullable=False),
    Column("weight", Float, nullable=False),
    Column("done", Integer, nullable=False),
    Column("done_weight", Float, nullable=False),
    # Of those that were measured, the newest counting most.
    Column("measured_weight", Float, nullable=False),
    Column("measured_s", Float, nullable=False),
)

# Every attempt that came to nothing, with its cause.
FAILURE = Table(
    "workflow_failure",
    _METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("run_id", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("at", At, nullable=False),
    Index("workflow_failure_run", "run_id", "number"),
)

# One row a running process. Renewing it renews everything its process holds.
WORKER = Table(
    "workflow_worker",
    _METADATA,
    Column("worker_id", Text, primary_key=True),
    Column("alive_until", At, nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("places", Integer, nullable=False, server_default="1"),
)

SCHEMA = Schema("workflows", _METADATA, Path(__file__).parent / "migrations")
