"""Runs, their journaled steps, their jobs, and the workers that hold them."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "workflow_run",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("created_at", At, nullable=False),
        sa.Column("updated_at", At, nullable=False),
    )
    op.create_index("workflow_run_state", "workflow_run", ["state", "kind", "priority", "created_at"])
    op.create_table(
        "workflow_step",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("at", At, nullable=False),
    )
    op.create_table(
        "workflow_job",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("fan_out", sa.Text, nullable=False),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("attempts_max", sa.Integer, nullable=False),
        sa.Column("due_at", At, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("token", sa.Text),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
    )
    op.create_index("workflow_job_claim", "workflow_job", ["state", "kind", "priority", "run_id", "ordinal"])
    op.create_index("workflow_job_fan_out", "workflow_job", ["run_id", "fan_out", "state"])
    op.create_table(
        "workflow_worker",
        sa.Column("worker_id", sa.Text, primary_key=True),
        sa.Column("alive_until", At, nullable=False),
    )
