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
    Index("workflow_run_state", "state", "kind", "priority", "created_at"),
)

STEP = Table(
    "workflow_step",
    _METADATA,
    Column("run_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("result", Text, nullable=False),
    Column("at", At, nullable=False),
)

# A job is ready, leased, done, failed, or held (its run is paused, failed or canceled).
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
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("attempts_max", Integer, nullable=False),
    # How often its worker was gone without a word: no attempt of the job's own, but not for ever either.
    Column("losses", Integer, nullable=False, server_default="0"),
    Column("due_at", At, nullable=False),
    Column("owner", Text),
    Column("token", Text),
    Column("result", Text),
    Column("error", Text),
    # Claiming reads the front of this index, however many jobs wait behind it.
    Index("workflow_job_claim", "state", "kind", "priority", "run_id", "ordinal"),
    Index("workflow_job_fan_out", "run_id", "fan_out", "state"),
)

# One row a running process. Renewing it renews everything its process holds.
WORKER = Table(
    "workflow_worker",
    _METADATA,
    Column("worker_id", Text, primary_key=True),
    Column("alive_until", At, nullable=False),
)

SCHEMA = Schema("workflows", _METADATA, Path(__file__).parent / "migrations")
