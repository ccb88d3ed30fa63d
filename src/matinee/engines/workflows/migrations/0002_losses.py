"""How often a job was lost with its worker: that is counted apart from the attempts that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("workflow_job", sa.Column("losses", sa.Integer, nullable=False, server_default="0"))
