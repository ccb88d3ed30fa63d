"""When an upload was last added to or taken from, and the hash under which its file is kept once it was taken in."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("studio_upload", sa.Column("active_at", At))
    op.add_column("studio_upload", sa.Column("kept_sha256", sa.String(64)))
    op.execute("UPDATE studio_upload SET active_at = created_at")
