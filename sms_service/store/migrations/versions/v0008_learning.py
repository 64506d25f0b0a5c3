"""What a program offers to learn from: more about each event, and videos"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("at_time", "venue", "kind", "link", "uid"):
        op.add_column("events", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column("events", sa.Column("online", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("events", sa.Column("audience", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column("events", sa.Column("seats", sa.Integer(), nullable=True))
    op.execute("update events set online = true where lower(place) = 'online'")
    op.create_index(
        "uq_events_program_id_uid", "events", ["program_id", "uid"], unique=True, postgresql_where=sa.text("uid <> ''")
    )
    op.create_table(
        "videos",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("program_id", sa.UUID(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audience", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name=op.f("fk_videos_program_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_videos")),
        sa.UniqueConstraint("program_id", "link", name=op.f("uq_videos_program_id_link")),
    )
