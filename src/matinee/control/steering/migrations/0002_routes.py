"""What was announced to the appliances, in the parts they told it in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "routes_told",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("appliance_id", sa.String(60), nullable=False, index=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
