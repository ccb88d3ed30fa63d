"""Which versions a person should look at, and which version a decision was made on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("studio_version", sa.Column("review", sa.String(10), nullable=False, server_default=""))
    op.create_index("ix_studio_version_review", "studio_version", ["review"])
    op.add_column("studio_decision", sa.Column("release_id", sa.String(36)))
