"""Episodes, marks by country, other names, people with what they did, pictures by hand, and who changed what."""

import sqlalchemy as sa
from alembic import op

from matinee.engines.database.port import At

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("title", sa.Column("season", sa.Integer))
    op.add_column("title", sa.Column("episode", sa.Integer))
    op.add_column("title", sa.Column("marks", sa.Text, nullable=False, server_default="{}"))
    op.add_column("title", sa.Column("ages", sa.Text, nullable=False, server_default="{}"))
    op.add_column("title", sa.Column("tags", sa.Text, nullable=False, server_default="[]"))
    op.add_column("title", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("title", sa.Column("publish_at", At))
    op.create_index("ix_title_publish_at", "title", ["publish_at"])
    op.create_table(
        "title_alias",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
    )
    op.create_index("ix_person_name", "person", ["name"])
    op.create_table(
        "title_credit",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.String(36), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("character", sa.Text, nullable=False),
    )
    op.create_index("ix_title_credit_person_id", "title_credit", ["person_id"])
    op.create_table(
        "title_picture",
        sa.Column("title_id", sa.String(36), sa.ForeignKey("title.id"), primary_key=True),
        sa.Column("object_key", sa.String(300), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("shows", sa.Text, nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("subjects", sa.Text, nullable=False),
        sa.Column("focus_x", sa.Float),
        sa.Column("focus_y", sa.Float),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("by_hand", sa.Boolean, nullable=False),
    )
    op.create_table(
        "title_edit",
        sa.Column("title_id", sa.String(36), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("at", At, nullable=False),
        sa.Column("by", sa.String(36), nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
    )
