"""For many workers: fair turns, places, tallies instead of counting, and the cause of every failed attempt."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("workflow_run", sa.Column("stage_at", At))
    op.add_column("workflow_run", sa.Column("served_at", At))
    op.add_column("workflow_step", sa.Column("seconds", sa.Float, nullable=False, server_default="0"))
    op.drop_index("workflow_job_claim", "workflow_job")
    op.drop_column("workflow_job", "priority")
    op.add_column("workflow_job", sa.Column("pace", sa.Text, nullable=False, server_default=""))
    op.add_column("workflow_job", sa.Column("places", sa.Integer, nullable=False, server_default="1"))
    op.add_column("workflow_job", sa.Column("began_at", At))
    op.execute("UPDATE workflow_job SET pace = kind")
    op.create_index("workflow_job_turn", "workflow_job", ["run_id", "state", "ordinal"])
    op.create_index("workflow_job_owner", "workflow_job", ["owner"])
    op.add_column("workflow_worker", sa.Column("name", sa.Text, nullable=False, server_default=""))
    op.add_column("workflow_worker", sa.Column("places", sa.Integer, nullable=False, server_default="1"))
    op.create_table(
        "workflow_tally",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("stage", sa.Text, primary_key=True),
        sa.Column("pace", sa.Text, primary_key=True),
        sa.Column("jobs", sa.Integer, nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("done_weight", sa.Float, nullable=False),
        sa.Column("measured_weight", sa.Float, nullable=False),
        sa.Column("measured_s", sa.Float, nullable=False),
    )
    op.execute(
        "INSERT INTO workflow_tally SELECT run_id, fan_out, pace, count(*), sum(weight), "
        "sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END), sum(CASE WHEN state = 'done' THEN weight ELSE 0 END), 0, 0 "
        "FROM workflow_job GROUP BY run_id, fan_out, pace"
    )
    op.create_table(
        "workflow_failure",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("at", At, nullable=False),
    )
    op.create_index("workflow_failure_run", "workflow_failure", ["run_id", "number"])
